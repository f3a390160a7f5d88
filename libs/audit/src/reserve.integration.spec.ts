import { JournalFile, JournalFolder } from './journal-folder.js';
import { Reserve } from './reserve.js';
import { FileJournal } from './file-journal.js';
import { Random } from './testing/random.js';
import { SimulatedDisk } from './testing/simulated-disk.js';
import { Slot } from './testing/slot.js';
import { whenDurable } from './when-durable.js';

/** A folder on a disk of limited size: what is preallocated or left over counts. */
class SmallDisk extends JournalFolder {
  constructor(
    private readonly inner: JournalFolder,
    private readonly room: { capacity: number; readonly files: Map<string, number> },
    private readonly prefix = '',
  ) {
    super();
  }

  private used(): number {
    return [...this.room.files.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  override async child(name: string): Promise<JournalFolder> {
    return new SmallDisk(await this.inner.child(name), this.room, `${this.prefix}${name}/`);
  }

  override async open(name: string, how: 'create' | 'dsync' | 'write+fdatasync'): Promise<JournalFile> {
    const file = await this.inner.open(name, how);
    const preallocate = file.preallocate.bind(file);
    file.preallocate = async (bytes) => {
      if (this.used() + bytes > this.room.capacity) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      this.room.files.set(this.prefix + name, bytes);
      await preallocate(bytes);
    };
    return file;
  }

  override async rename(from: string, to: string): Promise<void> {
    const bytes = this.room.files.get(this.prefix + from);
    this.room.files.delete(this.prefix + from);
    if (bytes !== undefined) this.room.files.set(this.prefix + to, bytes);
    await this.inner.rename(from, to);
  }

  override async remove(name: string): Promise<void> {
    this.room.files.delete(this.prefix + name);
    await this.inner.remove(name);
  }

  override syncNames(): Promise<void> {
    return this.inner.syncNames();
  }

  override async freeBytes(): Promise<number> {
    return this.room.capacity - this.used();
  }

  override sizeOf(name: string): Promise<number | null> {
    return this.inner.sizeOf(name);
  }
}

const small = (capacity: number): { disk: SmallDisk; room: { capacity: number; files: Map<string, number> } } => {
  const room = { capacity, files: new Map<string, number>() };
  return { room, disk: new SmallDisk(new SimulatedDisk(new Random(1)).folder(), room) };
};

describe('the reserve', () => {
  it('cannot be made on a disk that has no room for it', async () => {
    await expect(new Reserve(small(500).disk, 1_000).fill()).rejects.toMatchObject({ code: 'ENOSPC' });
  });

  it('is given up when less than itself is free, and made again when twice that is', async () => {
    const { disk, room } = small(10_000);
    const reserve = new Reserve(disk, 1_000);
    await reserve.fill();
    expect(await reserve.check()).toBeNull();
    room.files.set('others', 8_500);
    expect(await reserve.check()).toMatch(/disk of the journal is full/);
    expect(room.files.has('reserve')).toBe(false);
    room.files.set('others', 8_100);
    expect(await reserve.check()).not.toBeNull();
    room.files.set('others', 8_000);
    expect(await reserve.check()).toBeNull();
    expect(room.files.get('reserve')).toBe(1_000);
  });
});

describe('the journal on a full disk', () => {
  const fill = { kind: 'op', at: 0, members: `"x":"${'x'.repeat(9_000)}"`, body: null, session: null } as const;

  it('finishes what runs on its reserve and refuses new work, then is poisoned, and loses nothing it acknowledged', async () => {
    const slot = new Slot();
    const { disk } = small(200_000);
    const journal = await FileJournal.openOn(disk, {
      keys: slot.keys,
      writer: { kind: 'spec', version: '0', process: 1 },
      segmentBytes: 75_000,
      reserveBytes: 100_000,
      heartbeatMs: 0,
      checkMs: 0,
    });
    const states = new Set<string>();
    let acknowledged = 0;
    await expect(async () => {
      for (let i = 0; i < 100; i++) {
        await whenDurable(journal, journal.append(fill));
        acknowledged = journal.durable;
        states.add(journal.state);
      }
    }).rejects.toMatchObject({ code: 'poisoned' });
    expect(states).toEqual(new Set(['open', 'refusing']));
    expect(acknowledged).toBeGreaterThanOrEqual(14);
    expect(journal.durable).toBe(acknowledged);
    await journal.close();
    slot.remove();
  });
});
