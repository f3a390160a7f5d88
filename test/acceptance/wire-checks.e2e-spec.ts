import { readFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { Client } from 'pg';
import { FrontendReader } from '../support/frontend-reader.js';
import { TestGateway, until } from '../support/gateway.js';
import { Chance, hostileLogin, hostileSession, hostileStart, pieces } from '../support/hostile-sessions.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { personOf } from '../support/quickstart.js';
import { secondGateway } from '../support/second-gateway.js';
import { summary, type ServerFrame, WireClient } from '../support/wire-client.js';
import { client, frame } from '../support/wire-frames.js';

// What the wire has to stand, by name: `npx vitest run --project acceptance test/acceptance/wire-checks` prints the list. Real sockets on
// both sides; `plain` has nothing to protect, `guarded` has a protected column, `frail` is `plain` behind a line that can be cut.

const { parse, bind, execute, sync, query } = client;
const COLUMNS = 1_600;
/** hostile clients; `npm run nightly -- fuzz` sends more of them */
const HOSTILE = Number(process.env['SALLYPORT_HOSTILE'] ?? 60);

let server: TestPostgres;
let line: FrailLine;
let gateway: TestGateway;

/** Passes bytes between the gateway and the server until it is told to cut the server off after so many more bytes. */
class FrailLine {
  readonly #server: Server;
  #left = Number.POSITIVE_INFINITY;
  /** everything that was sent to the server, read by somebody else than the gateway */
  readonly readers: FrontendReader[] = [];

  private constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connect({ host: '127.0.0.1', port });
      const end = (): void => void (near.destroy(), far.destroy());
      for (const socket of [near, far]) socket.on('error', end).on('close', end);
      const reader = new FrontendReader();
      this.readers.push(reader);
      near.on('data', (chunk: Buffer) => {
        reader.read(chunk);
        far.write(chunk);
      });
      near.on('close', () => reader.ended());
      far.on('data', (chunk: Buffer) => this.#pass(near, chunk, end));
    });
  }

  static async to(port: number): Promise<FrailLine> {
    const made = new FrailLine(port);
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve));
    return made;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  cutAfter(bytes: number): void {
    this.#left = bytes;
  }

  stop(): void {
    this.#server.close();
  }

  #pass(near: Socket, chunk: Buffer, end: () => void): void {
    const fits = Math.min(chunk.length, this.#left);
    this.#left -= fits;
    near.write(chunk.subarray(0, fits));
    if (fits === chunk.length) return;
    this.#left = Number.POSITIVE_INFINITY;
    near.end(end);
  }
}

const configuration = (): string => `
listen: { postgres: { workers: 2 } }
limits: { startup: 5s, idle: 3s, parse: 60s, messageBytes: 4MiB, cancelsPerAddress: 10, sessions: { starting: 40, startingPerAddress: 12 } }
targets:
  - { name: guarded, postgres: { host: 127.0.0.1, port: ${server.port}, database: guarded, tls: disable, protocol: '3.2' }, credential: { user: postgres } }
  - { name: plain, postgres: { host: 127.0.0.1, port: ${server.port}, database: plain, tls: disable }, credential: { user: postgres } }
  - { name: frail, postgres: { host: 127.0.0.1, port: ${line.port}, database: plain, tls: disable }, credential: { user: postgres } }
protect:
  - { class: personal, columns: [guarded.public.wide.c7, guarded.public.people.email] }
rules:
  - { name: everything, who: { groups: [analysts] }, on: { target: '*' }, effect: allow }
`;

async function direct(database: string, sql: string): Promise<Record<string, unknown>[]> {
  const connection = new Client({ connectionString: server.urlFor('postgres', database) });
  await connection.connect();
  try {
    return (await connection.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await connection.end();
  }
}

const wide = `CREATE TABLE wide (${Array.from({ length: COLUMNS }, (_, i) => `c${i} int2 DEFAULT ${i}`).join(', ')}); INSERT INTO wide DEFAULT VALUES`;

beforeAll(async () => {
  server = await startPostgres();
  line = await FrailLine.to(server.port);
  for (const database of ['guarded', 'plain']) {
    await direct('postgres', `CREATE DATABASE ${database}`);
    await direct(database, wide);
  }
  await direct('guarded', "CREATE TABLE people (id int, email text); INSERT INTO people VALUES (1, 'ada@example.com')");
  gateway = await TestGateway.start({ config: configuration() });
});
afterEach(() => gateway?.closeClients());
afterAll(async () => {
  await gateway?.stop();
  line?.stop();
  await server?.stop();
});

const login = (database: string, password?: string): Buffer => {
  const { user, token } = personOf(gateway.file, 'alice');
  return Buffer.concat([client.startup({ user, database }), client.password(password ?? token)]);
};

/** Sessions of clients at the server. */
async function sessionsAt(database: string): Promise<number> {
  const sql = `SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'sp:%' AND datname = '${database}'`;
  return (await direct('postgres', sql)).length;
}

const keyOf = (frames: readonly ServerFrame[]): { pid: number; secret: Buffer } => {
  const body = frames.find(({ type }) => type === 'K')!.body;
  return { pid: body.readInt32BE(0), secret: body.subarray(4) };
};

async function cancel(pid: number, secret: Buffer): Promise<void> {
  const wire = await gateway.raw(false);
  wire.send(client.cancelRequest(pid, secret));
  expect((await wire.closed()).types).toBe('');
}

/** Waits until a statement runs at the server. */
const running = (text: string): Promise<void> =>
  until(`${text} runs`, 20_000, async () => {
    const rows = await direct(
      'postgres',
      `SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%${text}%' AND pid <> pg_backend_pid()`,
    );
    return rows.length > 0;
  });

describe('the first bytes', () => {
  it('1-byte writes', async () => {
    const wire = await gateway.raw(true);
    await wire.sendInPieces(Buffer.concat([login('guarded'), query('SELECT email FROM people')]), 1);
    expect(summary(await wire.until('Z')).types).toBe('RRKZ');
    expect(summary(await wire.until('Z'))).toMatchObject({ types: 'TDCZ', rows: [['****']] });
  });

  it('coalesced frames', async () => {
    const wire = await gateway.raw(true);
    wire.send(login('guarded'));
    expect(summary(await wire.until('Z')).types).toBe('RRKZ');
    wire.send(parse('', 'SELECT 5'), bind(''), execute(), sync(), query('SELECT 6'));
    expect(summary(await wire.until('Z')).rows).toEqual([['5']]);
    expect(summary(await wire.until('Z')).rows).toEqual([['6']]);
  });

  it('GSSENC then SSL', async () => {
    const wire = await gateway.raw(false);
    expect(await wire.requestEncryption(client.gssRequest())).toBe('N');
    expect(await wire.requestEncryption(client.sslRequest())).toBe('S');
    await wire.startTls(gateway.file);
    wire.send(login('plain'));
    expect(summary(await wire.until('Z')).types).toBe('RRKZ');
  });

  it('a byte after SSLRequest', async () => {
    const wire = await gateway.raw(false);
    wire.send(client.sslRequest(), Buffer.from([0x16]));
    expect((await wire.closed()).types).toBe('');
  });

  it('direct TLS, with the protocol named and without', async () => {
    const wire = await gateway.raw(false);
    await wire.startTls(gateway.file, ['http/1.1', 'postgresql']);
    wire.send(login('plain'));
    expect(summary(await wire.until('Z')).types).toBe('RRKZ');
    const nameless = await gateway.raw(false);
    await nameless.startTls(gateway.file);
    nameless.send(login('plain'));
    expect((await nameless.closed()).types).toBe('');
  });

  it('a startup packet of 10 000 bytes, and of one more', async () => {
    const { user } = personOf(gateway.file, 'alice');
    const of = (length: number): Buffer => {
      const filled = (value: string): Buffer => client.startup({ user, database: 'plain', application_name: value });
      return filled('x'.repeat(length - filled('').length + 4));
    };
    const fits = await gateway.raw(true);
    fits.send(of(10_000));
    expect((await fits.next()).type).toBe('R');
    const larger = await gateway.raw(true);
    larger.send(of(10_001));
    expect((await larger.closed()).types).toBe('');
  });

  it('version negotiation: 3.0, 3.2, the 3.9999 probe, each with a key of its length', async () => {
    const { user, token } = personOf(gateway.file, 'alice');
    for (const [version, answer, bytes] of [
      [196_608, '', 4],
      [196_610, '', 32],
      [196_608 + 9_999, 'v', 32],
    ] as const) {
      const wire = await gateway.raw(true);
      wire.send(client.startup({ user, database: 'plain' }, version), client.password(token));
      const greeting = await wire.until('Z');
      expect(summary(greeting).types).toBe(`${answer}RRKZ`);
      expect(keyOf(greeting).secret).toHaveLength(bytes);
    }
  });

  it('a 64 kB password, and one of more than a server takes', async () => {
    const wire = await gateway.raw(true);
    wire.send(login('plain', 'x'.repeat(65_530)));
    expect((await wire.closed()).errors).toMatchObject([{ code: '28P01' }]);
    const larger = await gateway.raw(true);
    larger.send(login('plain', 'x'.repeat(65_531)));
    expect((await larger.closed()).errors).toMatchObject([{ code: '08P01' }]);
  });

  it('a half-open flood from one address', async () => {
    const flood = await Promise.all(Array.from({ length: 100 }, () => gateway.raw(false)));
    const wire = await gateway.wire('alice', { database: 'plain' });
    expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
    // two workers, each with room for twelve of this address
    await until('most of the flood is shut out', 10_000, () => flood.filter(({ isClosed }) => !isClosed).length <= 24);
  });
});

describe('the query cycle', () => {
  it('Flush without Sync', async () => {
    const wire = await gateway.wire('alice', { database: 'guarded' });
    wire.send(parse('', 'SELECT email FROM people'), bind(''), execute(), client.flush());
    expect(summary(await wire.until('C'))).toMatchObject({ types: '12DC', rows: [['****']] });
    expect((await wire.exchange(sync())).types).toBe('Z');
  });

  it('10 k pipelined Executes', async () => {
    const wire = await gateway.wire('alice', { database: 'guarded' });
    await wire.exchange(parse('one', 'SELECT 1'), sync());
    const pair = Buffer.concat([bind('one'), execute()]);
    const reply = await wire.exchange(Buffer.concat(Array.from({ length: 10_000 }, () => pair)), sync());
    expect([reply.tags.length, reply.rows.length, reply.errors.length, reply.status]).toEqual([10_000, 10_000, 0, 'I']);
  });

  it('an error mid-pipeline', async () => {
    const wire = await gateway.wire('alice', { database: 'plain' });
    const reply = await wire.exchange(
      parse('', 'SELECT 1'),
      bind(''),
      execute(),
      parse('', 'SELECT 1 / 0'),
      bind(''),
      execute(),
      parse('', 'SELECT 3'),
      bind(''),
      execute(),
      sync(),
    );
    expect(reply).toMatchObject({ rows: [['1']], errors: [{ code: '22012' }], status: 'I' });
    expect(reply.types.endsWith('EZ')).toBe(true);
  });

  it.each(['plain', 'guarded'])('1 600 columns (%s)', async (database) => {
    const wire = await gateway.wire('alice', { database });
    const [row = []] = (await wire.query('SELECT * FROM wide')).rows;
    const expected = Array.from({ length: COLUMNS }, (_, i) => String(database === 'guarded' && i === 7 ? 0 : i));
    expect(row).toEqual(expected);
  });

  it('65 535 parameters', async () => {
    const wire = await gateway.wire('alice', { database: 'plain' });
    const count = 65_535;
    const list = Array.from({ length: count }, (_, i) => `$${i + 1}`).join(',');
    const values = Array.from({ length: count }, (_, i) => String(i));
    const types = Array.from({ length: count }, () => 23);
    const reply = await wire.exchange(
      parse('', `SELECT cardinality(ARRAY[${list}])`, types),
      bind('', { values }),
      execute(),
      sync(),
    );
    expect(reply).toMatchObject({ errors: [], rows: [[String(count)]] });
  });

  it('notice storms', async () => {
    const wire = await gateway.wire('alice', { database: 'plain' });
    const storm = "DO $$ BEGIN FOR i IN 1..20000 LOOP RAISE NOTICE '% %', i, repeat('x', 500); END LOOP; END $$";
    const { notices, tags } = await wire.query(storm);
    expect(tags).toEqual(['DO']);
    expect(notices.map(({ message }) => Number.parseInt(message, 10))).toEqual(
      Array.from({ length: 20_000 }, (_, i) => i + 1),
    );
    expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
  });

  it('the target killed mid-row', async () => {
    const wire = await gateway.wire('alice', { database: 'frail' });
    line.cutAfter(100_000);
    wire.send(query("SELECT repeat('x', 30000) FROM generate_series(1, 10)"));
    const reply = await wire.closed();
    expect(reply.errors).toMatchObject([{ severity: 'FATAL', code: '08006' }]);
    // whole rows or none: what was cut in two is not shown
    for (const [value] of reply.rows) expect(value).toHaveLength(30_000);
    expect(reply.rows.length).toBeLessThan(4);
  });

  it('a goodbye behind a statement that still runs', async () => {
    await direct('plain', 'CREATE TABLE IF NOT EXISTS kept (id int)');
    const wire = await gateway.wire('alice', { database: 'plain' });
    wire.send(query('SELECT pg_sleep(0.3)'), query('INSERT INTO kept VALUES (1)'), client.terminate());
    expect((await wire.closed()).tags).toEqual(['SELECT 1', 'INSERT 0 1']);
    const gone = await gateway.wire('alice', { database: 'plain' });
    gone.send(query('SELECT pg_sleep(0.3); INSERT INTO kept VALUES (2)'), client.terminate());
    gone.endWriting();
    // without a Sync nothing stays
    const open = await gateway.wire('alice', { database: 'plain' });
    open.send(parse('', 'INSERT INTO kept VALUES (3)'), bind(''), execute(), client.terminate());
    await open.closed();
    await until('the sessions at the target are gone', 10_000, async () => (await sessionsAt('plain')) === 0);
    expect(await direct('plain', 'SELECT id FROM kept ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('COPY abort: by the client, and by its going away', async () => {
    await direct('plain', 'CREATE TABLE IF NOT EXISTS copied (id int)');
    const wire = await gateway.wire('alice', { database: 'plain' });
    wire.send(query('COPY copied FROM STDIN'), frame('d', Buffer.from('1\n2\n')), frame('f', Buffer.from('enough\0')));
    const { types, errors } = summary(await wire.until('Z'));
    expect([types, errors[0]?.code]).toEqual(['GEZ', '57014']);
    wire.send(query('COPY copied FROM STDIN'), frame('d', Buffer.from('3\n')));
    await wire.until('G');
    wire.destroy();
    await until('the session at the target is gone', 10_000, async () => (await sessionsAt('plain')) === 0);
    expect(await direct('plain', 'SELECT * FROM copied')).toEqual([]);
  });

  it('half-close', async () => {
    const wire = await gateway.wire('alice', { database: 'plain' });
    wire.send(query('SELECT pg_sleep(60)'));
    await running('pg_sleep(60)');
    wire.endWriting();
    await wire.closed();
    await until('the session at the target is gone', 10_000, async () => (await sessionsAt('plain')) === 0);
  });

  it('time-outs: a login never finished, a session idle here, one idle at the target; not one that is told something', async () => {
    const begun = await gateway.raw(true);
    begun.send(client.startup({ user: personOf(gateway.file, 'alice').user, database: 'plain' }));
    const listening = await gateway.wire('alice', { database: 'plain' });
    await listening.query('LISTEN pulse');
    const idle = await gateway.wire('alice', { database: 'plain' });
    const told = await gateway.wire('alice', { database: 'plain', options: '-c idle_session_timeout=500' });
    const timeouts = Promise.all([begun, idle, told].map((wire) => wire.closed(15_000)));
    for (let i = 0; i < 6; i++) {
      await new Promise((resolve) => setTimeout(resolve, 900));
      await direct('plain', 'NOTIFY pulse');
      await listening.until('A');
    }
    expect((await listening.query('SELECT 1')).rows).toEqual([['1']]);
    const [login, ...sessions] = await timeouts;
    expect(login?.types).toBe('R');
    for (const { errors } of sessions) expect(errors).toMatchObject([{ severity: 'FATAL', code: '57P05' }]);
  });

  it('messages too long for their type', async () => {
    for (const bytes of [execute('x'.repeat(10_000)), frame('d', Buffer.alloc(5 * 1024 * 1024))]) {
      const wire = await gateway.wire('alice', { database: 'plain' });
      wire.send(bytes);
      expect((await wire.closed()).errors).toMatchObject([{ severity: 'FATAL', code: '08P01' }]);
    }
  });
});

describe('hostile bytes', () => {
  /** Sends one seeded stream, in pieces, and waits until the gateway has closed the connection. @returns bytes sent */
  async function hostile(seed: number): Promise<number> {
    const chance = new Chance(seed);
    const { user } = personOf(gateway.file, 'alice');
    const kind = seed % 4;
    const wire = kind > 1 ? await gateway.wire('alice', { database: 'frail' }) : await gateway.raw(kind === 1);
    if (kind === 1) wire.send(client.startup({ user, database: 'frail' }));
    const bytes = kind > 1 ? hostileSession(chance) : kind === 1 ? hostileLogin(chance) : hostileStart(user, chance);
    for (const piece of pieces(bytes, chance)) {
      if (wire.isClosed) break;
      wire.send(piece);
      if (chance.below(4) === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    wire.endWriting();
    await until(`the gateway closes the connection of seed ${seed}`, 20_000, () => wire.isClosed);
    return bytes.length;
  }

  it(
    'reach the target in whole, known messages or not at all; nothing hangs, no worker dies or grows',
    { timeout: 120_000 + HOSTILE * 2_000 },
    async () => {
      const workers = (): readonly number[] => gateway.sallyport.reread().processes['postgres-gateway'];
      const before = workers();
      const resident = (): number => before.reduce((sum, pid) => sum + residentBytes(pid), 0);
      const first = Math.ceil(HOSTILE / 10);
      const at = line.readers.length;
      let sent = 0;
      let start = 0;
      for (let next = 0; next < HOSTILE; next += 4) {
        if (next >= first && start === 0) start = resident();
        const four = await Promise.all([0, 1, 2, 3].map((more) => hostile(1 + next + more)));
        sent += four.reduce((sum, bytes) => sum + bytes, 0);
        await gateway.closeClients();
      }
      const grown = resident() - start;
      await until('the sessions at the target are gone', 20_000, async () => (await sessionsAt('plain')) === 0);
      const readers = line.readers.slice(at);
      const messages = readers.reduce((sum, reader) => sum + reader.messages, 0);
      const wrong = readers.map((reader) => reader.wrong).filter((what) => what !== null);
      const mebibytes = (grown / 2 ** 20).toFixed(0);
      console.info(
        `hostile clients ${HOSTILE}, bytes ${sent}, sessions at the target ${readers.length}, messages there ${messages}, not whole or not known ${wrong.length}, hangs 0, workers that died ${workers().filter((pid) => !before.includes(pid)).length}, RSS ${mebibytes} MiB more`,
      );
      expect(wrong).toEqual([]);
      expect(messages).toBeGreaterThan(HOSTILE);
      expect(workers()).toEqual(before);
      // the first clients of a worker warm it up
      if (HOSTILE >= 1_000) expect(grown).toBeLessThan(64 * 2 ** 20);
      const wire = await gateway.wire('alice', { database: 'frail' });
      expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
    },
  );

  /** Linux tells it by page; elsewhere nobody does, and only the rest is checked. */
  function residentBytes(pid: number): number {
    try {
      return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4_096;
    } catch {
      return 0;
    }
  }
});

describe('cancel requests', () => {
  it('find their session in any worker, in the clear', async () => {
    const wires: WireClient[] = [];
    for (const database of ['plain', 'guarded', 'plain', 'guarded']) {
      const wire = await gateway.wire('alice', { database });
      const reply = wire.query('SELECT pg_sleep(60)');
      await running('pg_sleep(60)');
      await cancel(wire.key.pid, wire.key.secret);
      expect((await reply).errors).toMatchObject([{ code: '57014' }]);
      // and nothing that comes after it
      expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
      wires.push(wire);
    }
  });

  it('find their session in another gateway, which shares the audit database alone', async () => {
    const replica = await secondGateway(gateway.file);
    try {
      for (const version of [196_608, 196_610]) {
        const { user, token } = personOf(gateway.file, 'alice');
        const wire = await WireClient.encrypted(replica.file);
        wire.send(client.startup({ user, database: 'plain' }, version), client.password(token));
        const { pid, secret } = keyOf(await wire.until('Z'));
        const wrong = Buffer.from(secret.map((byte) => byte ^ 1));
        const sleeping = wire.query('SELECT pg_sleep(60)');
        await running('pg_sleep(60)');
        await cancel(pid, wrong);
        await cancel(pid, secret);
        expect((await sleeping).errors).toMatchObject([{ code: '57014' }]);
        expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
        wire.destroy();
      }
    } finally {
      await replica.stop();
    }
  });

  it('too many from one address are not listened to', async () => {
    const wire = await gateway.wire('alice', { database: 'plain' });
    const sleeping = wire.query('SELECT pg_sleep(60)');
    await running('pg_sleep(60)');
    const wrong = Buffer.from(wire.key.secret.map((byte) => byte ^ 1));
    await Promise.all(Array.from({ length: 30 }, () => cancel(wire.key.pid, wrong)));
    // a second later this address is heard again
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await cancel(wire.key.pid, wire.key.secret);
    expect((await sleeping).errors).toMatchObject([{ code: '57014' }]);
  });
});

describe('notifications', () => {
  const COUNT = 6_000;
  const notified = (
    frames: readonly ServerFrame[],
  ): readonly (readonly [pid: number, channel: string, payload: string])[] =>
    frames
      .filter(({ type }) => type === 'A')
      .map(({ body }) => {
        const [channel = '', payload = ''] = body.toString('utf8', 4).split('\0');
        return [body.readInt32BE(0), channel, payload];
      });

  it('come while the session is idle, with their payload, and stand in the record first', async () => {
    const wire = await gateway.wire('alice', { database: 'plain' });
    expect((await wire.query('LISTEN news')).tags).toEqual(['LISTEN']);
    await direct('plain', "SELECT pg_notify('news', 'from beside')");
    expect(notified(await wire.until('A'))).toEqual([[expect.any(Number), 'news', 'from beside']]);
    const other = await gateway.wire('alice', { database: 'plain' });
    const [[pid] = []] = (await other.query('SELECT pg_backend_pid()')).rows;
    expect((await other.query("NOTIFY news, 'from within'")).tags).toEqual(['NOTIFY']);
    expect(notified(await wire.until('A'))).toEqual([[Number(pid), 'news', 'from within']]);
    await wire.query('UNLISTEN news');
    await other.query('NOTIFY news');
    expect((await wire.query('SELECT 1')).types).toBe('TDCZ');
    const lines = await recorded('plain', 2);
    expect(lines).toMatchObject([
      { rows: 1, withheld: 0, channels: { news: 1 } },
      { rows: 1, withheld: 0, channels: { news: 1 } },
    ]);
    const write = await gateway.recorded({ text: 'NOTIFY', target: 'plain' });
    expect(write).toMatchObject({ effect: 'write', verb: 'NOTIFY' });
  });

  it('come in their place, behind the transaction that sent them', async () => {
    const wire = await gateway.wire('alice', { database: 'plain' });
    await wire.query('LISTEN self');
    wire.send(query("BEGIN; NOTIFY self, 'a'; NOTIFY self, 'b'"), query('COMMIT'));
    await wire.until('Z');
    const frames = await wire.until('Z');
    expect(summary(frames).types).toBe('CAAZ');
    expect(notified(frames).map(([, , payload]) => payload)).toEqual(['a', 'b']);
  });

  it('come without their payload where something is protected', async () => {
    const wire = await gateway.wire('alice', { database: 'guarded' });
    await wire.query('LISTEN news');
    await direct('guarded', "SELECT pg_notify('news', (SELECT email FROM people)), pg_notify('news', '')");
    expect(notified([...(await wire.until('A')), ...(await wire.until('A'))])).toEqual([
      [expect.any(Number), 'news', ''],
      [expect.any(Number), 'news', ''],
    ]);
    const lines = await recorded('guarded', 2, 'rows');
    expect(lines.reduce((sum, each) => sum + Number(each['withheld']), 0)).toBe(1);
    expect(JSON.stringify(lines)).not.toContain('ada@');
  });

  it('wait at the target for a client that does not read', async () => {
    const wire = await gateway.wire('alice', { database: 'plain' });
    await wire.query('LISTEN flood');
    wire.pause();
    for (let i = 0; i < COUNT / 1_000; i++)
      await direct(
        'plain',
        `SELECT pg_notify('flood', lpad(n::text, 7000, 'x')) FROM generate_series(${i * 1_000 + 1}, ${i * 1_000 + 1_000}) n`,
      );
    expect(await direct('plain', 'SELECT pg_notification_queue_usage() > 0 AS waits')).toEqual([{ waits: true }]);
    wire.resume();
    const frames: ServerFrame[] = [];
    while (frames.length < COUNT) frames.push(await wire.next());
    const last = notified(frames).map(([, , payload]) => Number(payload.replaceAll('x', '')));
    expect(last).toEqual(Array.from({ length: COUNT }, (_, i) => i + 1));
  });

  /** Lines `session.notified` of a target, when `wanted` of them (or of what they count) have come. */
  async function recorded(
    target: string,
    wanted: number,
    by: 'lines' | 'rows' = 'lines',
  ): Promise<Record<string, unknown>[]> {
    let found: Record<string, unknown>[] = [];
    await until(`${wanted} ${by} of notifications`, 10_000, async () => {
      const rows = await gateway.audit(
        `SELECT convert_from(line, 'utf8')::json AS line FROM audit_event WHERE type = 'session.notified' AND target = '${target}' ORDER BY ts, n`,
      );
      found = rows
        .map((row) => row['line'] as Record<string, unknown>)
        .filter(({ channels }) => JSON.stringify(channels).includes('news'));
      return (by === 'lines' ? found.length : found.reduce((sum, each) => sum + Number(each['rows']), 0)) >= wanted;
    });
    return found;
  }
});
