/** Bytes, or one step, that wait for a number of the record to be safe. */
interface Waiting {
  readonly after: number;
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
  readonly step: (() => void) | null;
}

/**
 * An ordered outlet whose chunks leave only once the record has reached their number: FIFO, so nothing overtakes. One look per
 * advance of the watermark, no promise per chunk.
 */
export class WatermarkQueue {
  readonly #sink: (chunks: readonly Uint8Array[]) => void;
  readonly #waiting: Waiting[] = [];
  #head = 0;
  #bytes = 0;
  #closed = false;

  /** @param sink called in order with chunks that may leave; must not throw */
  constructor(sink: (chunks: readonly Uint8Array[]) => void) {
    this.#sink = sink;
  }

  /** bytes not yet let out */
  get bytes(): number {
    return this.#bytes;
  }

  get empty(): boolean {
    return this.#head === this.#waiting.length;
  }

  /** Lets `chunks` out at once if nothing waits and `watermark` covers `after`; otherwise they wait their turn. */
  push(after: number, chunks: readonly Uint8Array[], watermark: number): void {
    if (this.#closed || chunks.length === 0) return;
    if (this.empty && after <= watermark) {
      this.#sink(chunks);
      return;
    }
    let bytes = 0;
    for (const chunk of chunks) bytes += chunk.length;
    this.#bytes += bytes;
    this.#waiting.push({ after, chunks, bytes, step: null });
  }

  /** Takes `step` at once if nothing waits and `watermark` covers `after`; otherwise in its turn. It must not throw. */
  pushStep(after: number, step: () => void, watermark: number): void {
    if (this.#closed) return;
    if (this.empty && after <= watermark) step();
    else this.#waiting.push({ after, chunks: [], bytes: 0, step });
  }

  /** Lets out, in order, what `watermark` covers; bytes that may go leave in one call of the sink per run of them. */
  drain(watermark: number): void {
    if (this.empty || this.#closed) return;
    let ready: Uint8Array[] | null = null;
    while (this.#head < this.#waiting.length) {
      const next = this.#waiting[this.#head]!;
      if (next.after > watermark) break;
      this.#head += 1;
      this.#bytes -= next.bytes;
      if (next.step !== null) {
        if (ready) this.#sink(ready);
        ready = null;
        next.step();
        continue;
      }
      ready ??= [];
      for (const chunk of next.chunks) ready.push(chunk);
    }
    if (this.empty) {
      this.#waiting.length = 0;
      this.#head = 0;
    } else if (this.#head > 1024) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
    if (ready) this.#sink(ready);
  }

  /** Drops what waits; nothing leaves any more. */
  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
    this.#head = 0;
    this.#bytes = 0;
  }
}
