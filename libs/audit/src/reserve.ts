import type { JournalFolder } from './journal-folder.js';

const NAME = 'reserve';
const DRAFT = 'reserve.draft';

/**
 * A preallocated file that is given up when the disk runs full, so that what runs can still be recorded. It is made again once
 * there is room for it twice.
 */
export class Reserve {
  private held = false;

  constructor(
    private readonly folder: JournalFolder,
    private readonly bytes: number,
  ) {}

  /** Makes the file, or finds the one of an earlier process. @throws when the disk has no room for it: then no writer may start */
  async fill(): Promise<void> {
    if (this.held || this.bytes === 0) return;
    if ((await this.folder.sizeOf(NAME)) !== this.bytes) {
      await this.folder.remove(NAME);
      await this.folder.remove(DRAFT);
      // Asked first: filling the disk to find out that it is too small would hurt everything else on it.
      const free = await this.folder.freeBytes();
      if (free < this.bytes) {
        const message = `the reserve of ${this.bytes} bytes does not fit on the disk of the journal (${free} bytes free)`;
        throw Object.assign(new Error(message), { code: 'ENOSPC' });
      }
      const file = await this.folder.open(DRAFT, 'create');
      try {
        await file.preallocate(this.bytes);
      } catch (error) {
        await this.folder.remove(DRAFT);
        throw error;
      } finally {
        await file.close();
      }
      await this.folder.rename(DRAFT, NAME);
      await this.folder.syncNames();
    }
    this.held = true;
  }

  /** Gives the file up. @returns false if it was given up before */
  async release(): Promise<boolean> {
    if (!this.held) return false;
    this.held = false;
    await this.folder.remove(NAME);
    await this.folder.syncNames();
    return true;
  }

  /** Looks at the free space. @returns why new work must be refused, or null */
  async check(): Promise<string | null> {
    if (this.bytes === 0) return null;
    const free = await this.folder.freeBytes();
    if (this.held && free < this.bytes) await this.release();
    else if (!this.held && free >= this.bytes * 2) await this.fill();
    return this.held ? null : `the disk of the journal is full (${free} bytes free, reserve ${this.bytes})`;
  }
}
