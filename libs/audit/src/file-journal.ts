import { randomBytes } from 'node:crypto';
import { JournalError } from './audit.error.js';
import type { EventKind, JournalEntry } from './audit-event.js';
import { Journal } from './audit-event.js';
import type { BehindLimits } from './backlog.js';
import { Backlog } from './backlog.js';
import { NO_PREVIOUS } from './chain.js';
import { DataKeyNames } from './data-key-names.js';
import { DiskFolder } from './disk-folder.js';
import { EpochKey } from './epoch-key.js';
import { Flusher } from './flusher.js';
import type { JournalFolder, SyncMode } from './journal-folder.js';
import type { KeyWrapper } from './key-wrapper.js';
import { LINE_BYTES, jsonString, linePrefix, renderLine } from './line.js';
import { Reserve } from './reserve.js';
import { SegmentWriter } from './segment-writer.js';
import { SlotLock } from './slot-lock.js';

/** How a journal is opened; sizes in bytes, times in ms. */
export interface FileJournalOptions {
  readonly keys: KeyWrapper;
  /** who writes, for `epoch.open` */
  readonly writer: { readonly kind: string; readonly version: string; readonly process: number };
  /** `dsync` (default): a written event is a durable one. `write+fdatasync`: two watermarks, for targets that release on `written` */
  readonly syncMode?: SyncMode;
  /** default 64 MiB; a larger batch gets a segment of its own size */
  readonly segmentBytes?: number;
  /** events beyond this go into the next write; default 4 MiB */
  readonly maxBatchBytes?: number;
  /** default 16 MiB */
  readonly maxBodyBytes?: number;
  /** disk space kept for what runs when the disk is full; default 256 MiB; 0: none */
  readonly reserveBytes?: number;
  /** default 1 GiB, 15 min */
  readonly maxBehind?: BehindLimits;
  /** default 10 000; 0: no heartbeats */
  readonly heartbeatMs?: number;
  /** how often disk space and shipping are looked at; default 1 000; 0: never */
  readonly checkMs?: number;
  /** ms since 1970; default `Date.now` */
  readonly now?: () => number;
}

const MIB = 1024 * 1024;

/** What only the simulator of power losses replaces. */
interface Replaced {
  readonly flusherClass?: new (...args: ConstructorParameters<typeof Flusher>) => Flusher;
  readonly key?: EpochKey;
}

/**
 * The journal of one process on the local disk: folder `<slot>/<epoch>/` of zero-filled segments, written by group commit.
 * @see evidence §4.3 (rules), §4.5 (throughput)
 */
export class FileJournal extends Journal {
  override readonly epoch = randomBytes(16).toString('hex');
  private readonly now: () => number;
  private readonly prefix = linePrefix(this.epoch);
  private readonly dataKeys = new DataKeyNames();
  private readonly listeners = new Set<() => void>();
  private readonly refusals = new Map<'disk' | 'database', string>();
  private readonly backlog: Backlog;
  private readonly reserve: Reserve;
  private readonly maxBodyBytes: number;
  private readonly timers: NodeJS.Timeout[] = [];
  private segments!: SegmentWriter;
  private flusher!: Flusher;
  private lock: SlotLock | null = null;
  private closing = false;
  private closed = false;
  private n = 0;
  private previous = NO_PREVIOUS;
  private timeAt = Number.NaN;
  private time = '';

  private constructor(
    slot: JournalFolder,
    private readonly options: FileJournalOptions,
    private readonly key: EpochKey,
  ) {
    super();
    this.now = options.now ?? Date.now;
    this.backlog = new Backlog(options.maxBehind ?? { bytes: 1024 * MIB, forMs: 15 * 60_000 });
    this.reserve = new Reserve(slot, options.reserveBytes ?? 256 * MIB);
    this.maxBodyBytes = options.maxBodyBytes ?? 16 * MIB;
  }

  /**
   * Starts a new epoch in a writer's folder; its `epoch.open` is durable on return.
   * @param slot folder of this worker, created if absent; older epochs in it are left to `recoverSlot`
   * @throws JournalError `locked` when another process writes there, `open-failed` when disk or keys do not allow it
   */
  static async open(slot: string, options: FileJournalOptions): Promise<FileJournal> {
    const folder = await DiskFolder.at(slot).catch((error: unknown) => {
      throw new JournalError('open-failed', `cannot use the journal's folder ${slot}`, { cause: error });
    });
    const lock = SlotLock.acquire(slot, options.now ?? Date.now);
    try {
      const journal = await FileJournal.openOn(folder, options);
      journal.lock = lock;
      return journal;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** The same on any folder: the simulator's, and with its flushers. */
  static async openOn(slot: JournalFolder, options: FileJournalOptions, replaced: Replaced = {}): Promise<FileJournal> {
    const journal = new FileJournal(slot, options, replaced.key ?? new EpochKey());
    try {
      await journal.start(slot, replaced.flusherClass ?? Flusher);
    } catch (error) {
      await journal.release();
      if (error instanceof JournalError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new JournalError('open-failed', `cannot start the journal: ${reason}`, { cause: error });
    }
    return journal;
  }

  override get durable(): number {
    return this.flusher.durable;
  }

  override get written(): number {
    return this.flusher.written;
  }

  override get state(): 'open' | 'refusing' | 'poisoned' | 'closed' {
    if (this.flusher.failure !== null) return 'poisoned';
    if (this.closed) return 'closed';
    return this.refusals.size > 0 ? 'refusing' : 'open';
  }

  override get stateReason(): string | null {
    if (this.flusher.failure !== null) return this.flusher.failure;
    if (this.closed) return 'the journal was closed';
    return this.refusals.size > 0 ? [...this.refusals.values()].join('; ') : null;
  }

  /** Bytes not yet in the audit database and when the oldest of them was written, by what `shipped` told. */
  get behind(): { readonly bytes: number; readonly oldestAt: number | null } {
    return { bytes: this.backlog.bytes, oldestAt: this.backlog.oldestAt };
  }

  /** Number of the last event appended; -1: none. */
  get lastN(): number {
    return this.n - 1;
  }

  override append(entry: JournalEntry): number {
    if (this.closing || this.flusher.failure !== null) {
      throw new JournalError(
        this.flusher.failure !== null ? 'poisoned' : 'closed',
        this.stateReason ?? 'the journal is closing',
      );
    }
    return this.add(entry.kind, entry.at, entry.members, entry.body, entry.session);
  }

  override onAdvance(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Tells that all events up to `n` are in the audit database. */
  shipped(n: number): void {
    this.backlog.shipped(n);
    if (this.refusals.has('database')) this.checkBacklog();
  }

  /** Tells how many bytes of older epochs are not in the audit database yet: they count towards `maxBehind`. */
  olderBehind(bytes: number): void {
    this.backlog.older = bytes;
    this.checkBacklog();
  }

  /** Writes `epoch.close` and waits until all is durable. Afterwards nothing is accepted. Never throws: see `state`. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.addHead('epoch.close');
    this.closing = true;
    await this.flusher.drained();
    await this.release();
    this.closed = true;
    this.notify();
  }

  private async start(slot: JournalFolder, flusherClass: NonNullable<Replaced['flusherClass']>): Promise<void> {
    const { options, now } = this;
    const mode = options.syncMode ?? 'dsync';
    await this.reserve.fill();
    const folder = await slot.child(this.epoch);
    this.segments = new SegmentWriter(folder, this.epoch, options.keys, mode, options.segmentBytes ?? 64 * MIB, now);
    await this.segments.roll(LINE_BYTES);
    this.flusher = new flusherClass(this.epoch, this.segments, mode, options.maxBatchBytes ?? 4 * MIB, {
      advanced: (bytes) => {
        if (bytes > 0) this.backlog.wrote(this.flusher.written, bytes, now());
        this.notify();
      },
      poisoned: () => this.notify(),
      makeRoom: () => this.makeRoom(),
    });
    const { kind, version, process } = options.writer;
    const writer = `{"kind":${jsonString(kind)},"version":${jsonString(version)},"process":${process},"sync":"${mode}"}`;
    this.add('epoch.open', now(), `"pub":"${this.key.public}","writer":${writer}`, null, null);
    await this.flusher.drained();
    if (this.flusher.failure !== null) throw new JournalError('poisoned', this.flusher.failure);
    this.every(options.heartbeatMs ?? 10_000, () => this.addHead('heartbeat'));
    this.every(options.checkMs ?? 1_000, () => void this.check());
  }

  private add(kind: EventKind, at: number, members: string, body: Uint8Array | null, session: string | null): number {
    if (members.includes('\n')) throw new JournalError('line-malformed', `a line end in the members of ${kind}`);
    const { flusher, n } = this;
    if (at !== this.timeAt) this.setTime(at);
    const batch = flusher.filling;
    let tail = '';
    if (body !== null) {
      if (body.length > this.maxBodyBytes) {
        throw new JournalError('body-too-long', `a body of ${body.length} bytes, limit ${this.maxBodyBytes}`);
      }
      const dk = this.dataKeys.nameFor(session, this.time);
      tail = `,"bh":"${batch.addBody(body)}","dk":"${dk}"`;
    }
    const leaf = batch.addLine(
      n,
      this.previous,
      renderLine(this.prefix, n, this.previous, this.time, kind, members, tail),
    );
    if (leaf === null) {
      if (body !== null) batch.dropBody(body);
      throw new JournalError('line-too-long', `a line of ${kind} with more than ${LINE_BYTES} bytes`);
    }
    if (kind === 'session.close' && session !== null) this.dataKeys.forget(session);
    this.previous = leaf;
    this.n = n + 1;
    flusher.schedule();
    return n;
  }

  private addHead(kind: 'heartbeat' | 'epoch.close'): void {
    if (this.closing || this.flusher.failure !== null) return;
    const head = this.n - 1;
    const signature = this.key.signHead(this.epoch, head, this.previous);
    this.add(kind, this.now(), `"head":{"n":${head},"leaf":"${this.previous}"},"sig":"${signature}"`, null, null);
  }

  private setTime(at: number): void {
    const date = new Date(at);
    const year = date.getUTCFullYear();
    if (!(year >= 0 && year <= 9999)) throw new JournalError('line-malformed', `not a time: ${at}`);
    this.time = date.toISOString();
    this.timeAt = at;
  }

  private async check(): Promise<void> {
    this.lock?.touch(this.now());
    this.checkBacklog();
    let reason: string | null;
    try {
      reason = await this.reserve.check();
    } catch (error) {
      reason = `the disk of the journal cannot be checked: ${error instanceof Error ? error.message : String(error)}`;
    }
    this.refuse('disk', reason);
  }

  private checkBacklog(): void {
    this.refuse('database', this.backlog.refusal(this.now(), this.refusals.has('database')));
  }

  private refuse(why: 'disk' | 'database', reason: string | null): void {
    const before = this.refusals.has(why);
    if (reason === null) this.refusals.delete(why);
    else this.refusals.set(why, reason);
    if (before !== (reason !== null)) this.notify();
  }

  private async makeRoom(): Promise<boolean> {
    const released = await this.reserve.release();
    if (released) this.refuse('disk', 'the disk of the journal is full: it lives on its reserve');
    return released;
  }

  private every(ms: number, what: () => void): void {
    if (ms > 0) this.timers.push(setInterval(what, ms).unref());
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }

  private async release(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await this.flusher?.quiet();
    await this.segments?.close().catch(() => {});
    this.lock?.release();
    this.lock = null;
  }
}
