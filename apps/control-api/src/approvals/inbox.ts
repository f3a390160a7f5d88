import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Logger, ulid } from '@app/platform';
import { ApprovalStore, type StoredApproval } from '@app/store';
import type { Caller } from '../access/caller.js';
import { Clock } from '../access/clock.js';
import { ApprovalChanges } from './approval-changes.js';
import { ApprovalsService } from './approvals.service.js';
import { WaitingRoom } from './waiting-room.js';

const HEARTBEAT_MS = 15_000;
/** what a client is told to wait before it connects again */
const RETRY_MS = 2_000;
const PAGE = 100;
/** A reader this far behind is let go: it connects again and is told what is pending then. */
const BEHIND_BYTES = 4 * 1024 * 1024;

/** Streams of Server-Sent Events for those who decide, and for those who wait. Each sees what it may see, no more. */
@Injectable()
export class Inbox {
  constructor(
    private readonly store: ApprovalStore,
    private readonly approvals: ApprovalsService,
    private readonly changes: ApprovalChanges,
    private readonly room: WaitingRoom,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** @returns the stream; ends with the token, or when the process stops. @throws ProblemError `too-many-requests` */
  open(caller: Caller): Readable {
    const leave = this.room.enter(caller);
    const stream = new EventStream(this.changes.stopped, () => this.room.stillGood(caller), leave);
    // one after the other, so that what is told of one approval is never older than what was told before
    let turn = Promise.resolve();
    const unsubscribe = this.changes.subscribe((id) => {
      turn = turn.then(() => this.tell(stream, caller, id)).catch((error: unknown) => this.failed(stream, error));
    });
    stream.readable.once('close', unsubscribe);
    stream.begin(caller.principal.expiresAt - this.clock.now());
    turn = turn.then(() => this.tell(stream, caller, null)).catch((error: unknown) => this.failed(stream, error));
    return stream.readable;
  }

  /** @param id null: everything that is pending */
  private async tell(stream: EventStream, caller: Caller, id: string | null): Promise<void> {
    if (stream.ended) return;
    if (id !== null) {
      const approval = await this.store.get(id);
      if (approval) await this.send(stream, caller, approval);
      return;
    }
    let cursor: string | undefined;
    do {
      const page = await this.store.list({ states: ['pending'], cursor, limit: PAGE });
      for (const approval of page.items) await this.send(stream, caller, approval);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined && !stream.ended);
    stream.send('ready', {});
  }

  private async send(stream: EventStream, caller: Caller, approval: StoredApproval): Promise<void> {
    const json = await this.approvals.tellIfSeen(caller, approval);
    if (json && !stream.ended) stream.send('approval', json);
  }

  private failed(stream: EventStream, error: unknown): void {
    this.logger.warn('a stream of approvals ends early; its client connects again', error);
    stream.end('unavailable');
  }
}

/** One answer of Server-Sent Events. @see https://html.spec.whatwg.org/multipage/server-sent-events.html */
class EventStream {
  readonly readable: Readable;
  readonly #stopped: AbortSignal;
  readonly #stillGood: () => boolean;
  readonly #timers: NodeJS.Timeout[] = [];
  ended = false;

  constructor(stopped: AbortSignal, stillGood: () => boolean, closed: () => void) {
    this.#stopped = stopped;
    this.#stillGood = stillGood;
    const onStop = (): void => this.end('shutdown');
    this.readable = new Readable({ read: () => undefined });
    this.readable.once('close', () => {
      this.ended = true;
      for (const timer of this.#timers) clearTimeout(timer);
      stopped.removeEventListener('abort', onStop);
      closed();
    });
    stopped.addEventListener('abort', onStop);
  }

  /** @param lifeMs of the token */
  begin(lifeMs: number): void {
    this.readable.push(`retry: ${RETRY_MS}\n: approvals\n\n`);
    this.#timers.push(
      setInterval(() => {
        if (this.#check()) this.readable.push(': still here\n\n');
      }, HEARTBEAT_MS),
      setTimeout(() => this.end('expired'), Math.min(Math.max(0, lifeMs), 2 ** 31 - 1)),
    );
    if (this.#stopped.aborted) this.end('shutdown');
  }

  send(event: string, data: object): void {
    if (!this.#check()) return;
    this.readable.push(`id: ${ulid(Date.now())}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (this.readable.readableLength > BEHIND_BYTES) this.readable.destroy();
  }

  end(why: string): void {
    if (this.ended) return;
    this.ended = true;
    this.readable.push(`event: end\ndata: ${JSON.stringify({ why })}\n\n`);
    this.readable.push(null);
  }

  #check(): boolean {
    if (!this.ended && !this.#stillGood()) this.end('revoked');
    return !this.ended;
  }
}
