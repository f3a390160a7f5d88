import { createHash, type Hash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import type { RecordedColumn, ResultChunk } from '@app/gate';
import { utf8Cut } from './utf8-cut.js';

/** Channels of a recording: stdin, stdout, stderr, resize, exit. */
export type RecordedChannel = 'i' | 'o' | 'e' | 'r' | 'x';

/** Longest run of one channel in one row, bytes. */
const ROW_BYTES = 64 * 1024;

/** What all recorders of one operation share: its beginning, and how much is still kept. */
export interface Recording {
  /** ms since the operation began */
  elapsed(): number;
  /** bytes still kept in full; recorders take from it */
  keep: number;
}

interface Run {
  readonly ms: number;
  readonly channel: 'i' | 'o' | 'e';
  readonly kept: boolean;
  readonly whole: boolean;
  readonly parts: Uint8Array[];
  bytes: number;
}

/**
 * Collects what one direction carried as rows `[ms, channel, data]` for the record, neighbours of one channel merged. Data is text,
 * `{"b64":…}` where it is none, and `{"bytes","sha256"}` where it is not kept: the hash is that of all bytes of the channel that
 * were not kept so far, these included, so that the last one stands for all of them.
 */
export class StreamRecorder {
  readonly #recording: Recording;
  readonly #copy: ((bytes: Uint8Array) => Uint8Array) | null;
  readonly #unmasked: string;
  readonly #hashes = new Map<string, Hash>();
  #rows: string[] = [];
  #run: Run | null = null;
  #bytes = 0;

  /**
   * @param masking patterns are configured: the record says so where something passed without them
   * @param copy what the record gets instead of the bytes themselves (masked stdin); null: the same
   */
  constructor(recording: Recording, masking: boolean, copy: ((bytes: Uint8Array) => Uint8Array) | null = null) {
    this.#recording = recording;
    this.#unmasked = masking ? ',"unmasked":true' : '';
    this.#copy = copy;
  }

  /** bytes added since the last take */
  get bytes(): number {
    return this.#bytes;
  }

  get empty(): boolean {
    return this.#run === null && this.#rows.length === 0;
  }

  /** @param whole false: only counted and hashed, whatever is left to keep */
  add(channel: 'i' | 'o' | 'e', bytes: Uint8Array, whole: boolean): void {
    if (bytes.length === 0) return;
    this.#bytes += bytes.length;
    const kept = whole && bytes.length <= this.#recording.keep;
    if (kept) this.#recording.keep -= bytes.length;
    // what follows a gap would make no sense
    else if (whole) this.#recording.keep = 0;
    const run = this.#run;
    if (run && run.channel === channel && run.kept === kept && run.whole === whole && run.bytes < ROW_BYTES) {
      run.parts.push(bytes);
      run.bytes += bytes.length;
      return;
    }
    this.#close();
    this.#run = { ms: this.#recording.elapsed(), channel, kept, whole, parts: [bytes], bytes: bytes.length };
  }

  /** A resize as COLSxROWS, an exit code. */
  note(channel: 'r' | 'x', text: string): void {
    this.#close();
    this.#rows.push(row(this.#recording.elapsed(), channel, JSON.stringify(text)));
  }

  /** What was collected since the last take. @param takeMasks how many masks were set in it; asked once all of it is rendered */
  take(takeMasks: () => number): ResultChunk {
    this.#close();
    const masks = takeMasks();
    const rows = this.#rows;
    const bytes = this.#bytes;
    this.#rows = [];
    this.#bytes = 0;
    return {
      rows: rows.length,
      bytes,
      columns: masks > 0 ? maskedColumns : columns,
      values: [rows.length, rows.length, masks > 0 ? masks : rows.length],
      recorded: rows.join(','),
    };
  }

  #close(): void {
    const run = this.#run;
    if (run === null) return;
    this.#run = null;
    if (!run.kept) {
      this.#rows.push(row(run.ms, run.channel, this.#digest(run)));
      return;
    }
    const bytes = run.parts.length === 1 ? run.parts[0]! : Buffer.concat(run.parts);
    const shown = this.#copy ? this.#copy(bytes) : bytes;
    const cut = utf8Cut(shown);
    const text = shown.subarray(0, cut);
    if (!isUtf8(text)) {
      this.#rows.push(row(run.ms, run.channel, base64(shown)));
      return;
    }
    if (cut > 0) this.#rows.push(row(run.ms, run.channel, JSON.stringify(asBuffer(text).toString('utf8'))));
    if (cut < shown.length) this.#rows.push(row(run.ms, run.channel, base64(shown.subarray(cut))));
  }

  #digest({ channel, whole, parts, bytes }: Run): string {
    let hash = this.#hashes.get(channel);
    if (!hash) this.#hashes.set(channel, (hash = createHash('sha256')));
    for (const part of parts) hash.update(part);
    return `{"bytes":${bytes},"sha256":"${hash.copy().digest('hex')}"${whole ? '' : this.#unmasked}}`;
  }
}

const columns: readonly RecordedColumn[] = ['ms', 'ch', 'data'].map((name) => ({ name, masked: false }));
const maskedColumns: readonly RecordedColumn[] = ['ms', 'ch', 'data'].map((name) => ({
  name,
  masked: name === 'data',
}));

function row(ms: number, channel: RecordedChannel, data: string): string {
  return `[${Math.max(0, Math.round(ms))},"${channel}",${data}]`;
}

function base64(bytes: Uint8Array): string {
  return `{"b64":"${asBuffer(bytes).toString('base64')}"}`;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
