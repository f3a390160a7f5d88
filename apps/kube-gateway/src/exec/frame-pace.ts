/** Parts that may be recorded in one window before the rest of it is waited for. */
const QUICK_PARTS = 8;
/** Bytes likewise. */
const QUICK_BYTES = 64 * 1024;

/**
 * When what was collected is recorded: at the end of the turn while little flows, so that a terminal is not slowed down; once per
 * window while much does; at once when enough is there.
 */
export class FramePace {
  readonly #windowMs: number;
  readonly #enough: number;
  readonly #flush: () => void;
  #pending = 0;
  #windowEnd = 0;
  #parts = 0;
  #bytes = 0;
  #soon: NodeJS.Immediate | null = null;
  #later: NodeJS.Timeout | null = null;

  /** @param windowMs length of a window @param enough bytes that wait for nothing */
  constructor(windowMs: number, enough: number, flush: () => void) {
    this.#windowMs = windowMs;
    this.#enough = enough;
    this.#flush = flush;
  }

  /** Something was collected. */
  added(bytes: number): void {
    this.#pending += bytes;
    if (this.#pending >= this.#enough) {
      this.now();
      return;
    }
    if (this.#soon !== null || this.#later !== null) return;
    const now = performance.now();
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + this.#windowMs;
      this.#parts = 0;
      this.#bytes = 0;
    }
    if (this.#parts < QUICK_PARTS && this.#bytes < QUICK_BYTES) this.#soon = setImmediate(() => this.now());
    else this.#later = setTimeout(() => this.now(), Math.max(1, this.#windowEnd - now));
  }

  /** Records now; also when nothing was added. */
  now(): void {
    this.stop();
    this.#parts += 1;
    this.#bytes += this.#pending;
    this.#pending = 0;
    this.#flush();
  }

  /** Forgets what is scheduled. */
  stop(): void {
    if (this.#soon !== null) clearImmediate(this.#soon);
    if (this.#later !== null) clearTimeout(this.#later);
    this.#soon = null;
    this.#later = null;
  }
}
