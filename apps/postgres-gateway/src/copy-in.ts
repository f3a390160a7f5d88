import { type FrontendMessage, ProtocolError } from '@app/pg-wire';
import { CopyInput } from './copy-input.js';
import type { SessionParts } from './session-parts.js';
import type { StatementRun } from './statement-run.js';

/** What COPY FROM STDIN needs of the conversation around it. */
export interface CopyInHost {
  /** takes a message once it is known whom it is for */
  handle(message: FrontendMessage): Promise<void> | void;
  /** sends a Sync that came inside a COPY which had failed by then */
  sync(raw: Buffer): void;
  /** the client broke the protocol */
  violation(error: ProtocolError): void;
}

/**
 * Which messages of a client belong into a COPY FROM STDIN. Until the server says that it takes data, or that it does not, nothing
 * more is read; while it takes data Flush and Sync are ignored as the server does, and anything else ends the session, since the server
 * would have lost its place in the stream.
 * @see PostgreSQL manual, "COPY Operations"
 */
export class CopyIn {
  readonly #parts: SessionParts;
  readonly #host: CopyInHost;
  #inputs: CopyInput[] = [];

  constructor(parts: SessionParts, host: CopyInHost) {
    this.#parts = parts;
    this.#host = host;
  }

  /** A statement goes to the target. */
  sent(run: StatementRun): void {
    if (run.statement.copy?.does !== 'in') return;
    const input = new CopyInput(this.#parts, run);
    input.onceOver(() => queueMicrotask(() => this.#settle()));
    this.#inputs.push(input);
  }

  /** @returns `not-mine`: the message belongs to no COPY; a promise when the next one has to wait */
  take(message: FrontendMessage): Promise<void> | void | 'not-mine' {
    if (this.#inputs.length === 0) return 'not-mine';
    this.#settle();
    const input = this.#inputs.find(({ open }) => open);
    if (input === undefined || message.name === 'terminate') return 'not-mine';
    if (input.asked) return input.known.then(() => this.#host.handle(message));
    if (message.name === 'copyData') return input.data(message.raw, message.bytes);
    if (message.name === 'copyDone' || message.name === 'copyFail') return input.close(message.raw);
    if (message.name === 'flush') return;
    if (message.name !== 'sync')
      return this.#host.violation(
        new ProtocolError('08P01', 'a message came during COPY FROM STDIN that is no part of it', { fatal: true }),
      );
    input.sync = message.raw;
  }

  /** What is over needs nothing more, unless a Sync came after the server had failed. */
  #settle(): void {
    const over = this.#inputs.filter(({ run }) => run.over);
    if (over.length === 0) return;
    this.#inputs = this.#inputs.filter(({ run }) => !run.over);
    for (const { sync } of over) if (sync !== null) this.#host.sync(sync);
  }
}
