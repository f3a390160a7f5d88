import { join } from 'node:path';
import { type AuditSink, FileJournal, type KeyStore, recoverSlot, Shipper } from '@app/audit';
import type { Logger, SallyportConfig } from '@app/platform';

const MIB = 1024 * 1024;
/** This process writes little: a small segment, and a reserve of a few thousand events. */
const SEGMENT_BYTES = 4 * MIB;
const RESERVE_BYTES = 16 * MIB;
const PROGRESS_MS = 500;

/** The control API's own part of the record: its journal and the way of it to the audit database. */
export interface OwnRecord {
  readonly journal: FileJournal;
  /** its folder */
  readonly folder: string;
  /** closes the journal and ships what is left, for at most `withinMs` */
  close(withinMs: number): Promise<void>;
}

/** Opens the journal in `<journal dir>/control`, takes over what a crash left there, and ships both. */
export async function openOwnRecord(
  audit: Pick<SallyportConfig['audit'], 'journal'>,
  keys: KeyStore,
  sink: AuditSink,
  logger: Logger,
  version: string,
): Promise<OwnRecord> {
  const { dir, reserve, maxBehind } = audit.journal;
  const slot = join(dir, 'control');
  const journal = await FileJournal.open(slot, {
    keys,
    writer: { kind: 'control-api', version, process: process.pid },
    segmentBytes: SEGMENT_BYTES,
    reserveBytes: Math.min(reserve, RESERVE_BYTES),
    maxBehind: { bytes: maxBehind.bytes, forMs: maxBehind.for },
  });
  const older = await recoverSlot(slot, journal, Date.now());
  for (const { epoch, tornBytes, damage } of older) {
    if (damage !== null) logger.error('an older epoch of the journal is damaged', { epoch, damage });
    else if (tornBytes > 0) logger.warn('cut the torn tail of an older epoch', { epoch, tornBytes });
  }
  const shippers = [
    new Shipper({ folder: join(slot, journal.epoch), keys, sink, durable: () => journal.durable }),
    ...older
      .filter((old) => old.damage === null)
      .map((old) => new Shipper({ folder: old.folder, keys, sink, durable: null })),
  ];
  for (const shipper of shippers) void shipper.start();
  const [own, ...past] = shippers;
  const bytesOf = new Map(older.map((old) => [old.epoch, old.bytes]));
  const reported = new Set<string>();
  const progress = setInterval(() => {
    if (own) journal.shipped(own.position);
    journal.olderBehind(past.reduce((sum, one) => sum + (one.state === 'done' ? 0 : (bytesOf.get(one.epoch) ?? 0)), 0));
    for (const { epoch, state, error } of shippers) {
      const now = `${epoch} ${state}`;
      if (reported.has(now)) continue;
      reported.add(now);
      if (state === 'alarm') logger.error('the record of this process cannot be shipped any further', { epoch, error });
      else if (state === 'retrying') logger.warn('the audit database does not take the record now', { epoch, error });
      else reported.delete(`${epoch} retrying`);
    }
  }, PROGRESS_MS).unref();
  return {
    journal,
    folder: slot,
    close: async (withinMs) => {
      clearInterval(progress);
      await journal.close();
      await Promise.all(shippers.map((shipper) => shipper.stop(withinMs)));
    },
  };
}
