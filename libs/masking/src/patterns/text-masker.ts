import { MaskedRanges, type MaskedRange } from './masked-range.js';
import type { PatternSet } from './pattern-set.js';
import type { TableState } from './state-table.js';
import { ValueTracker } from './value-tracker.js';

/** Bounds of a `TextMasker`. */
export interface TextLimits {
  /** bytes of one value that may wait for its end; from there on it is masked without waiting. At least 1 */
  readonly heldBytes: number;
}

/** For logs and other files of text: 16 KiB. */
export const LOG_LIMITS: TextLimits = { heldBytes: 16_384 };

/** For terminals, where people wait for what is held: 256 bytes. */
export const TERMINAL_LIMITS: TextLimits = { heldBytes: 256 };

/** What stands for a value: given the class and the bytes of the value (a view, valid during the call). */
export type TextMask = (className: string, value: Uint8Array) => Uint8Array;

const NOTHING = Buffer.alloc(0);

/**
 * Masks one stream of bytes as it passes. Cut anywhere, inside characters too, it gives the same bytes as in one piece: a chunk's output
 * ends before the first byte that could belong to a value still open, and that is held (`held`, less than `limits.heldBytes`). A value
 * that is open for longer is masked in pieces of that length for as long as it goes on, even if its match never ends.
 */
export class TextMasker {
  private readonly ranges = new MaskedRanges();
  private readonly tracker: ValueTracker;
  private tracking = false;
  /** where the table goes on when nothing is tracked */
  private resume: TableState;
  /** bytes from `base` on that wait, and the room behind them */
  private store: Buffer = NOTHING;
  private waiting: Buffer = NOTHING;
  private base = 0;
  private counts = new Map<string, number>();

  constructor(
    private readonly set: PatternSet,
    private readonly mask: TextMask,
    private readonly limits: TextLimits = LOG_LIMITS,
  ) {
    this.tracker = new ValueTracker(set.automaton, set.closures, this.ranges, limits.heldBytes);
    this.resume = set.table.start(false);
  }

  /** Bytes that wait. */
  get held(): number {
    return this.waiting.length;
  }

  /**
   * Everything that is decided once `chunk` is known.
   * @param chunk any cut, possibly empty; not changed, and not kept
   * @returns masked bytes, possibly none; `chunk` itself or a view of it where nothing is masked
   */
  push(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) return NOTHING;
    const read = this.waiting.length;
    const data = this.joined(chunk);
    this.scan(data, read);
    const decided = this.tracking ? this.tracker.undecidedFrom() - this.base : data.length;
    return this.emit(data, decided);
  }

  /**
   * Time is up: all but the longest suffix that may still become part of a value. `push` never keeps more than that, so this is empty
   * behind it; callers that hold text by the clock need not know.
   */
  release(): Uint8Array {
    return NOTHING;
  }

  /** The text is over: what is held and no match is given out. Nothing may be pushed afterwards. */
  finish(): Uint8Array {
    if (this.tracking) this.tracker.end();
    return this.emit(this.waiting, this.waiting.length);
  }

  /** Masks set since the last call, by class. */
  take(): ReadonlyMap<string, number> {
    const counts = this.counts;
    this.counts = new Map();
    return counts;
  }

  private scan(data: Buffer, from: number): void {
    for (let at = from; at < data.length;) at = this.tracking ? this.track(data, at) : this.look(data, at);
  }

  /** Reads by the table until values have to be told apart; sets `tracking` then. Returns where to go on. */
  private look(data: Buffer, from: number): number {
    const table = this.set.table;
    let state = table.offsetOf(this.resume);
    let at = from;
    // where the last quiet state was left, and that state: tracking starts there
    let left = -1;
    let quiet = state;
    while (at < data.length) {
      const end = left < 0 ? data.length : Math.min(data.length, left + this.limits.heldBytes);
      const stop = table.run(data, at, end, state);
      state = table.offset;
      if (stop === end && left < 0) break;
      if (stop === end || (left >= 0 && table.event !== 'quiet')) return this.startTracking(left, quiet);
      if (table.event === 'accept' || table.event === 'full') return this.startTracking(stop, state);
      if (table.event === 'loud') {
        left = stop;
        quiet = state;
      } else {
        left = -1;
      }
      state = table.following;
      at = stop + 1;
    }
    if (left >= 0) return this.startTracking(left, quiet);
    this.resume = table.stateOf(state);
    return data.length;
  }

  private startTracking(at: number, state: number): number {
    const { nodes, afterWord } = this.set.table.stateOf(state);
    this.tracker.seed(nodes, afterWord, this.base + at);
    this.tracking = true;
    return at;
  }

  private track(data: Buffer, from: number): number {
    const tracker = this.tracker;
    for (let at = from; at < data.length; at++) {
      tracker.step(data[at] as number);
      if (tracker.quiet) {
        const { nodes, afterWord } = tracker.state();
        const table = this.set.table;
        this.resume = nodes.length === 0 ? table.start(afterWord) : table.stateOf(table.enter(nodes, afterWord));
        this.tracking = false;
        return at + 1;
      }
    }
    return data.length;
  }

  private emit(data: Buffer, decided: number): Uint8Array {
    const masked = this.ranges.takeUpTo(this.base + decided);
    const out = masked.length === 0 ? data.subarray(0, decided) : this.withMasks(data, decided, masked);
    this.base += decided;
    this.waiting = data.subarray(decided);
    // what waits outlives the chunk, whose bytes are the caller's
    if (this.waiting.length > 0 && this.waiting.buffer !== this.store.buffer) {
      this.store = Buffer.allocUnsafeSlow(this.waiting.length * 2 + 256);
      this.waiting.copy(this.store);
      this.waiting = this.store.subarray(0, this.waiting.length);
    }
    return out;
  }

  private withMasks(data: Buffer, decided: number, masked: readonly MaskedRange[]): Buffer {
    const parts: Uint8Array[] = [];
    let at = 0;
    for (const range of masked) {
      const className = this.set.classes[range.pattern] as string;
      const [from, to] = [range.from - this.base, range.to - this.base];
      parts.push(data.subarray(at, from), this.mask(className, data.subarray(from, to)));
      this.counts.set(className, (this.counts.get(className) ?? 0) + 1);
      at = to;
    }
    parts.push(data.subarray(at, decided));
    return Buffer.concat(parts);
  }

  /** What waits with `chunk` behind it, in one piece. */
  private joined(chunk: Uint8Array): Buffer {
    const size = this.waiting.length + chunk.length;
    if (this.waiting.length === 0) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const start = this.waiting.byteOffset;
    if (this.store.length - start < size) {
      const store = Buffer.allocUnsafeSlow(size * 2);
      this.waiting.copy(store);
      this.store = store;
      this.waiting = store.subarray(0, this.waiting.length);
    }
    const end = this.waiting.byteOffset + this.waiting.length;
    this.store.set(chunk, end);
    return this.store.subarray(this.waiting.byteOffset, end + chunk.length);
  }
}
