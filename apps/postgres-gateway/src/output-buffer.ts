/**
 * Collects what goes to the client between two releases: frames passed on as they came are coalesced into one view per run,
 * rewritten ones are appended whole. Owns nothing: views stay valid because chunks are never reused.
 */
export class OutputBuffer {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #source: Buffer | null = null;
  #start = 0;
  #end = 0;

  /** bytes collected since the last take */
  get bytes(): number {
    return this.#bytes;
  }

  /** Passes a frame on as it came. */
  pass(buffer: Buffer, start: number, end: number): void {
    this.#bytes += end - start;
    if (this.#source === buffer && this.#end === start) {
      this.#end = end;
      return;
    }
    this.#flushRun();
    this.#source = buffer;
    this.#start = start;
    this.#end = end;
  }

  /** Appends bytes of ours. */
  add(bytes: Buffer): void {
    this.#flushRun();
    this.#bytes += bytes.length;
    this.#chunks.push(bytes);
  }

  /** Everything collected, in order; the buffer is empty afterwards. */
  take(): Buffer[] {
    this.#flushRun();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bytes = 0;
    return chunks;
  }

  #flushRun(): void {
    if (this.#source !== null) this.#chunks.push(this.#source.subarray(this.#start, this.#end));
    this.#source = null;
  }
}
