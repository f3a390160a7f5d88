import { type PatternSet, TextMasker, type TextMask } from '@app/masking';

/** A recorded line is cut off here (bytes). */
const LINE_BYTES = 16_384;
const NEWLINE = 0x0a;

/** What a part of a log was, for the record. */
export interface LogPart {
  /** lines begun or finished in what was given out */
  readonly items: number;
  /** masks by class */
  readonly masked: ReadonlyMap<string, number>;
  /** lines kept, masked, each a JSON string; bytes that are no UTF-8 are replaced, and what is longer than 16 KiB is cut off */
  readonly documents: readonly string[];
}

/** Masks a log as it passes; the lines it keeps for the record are those that the client gets. */
export class LogRedactor {
  readonly #masker: TextMasker;
  #left: number;
  #line: Uint8Array[] = [];
  #lineBytes = 0;
  /** the line under way has bytes that were given out */
  #begun = false;
  #items = 0;
  #documents: string[] = [];

  /** @param keep lines kept for the record */
  constructor(set: PatternSet, mask: TextMask, keep: number) {
    this.#masker = new TextMasker(set, mask);
    this.#left = keep;
  }

  /** @returns what may leave now; all of it is masked */
  push(chunk: Uint8Array): Uint8Array[] {
    return this.#out(this.#masker.push(chunk));
  }

  /** The log is over. @returns the rest */
  finish(): Uint8Array[] {
    const rest = this.#out(this.#masker.finish());
    if (this.#begun) this.#endLine();
    return rest;
  }

  /** What was given out since the last call. A line counts, and is kept, once it is over. */
  take(): LogPart {
    const part = { items: this.#items, masked: this.#masker.take(), documents: this.#documents };
    this.#items = 0;
    this.#documents = [];
    return part;
  }

  #out(bytes: Uint8Array): Uint8Array[] {
    if (bytes.length === 0) return [];
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      this.#keep(bytes.subarray(from, end));
      this.#endLine();
      from = end + 1;
    }
    if (from < bytes.length) {
      this.#begun = true;
      this.#keep(bytes.subarray(from));
    }
    return [bytes];
  }

  #keep(bytes: Uint8Array): void {
    const room = LINE_BYTES - this.#lineBytes;
    if (this.#left <= 0 || room <= 0) return;
    // a copy: what is given out belongs to the caller
    const kept = bytes.slice(0, room);
    this.#line.push(kept);
    this.#lineBytes += kept.length;
  }

  #endLine(): void {
    this.#items += 1;
    this.#begun = false;
    if (this.#left <= 0) return;
    this.#left -= 1;
    this.#documents.push(JSON.stringify(Buffer.concat(this.#line).toString('utf8')));
    this.#line = [];
    this.#lineBytes = 0;
  }
}

/**
 * Masks the answers to requests for logs: plain text of any length, cut anywhere, silent for hours. Nothing but a value still open is
 * held (16 KiB at most), so no timer is needed.
 * @param mask what stands for a value of a class @param keep lines kept for the record
 */
export function logRedactor(set: PatternSet, mask: TextMask, keep: number): LogRedactor {
  return new LogRedactor(set, mask, keep);
}
