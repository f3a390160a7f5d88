import { ReadError } from './audit.error.js';
import type { BatchHeader } from './batch-header.js';
import { BATCH_BYTES, findBatchHeader, readBatchHeader } from './batch-header.js';
import { NO_PREVIOUS } from './chain.js';
import type { JournalSource } from './journal-source.js';
import type { KeyWrapper } from './key-wrapper.js';
import type { ReadEvent } from './read-batch.js';
import { readBatch } from './read-batch.js';
import { SEGMENT_HEAD_BYTES, decodeSegmentHeader, segmentIndex, segmentName } from './segment-header.js';

/** A place between two batches, and what must follow it. */
export interface ReadPosition {
  /** index of the segment */
  readonly segment: number;
  /** bytes from the start of the segment's file */
  readonly offset: number;
  /** number of the next batch and event */
  readonly batch: number;
  readonly n: number;
  /** leaf hash of the event before, 64 hex digits */
  readonly previous: string;
}

/** The start of an epoch. */
export const EPOCH_START: ReadPosition = {
  segment: 0,
  offset: SEGMENT_HEAD_BYTES,
  batch: 0,
  n: 0,
  previous: NO_PREVIOUS,
};

const SCAN_BYTES = 1024 * 1024;

/**
 * Reads an epoch back, batch by batch, and checks all of it: crc, dense numbers, previous hashes, bodies.
 *
 * Bytes at the end that were never acknowledged are a torn tail, which a crash leaves behind; damage in front of something
 * that was written later, and knew the damaged part as durable, is an alarm.
 */
export class JournalReader {
  private key: { readonly segment: number; readonly key: Buffer } | null = null;

  /** @param keys opens the bodies; null: lines only */
  constructor(
    private readonly source: JournalSource,
    readonly epoch: string,
    private readonly keys: KeyWrapper | null,
    public position: ReadPosition = EPOCH_START,
  ) {}

  /**
   * The next batch, in order, or null at the end of what is whole.
   * @param durable for an epoch that is still written to: its watermark; nothing behind it is looked at
   * @param what `lines only` leaves bodies out whose key was destroyed
   * @throws ReadError `corrupt` when what was acknowledged cannot be read; KeyError when the bodies' key cannot
   */
  next(durable?: number, what: 'all' | 'lines only' = 'all'): ReadEvent[] | null {
    if (durable !== undefined && this.position.n > durable) return null;
    const header = this.headerAt(segmentName(this.position.segment), this.position.offset);
    if (header !== null && header.number === this.position.batch && header.firstN === this.position.n) {
      if (durable !== undefined && header.firstN + header.count - 1 > durable) return null;
      const events = this.take(header, what === 'all' ? this.keys : null);
      if (typeof events !== 'string') return events;
      if (durable === undefined) this.alarmUnlessTorn(events);
      else throw this.corrupt(events);
      return null;
    }
    if (this.rolled()) return this.next(durable, what);
    if (durable === undefined) this.alarmUnlessTorn('no batch stands there');
    else throw this.corrupt('no batch stands there');
    return null;
  }

  /** Bytes of a torn tail: after `next` gave null for an epoch whose writer is gone. 0: it ends cleanly. */
  tornBytes(): number {
    const name = segmentName(this.position.segment);
    const size = this.source.sizeOf(name) ?? 0;
    const chunk = Buffer.alloc(SCAN_BYTES);
    for (
      let start = Math.max(this.position.offset, size - SCAN_BYTES);
      ;
      start = Math.max(this.position.offset, start - SCAN_BYTES)
    ) {
      const got = this.source.read(name, chunk.subarray(0, Math.max(0, Math.min(SCAN_BYTES, size - start))), start);
      for (let i = got - 1; i >= 0; i--) if (chunk[i] !== 0) return start + i + 1 - this.position.offset;
      if (start <= this.position.offset) return 0;
    }
  }

  private take(header: BatchHeader, keys: KeyWrapper | null): ReadEvent[] | string {
    const { segment, offset, batch, n, previous } = this.position;
    const length = BATCH_BYTES + header.frameBytes + header.bodyBytes;
    const name = segmentName(segment);
    if (offset + length > (this.source.sizeOf(name) ?? 0)) return 'the batch is longer than its segment';
    const bytes = Buffer.allocUnsafeSlow(length);
    if (this.source.read(name, bytes, offset) !== length) return 'the batch is cut off';
    const key = keys !== null && header.bodyBytes > 0 ? this.segmentKey(keys) : null;
    const events = readBatch(bytes, header, { epoch: this.epoch, n, previous }, key);
    const last = typeof events === 'string' ? undefined : events.at(-1);
    if (last === undefined) return typeof events === 'string' ? events : 'the batch is empty';
    this.position = { segment, offset: offset + length, batch: batch + 1, n: last.n + 1, previous: last.leaf };
    return events;
  }

  /** Goes on to a later segment if it starts with the batch that is due. */
  private rolled(): boolean {
    for (const segment of this.segmentsFrom(this.position.segment + 1)) {
      const header = this.headerAt(segmentName(segment), SEGMENT_HEAD_BYTES);
      if (header === null) continue;
      if (header.number !== this.position.batch || header.firstN !== this.position.n) return false;
      this.position = { ...this.position, segment, offset: SEGMENT_HEAD_BYTES };
      return true;
    }
    return false;
  }

  /** Throws if any later batch says that the one missing here was durable. */
  private alarmUnlessTorn(what: string): void {
    for (const segment of this.segmentsFrom(this.position.segment)) {
      const from = segment === this.position.segment ? this.position.offset + 1 : SEGMENT_HEAD_BYTES;
      if (this.knownDurable(segmentName(segment), from)) throw this.corrupt(what);
    }
  }

  private knownDurable(name: string, from: number): boolean {
    const size = this.source.sizeOf(name) ?? 0;
    const chunk = Buffer.alloc(Math.max(0, Math.min(SCAN_BYTES + BATCH_BYTES, size - from)));
    for (let start = from; start < size; start += SCAN_BYTES) {
      const got = this.source.read(name, chunk.subarray(0, Math.min(chunk.length, size - start)), start);
      const bytes = chunk.subarray(0, got);
      let found = findBatchHeader(bytes, 0, this.epoch);
      while (found !== null) {
        if (found.header.durable >= this.position.n) return true;
        found = findBatchHeader(bytes, found.at + 1, this.epoch);
      }
    }
    return false;
  }

  private headerAt(name: string, offset: number): BatchHeader | null {
    const size = this.source.sizeOf(name);
    if (size === null || offset + BATCH_BYTES > size) return null;
    const bytes = Buffer.alloc(BATCH_BYTES);
    return this.source.read(name, bytes, offset) === BATCH_BYTES ? readBatchHeader(bytes, 0, this.epoch) : null;
  }

  private segmentKey(keys: KeyWrapper): Buffer {
    const { segment } = this.position;
    if (this.key?.segment !== segment) {
      const bytes = Buffer.alloc(SEGMENT_HEAD_BYTES);
      this.source.read(segmentName(segment), bytes, 0);
      const head = decodeSegmentHeader(bytes);
      if (head === null || head.epoch !== this.epoch || head.index !== segment)
        throw this.corrupt('its head is damaged');
      this.key = { segment, key: keys.unwrap(head.kek, head.wrapped, `${this.epoch}/${segment}`) };
    }
    return this.key.key;
  }

  private segmentsFrom(first: number): number[] {
    const indexes = this.source.names().map(segmentIndex);
    return indexes.filter((index): index is number => index !== null && index >= first).toSorted((a, b) => a - b);
  }

  private corrupt(what: string): ReadError {
    const { segment, offset, n } = this.position;
    return new ReadError(
      'corrupt',
      `journal ${this.epoch}, ${segmentName(segment)} at byte ${offset}, event ${n} expected: ${what}`,
    );
  }
}
