import { Slab } from '@app/masking';
import { Notifications } from './notifications.js';
import type { ReadState } from './read-state.js';
import type { SessionParts } from './session-parts.js';

/** What goes to the client, in order: it leaves with the record of the result it belongs to. */
export class ReleasedOutput {
  /** rewritten rows that are not in the output yet */
  readonly slab = new Slab();
  readonly notifications: Notifications;
  readonly #parts: SessionParts;
  readonly #state: ReadState;

  constructor(parts: SessionParts, state: ReadState) {
    this.#parts = parts;
    this.#state = state;
    this.notifications = new Notifications(parts);
  }

  /** Bytes of ours, in order. */
  emit(bytes: Buffer): void {
    this.takeSlab();
    this.#parts.output.add(bytes);
  }

  /** Bytes of the target as they came. */
  pass(buffer: Buffer, start: number, end: number): void {
    this.takeSlab();
    this.#parts.output.pass(buffer, start, end);
  }

  takeSlab(): void {
    if (this.slab.size() === 0) return;
    for (const piece of this.slab.take()) this.#parts.output.add(piece);
  }

  /** Bytes that wait to leave. */
  get bytes(): number {
    return this.#parts.output.bytes + this.slab.size();
  }

  /** What came of the current result is recorded, then it leaves. */
  recordChunk(): void {
    const { run } = this.#state;
    if (run === null) return;
    this.notifications.record();
    const receipt = this.#parts.lane.result(run.admission, run.chunk(), null);
    this.takeSlab();
    this.#parts.lane.release(receipt, this.#parts.output.take());
  }

  /** Everything collected belongs to recorded results or to none. */
  release(): void {
    this.notifications.record();
    this.takeSlab();
    const { lane, output } = this.#parts;
    if (output.bytes > 0) lane.release(lane.receipt(), output.take());
  }
}
