import { existsSync, readdirSync, rmSync } from 'node:fs';
import type { EventKind, Journal } from './audit-event.js';
import type { ShippedBatch } from './audit-sink.js';
import { bodyHash, leafHash } from './chain.js';
import { recoverSlot } from './recovery.js';
import { Shipper } from './shipper.js';
import { MemorySink } from './testing/memory-sink.js';
import { Slot } from './testing/slot.js';
import { whenDurable } from './when-durable.js';

const at = 1_764_000_000_000;
const append = (
  journal: Journal,
  kind: EventKind,
  members: string,
  body: string | null = null,
  session: string | null = 'S',
): number => journal.append({ kind, at, members, body: body === null ? null : Buffer.from(body), session });

const put = async (...event: Parameters<typeof append>): Promise<number> => {
  const n = append(...event);
  await whenDurable(event[0], n);
  return n;
};

interface Line {
  readonly k: string;
  readonly s?: string;
  readonly o?: string;
  readonly why?: string;
  readonly status?: string;
  readonly old?: { readonly e: string; readonly n: number; readonly o: string };
}

const who = '"pid":"u_x","tgt":"crm","proto":"postgres"';

/** A session with one finished write, one write and one read in flight. */
const session = async (journal: Journal): Promise<number> => {
  await put(journal, 'session.open', `"s":"S",${who}`, '{"principal":{"iss":"i","sub":"alice"}}');
  await put(
    journal,
    'op.intent',
    `"s":"S","o":"DONE",${who},"eff":"write","verb":"UPDATE","rel":["public.a"]`,
    '{"statement":"UPDATE"}',
  );
  await put(journal, 'op.end', `"s":"S","o":"DONE",${who},"status":"ok"`);
  const lost = await put(journal, 'op.intent', `"s":"S","o":"LOST",${who},"eff":"write"`, '{"statement":"DELETE"}');
  await put(journal, 'op.result', `"s":"S","o":"LOST",${who},"last":true,"status":"ok"`);
  await put(journal, 'op.intent', `"s":"S","o":"READING",${who},"eff":"read"`, '{"statement":"SELECT"}');
  return lost;
};

/** As long under way as events need to come meanwhile. */
class SlowSink extends MemorySink {
  override async ship(batch: ShippedBatch): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return super.ship(batch);
  }
}

describe('shipping', () => {
  let slot: Slot;
  let sink: MemorySink;
  beforeEach(() => {
    slot = new Slot();
    sink = new MemorySink();
  });
  afterEach(() => slot.remove());

  const shipper = (folder: string, durable: (() => number) | null, maxEvents?: number): Shipper =>
    new Shipper({
      folder,
      keys: slot.keys,
      sink,
      durable,
      everyMs: 5,
      retryMs: { first: 5, longest: 20 },
      ...(maxEvents === undefined ? {} : { maxEvents }),
    });
  const parsed = (epoch: string): Line[] => sink.lines(epoch).map((line) => JSON.parse(line) as Line);

  it('stops with an alarm when the database holds something else under a number', async () => {
    const journal = await slot.open();
    await session(journal);
    const first = shipper(slot.epochFolder(journal), () => 2);
    void first.start();
    await vi.waitFor(() => expect(first.position).toBe(2));
    await first.stop(1_000);
    const shipped = sink.events.get(`${journal.epoch}:2`);
    expect(shipped).toBeDefined();
    sink.events.set(`${journal.epoch}:4`, { ...shipped!, n: 4, leaf: Buffer.alloc(32) });
    const second = shipper(slot.epochFolder(journal), () => journal.durable);
    await second.start();
    expect(second.state).toBe('alarm');
    expect(second.error).toMatch(/different event/);
    expect(second.position).toBe(2);
    await journal.close();
  });

  it('ships nothing that is not durable', async () => {
    const journal = await slot.open();
    await session(journal);
    const running = shipper(slot.epochFolder(journal), () => 1);
    void running.start();
    await vi.waitFor(() => expect(running.position).toBe(1));
    await running.stop(1_000);
    expect(sink.lines(journal.epoch)).toHaveLength(2);
    await journal.close();
  });

  it('lets events gather between two batches, and ships the rest at once when it is stopped', async () => {
    const journal = await slot.open();
    const everyMs = 150;
    const folder = slot.epochFolder(journal);
    sink = new SlowSink();
    const running = new Shipper({ folder, keys: slot.keys, sink, durable: () => journal.durable, everyMs });
    void running.start();
    for (const end = performance.now() + 3 * everyMs; performance.now() < end;) {
      await put(journal, 'op.blocked', `"s":"S","o":"O",${who}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    // one at the start and one after each wait, however long it took
    expect(sink.batches).toBeLessThanOrEqual(5);
    expect(journal.durable).toBeGreaterThan(sink.batches * 2);
    await running.stop(5_000);
    expect(sink.lines(journal.epoch)).toHaveLength(journal.durable + 1);
    await journal.close();
  });

  it('waits while the database is away, for ever, and goes on when it is back', async () => {
    const journal = await slot.open();
    await session(journal);
    sink.away = 'connection refused';
    const running = shipper(slot.epochFolder(journal), () => journal.durable);
    void running.start();
    await vi.waitFor(() => expect(running.state).toBe('retrying'));
    expect(running.error).toBe('connection refused');
    sink.away = null;
    await vi.waitFor(() => expect(running.position).toBe(journal.durable));
    expect(running.error).toBeNull();
    await running.stop(1_000);
    await journal.close();
  });

  it('derives columns, principals and bodies from the lines, and the bodies open again', async () => {
    const journal = await slot.open();
    await session(journal);
    await journal.close();
    await shipper(slot.epochFolder(journal), null).start();
    const event = sink.events.get(`${journal.epoch}:2`)!;
    expect(event).toMatchObject({
      ts: at,
      type: 'op.intent',
      session: 'S',
      op: 'DONE',
      pid: 'u_x',
      target: 'crm',
      verb: 'UPDATE',
      fp: null,
      rel: ['public.a'],
    });
    expect(event.leaf).toEqual(leafHash(event.line));
    const opened = slot.keys.openBody(sink.keys.get(event.body!.dk)!, event.body!.ct, event.epoch, event.n);
    expect(opened.body.toString()).toBe('{"statement":"UPDATE"}');
    expect((JSON.parse(event.line.toString()) as { bh: string }).bh).toBe(bodyHash(opened.salt, opened.body));
    expect(sink.principals.get('u_x')).toEqual({ iss: 'i', sub: 'alice' });
    expect(sink.keys.size).toBe(1);
  });

  it('goes on under the same data key after it was killed, though its position was lost', async () => {
    const journal = await slot.open();
    await session(journal);
    const first = shipper(slot.epochFolder(journal), () => 3);
    void first.start();
    await vi.waitFor(() => expect(first.position).toBe(3));
    await first.stop(1_000);
    await journal.close();
    rmSync(`${slot.epochFolder(journal)}/shipped`);
    const second = shipper(slot.epochFolder(journal), null);
    await second.start();
    expect(second.state).toBe('done');
    for (const { body, epoch, n } of sink.events.values()) {
      if (body !== null)
        expect(slot.keys.openBody(sink.keys.get(body.dk)!, body.ct, epoch, n).body.length).toBeGreaterThan(0);
    }
    expect(sink.keys.size).toBe(1);
  });

  it('leaves the body out, and keeps the line, when the day was erased before it was shipped', async () => {
    const journal = await slot.open();
    await session(journal);
    await journal.close();
    for (const day of [new Date(at).toISOString().slice(0, 10), new Date().toISOString().slice(0, 10)])
      slot.keys.destroy(day);
    const running = shipper(slot.epochFolder(journal), null);
    await running.start();
    expect(running.state).toBe('done');
    expect(sink.lines(journal.epoch)).toHaveLength(8);
    expect([...sink.events.values()].every(({ body }) => body === null)).toBe(true);
  });

  it('deletes segments that are shipped, and keeps what a recovery needs to know from them', async () => {
    const journal = await slot.open({ segmentBytes: 16 * 1024 });
    const lost = await session(journal);
    for (let i = 0; i < 90; i++) await put(journal, 'op', `"o":"R${i}","x":"${'x'.repeat(900)}"`);
    const folder = slot.epochFolder(journal);
    const before = readdirSync(folder).filter((name) => name.endsWith('.seg'));
    const running = shipper(folder, () => journal.durable);
    void running.start();
    await vi.waitFor(() => expect(running.position).toBe(journal.durable));
    await running.stop(1_000);
    const after = readdirSync(folder).filter((name) => name.endsWith('.seg'));
    expect(before.length).toBeGreaterThan(3);
    expect(after.length).toBeLessThanOrEqual(2);

    const killed = slot.asAfterKill();
    const next = await killed.open();
    const [old] = await recoverSlot(killed.path, next, at);
    expect(old).toMatchObject({ epoch: journal.epoch, recovered: 2, tornBytes: 0, damage: null, bytes: 0 });
    await next.close();
    await shipper(killed.epochFolder(next), null).start();
    expect(parsed(next.epoch).find(({ o }) => o === 'LOST')?.old?.n).toBe(lost);
    killed.remove();
    await journal.close();
  });
});

describe('recovery', () => {
  let slot: Slot;
  beforeEach(() => {
    slot = new Slot();
  });
  afterEach(() => slot.remove());

  const everything = async (from: Slot): Promise<MemorySink> => {
    const sink = new MemorySink();
    for (const name of readdirSync(from.path).filter((entry) => /^[0-9a-f]{32}$/.test(entry))) {
      const running = new Shipper({ folder: `${from.path}/${name}`, keys: from.keys, sink, durable: null });
      await running.start();
      expect(running.error).toBeNull();
    }
    return sink;
  };
  const recoveredIn = (sink: MemorySink): Line[] =>
    [...sink.events.values()]
      .map(({ line }) => JSON.parse(line.toString()) as Line)
      .filter(({ k, why }) => k === 'op.recovered' || why === 'crashed');

  it('says of each open operation that its outcome is unknown, and closes the session', async () => {
    const journal = await slot.open();
    const lost = await session(journal);
    const killed = slot.asAfterKill();
    const next = await killed.open();
    const old = await recoverSlot(killed.path, next, at);
    expect(old).toMatchObject([{ epoch: journal.epoch, recovered: 2, damage: null }]);
    await next.close();
    const sink = await everything(killed);
    expect(recoveredIn(sink)).toMatchObject([
      { k: 'op.recovered', s: 'S', o: 'LOST', status: 'unknown', old: { e: journal.epoch, n: lost, o: 'LOST' } },
      { k: 'op.recovered', s: 'S', o: 'READING', status: 'unknown' },
      { k: 'session.close', s: 'S', why: 'crashed' },
    ]);
    expect(readdirSync(killed.path).filter((name) => /^[0-9a-f]{32}$/.test(name))).toEqual([]);
    killed.remove();
    await journal.close();
  });

  it('writes nothing twice when it is run again, also after a crash before it could say that it was done', async () => {
    const journal = await slot.open();
    await session(journal);
    const killed = slot.asAfterKill();
    const second = await killed.open();
    await recoverSlot(killed.path, second, at);
    await recoverSlot(killed.path, second, at);
    const again = killed.asAfterKill();
    rmSync(`${again.path}/${journal.epoch}/recovered`);
    const third = await again.open();
    await recoverSlot(again.path, third, at);
    await third.close();
    expect(recoveredIn(await everything(again))).toHaveLength(3);
    await second.close();
    again.remove();
    killed.remove();
    await journal.close();
  });

  it('finds nothing to say about a journal that was closed in order', async () => {
    const journal = await slot.open();
    await journal.close();
    const next = await slot.open();
    expect(await recoverSlot(slot.path, next, at)).toMatchObject([{ recovered: 0, tornBytes: 0, damage: null }]);
    expect(next.lastN).toBe(0);
    await next.close();
  });

  it('keeps an epoch that was shipped to its end while an operation is still without outcome', async () => {
    const journal = await slot.open();
    await session(journal);
    await journal.close();
    const sink = new MemorySink();
    await new Shipper({
      folder: slot.epochFolder(journal),
      keys: slot.keys,
      sink,
      durable: () => journal.durable,
    }).start();
    expect(existsSync(slot.epochFolder(journal))).toBe(true);
    const next = await slot.open();
    expect(await recoverSlot(slot.path, next, at)).toMatchObject([{ recovered: 2, bytes: 0 }]);
    await next.close();
  });
});
