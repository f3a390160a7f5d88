import { openSync, readFileSync, closeSync, statSync, truncateSync, writeFileSync, writeSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { JournalReader } from './journal-reader.js';
import { DiskSource } from './journal-source.js';
import type { ReadEvent } from './read-batch.js';
import { Random } from './testing/random.js';
import { Slot } from './testing/slot.js';
import { whenDurable } from './when-durable.js';

describe('reading a journal back', () => {
  let slot: Slot;
  let folder: string;
  let epoch: string;
  let whole: Buffer;
  let file: string;
  /** bytes in use of the first segment */
  let used: number;

  beforeAll(async () => {
    slot = new Slot();
    const journal = await slot.open({ segmentBytes: 64 * 1024 });
    for (let i = 0; i < 40; i++) {
      await whenDurable(
        journal,
        journal.append({
          kind: 'op',
          at: 1_764_000_000_000,
          members: `"i":${i}`,
          body: Buffer.from(`body ${i}`),
          session: 'S',
        }),
      );
    }
    await journal.close();
    ({ epoch } = journal);
    folder = slot.epochFolder(journal);
    file = join(folder, '00000000.seg');
    whole = readFileSync(file);
    used = whole.length;
    while (whole[used - 1] === 0) used--;
  });
  afterEach(() => writeFileSync(file, whole));
  afterAll(() => slot.remove());

  const read = (): { events: ReadEvent[]; torn: number } => {
    const source = new DiskSource(folder);
    const reader = new JournalReader(source, epoch, slot.keys);
    const events: ReadEvent[] = [];
    try {
      for (let more = reader.next(); more !== null; more = reader.next()) events.push(...more);
      return { events, torn: reader.tornBytes() };
    } finally {
      source.close();
    }
  };
  const put = (bytes: Uint8Array, position: number): void => {
    const fd = openSync(file, 'r+');
    writeSync(fd, bytes, 0, bytes.length, position);
    closeSync(fd);
  };

  it('finds each of 300 changed bytes in front of the last batch', () => {
    const random = new Random(5);
    const lastBatch = whole.lastIndexOf(Buffer.from([0xff, 0x53, 0x50, 0x42]));
    const missed: number[] = [];
    for (let i = 0; i < 300; i++) {
      const position = 4096 + random.below(lastBatch - 4096);
      // The reserved last four bytes of a batch's header are under its crc like the rest.
      const changed = Buffer.from([(whole[position] ?? 0) ^ (1 + random.below(255))]);
      put(changed, position);
      try {
        read();
        missed.push(position);
      } catch (error) {
        expect(error).toMatchObject({ code: 'corrupt' });
      }
      put(whole.subarray(position, position + 1), position);
    }
    expect(missed).toEqual([]);
  });

  it('finds a batch cut out and the rest moved up', () => {
    const magic = Buffer.from([0xff, 0x53, 0x50, 0x42]);
    const second = whole.indexOf(magic, 4097);
    const third = whole.indexOf(magic, second + 1);
    writeFileSync(
      file,
      Buffer.concat([whole.subarray(0, second), whole.subarray(third), Buffer.alloc(third - second)]),
    );
    expect(read).toThrow(expect.objectContaining({ code: 'corrupt' }));
  });

  it('takes a torn last batch for what it is, at every cut', () => {
    const lastBatch = whole.lastIndexOf(Buffer.from([0xff, 0x53, 0x50, 0x42]));
    const { events } = read();
    for (let cut = lastBatch; cut < used; cut++) {
      writeFileSync(file, Buffer.concat([whole.subarray(0, cut), Buffer.alloc(whole.length - cut)]));
      const found = read();
      expect(found.events).toHaveLength(events.length - 1);
      expect(found.torn).toBeLessThanOrEqual(cut - lastBatch);
    }
    expect(read().torn).toBeGreaterThan(0);
  });

  it('goes on where another reader stopped', () => {
    const source = new DiskSource(folder);
    const first = new JournalReader(source, epoch, slot.keys);
    for (let i = 0; i < 10; i++) first.next();
    const second = new JournalReader(source, epoch, slot.keys, JSON.parse(JSON.stringify(first.position)));
    expect(second.next()?.[0]?.n).toBe(first.position.n);
    source.close();
  });

  it('names the key when the bodies cannot be opened, and still gives the lines', () => {
    const source = new DiskSource(folder);
    const other = new Slot();
    const reader = new JournalReader(source, epoch, other.keys);
    const readOn = (): void => {
      while (reader.next() !== null);
    };
    expect(readOn).toThrow(expect.objectContaining({ name: 'KeyError', code: 'missing' }));
    expect(reader.next(undefined, 'lines only')?.[0]).toMatchObject({ kind: 'op', body: null });
    other.remove();
    source.close();
  });

  it('looks at nothing behind the watermark of a living journal', () => {
    const source = new DiskSource(folder);
    const reader = new JournalReader(source, epoch, slot.keys);
    let last = -1;
    for (let events = reader.next(7); events !== null; events = reader.next(7)) last = events.at(-1)?.n ?? last;
    expect(last).toBe(7);
    source.close();
  });

  it('raises the alarm when a durable event of a living journal is not there', () => {
    truncateSync(file, 4096 + 10);
    expect(statSync(file).size).toBe(4106);
    const source = new DiskSource(folder);
    expect(() => new JournalReader(source, epoch, slot.keys).next(0)).toThrow(
      expect.objectContaining({ code: 'corrupt' }),
    );
    source.close();
    rmSync(file);
  });
});
