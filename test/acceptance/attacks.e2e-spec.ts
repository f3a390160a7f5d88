import { Client } from 'pg';
import { TestGateway, until } from '../support/gateway.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { summary, type WireClient } from '../support/wire-client.js';
import { client } from '../support/wire-frames.js';

// Orders of messages that no driver sends: what the gateway believes of names, paths and pipelines has to be what the target does.

const secret = 'alice.kowalska@example.com';
const { parse, bind, execute, sync, query, closeStatement } = client;

let server: TestPostgres;
let gateway: TestGateway;

const configuration = (port: number): string => `
targets:
  - { name: guarded, postgres: { host: 127.0.0.1, port: ${port}, database: guarded, tls: disable }, credential: { user: postgres } }
  - { name: plain, postgres: { host: 127.0.0.1, port: ${port}, database: plain, tls: disable }, credential: { user: postgres } }
protect:
  - { class: personal, columns: [guarded.public.users.email] }
rules:
  - { name: everything, who: { groups: [analysts] }, on: { target: [guarded, plain] }, effect: allow }
  - name: bulk
    on: { target: guarded, reads: { class: personal, rows: { over: 3 } } }
    effect: deny
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

/** Lines of the record of one kind for target `plain` since `from`, when they have come. */
async function lines(from: Date, wanted: number, kind = 'op%'): Promise<Record<string, unknown>[]> {
  let found: Record<string, unknown>[] = [];
  await until(`${wanted} lines ${kind}`, 60_000, async () => {
    const rows = await gateway.audit(
      `SELECT convert_from(line, 'utf8')::json AS line FROM audit_event
       WHERE type LIKE '${kind}' AND target = 'plain' AND ts >= '${from.toISOString()}' ORDER BY epoch, n`,
    );
    found = rows.map((row) => row['line'] as Record<string, unknown>);
    return found.length >= wanted;
  });
  return found;
}

/** Replies of several cycles sent at once. */
async function cycles(wire: WireClient, count: number, ...frames: readonly Buffer[]) {
  wire.send(...frames);
  const replies = [];
  for (let i = 0; i < count; i++) replies.push(summary(await wire.until('Z')));
  return replies;
}

beforeAll(async () => {
  server = await startPostgres();
  await direct('postgres', 'CREATE DATABASE guarded');
  await direct('postgres', 'CREATE DATABASE plain');
  await direct(
    'guarded',
    `CREATE TABLE users (id int PRIMARY KEY, email text);
     INSERT INTO users SELECT i, '${secret}' FROM generate_series(1, 10) i;
     CREATE SCHEMA other; CREATE TABLE other.users (id int, email text)`,
  );
  await direct('plain', 'CREATE TABLE notes (id int PRIMARY KEY, note text)');
  gateway = await TestGateway.start({ config: configuration(server.port) });
});
afterEach(() => gateway?.closeClients());
afterAll(async () => {
  await gateway?.stop();
  await server?.stop();
});

describe('names resolved elsewhere than the gateway thinks', () => {
  it('are refused: a no-break space belongs to the name of a schema', async () => {
    const wire = await gateway.wire('alice', { database: 'guarded' });
    await wire.query("SELECT set_config('search_path', E'other\\u00a0,public', false)");
    expect(await wire.query('SELECT -length(email) FROM users')).toMatchObject({
      rows: [],
      errors: [{ code: '42501' }],
    });
  });

  it('are refused after a portal, bound long before, moved the search path', async () => {
    const wire = await gateway.wire('alice', { database: 'guarded' });
    await wire.query('SET search_path TO other');
    await wire.query('BEGIN');
    await wire.exchange(
      parse('move', "SELECT set_config('search_path', 'public', false)"),
      bind('move', { portal: 'move' }),
      sync(),
    );
    expect((await wire.query('SELECT -length(email) FROM users')).errors).toEqual([]);
    expect((await wire.exchange(execute('move'), sync())).rows).toEqual([['public']]);
    expect(await wire.query('SELECT -length(email) FROM users')).toMatchObject({
      rows: [],
      errors: [{ code: '42501' }],
    });
  });
});

describe('a row limit', () => {
  it('holds for a portal that is fetched piece by piece', async () => {
    const wire = await gateway.wire('alice', { database: 'guarded' });
    await wire.query('BEGIN');
    const first = await wire.exchange(
      parse('', 'SELECT email FROM users'),
      bind('', { portal: 'p' }),
      execute('p', 2),
      sync(),
    );
    expect(first.rows).toHaveLength(2);
    const second = await wire.exchange(execute('p', 2), sync());
    expect(second).toMatchObject({ status: 'E', errors: [{ code: '42501' }] });
    expect(second.rows).toHaveLength(1);
    expect((await wire.exchange(execute('p', 2), sync())).rows).toEqual([]);
  });
});

describe('the name of a prepared statement', () => {
  beforeEach(async () => {
    await direct('plain', "TRUNCATE notes; INSERT INTO notes VALUES (1, 'a')");
  });

  it('still means the first statement after a second Parse of it failed, for the record too', async () => {
    const from = new Date();
    const wire = await gateway.wire('alice', { database: 'plain' });
    await wire.exchange(parse('s', 'DELETE FROM notes'), sync());
    const [again, run] = await cycles(wire, 2, parse('s', 'SELECT 1'), sync(), bind('s'), execute(), sync());
    expect(again?.errors).toMatchObject([{ code: '42P05' }]);
    expect(run?.tags).toEqual(['DELETE 1']);
    expect(await lines(from, 3)).toMatchObject([
      { k: 'op.intent', verb: 'DELETE' },
      { k: 'op.result' },
      { k: 'op.end', status: 'ok', tag: 'DELETE 1' },
    ]);
  });

  it('follows the target when a skipped Close and a later one overlap', async () => {
    const from = new Date();
    const wire = await gateway.wire('alice', { database: 'plain' });
    await wire.exchange(parse('s', 'SET lock_timeout = 0'), parse('failing', 'SELECT 1 / $1::int'), sync());
    await cycles(
      wire,
      2,
      bind('failing', { values: ['0'] }),
      execute(),
      closeStatement('s'),
      sync(),
      closeStatement('s'),
      parse('s', 'DELETE FROM notes'),
      sync(),
    );
    expect((await wire.exchange(bind('s'), execute(), sync())).tags).toEqual(['DELETE 1']);
    const recorded = await lines(from, 4);
    expect(recorded[0]).toMatchObject({ k: 'op', verb: 'SELECT', status: 'error', code: '22012' });
    expect(recorded.slice(1)).toMatchObject([{ k: 'op.intent', verb: 'DELETE' }, { k: 'op.result' }, { k: 'op.end' }]);
  });
});

describe('a pipeline', () => {
  it('goes on after an error while a later statement was still being read', async () => {
    const wire = await gateway.wire('alice', { database: 'plain' });
    await wire.exchange(parse('failing', 'SELECT 1 / $1::int'), sync());
    await wire.exchange(bind('failing', { values: ['1'] }), execute(), sync());
    const long = `SELECT ${Array.from({ length: 3_000 }, (_, i) => `'${i}'`).join(' || ')}`;
    const reply = await wire.exchange(
      bind('failing', { values: ['0'] }),
      execute(),
      parse('', long),
      bind(''),
      execute(),
      sync(),
    );
    expect(reply).toMatchObject({ types: 'EZ', errors: [{ code: '22012' }] });
    expect((await wire.query('SELECT 2')).rows).toEqual([['2']]);
  });

  it('keeps a portal of the next cycle when the earlier one ends', async () => {
    const wire = await gateway.wire('alice', { database: 'plain' });
    await wire.exchange(parse('five', 'SELECT 5'), sync());
    wire.send(bind('five'), execute(), sync(), bind('five'));
    await wire.until('Z');
    expect(await wire.exchange(execute(), sync())).toMatchObject({ errors: [], rows: [['5']] });
  });

  it('ends the intent of a query that the target skipped', async () => {
    const wire = await gateway.wire('alice', { database: 'plain' });
    await wire.exchange(parse('failing', 'SELECT 1 / $1::int'), sync());
    await wire.query("INSERT INTO notes VALUES (70, 'x')");
    const from = new Date();
    await wire.exchange(
      bind('failing', { values: ['0'] }),
      execute(),
      query("INSERT INTO notes VALUES (70, 'x')"),
      sync(),
    );
    const ends = await lines(from, 1, 'op.end');
    expect(ends).toMatchObject([{ status: 'skipped' }]);
  });

  it('settles by COMMIT what was written before it, and nothing after it', async () => {
    await direct('plain', 'TRUNCATE notes');
    const wire = await gateway.wire('alice', { database: 'plain' });
    for (const [name, sql] of [
      ['begin', 'BEGIN'],
      ['insert', "INSERT INTO notes VALUES ($1::int, 'x')"],
      ['commit', 'COMMIT'],
    ] as const)
      await wire.exchange(parse(name, sql), sync());
    const from = new Date();
    const insert = [bind('insert', { values: ['1'] }), execute()];
    await wire.exchange(bind('begin'), execute(), ...insert, bind('commit'), execute(), ...insert, sync());
    const [first, commit, second] = await lines(from, 3, 'op.end');
    expect([first, commit, second]).toMatchObject([
      { status: 'ok', tag: 'INSERT 0 1' },
      { status: 'ok', tag: 'COMMIT', settles: [first?.['o']] },
      { status: 'error', code: '23505' },
    ]);
  });
});

describe('a client that leaves', () => {
  it.each([0, 10, 30, 60])('%d ms after its token leaves no session at the target', async (ms) => {
    const wire = await gateway.raw(true);
    const { user, token } = gateway.file.people.find(({ name, agent }) => name === 'alice' && agent === null)!;
    wire.send(client.startup({ user, database: 'plain' }), client.password(token));
    await new Promise((resolve) => setTimeout(resolve, ms));
    wire.destroy();
    await until('the session at the target is gone', 10_000, async () => {
      const left = await direct('plain', "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'sp:%'");
      return left.length === 0;
    });
  });

  it('leaves no intent without an end when it bound a write and never ran it', async () => {
    const from = new Date();
    const wire = await gateway.wire('alice', { database: 'plain' });
    await wire.query('BEGIN');
    wire.send(parse('', "INSERT INTO notes VALUES (9, 'x')"), bind('', { portal: 'p' }), client.flush());
    await wire.until('2');
    wire.destroy();
    expect(await lines(from, 1, 'op.end')).toMatchObject([{ status: 'skipped' }]);
  });
});
