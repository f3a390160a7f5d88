import type { JournalEntry } from './audit-event.js';
import { verifyHead } from './epoch-key.js';
import { JournalReader } from './journal-reader.js';
import { DiskSource } from './journal-source.js';
import type { ReadEvent } from './read-batch.js';
import { Random } from './testing/random.js';
import { SimulatedDisk } from './testing/simulated-disk.js';
import { FileJournal } from './file-journal.js';
import { Slot } from './testing/slot.js';
import { whenDurable } from './when-durable.js';

const at = Date.UTC(2026, 10, 22, 23, 59, 59, 999);
const entry = (members: string, body: string | null = null, session: string | null = 'S'): JournalEntry => ({
  kind: 'op',
  at,
  members,
  body: body === null ? null : Buffer.from(body),
  session,
});

describe('the file journal', () => {
  let slot: Slot;
  beforeEach(() => {
    slot = new Slot();
  });
  afterEach(() => slot.remove());

  const readAll = (journal: { epoch: string }): ReadEvent[] => {
    const source = new DiskSource(slot.epochFolder(journal));
    const reader = new JournalReader(source, journal.epoch, slot.keys);
    const events: ReadEvent[] = [];
    for (let more = reader.next(); more !== null; more = reader.next()) events.push(...more);
    source.close();
    return events;
  };

  it('refuses a second writer in the same folder, and takes one after the first has closed', async () => {
    const journal = await slot.open();
    await expect(slot.open()).rejects.toMatchObject({ code: 'locked' });
    await journal.close();
    const second = await slot.open();
    expect(second.epoch).not.toBe(journal.epoch);
    await second.close();
  });

  it('refuses what would not be one line, one body or one session, and is none the worse for it', async () => {
    const journal = await slot.open({ maxBodyBytes: 1_000 });
    const refused: [JournalEntry, string][] = [
      [entry(`"fp":"${'x'.repeat(65_536)}"`), 'line-too-long'],
      [entry(`"fp":"${'€'.repeat(30_000)}"`, 'body'), 'line-too-long'],
      [entry('"a":1\n'), 'line-malformed'],
      [entry('"a":1', 'body', null), 'line-malformed'],
      [entry('"a":1', 'body', 'S"}'), 'line-malformed'],
      [entry('"a":1', 'x'.repeat(1_001)), 'body-too-long'],
      [{ ...entry('"a":1'), at: Number.NaN }, 'line-malformed'],
    ];
    for (const [bad, code] of refused) expect(() => journal.append(bad)).toThrow(expect.objectContaining({ code }));
    expect(journal.append(entry('"a":1', 'kept'))).toBe(1);
    await journal.close();
    const events = readAll(journal);
    expect(events.map(({ kind }) => kind)).toEqual(['epoch.open', 'op', 'epoch.close']);
    expect(events[1]?.body?.body.toString()).toBe('kept');
  });

  it('takes nothing after it was closed, and says so', async () => {
    const journal = await slot.open();
    await journal.close();
    expect(journal.state).toBe('closed');
    expect(() => journal.append(entry(''))).toThrow(expect.objectContaining({ code: 'closed' }));
  });

  it.each(['dsync', 'write+fdatasync'] as const)(
    'gives back what it took, over many segments and batches (%s)',
    async (syncMode) => {
      const journal = await slot.open({ syncMode, segmentBytes: 32 * 1024, maxBatchBytes: 8 * 1024 });
      const random = new Random(7);
      const bodies = Array.from({ length: 600 }, (_, i) =>
        random.chance(0.6) ? `${i}:`.padEnd(random.below(2_000), 'b') : null,
      );
      for (const [i, body] of bodies.entries()) {
        const n = journal.append(entry(`"i":${i}`, body, `S${i % 7}`));
        expect(n).toBe(i + 1);
        if (i % 50 === 0) await whenDurable(journal, n);
      }
      expect(journal.durable).toBeLessThanOrEqual(journal.written);
      await journal.close();
      const events = readAll(journal).slice(1, -1);
      expect(events.map(({ line }) => (JSON.parse(line.toString()) as { i: number }).i)).toEqual(
        bodies.map((_, i) => i),
      );
      expect(events.map(({ body }) => body?.body.toString() ?? null)).toEqual(bodies);
    },
  );

  it('names a data key after the day of the session, not of the event', async () => {
    const journal = await slot.open();
    journal.append(entry('', 'before midnight'));
    journal.append({ ...entry('', 'after midnight'), at: at + 1 });
    journal.append({ ...entry('', 'another session', 'T'), at: at + 1 });
    await journal.close();
    expect(readAll(journal).flatMap(({ body }) => body?.dk ?? [])).toEqual([
      'd/2026-11-22/S',
      'd/2026-11-22/S',
      'd/2026-11-23/T',
    ]);
  });

  it('takes a batch larger than a segment', async () => {
    const journal = await slot.open({ segmentBytes: 16 * 1024 });
    const body = 'x'.repeat(100_000);
    await whenDurable(journal, journal.append(entry('', body)));
    await whenDurable(journal, journal.append(entry('', 'small')));
    await journal.close();
    expect(readAll(journal).map(({ body: found }) => found?.body.length ?? 0)).toEqual([0, 100_000, 5, 0]);
  });

  it('signs its head with the key named at its start', async () => {
    const journal = await slot.open({ heartbeatMs: 20 });
    await new Promise((resolve) => setTimeout(resolve, 120));
    await journal.close();
    const events = readAll(journal);
    const { pub } = JSON.parse(events[0]?.line.toString() ?? '') as { pub: string };
    const heads = events.filter(({ kind }) => kind === 'heartbeat' || kind === 'epoch.close');
    expect(heads.length).toBeGreaterThan(2);
    for (const { line, n } of heads) {
      const { head, sig } = JSON.parse(line.toString()) as { head: { n: number; leaf: string }; sig: string };
      expect(head).toEqual({ n: n - 1, leaf: events[n - 1]?.leaf });
      expect(verifyHead(pub, journal.epoch, head.n, head.leaf, sig)).toBe(true);
      expect(verifyHead(pub, journal.epoch, head.n + 1, head.leaf, sig)).toBe(false);
    }
  });

  it('refuses new work while the audit database is behind, and takes it again afterwards', async () => {
    const journal = await slot.open({ maxBehind: { bytes: 5_000, forMs: 60_000 }, checkMs: 10 });
    const states: string[] = [];
    journal.onAdvance(() => states.push(journal.state));
    const last = journal.append(entry(`"fp":"${'x'.repeat(6_000)}"`));
    await vi.waitFor(() => expect(journal.state).toBe('refusing'));
    expect(journal.stateReason).toMatch(/behind by \d+ bytes/);
    expect(journal.append(entry('"what":"runs may finish"'))).toBe(last + 1);
    await vi.waitFor(() => expect(journal.durable).toBe(last + 1));
    journal.shipped(last + 1);
    expect(journal.state).toBe('open');
    expect(states).toContain('refusing');
    await journal.close();
  });

  it('does not start without room for its reserve', async () => {
    await expect(slot.open({ reserveBytes: Number.MAX_SAFE_INTEGER })).rejects.toMatchObject({
      code: 'open-failed',
      message: expect.stringContaining('does not fit'),
    });
  });
});

describe('the file journal on a failing disk', () => {
  const open = async (disk: SimulatedDisk, syncMode: 'dsync' | 'write+fdatasync'): Promise<FileJournal> => {
    const slot = new Slot();
    const journal = await FileJournal.openOn(disk.folder(), {
      keys: slot.keys,
      writer: { kind: 'spec', version: '0', process: 1 },
      syncMode,
      segmentBytes: 64 * 1024,
      reserveBytes: 0,
      heartbeatMs: 0,
      checkMs: 0,
    });
    slot.remove();
    return journal;
  };
  const none = { eioOnWrite: 0, enospcOnWrite: 0, shortWrite: 0, eioOnSync: 0 };

  it.each([
    ['a failed write', 'dsync', { ...none, eioOnWrite: 1 }, /EIO/],
    ['a full disk', 'dsync', { ...none, enospcOnWrite: 1 }, /ENOSPC/],
    ['a short write', 'dsync', { ...none, shortWrite: 1 }, /short write/],
    ['a failed sync', 'write+fdatasync', { ...none, eioOnSync: 1 }, /sync of the journal failed/],
  ] as const)('is poisoned by %s: nothing more is acknowledged or accepted', async (_, syncMode, faults, reason) => {
    const disk = new SimulatedDisk(new Random(1));
    const journal = await open(disk, syncMode);
    disk.arm(1_000, faults);
    const before = journal.durable;
    const states: string[] = [];
    journal.onAdvance(() => states.push(journal.state));
    const n = journal.append(entry('"a":1', 'body'));
    await expect(whenDurable(journal, n)).rejects.toMatchObject({ code: 'poisoned' });
    expect(journal.stateReason).toMatch(reason);
    disk.arm(1_000, none);
    expect(() => journal.append(entry(''))).toThrow(expect.objectContaining({ code: 'poisoned' }));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(journal.durable).toBe(before);
    expect(states).toContain('poisoned');
    await journal.close();
    expect(journal.state).toBe('poisoned');
  });
});
