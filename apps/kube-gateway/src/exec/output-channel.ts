import type { ChannelMasker } from './exec-ports.js';
import { utf8Cut } from './utf8-cut.js';

/** Bytes by which an archive is told from text. */
const SNIFF_BYTES = 512;
const none: readonly Uint8Array[] = [];

/** First bytes of what `tar` writes compressed: gzip, bzip2, xz, zstd. */
const magics = [
  [0x1f, 0x8b],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a],
  [0x28, 0xb5, 0x2f, 0xfd],
];

/** Whether the beginning of a stream is that of an archive: a tar header is filled up with NUL bytes. */
export function looksBinary(bytes: Uint8Array): boolean {
  if (magics.some((magic) => magic.every((byte, index) => bytes[index] === byte))) return true;
  return bytes.subarray(0, SNIFF_BYTES).includes(0);
}

/** Whether a command moves archives, as `cp` does: only of such a one binary data is let through unmasked. */
export function movesArchives(command: readonly string[]): boolean {
  return command[0] !== undefined && /(^|\/)tar$/.test(command[0]);
}

/**
 * One channel of output on its way to the client: masked where patterns are configured, and cut only between characters. An archive
 * is passed as it is: a mask would destroy it.
 */
export class OutputChannel {
  readonly #newMasker: (() => ChannelMasker) | null;
  #masker: ChannelMasker | null;
  #mode: 'unknown' | 'text' | 'archive';
  #sniffed: Uint8Array = new Uint8Array(0);
  #torn: Uint8Array = new Uint8Array(0);
  #masks = 0;

  /** @param archives whether this may turn out to be an archive */
  constructor(newMasker: (() => ChannelMasker) | null, archives: boolean) {
    this.#newMasker = newMasker;
    this.#masker = newMasker?.() ?? null;
    this.#mode = archives ? 'unknown' : 'text';
  }

  /** bytes held back */
  get held(): number {
    return this.#sniffed.length + this.#torn.length + (this.#masker?.held ?? 0);
  }

  /** it is an archive: not masked, and recorded by its hash only */
  get archive(): boolean {
    return this.#mode === 'archive';
  }

  /** @returns what may leave now */
  push(bytes: Uint8Array): readonly Uint8Array[] {
    if (this.#mode === 'unknown') {
      this.#sniffed = this.#sniffed.length === 0 ? bytes : Buffer.concat([this.#sniffed, bytes]);
      return this.#sniffed.length < SNIFF_BYTES ? none : this.#decide();
    }
    if (this.#mode === 'archive') return [bytes];
    return this.#between(this.#masker ? this.#masker.push(bytes) : bytes);
  }

  /** Time is up. @returns all but what may still begin a protected value */
  release(): readonly Uint8Array[] {
    const decided = this.#mode === 'unknown' && this.#sniffed.length > 0 ? this.#decide() : none;
    if (this.#mode !== 'text') return decided;
    return this.#whole(decided, this.#masker?.release());
  }

  /** Nothing follows. @returns the rest; what comes all the same begins anew */
  finish(): readonly Uint8Array[] {
    const decided = this.#mode === 'unknown' && this.#sniffed.length > 0 ? this.#decide() : none;
    if (this.#mode !== 'text') return decided;
    const rest = this.#masker?.finish();
    this.#count();
    this.#masker = this.#newMasker?.() ?? null;
    return this.#whole(decided, rest);
  }

  /** Masks set since the last call. */
  takeMasks(): number {
    this.#count();
    const masks = this.#masks;
    this.#masks = 0;
    return masks;
  }

  #count(): void {
    if (this.#masker) for (const count of this.#masker.take().values()) this.#masks += count;
  }

  #decide(): readonly Uint8Array[] {
    const bytes = this.#sniffed;
    this.#sniffed = new Uint8Array(0);
    this.#mode = looksBinary(bytes) ? 'archive' : 'text';
    return this.push(bytes);
  }

  #between(bytes: Uint8Array): readonly Uint8Array[] {
    if (bytes.length === 0) return none;
    if (this.#torn.length === 0) {
      const cut = utf8Cut(bytes);
      if (cut === bytes.length) return [bytes];
      this.#torn = bytes.slice(cut);
      return cut === 0 ? none : [bytes.subarray(0, cut)];
    }
    const whole = Buffer.concat([this.#torn, bytes]);
    this.#torn = new Uint8Array(0);
    return this.#between(whole);
  }

  #whole(before: readonly Uint8Array[], bytes: Uint8Array | undefined): readonly Uint8Array[] {
    const torn = this.#torn;
    this.#torn = new Uint8Array(0);
    const rest = torn.length === 0 ? bytes : Buffer.concat([torn, bytes ?? new Uint8Array(0)]);
    return rest === undefined || rest.length === 0 ? before : [...before, rest];
  }
}
