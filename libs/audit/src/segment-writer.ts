import { randomBytes } from 'node:crypto';
import type { JournalFile, JournalFolder, SyncMode } from './journal-folder.js';
import type { KeyWrapper } from './key-wrapper.js';
import { SEGMENT_HEAD_BYTES, encodeSegmentHeader, segmentName } from './segment-header.js';

/** One segment that is written to. */
export interface OpenSegment {
  readonly file: JournalFile;
  /** key of its bodies, 32 bytes */
  readonly key: Buffer;
  readonly size: number;
  /** offset of the next batch */
  position: number;
}

/** Makes segments ahead of need and hands them out in order. */
export class SegmentWriter {
  private nextIndex = 0;
  private ahead: Promise<OpenSegment> | null = null;
  current: OpenSegment | null = null;

  constructor(
    private readonly folder: JournalFolder,
    private readonly epoch: string,
    private readonly keys: KeyWrapper,
    private readonly mode: SyncMode,
    private readonly segmentBytes: number,
    private readonly now: () => number,
  ) {}

  /** True if a batch of this many bytes goes into the current segment. */
  fits(bytes: number): boolean {
    return this.current !== null && this.current.position + bytes <= this.current.size;
  }

  /** Makes the next segment already, once the current one is half full. */
  prepare(): void {
    const { current } = this;
    if (this.ahead !== null || current === null || current.position * 2 < current.size) return;
    this.ahead = this.make(this.segmentBytes);
    // Whoever needs the segment sees the error; until then it is no unhandled one.
    this.ahead.catch(() => {});
  }

  /** Goes on to the next segment, large enough for a batch of `bytes`. All batches before must be durable already. */
  async roll(bytes: number): Promise<void> {
    const needed = SEGMENT_HEAD_BYTES + bytes;
    const { ahead } = this;
    this.ahead = null;
    let next = ahead === null ? null : await ahead.catch(() => null);
    if (next !== null && next.size < needed) {
      // Too small for this one batch: it stays behind, empty; readers walk over it.
      await next.file.close();
      next = null;
    }
    next ??= await this.make(Math.max(this.segmentBytes, needed));
    await this.current?.file.close();
    this.current = next;
  }

  async close(): Promise<void> {
    const ahead = await this.ahead?.catch(() => null);
    await ahead?.file.close();
    await this.current?.file.close();
    this.current = null;
    this.ahead = null;
  }

  private async make(size: number): Promise<OpenSegment> {
    const index = this.nextIndex;
    const key = randomBytes(32);
    const day = new Date(this.now()).toISOString().slice(0, 10);
    const wrapped = this.keys.wrap(key, day, `${this.epoch}/${index}`);
    const head = encodeSegmentHeader({ epoch: this.epoch, index, ...wrapped });
    const name = segmentName(index);
    const draft = `${name}.draft`;
    await this.folder.remove(draft);
    try {
      const file = await this.folder.open(draft, 'create');
      try {
        await file.preallocate(size);
        await writeWhole(file, head);
        await new Promise<void>((resolve, reject) => file.sync((error) => (error ? reject(error) : resolve())));
      } finally {
        await file.close();
      }
      await this.folder.rename(draft, name);
      await this.folder.syncNames();
    } catch (error) {
      await this.folder.remove(draft).catch(() => {});
      throw error;
    }
    this.nextIndex++;
    return { file: await this.folder.open(name, this.mode), key, size, position: SEGMENT_HEAD_BYTES };
  }
}

function writeWhole(file: JournalFile, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    file.write(bytes, 0, (error, written) => {
      if (error) reject(error);
      else if (written !== bytes.length) reject(Object.assign(new Error('short write'), { code: 'ENOSPC' }));
      else resolve();
    });
  });
}
