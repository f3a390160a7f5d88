import type { AuditSink } from './audit-sink.js';
import { KeyError, ReadError, SinkError } from './audit.error.js';
import { EpochFiles } from './epoch-files.js';
import { JournalReader } from './journal-reader.js';
import { DiskSource } from './journal-source.js';
import type { KeyStore } from './keys.js';
import { OpenWork } from './open-work.js';
import type { ReadEvent } from './read-batch.js';
import { segmentName } from './segment-header.js';
import { SessionKeys } from './session-keys.js';
import { toShippedBatch } from './shipped-batch.js';

/** How an epoch is shipped; times in ms. */
export interface ShipperOptions {
  /** the epoch's folder, `<slot>/<epoch>` */
  readonly folder: string;
  readonly keys: KeyStore;
  readonly sink: AuditSink;
  /** watermark of the living journal, nothing behind it is shipped; null: the writer is gone, ship what is whole */
  readonly durable: (() => number) | null;
  /** default 5 000 events or 4 MiB of lines and bodies in one batch */
  readonly maxEvents?: number;
  readonly maxBytes?: number;
  /** how long what is not a full batch waits for more; default 200 */
  readonly everyMs?: number;
  /** first and longest wait between attempts when the database is away; default 100, 10 000 */
  readonly retryMs?: { readonly first: number; readonly longest: number };
}

/**
 * - `shipping` all is well
 * - `retrying` the database is away; `error` says why
 * - `alarm` the database holds something else under one number, or the journal is damaged: this epoch is not shipped any further
 * - `done` all of a finished epoch is in the database; its folder is gone unless a recovery still needs it
 */
export type ShipperState = 'shipping' | 'retrying' | 'alarm' | 'done';

/** Carries one epoch from its journal to the audit database, in order, again after any interruption, never twice in effect. */
export class Shipper {
  readonly epoch: string;
  state: ShipperState = 'shipping';
  /** what went wrong last; null while all is well */
  error: string | null = null;
  /** bytes of the torn tail that was cut off; known once `done` */
  tornBytes = 0;
  private readonly files: EpochFiles;
  private readonly source: DiskSource;
  private readonly sessionKeys: SessionKeys;
  private readonly open: OpenWork;
  private reader: JournalReader;
  private shipped: number;
  private closeSeen = false;
  private deadline = Number.POSITIVE_INFINITY;
  private wake: (() => void) | null = null;
  private running: Promise<void> | null = null;

  /** @throws ReadError, KeyError when the folder cannot be taken up where it was left */
  constructor(private readonly options: ShipperOptions) {
    this.files = new EpochFiles(options.folder);
    this.epoch = this.files.epoch;
    this.sessionKeys = new SessionKeys(options.folder, options.keys);
    const checkpoint = this.files.readCheckpoint();
    const position = this.files.readPosition() ?? checkpoint.position;
    this.open = new OpenWork(checkpoint.open);
    this.source = new DiskSource(options.folder);
    // What was open where the last life of this shipper stopped: lines only, at most the segments not yet deleted.
    const past = new JournalReader(this.source, this.epoch, null, checkpoint.position);
    while (past.position.n < position.n) {
      const events = past.next();
      if (events === null) break;
      for (const { n, kind, line } of events) {
        if (OpenWork.concerns(kind))
          this.open.follow(n, kind, JSON.parse(line.toString('utf8')) as Record<string, unknown>);
        if (kind === 'epoch.close') this.closeSeen = true;
      }
    }
    this.reader = new JournalReader(this.source, this.epoch, options.keys, position);
    this.shipped = position.n - 1;
  }

  /** Highest n in the audit database, as far as this process knows; -1: none. */
  get position(): number {
    return this.shipped;
  }

  /** Begins, once. @returns when the epoch is `done`, an `alarm`, or `stop` was called */
  start(): Promise<void> {
    this.running ??= this.run();
    return this.running;
  }

  /** Ships what is durable by now, for at most `withinMs`, and ends. What is left is shipped by the next start. */
  async stop(withinMs: number): Promise<void> {
    this.deadline = Date.now() + withinMs;
    this.wake?.();
    await this.running;
  }

  private async run(): Promise<void> {
    const { everyMs = 200 } = this.options;
    try {
      for (;;) {
        const { events, isFull } = this.collect();
        const isStopping = this.deadline !== Number.POSITIVE_INFINITY;
        if (events.length > 0) {
          await this.ship(events);
          if (Date.now() >= this.deadline) return;
          // A transaction costs nearly as much for forty events as for a thousand: what came meanwhile waits for more.
          if (isFull || isStopping || this.isFinished()) continue;
        } else if (this.isFinished()) {
          this.finish();
          return;
        } else if (isStopping) return;
        await this.sleep(everyMs);
      }
    } catch (error) {
      if (error instanceof Stopped) return;
      this.state = 'alarm';
      this.error = error instanceof Error ? error.message : String(error);
    } finally {
      this.source.close();
    }
  }

  private collect(): { readonly events: ReadEvent[]; readonly isFull: boolean } {
    const { maxEvents = 5_000, maxBytes = 4 * 1024 * 1024, durable } = this.options;
    const events: ReadEvent[] = [];
    let bytes = 0;
    while (events.length < maxEvents && bytes < maxBytes) {
      const more = this.next(durable?.());
      if (more === null) break;
      for (const event of more) {
        events.push(event);
        bytes += event.line.length + (event.body?.body.length ?? 0);
        if (event.kind === 'epoch.close') this.closeSeen = true;
      }
    }
    return { events, isFull: events.length >= maxEvents || bytes >= maxBytes };
  }

  private next(durable: number | undefined): ReadEvent[] | null {
    try {
      return this.reader.next(durable);
    } catch (error) {
      if (!(error instanceof KeyError && error.code === 'destroyed')) throw error;
      // Erased on purpose: the lines go on, the bodies are gone.
      return this.reader.next(durable, 'lines only');
    }
  }

  private async ship(events: readonly ReadEvent[]): Promise<void> {
    const { maxEvents = 5_000, sink } = this.options;
    const after = this.reader.position;
    for (let from = 0; from < events.length; from += maxEvents) {
      const slice = events.slice(from, from + maxEvents);
      const { batch, members } = await this.persistently(() => {
        const made = toShippedBatch(this.epoch, slice, this.sessionKeys);
        this.sessionKeys.save();
        return made;
      });
      await this.persistently(() => sink.ship(batch));
      this.sessionKeys.confirm(batch.keys);
      slice.forEach(({ n, kind }, i) => this.open.follow(n, kind, members[i] ?? {}));
      for (const { type, session, n } of batch.events) {
        if (type === 'session.close' && session !== null) this.sessionKeys.sessionClosed(session);
        this.shipped = n;
      }
    }
    this.dropSegments(after.segment);
    this.files.writePosition(after, false);
  }

  /** Tries until it works. Alarms are not retried. */
  private async persistently<T>(what: () => T | Promise<T>): Promise<T> {
    const { first, longest } = this.options.retryMs ?? { first: 100, longest: 10_000 };
    for (let wait = first; ; wait = Math.min(longest, wait * 2)) {
      try {
        const result = await what();
        this.state = 'shipping';
        this.error = null;
        return result;
      } catch (error) {
        if (error instanceof ReadError || (error instanceof SinkError && error.code === 'conflict')) throw error;
        this.state = 'retrying';
        this.error = error instanceof Error ? error.message : String(error);
        const left = this.deadline - Date.now();
        if (left <= 0) throw new Stopped('stopped while the database was away', { cause: error });
        await this.sleep(Math.min(wait, left));
      }
    }
  }

  /** Deletes segments that are wholly shipped, after what a recovery needs from them is durable elsewhere. */
  private dropSegments(before: number): void {
    const old = this.files.segments().filter((index) => index < before);
    if (old.length === 0) return;
    const { position } = this.reader;
    this.files.writePosition(position, true);
    this.files.writeCheckpoint({ position, open: this.open.snapshot() });
    this.source.close();
    for (const index of old) this.files.remove(segmentName(index));
  }

  private isFinished(): boolean {
    return this.options.durable === null || this.closeSeen;
  }

  private finish(): void {
    this.tornBytes = this.closeSeen ? 0 : this.reader.tornBytes();
    this.source.close();
    // What is open and not yet taken over by a recovery must still be found by one.
    const { intents, sessions } = this.open;
    if (this.files.isRecovered() || intents.size + sessions.size === 0) this.files.removeAll();
    this.state = 'done';
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

class Stopped extends Error {}
