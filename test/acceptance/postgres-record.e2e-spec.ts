import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Places, textOf } from '../support/canaries.js';
import { type FoundOperation, TestGateway, until } from '../support/gateway.js';
import { client } from '../support/wire-frames.js';

const ulid = /^[0-9A-HJKMNP-TV-Z]{26}$/;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const int8 = 20;

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterEach(() => gateway?.closeClients());
afterAll(() => gateway?.stop());

const alice = () => ({
  user: 'alice@example.com',
  groups: ['analysts'],
  act: [],
  purpose: null,
  method: 'oidc',
  iss: gateway.file.issuer?.url,
  sub: 'person-alice',
});
const common = () => ({
  id: expect.stringMatching(ulid),
  session: expect.stringMatching(ulid),
  target: 'crm',
  protocol: 'postgres',
  at: expect.stringMatching(time),
  principal: alice(),
  settledBy: null,
  erased: false,
  unreadable: null,
  input: null,
  recording: false,
  event: { epoch: expect.stringMatching(/^[0-9a-f]{32}$/), n: expect.any(Number) },
});
const policy = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);

/** Kinds of the events of an operation, in the order of the record. */
async function kindsOf({ id }: FoundOperation): Promise<unknown[]> {
  const rows = await gateway.audit(`SELECT type FROM audit_event WHERE op = '${id}' ORDER BY n`);
  return rows.map(({ type }) => type);
}

describe('an operation in the record', () => {
  it('that was refused is found with what the client was told', async () => {
    const wire = await gateway.wire();
    const { errors } = await wire.query('DROP TABLE payments');
    const { operation } = JSON.parse(errors[0]?.detail ?? '{}') as { operation: string };
    const found = await gateway.recorded({ text: 'drop table', object: 'payments' });
    expect(found).toEqual({
      ...common(),
      id: operation,
      durationMs: null,
      effect: 'schema',
      verb: 'DROP TABLE',
      kinds: ['drop'],
      objects: ['crm.public.payments'],
      classes: [],
      statement: 'DROP TABLE payments',
      parameters: [],
      decision: { effect: 'deny', rules: ['no destructive statements'], policy, approval: null },
      result: {
        status: 'refused',
        rows: 0,
        bytes: 0,
        columns: [],
        complete: true,
        code: 'rule',
        message: null,
        tag: null,
      },
      rows: null,
      refusal: {
        code: 'rule',
        rule: 'no destructive statements',
        message: 'Destructive statements go through the migration pipeline.',
      },
    });
    expect(await kindsOf(found)).toEqual(['op.blocked']);
  });

  it('is found within 2 s of its release', async () => {
    const wire = await gateway.wire();
    const took: number[] = [];
    // the fastest of five: the machine may be busy with other things, the way of an event may not be longer than this
    for (let i = 0; i < 5; i++) {
      await wire.query(`SELECT 1 AS soon_found_${i}`);
      const from = performance.now();
      await gateway.recorded({ text: `soon_found_${i}` });
      took.push(performance.now() - from);
    }
    expect(Math.min(...took)).toBeLessThan(2_000);
  });

  it('is found with its values and its masked rows', async () => {
    const wire = await gateway.wire();
    await wire.exchange(
      client.parse('', 'SELECT id, email FROM customers WHERE id = $1', [int8]),
      client.bind('', { values: ['7'] }),
      client.describePortal(),
      client.execute(),
      client.sync(),
    );
    const found = await gateway.recorded({ person: 'alice', object: 'public.customers', text: 'WHERE id = $1' });
    expect(found).toEqual({
      ...common(),
      durationMs: expect.any(Number),
      effect: 'read',
      verb: 'SELECT',
      kinds: ['select'],
      objects: ['crm.public.customers'],
      classes: ['email'],
      statement: 'SELECT id, email FROM customers WHERE id = $1',
      parameters: ['7'],
      decision: { effect: 'allow', rules: ['analysts read the CRM'], policy, approval: null },
      result: {
        status: 'ok',
        rows: 1,
        bytes: 32,
        columns: [
          { name: 'id', masked: 0 },
          { name: 'email', masked: 1 },
        ],
        complete: true,
        code: null,
        message: null,
        tag: 'SELECT 1',
      },
      rows: [['7', '****@example.org']],
      refusal: null,
    });
    // one event, unless the read took its time
    expect([['op'], ['op.intent', 'op.result', 'op.end']]).toContainEqual(await kindsOf(found));
    expect((await gateway.call(`/v1/operations/${found.id}`)).body).toEqual(found);
    expect((await gateway.call(`/v1/operations/${found.id}`, 'alice')).status).toBe(200);
    expect((await gateway.call(`/v1/operations/${found.id}`, 'bob')).status).toBe(404);
  });

  it('that writes has its intent first, and COMMIT says what it settles', async () => {
    const wire = await gateway.wire();
    await wire.query('BEGIN');
    await wire.query("UPDATE tickets SET status = 'closed' WHERE id = 77");
    await wire.query('COMMIT');
    const commit = await gateway.recorded({ text: 'commit', object: 'tickets' }, 10_000);
    const update = await gateway.recorded({ text: 'update', object: 'tickets' }, 10_000);
    expect(await kindsOf(update)).toEqual(['op.intent', 'op.result', 'op.end']);
    const shown = (await gateway.call(`/v1/operations/${update.id}`)).body;
    expect(shown).toMatchObject({
      effect: 'write',
      statement: "UPDATE tickets SET status = 'closed' WHERE id = 77",
      decision: { effect: 'allow', rules: ['analysts keep orders and tickets'] },
      result: { status: 'ok', tag: 'UPDATE 1' },
      settledBy: { operation: commit.id, status: 'ok' },
    });
  });

  it('that the rule over rows cut says how far it came, and keeps the first 50 masked rows', async () => {
    const wire = await gateway.wire();
    // the planner expects few of these, and inside a block nobody is asked about the rest
    await wire.query('BEGIN');
    await wire.query('SELECT email AS cut_short FROM customers WHERE id % 1 = 0');
    await wire.query('ROLLBACK');
    const found = await gateway.recorded({ text: 'cut_short' }, 10_000);
    expect(found).toMatchObject({
      result: { status: 'error', code: '42501', rows: 100, columns: [{ name: 'cut_short', masked: 100 }] },
    });
    const rows = found['rows'] as string[][];
    expect(rows).toHaveLength(50);
    for (const [email] of rows) expect(email).toMatch(/^\*{4}@example\.(com|org|net)$/);
  });

  it('names the agent that acted for a person', async () => {
    const wire = await gateway.wireWith(
      'alice@example.com',
      gateway.token('alice', { act: { sub: 'autogen' }, purpose: 'support' }),
    );
    await wire.query('SELECT 1 AS through_an_agent');
    expect(await gateway.recorded({ agent: 'autogen', text: 'through_an_agent' }, 10_000)).toMatchObject({
      principal: { user: 'alice@example.com', act: ['autogen'], purpose: 'support' },
    });
  });
});

describe('a refused login', () => {
  it('is in the record, with its reason and without the token', async () => {
    await expect(gateway.wireWith('bob@example.com', gateway.token('alice'))).rejects.toThrow(
      'password authentication failed for user "bob@example.com"',
    );
    await until('auth.fail in the audit database', 10_000, async () => {
      const [row] = await gateway.audit(
        `SELECT count(*)::int AS n FROM audit_event WHERE type = 'auth.fail' AND convert_from(line, 'UTF8') LIKE '%"why":"wrong-user"%'`,
      );
      return row?.['n'] === 1;
    });
  });
});

describe('a protected value', () => {
  it('stands nowhere: not in the journal, not in the audit database, not in a log, not in an answer', async () => {
    const [person = {}] = await gateway.direct(
      'SELECT full_name, email, phone, national_id FROM customers WHERE id = 4242',
    );
    const values = Object.values(person).map(String);
    const email = String(person['email']);
    expect(values).toHaveLength(4);
    const wire = await gateway.wire();
    await wire.query('SELECT full_name, email, phone, national_id, 4242 AS canary FROM customers WHERE id = 4242');
    await wire.query(`SELECT id AS canary FROM customers WHERE email = '${email}'`);
    await wire.query(`SELECT id AS canary FROM customers WHERE email LIKE '${email}%'`);
    await wire.query(`UPDATE customers SET email = '${email}' WHERE id = 4242`);
    await wire.query(`SELECT email::int AS canary FROM customers WHERE email = '${email}'`);
    await wire.query(`SELECT email AS canary FROM customers WHERE id = 4242 AND 1 / (id - 4242) = 0`);
    await wire.exchange(
      client.parse('', 'SELECT id, email AS canary FROM customers WHERE email = $1'),
      client.bind('', { values: [email] }),
      client.execute(),
      client.sync(),
    );
    await wire.exchange(
      client.parse('', 'SELECT id AS canary FROM customers WHERE national_id = $1'),
      client.bind('', { values: [String(person['national_id'])] }),
      client.execute(),
      client.sync(),
    );
    await wire.query('SELECT 1 AS canary_end');
    await gateway.recorded({ text: 'canary_end' }, 10_000);

    const answers = JSON.stringify(await gateway.operations({ text: 'canary', limit: '100' }));
    expect(answers).toContain('****@example');
    const places = await Places.of(gateway, { 'answers of the control API': answers });
    // what may be known is found by the same search, in each kind of place
    const known = places.with('canary_end');
    expect(known.filter((place) => place.endsWith('.seg'))).not.toEqual([]);
    expect(known.filter((place) => place.includes('audit_event'))).not.toEqual([]);
    expect(known).toContain('answers of the control API');
    expect(values.flatMap((value) => places.with(value))).toEqual([]);
  });

  it('that a client sends stands nowhere either: not as a literal, not as a bound value, not in a refusal', async () => {
    const sent = (n: number): string => `sent-${n}-by-alice@canary.example`;
    const wire = await gateway.wire();
    const texts = [
      `UPDATE customers SET email = '${sent(0)}' WHERE id = 1`,
      `INSERT INTO customers (full_name, email) SELECT 'x', '${sent(1)}'`,
      `SELECT id FROM customers WHERE lower(email) IN ('${sent(2)}', $t$${sent(3)}$t$)`,
      `SELECT id FROM customers WHERE email = "${sent(4)}" /* ${sent(5)} */`,
      `SELECT id FROM customers WHERE (id, email) = (1, '${sent(6)}') ORDER BY id LIMIT 1`,
      `MERGE INTO customers c USING (VALUES (1, '${sent(7)}')) v(id, e) ON c.id = v.id WHEN MATCHED THEN UPDATE SET email = v.e`,
      `DO $$ BEGIN UPDATE customers SET email = '${sent(8)}'; END $$`,
      `PREPARE p AS SELECT id FROM customers WHERE email = '${sent(9)}'`,
      `EXECUTE p('${sent(10)}')`,
      `SELECT id FROM no_such_table WHERE email = '${sent(11)}'`,
      `SELEC '${sent(12)}'`,
      `SELECT id FROM customers WHERE email = 'x' OR '${sent(13)}`,
      `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT id FROM customers WHERE email = ''${sent(14)}'''`,
    ];
    for (const text of texts) expect((await wire.query(text)).errors).toHaveLength(1);
    const bound = (sql: string, value: string | Buffer) =>
      wire.exchange(client.parse('', sql), client.bind('', { values: [value] }), client.execute(), client.sync());
    await bound('SELECT id FROM customers WHERE email = $1', sent(15));
    await bound('SELECT id FROM customers WHERE email = $1::text', Buffer.from(sent(16)));
    await bound('UPDATE customers SET email = $1 WHERE id = 1', Buffer.from(sent(17)));
    await wire.query('SELECT 1 AS sent_end');
    const { session } = await gateway.recorded({ text: 'sent_end' }, 10_000);

    const operations = await textOf(gateway, `/v1/sessions/${session}/operations?limit=100`);
    const timeline = await textOf(gateway, `/v1/sessions/${session}/recording`);
    const places = await Places.of(gateway, { operations, timeline });
    for (const shown of [operations, timeline]) {
      // who reads it still sees what was asked, and of what kind the values were
      expect(shown).toContain("SELECT id FROM customers WHERE lower(email) IN ('*** email', '*** email')");
      expect(shown).toContain('"*** email"');
    }
    expect(places.with('sent_end')).toEqual(expect.arrayContaining(['operations', 'timeline']));
    expect(Array.from({ length: 18 }, (_, n) => places.with(sent(n)))).toEqual(Array.from({ length: 18 }, () => []));
  });
});

describe('a session ends', () => {
  it('within 10 s when an administrator terminates it, and the record says by whom and why', async () => {
    const wire = await gateway.wire();
    await wire.query('SELECT 1 AS to_be_terminated');
    const { session } = await gateway.recorded({ text: 'to_be_terminated' }, 10_000);
    const path = `/v1/sessions/${session}/terminate`;
    expect((await gateway.call(path, 'bob', { reason: 'no right to' })).status).toBe(404);
    const begin = Date.now();
    expect((await gateway.call(path, 'root', { reason: 'looks wrong' })).status).toBe(202);
    expect((await wire.closed(10_000)).errors).toMatchObject([
      { severity: 'FATAL', code: '57P01', message: 'this session was ended by an administrator' },
    ]);
    expect(Date.now() - begin).toBeLessThan(10_000);
    await until('the end is in the record', 10_000, async () => {
      const { body } = await gateway.call(`/v1/sessions/${session}`, 'root');
      return (body as { live: boolean }).live === false;
    });
    expect((await gateway.call(`/v1/sessions/${session}`, 'root')).body).toMatchObject({
      why: 'terminated',
      termination: { by: 'root@example.com', reason: 'looks wrong' },
    });
    expect((await gateway.call(path, 'root', { reason: 'again' })).status).toBe(409);
  });

  it('within 10 s of an entry in the deny-list, whose subject is not let in again', async () => {
    const token = gateway.token('bob', { jti: 'a-stolen-token' });
    const wire = await gateway.wireWith('bob@example.com', token);
    const entry = { iss: gateway.file.issuer?.url, kind: 'jti', value: 'a-stolen-token', reason: 'stolen' };
    expect((await gateway.call('/v1/deny', 'alice', entry)).status).toBe(403);
    expect((await gateway.call('/v1/deny', 'root', entry)).status).toBe(201);
    expect((await wire.closed(10_000)).errors).toMatchObject([
      { severity: 'FATAL', code: '57P01', message: 'the access of this session was revoked' },
    ]);
    await until('nobody lets the token in any more', 10_000, async () => {
      const logins = Array.from({ length: 4 }, () => gateway.wireWith('bob@example.com', token));
      const refusals = (await Promise.allSettled(logins)).filter(
        (login) => login.status === 'rejected' && String(login.reason).includes('password authentication failed'),
      );
      return refusals.length === logins.length;
    });
    expect((await (await gateway.wire('bob')).query('SELECT 1')).rows).toEqual([['1']]);
  });

  it('within 30 s of the expiry of its token, in the midst of a statement too', async () => {
    const exp = Math.floor(Date.now() / 1000) + 4;
    const token = gateway.token('alice', { exp });
    const idle = await gateway.wireWith('alice@example.com', token);
    const busy = await gateway.wireWith('alice@example.com', token);
    busy.send(client.query('SELECT pg_sleep(120)'));
    expect((await idle.query('SELECT 1')).rows).toEqual([['1']]);
    for (const wire of [idle, busy])
      expect((await wire.closed(40_000)).errors).toMatchObject([
        {
          severity: 'FATAL',
          code: '57P01',
          message: 'the token of this session has expired',
          hint: 'Connect again with a fresh token.',
        },
      ]);
    expect(Date.now() - exp * 1000).toBeLessThan(30_000);
    await until('nothing runs on at the target', 10_000, async () => {
      const rows = await gateway.direct(
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(120)%' AND pid <> pg_backend_pid()",
      );
      return rows.length === 0;
    });
  });
});

describe('with the audit database silent', () => {
  it('statements go on, and afterwards everything is shipped', async () => {
    const wire = await gateway.wire();
    await wire.query('SELECT 1');
    const processes = auditProcesses();
    expect(processes.length).toBeGreaterThan(3);
    let count = 0;
    for (const pid of processes) process.kill(pid, 'SIGSTOP');
    try {
      for (const end = Date.now() + 15_000; Date.now() < end; count++) {
        expect((await wire.query(`SELECT ${count} AS in_the_dark`)).rows).toEqual([[String(count)]]);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      // a write waits for its journal, not for the database; who is let in was known before
      expect((await wire.query('UPDATE tickets SET priority = 1 WHERE id = 78')).tags).toEqual(['UPDATE 1']);
      expect((await (await gateway.wire('bob')).query('SELECT 1 AS in_the_dark_too')).rows).toEqual([['1']]);
    } finally {
      for (const pid of processes) process.kill(pid, 'SIGCONT');
    }
    expect(count).toBeGreaterThan(20);
    await gateway.recorded({ text: 'in_the_dark_too' }, 60_000);
    // a read that took its time has an intent of its own
    const events = `SELECT count(*)::int AS n FROM audit_event WHERE type IN ('op', 'op.intent') AND convert_from(line, 'UTF8') LIKE '%AS in_the_dark",%'`;
    await until('every statement is shipped', 60_000, async () => (await gateway.audit(events))[0]?.['n'] === count);
    const gaps = await gateway.audit(
      'SELECT epoch FROM audit_event GROUP BY epoch HAVING count(*) <> max(n) - min(n) + 1 OR min(n) <> 0',
    );
    expect(gaps).toEqual([]);
  });
});

/** Server and backends of the audit database: a stopped server alone would leave its backends running. */
function auditProcesses(): number[] {
  const file = join(gateway.file.home, 'postgres', 'audit', 'postmaster.pid');
  const server = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number));
  return [server, ...pairs.filter(([, parent]) => parent === server).map(([pid = 0]) => pid)];
}
