import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileJournalOptions } from '../file-journal.js';
import { FileJournal } from '../file-journal.js';
import { KeyStore } from '../keys.js';

/** A temporary folder with a key store and a writer's slot. */
export class Slot {
  readonly home = mkdtempSync(join(tmpdir(), 'sallyport-audit-'));
  readonly path = join(this.home, 'slot');
  readonly keys = new KeyStore({ folder: join(this.home, 'keys') });

  open(options: Partial<FileJournalOptions> = {}): Promise<FileJournal> {
    return FileJournal.open(this.path, {
      keys: this.keys,
      writer: { kind: 'spec', version: '0', process: 1 },
      segmentBytes: 256 * 1024,
      reserveBytes: 0,
      heartbeatMs: 0,
      checkMs: 0,
      ...options,
    });
  }

  epochFolder(journal: { readonly epoch: string }): string {
    return join(this.path, journal.epoch);
  }

  /** The slot as it is now, elsewhere: what a process finds after this one was killed. */
  asAfterKill(): Slot {
    const copy = new Slot(this.keys);
    cpSync(this.path, copy.path, { recursive: true, filter: (from) => !from.endsWith('/lock') });
    return copy;
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  constructor(keys?: KeyStore) {
    if (keys !== undefined) this.keys = keys;
  }
}
