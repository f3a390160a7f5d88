import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileJournal, KeyStore, bodyHash, recoverSlot, whenDurable } from '@app/audit';
import { ensureLogins, runMigrations } from '@app/store';
import { Client } from 'pg';
import { startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { ShipperThread } from './shipper-thread.js';

// A thread loads plain JavaScript: the built one.
const entry = new URL('../../../dist/libs/gateway/src/shipper.worker.js', import.meta.url);

describe('the thread that ships the journal', () => {
  let postgres: TestPostgres;
  let reader: Client;
  let home: string;
  let keys: KeyStore;
  let session = 'S0';

  beforeAll(async () => {
    postgres = await startPostgres();
    await runMigrations(postgres.url);
    await ensureLogins(postgres.url, [{ name: 'gateway_login', password: 'x', group: 'gateway' }]);
  });
  beforeEach(async () => {
    // A session belongs to one epoch: its data key must not meet another's.
    session = `S${Number(session.slice(1)) + 1}`;
    home = mkdtempSync(join(tmpdir(), 'sallyport-shipper-'));
    keys = new KeyStore({ folder: join(home, 'keys') });
    reader = await connected();
  });
  afterEach(async () => {
    await reader.end();
    rmSync(home, { recursive: true, force: true });
  });
  afterAll(() => postgres.stop());

  const connected = async (): Promise<Client> => {
    const client = new Client({ connectionString: postgres.superuserUrl });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const open = async (): Promise<{
    journal: FileJournal;
    thread: ShipperThread;
    errors: (string | null)[];
    deaths: string[];
  }> => {
    const slot = join(home, 'slot');
    const journal = await FileJournal.open(slot, {
      keys,
      writer: { kind: 'spec', version: '0', process: 1 },
      segmentBytes: 1024 * 1024,
      reserveBytes: 0,
    });
    const older = await recoverSlot(slot, journal, Date.now());
    const errors: (string | null)[] = [];
    const deaths: string[] = [];
    const thread = new ShipperThread({
      journal,
      older,
      entry,
      url: postgres.urlFor('gateway_login'),
      keys: { folder: join(home, 'keys') },
      live: join(slot, journal.epoch),
      onChange: ({ error }) => errors.push(error),
      onDeath: (reason) => deaths.push(reason),
    });
    thread.start();
    return { journal, thread, errors, deaths };
  };
  const put = (journal: FileJournal, i: number): number =>
    journal.append({
      kind: 'op',
      at: Date.now(),
      members: `"s":"${session}","o":"O${i}","verb":"SELECT","rel":["public.a"]`,
      body: Buffer.from(`{"statement":"SELECT ${i}"}`),
      session,
    });
  const stored = async (epoch: string): Promise<number[]> => {
    const { rows } = await reader.query<{ n: number }>(
      'SELECT n::int4 AS n FROM audit_event WHERE epoch = $1 ORDER BY n',
      [epoch],
    );
    return rows.map(({ n }) => n);
  };
  const upTo = (n: number): number[] => Array.from({ length: n + 1 }, (_, i) => i);

  it('goes on after the database was away, without a gap and without anything twice', async () => {
    const { journal, thread, errors } = await open();
    await whenDurable(journal, put(journal, 0));
    await vi.waitFor(async () => expect(await stored(journal.epoch)).toEqual(upTo(1)), 5_000);
    await postgres.crash();
    for (let i = 1; i < 500; i++) put(journal, i);
    await vi.waitFor(() => expect(thread.progress?.state).toBe('retrying'), 5_000);
    expect(journal.behind.bytes).toBeGreaterThan(100_000);
    await postgres.start();
    reader = await connected();
    await vi.waitFor(async () => expect(await stored(journal.epoch)).toEqual(upTo(journal.durable)), 15_000);
    await vi.waitFor(() => expect(journal.behind.bytes).toBe(0), 5_000);
    expect(errors.at(-1)).toBeNull();
    await journal.close();
    await thread.stop(5_000);
    expect(await stored(journal.epoch)).toEqual(upTo(journal.lastN));
    expect(readdirSync(join(home, 'slot'))).toEqual([]);
  });

  it('stores bodies that the key store opens again', async () => {
    const { journal, thread } = await open();
    put(journal, 7);
    await journal.close();
    await thread.stop(5_000);
    const { rows } = await reader.query<{ line: Buffer; ct: Buffer; dk: string; kek: string; wrapped: Buffer }>(
      'SELECT e.line, b.ct, d.dk, d.kek, d.wrapped FROM audit_event e JOIN audit_body b USING (epoch, n) JOIN dek d USING (dk) WHERE e.epoch = $1',
      [journal.epoch],
    );
    expect(rows).toHaveLength(1);
    for (const { line, ct, ...key } of rows) {
      const { salt, body } = keys.openBody(key, ct, journal.epoch, 1);
      expect(body.toString()).toBe('{"statement":"SELECT 7"}');
      expect((JSON.parse(line.toString()) as { bh: string }).bh).toBe(bodyHash(salt, body));
    }
  });

  it('stops within its deadline while the database is away, and the next process ships the rest', async () => {
    const { journal, thread, deaths } = await open();
    await postgres.crash();
    await whenDurable(journal, put(journal, 0));
    await journal.close();
    const from = performance.now();
    await thread.stop(500);
    expect(performance.now() - from).toBeLessThan(3_000);
    expect(deaths).toEqual([]);
    await postgres.start();
    reader = await connected();
    const next = await open();
    await vi.waitFor(async () => expect(await stored(journal.epoch)).toEqual(upTo(journal.lastN)), 15_000);
    await next.journal.close();
    await next.thread.stop(5_000);
    expect(readdirSync(join(home, 'slot'))).toEqual([]);
  });
});
