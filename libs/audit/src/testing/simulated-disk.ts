import type { SyncMode } from '../journal-folder.js';
import { JournalFile, JournalFolder } from '../journal-folder.js';
import { JournalSource } from '../journal-source.js';
import type { Random } from './random.js';

const SECTOR = 512;

/** How likely each fault is, per call. */
export interface Faults {
  readonly eioOnWrite: number;
  readonly enospcOnWrite: number;
  readonly shortWrite: number;
  readonly eioOnSync: number;
}

const NO_FAULTS: Faults = { eioOnWrite: 0, enospcOnWrite: 0, shortWrite: 0, eioOnSync: 0 };

/** One file: what the platter has, what the page cache has, and which sectors the kernel still means to write. */
class Inode {
  durable: Buffer = Buffer.alloc(0);
  cache: Buffer = Buffer.alloc(0);
  readonly dirty = new Set<number>();

  put(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.cache.length) this.cache = Buffer.concat([this.cache, Buffer.alloc(end - this.cache.length)]);
    this.cache.set(bytes, position);
    for (let sector = Math.floor(position / SECTOR); sector * SECTOR < end; sector++) this.dirty.add(sector);
  }

  persist(sectors: Iterable<number>): void {
    if (this.durable.length < this.cache.length) {
      this.durable = Buffer.concat([this.durable, Buffer.alloc(this.cache.length - this.durable.length)]);
    }
    for (const sector of sectors) {
      this.cache.copy(
        this.durable,
        sector * SECTOR,
        sector * SECTOR,
        Math.min((sector + 1) * SECTOR, this.cache.length),
      );
    }
  }
}

/**
 * A disk whose power fails at a chosen call: unsynced sectors survive or not, each by itself; calls fail as real ones do.
 * After a failed sync the sectors count as clean, so that a second one succeeds without them, as on Linux.
 */
export class SimulatedDisk {
  private readonly names = new Map<string, Inode>();
  private readonly durableNames = new Map<string, Inode>();
  private calls = 0;
  private crashAt = Number.POSITIVE_INFINITY;
  private faults = NO_FAULTS;
  /** the power is off: no call returns any more */
  dead = false;

  constructor(readonly random: Random) {}

  /** From now on calls may fail, and the power fails at the `crashAfter`-th of them. */
  arm(crashAfter: number, faults: Faults): void {
    this.crashAt = this.calls + crashAfter;
    this.faults = faults;
  }

  /** Cuts the power now, and decides what of the unsynced survived. */
  cutPower(): void {
    this.dead = true;
    for (const inode of this.names.values()) this.keepSome(inode);
    for (const [name, inode] of this.names) if (this.random.chance(0.5)) this.durableNames.set(name, inode);
  }

  folder(prefix = ''): JournalFolder {
    return new SimulatedFolder(this, prefix);
  }

  /** What a process finds after the power came back. */
  source(prefix: string): JournalSource {
    return new SimulatedSource(this.durableNames, prefix);
  }

  create(name: string): Inode {
    if (this.names.has(name)) throw Object.assign(new Error(`EEXIST: ${name}`), { code: 'EEXIST' });
    const inode = new Inode();
    this.names.set(name, inode);
    return inode;
  }

  find(name: string): Inode | undefined {
    return this.names.get(name);
  }

  rename(from: string, to: string): void {
    const inode = this.names.get(from);
    if (inode === undefined) throw Object.assign(new Error(`ENOENT: ${from}`), { code: 'ENOENT' });
    this.names.delete(from);
    this.names.set(to, inode);
  }

  remove(name: string): void {
    this.names.delete(name);
  }

  syncNames(prefix: string): void {
    for (const name of this.durableNames.keys())
      if (name.startsWith(prefix) && !this.names.has(name)) this.durableNames.delete(name);
    for (const [name, inode] of this.names) if (name.startsWith(prefix)) this.durableNames.set(name, inode);
  }

  write(
    inode: Inode,
    bytes: Uint8Array,
    position: number,
    mode: SyncMode,
    done: (error: Error | null, written: number) => void,
  ): void {
    // The caller may reuse its buffer only after the call returned; what the disk takes is what stands there now.
    const copy = Buffer.from(bytes);
    this.later(
      () => {
        const { random, faults } = this;
        if (random.chance(faults.eioOnWrite)) {
          inode.put(copy.subarray(0, random.below(copy.length)), position);
          return () => done(failure('EIO'), 0);
        }
        if (random.chance(faults.enospcOnWrite)) return () => done(failure('ENOSPC'), 0);
        const taken = random.chance(faults.shortWrite) ? random.below(copy.length) : copy.length;
        inode.put(copy.subarray(0, taken), position);
        if (mode === 'dsync') {
          inode.persist(inode.dirty);
          inode.dirty.clear();
        }
        return () => done(null, taken);
      },
      () => inode.put(copy, position),
    );
  }

  sync(inode: Inode, done: (error: Error | null) => void): void {
    const covered = [...inode.dirty];
    this.later(
      () => {
        for (const sector of covered) inode.dirty.delete(sector);
        if (this.random.chance(this.faults.eioOnSync)) return () => done(failure('EIO'));
        inode.persist(covered);
        return () => done(null);
      },
      () => {},
    );
  }

  /** Runs a call of the file system a little later, unless the power fails in the middle of it. */
  private later(work: () => () => void, halfway: () => void): void {
    setImmediate(() => {
      if (this.dead) return;
      if (++this.calls >= this.crashAt) {
        halfway();
        this.cutPower();
        return;
      }
      work()();
    });
  }

  private keepSome(inode: Inode): void {
    const survivors = [...inode.dirty].filter(() => this.random.chance(0.5));
    inode.persist(survivors);
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}

class SimulatedFile extends JournalFile {
  constructor(
    private readonly disk: SimulatedDisk,
    private readonly inode: Inode,
    private readonly mode: SyncMode,
  ) {
    super();
  }

  override write(bytes: Uint8Array, position: number, done: (error: Error | null, written: number) => void): void {
    this.disk.write(this.inode, bytes, position, this.mode, done);
  }

  override sync(done: (error: Error | null) => void): void {
    this.disk.sync(this.inode, done);
  }

  override async preallocate(bytes: number): Promise<void> {
    this.inode.put(Buffer.alloc(bytes), 0);
  }

  override async close(): Promise<void> {}
}

class SimulatedFolder extends JournalFolder {
  constructor(
    private readonly disk: SimulatedDisk,
    private readonly prefix: string,
  ) {
    super();
  }

  override async child(name: string): Promise<JournalFolder> {
    return new SimulatedFolder(this.disk, `${this.prefix}${name}/`);
  }

  override async open(name: string, how: 'create' | SyncMode): Promise<JournalFile> {
    const path = this.prefix + name;
    const inode = how === 'create' ? this.disk.create(path) : this.disk.find(path);
    if (inode === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    return new SimulatedFile(this.disk, inode, how === 'create' ? 'write+fdatasync' : how);
  }

  override async rename(from: string, to: string): Promise<void> {
    this.disk.rename(this.prefix + from, this.prefix + to);
  }

  override async remove(name: string): Promise<void> {
    this.disk.remove(this.prefix + name);
  }

  override async syncNames(): Promise<void> {
    this.disk.syncNames(this.prefix);
  }

  override async freeBytes(): Promise<number> {
    return Number.MAX_SAFE_INTEGER;
  }

  override async sizeOf(name: string): Promise<number | null> {
    return this.disk.find(this.prefix + name)?.cache.length ?? null;
  }
}

class SimulatedSource extends JournalSource {
  constructor(
    private readonly files: ReadonlyMap<string, Inode>,
    private readonly prefix: string,
  ) {
    super();
  }

  override names(): string[] {
    const inside = [...this.files.keys()].filter((name) => name.startsWith(this.prefix));
    return inside.map((name) => name.slice(this.prefix.length));
  }

  override sizeOf(name: string): number | null {
    return this.files.get(this.prefix + name)?.durable.length ?? null;
  }

  override read(name: string, into: Buffer, position: number): number {
    return this.files.get(this.prefix + name)?.durable.copy(into, 0, position) ?? 0;
  }

  override close(): void {}
}
