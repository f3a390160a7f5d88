/** Size of a terminal in characters. */
export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** Longest JSON document of a size. */
const DOCUMENT_BYTES = 1024;

/** Reads terminal sizes from a stream of JSON objects that may come joined in one message or split over several. */
export class ResizeReader {
  #text = '';

  /** @returns sizes that `bytes` complete; what is no size is dropped */
  push(bytes: Uint8Array): TerminalSize[] {
    this.#text += Buffer.from(bytes).toString('latin1');
    const sizes: TerminalSize[] = [];
    for (;;) {
      const end = this.#text.indexOf('}');
      if (end < 0) break;
      const size = sizeOf(this.#text.slice(this.#text.lastIndexOf('{', end), end + 1));
      if (size) sizes.push(size);
      this.#text = this.#text.slice(end + 1);
    }
    if (this.#text.length > DOCUMENT_BYTES) this.#text = '';
    return sizes;
  }
}

function sizeOf(text: string): TerminalSize | null {
  try {
    const { Width: width, Height: height } = JSON.parse(text) as { Width?: unknown; Height?: unknown };
    return isSize(width) && isSize(height) ? { width, height } : null;
  } catch {
    return null;
  }
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535;
}

/** A size as channel 4 carries it. */
export function resizeMessage({ width, height }: TerminalSize): Uint8Array {
  return Buffer.from(`{"Width":${width},"Height":${height}}`, 'latin1');
}
