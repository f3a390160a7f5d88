import { Batch } from './batch.js';
import type { SyncMode } from './journal-folder.js';
import { isFsError } from './key-folder.js';
import type { SegmentWriter } from './segment-writer.js';

/** Whom the flusher tells. */
export interface FlusherEvents {
  /** A watermark moved; `bytes` went to the disk with it. */
  advanced(bytes: number): void;
  /** Nothing will be written any more. */
  poisoned(): void;
  /** No space for a new segment. @returns true if room was made and another try makes sense */
  makeRoom(): Promise<boolean>;
}

/**
 * Group commit: what is appended while one write is in flight becomes the next write. One write at a time; in mode
 * `write+fdatasync` one sync beside it, which covers what was written when it began.
 *
 * The protected steps are what the power-loss simulator replaces by mistakes, to show that it would see them.
 */
export class Flusher {
  written = -1;
  durable = -1;
  failure: string | null = null;
  /** where the next event goes */
  filling = new Batch();
  private readonly queue: Batch[] = [];
  private readonly spare: Batch[] = [];
  private writing: Batch | null = null;
  private syncing = false;
  private waitsForSync: (() => void) | null = null;
  private scheduled = false;
  private batchNumber = 0;
  private idle: (() => void)[] = [];
  private inFlight = 0;
  private quietWaiters: (() => void)[] = [];

  constructor(
    private readonly epoch: string,
    private readonly segments: SegmentWriter,
    private readonly mode: SyncMode,
    private readonly maxBatchBytes: number,
    private readonly events: FlusherEvents,
  ) {}

  /** To be called after each event added to `filling`. */
  schedule(): void {
    if (this.filling.byteLength >= this.maxBatchBytes) {
      this.queue.push(this.filling);
      this.filling = this.spare.pop() ?? new Batch();
    }
    if (this.scheduled || this.writing !== null) return;
    this.scheduled = true;
    // Not at once: what other sockets of this turn of the loop bring belongs to the same write.
    setImmediate(this.begin);
  }

  /** Resolves when all that was appended is durable, or the flusher failed. */
  async drained(): Promise<void> {
    if (this.failure !== null || this.isIdle()) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  /** Resolves when no call of the file system is under way: only then may a file be closed, else its number could be another's. */
  async quiet(): Promise<void> {
    if (this.inFlight > 0) await new Promise<void>((resolve) => this.quietWaiters.push(resolve));
  }

  /** Stops for good. */
  poison(reason: string): void {
    if (this.failure !== null) return;
    this.failure = reason;
    this.events.poisoned();
    this.tellIdle();
  }

  /** A write came back: is it less than was asked for? */
  protected isShort(written: number, wanted: number): boolean {
    return written !== wanted;
  }

  /** A write or sync failed. Never `goOn` here: the bytes may be anywhere or nowhere. */
  protected failed(what: string, error: Error, _goOn: () => void): void {
    this.poison(`${what}: ${error.message}`);
  }

  /** A sync failed. Never `again`: the kernel may have marked the pages clean, so that it would succeed without data. */
  protected syncFailed(error: Error, again: () => void, _again: () => void): void {
    this.failed('sync of the journal failed', error, again);
  }

  /** What is durable once a write returned, before any sync. */
  protected durableOnWrite(): boolean {
    return this.mode === 'dsync';
  }

  /** Makes what was written durable. */
  protected sync(done: (error: Error | null) => void): void {
    const file = this.segments.current?.file;
    if (file === undefined) done(new Error('no open segment'));
    else file.sync(done);
  }

  private readonly begin = (): void => {
    this.scheduled = false;
    if (this.failure !== null || this.writing !== null) return;
    const batch = this.queue.shift() ?? (this.filling.count > 0 ? this.filling : null);
    if (batch === null) {
      if (this.isIdle()) this.tellIdle();
      return;
    }
    if (batch === this.filling) this.filling = this.spare.pop() ?? new Batch();
    this.writing = batch;
    if (this.segments.fits(batch.byteLength)) this.write(batch);
    else this.roll(batch);
  };

  private roll(batch: Batch): void {
    if (this.syncing) {
      this.waitsForSync = () => this.roll(batch);
      return;
    }
    this.rollWithRoom(batch.byteLength).then(
      () => {
        if (this.failure === null) this.write(batch);
      },
      (error: unknown) => this.poison(`no new segment: ${error instanceof Error ? error.message : String(error)}`),
    );
  }

  private async rollWithRoom(bytes: number): Promise<void> {
    try {
      await this.segments.roll(bytes);
    } catch (error) {
      if (!isFsError(error, 'ENOSPC') || !(await this.events.makeRoom())) throw error;
      await this.segments.roll(bytes);
    }
  }

  private write(batch: Batch): void {
    const segment = this.segments.current;
    if (segment === null) {
      this.poison('no open segment');
      return;
    }
    const bytes = batch.seal(this.epoch, this.batchNumber++, this.durable, segment.key);
    const took = (): void => {
      segment.position += bytes.length;
      this.wrote(batch, bytes.length);
    };
    this.inFlight++;
    segment.file.write(bytes, segment.position, (error, written) => {
      this.landed();
      if (this.failure !== null) return;
      if (error) this.failed('write to the journal failed', error, took);
      else if (this.isShort(written, bytes.length)) {
        this.failed('write to the journal failed', new Error(`short write, ${written} of ${bytes.length} bytes`), took);
      } else took();
    });
  }

  private wrote(batch: Batch, bytes: number): void {
    this.written = batch.lastN;
    if (this.durableOnWrite()) this.durable = this.written;
    batch.reset();
    if (this.spare.length < 2) this.spare.push(batch);
    this.writing = null;
    this.segments.prepare();
    if (this.mode !== 'dsync') this.beginSync();
    this.begin();
    this.events.advanced(bytes);
  }

  private beginSync(): void {
    if (this.syncing || this.failure !== null) return;
    this.syncing = true;
    const upTo = this.written;
    const synced = (): void => {
      this.syncing = false;
      if (upTo > this.durable) this.durable = upTo;
      const waiting = this.waitsForSync;
      this.waitsForSync = null;
      if (this.written > upTo) this.beginSync();
      if (this.syncing) this.waitsForSync = waiting;
      else waiting?.();
      if (this.isIdle()) this.tellIdle();
      this.events.advanced(0);
    };
    const attempt = (): void => {
      this.inFlight++;
      this.sync((error) => {
        this.landed();
        if (this.failure !== null) return;
        if (error) this.syncFailed(error, synced, attempt);
        else synced();
      });
    };
    attempt();
  }

  private landed(): void {
    this.inFlight--;
    if (this.inFlight > 0) return;
    const waiting = this.quietWaiters;
    this.quietWaiters = [];
    for (const resolve of waiting) resolve();
  }

  private isIdle(): boolean {
    const nothingWaits = this.writing === null && this.queue.length === 0 && this.filling.count === 0;
    return nothingWaits && (this.mode === 'dsync' || !this.syncing);
  }

  private tellIdle(): void {
    const waiting = this.idle;
    this.idle = [];
    for (const resolve of waiting) resolve();
  }
}
