import { join } from 'node:path';
import { FileJournal, type KeyStore, type OldEpoch, recoverSlot } from '@app/audit';
import type { SallyportConfig } from '@app/platform';
import { VERSION } from './version.js';
import type { GatewayName, WorkerSettings } from './worker-settings.js';

/** Folder of one worker's epochs. */
export function journalSlot(config: SallyportConfig, name: GatewayName, slot: number): string {
  return join(config.audit.journal.dir, name, String(slot));
}

/** The journal of this worker and what dead ones left in its folder. */
export class OwnJournal {
  private constructor(
    readonly journal: FileJournal,
    readonly older: readonly OldEpoch[],
  ) {}

  /** Opens a new epoch and takes over what earlier ones of this slot left. @throws JournalError when the folder cannot be used */
  static async open({ name, config, logger, slot }: WorkerSettings, keys: KeyStore): Promise<OwnJournal> {
    const { journal: settings } = config.audit;
    const folder = journalSlot(config, name, slot);
    const journal = await FileJournal.open(folder, {
      keys,
      writer: { kind: name, version: VERSION, process: process.pid },
      // a target that releases on `written` needs the two watermarks apart
      syncMode: config.targets.some((target) => target.release === 'written') ? 'write+fdatasync' : 'dsync',
      reserveBytes: settings.reserve,
      maxBehind: { bytes: settings.maxBehind.bytes, forMs: settings.maxBehind.for },
    });
    const older = await recoverSlot(folder, journal, Date.now());
    for (const { epoch, tornBytes, damage, recovered } of older) {
      if (damage !== null) logger.error('an older epoch of the journal is damaged', { epoch, damage });
      else if (tornBytes > 0 || recovered > 0)
        logger.warn('took over an older epoch of the journal', { epoch, tornBytes, recovered });
    }
    return new OwnJournal(journal, older);
  }
}
