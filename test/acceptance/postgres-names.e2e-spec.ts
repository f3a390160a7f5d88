import { TestGateway } from '../support/gateway.js';
import type { WireClient } from '../support/wire-client.js';
import { client, frame } from '../support/wire-frames.js';

// Names that another relation may answer to by the time the target looks them up; and cycles as drivers send them: what comes before a
// statement in its cycle must not keep the gateway from learning what its names mean.

const rules = `
rules:
  - name: analysts change what is theirs
    who: { groups: [analysts] }
    on: { target: crm, does: [read, session, write, schema] }
    effect: allow
`;

const CYCLES = 200;
const FLUSH = client.flush();

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: rules });
  await gateway.direct('CREATE SCHEMA own; GRANT ALL ON SCHEMA own TO PUBLIC');
});
afterEach(() => gateway?.closeClients());
afterAll(() => gateway?.stop());

describe('a table before a protected one in the search path', () => {
  it('is not read by its name alone, since another session may drop it inside the block', async () => {
    const [one, two] = [await gateway.wire(), await gateway.wire()];
    expect((await two.query('CREATE TABLE own.customers (id int, email text)')).tags).toEqual(['CREATE TABLE']);
    await one.query('SET search_path = own, public');
    await one.query('BEGIN');
    await one.query('SELECT 1');
    expect((await two.query('DROP TABLE own.customers')).tags).toEqual(['DROP TABLE']);
    const { rows, errors } = await one.query("SELECT email || '' FROM customers");
    expect(rows).toEqual([]);
    expect(errors[0]?.message).toContain('own.customers hides public.customers');
  });
});

describe('a pipeline that waits for its answers without a Sync', () => {
  it('is one transaction: no question of the gateway ends it', async () => {
    const wire = await gateway.wire();
    const step = (sql: string): Buffer[] => [client.parse('', sql), client.bind(''), client.execute()];
    wire.send(...step('CREATE TABLE own.halfway (id int)'), frame('H'));
    await wire.until('C');
    wire.send(...step('SELECT 1'), frame('H'));
    await wire.until('C');
    const failed = await wire.exchange(...step('SELECT 1 / 0'), client.sync());
    expect(failed.errors[0]?.code).toBe('22012');
    expect(await gateway.direct("SELECT to_regclass('own.halfway') AS it")).toEqual([{ it: null }]);
    expect((await wire.query('SELECT count(*) FROM orders WHERE id < 0')).rows).toEqual([['0']]);
  });
});

const select = (i: number): string => `SELECT id, email FROM customers WHERE id = ${1 + (i % 5)}`;
const run = (sql: string, name = ''): Buffer[] => [client.parse(name, sql), client.bind(name), client.execute()];
const described = (sql: string, name = ''): Buffer[] => [
  client.parse(name, sql),
  client.bind(name),
  client.describePortal(),
  client.execute(),
];

async function moved(wire: WireClient): Promise<void> {
  expect((await wire.query('SET search_path = own, public')).errors).toEqual([]);
}

/** What changes names, by its place in a long row of cycles. */
const CHANGES = [
  'CREATE TABLE own.passing (id int)',
  'DROP TABLE own.passing',
  'SET search_path = public, own',
  'RESET search_path',
  'DISCARD TEMP',
];

describe('a driver that closes what it no longer needs before each Parse', () => {
  it('is answered as by the target itself, whatever the session changed before', async () => {
    const wire = await gateway.wire();
    for (let i = 0; i < CYCLES; i++) {
      const change = CHANGES[(i / 20) % CHANGES.length];
      if (change !== undefined) {
        const { errors } = await wire.exchange(client.closeStatement(`S_${i - 3}`), ...run(change), client.sync());
        expect(errors).toEqual([]);
      }
      const closes = [client.closeStatement(`S_${i - 1}`), client.closeStatement(`S_${i - 2}`)];
      const reply = await wire.exchange(...closes, ...described(select(i), `S_${i}`), client.sync());
      expect([reply.types, reply.errors]).toEqual(['3312TDCZ', []]);
    }
  });

  it('finds what it closed closed, and nothing kept back', async () => {
    const wire = await gateway.wire();
    await wire.exchange(client.parse('S_1', select(1)), client.sync());
    const bound = await wire.exchange(client.closeStatement('S_1'), client.bind('S_1'), client.sync());
    expect([bound.types, bound.errors[0]?.code]).toEqual(['3EZ', '26000']);
    wire.send(client.closeStatement('S_1'), FLUSH);
    expect((await wire.next()).type).toBe('3');
    const queried = await wire.exchange(client.closeStatement('S_2'), client.query(select(1)));
    expect(queried.types).toBe('3TDCZ');
    const refused = await wire.exchange(client.closeStatement('S_2'), client.query('SELECT no FROM nowhere'));
    expect(refused.types).toBe('3EZ');
    const empty = await wire.exchange(client.closeStatement('S_2'), ...run(''), client.sync());
    expect(empty.types).toBe('312IZ');
    expect((await wire.exchange(client.closeStatement('S_2'), client.sync())).types).toBe('3Z');
  });

  it('may close more than is kept back', async () => {
    const wire = await gateway.wire();
    await moved(wire);
    const closes = Array.from({ length: 3_000 }, (_, i) =>
      client.closeStatement(`a rather long name of a statement ${i}`),
    );
    const reply = await wire.exchange(...closes, client.sync());
    expect(reply.types).toBe(`${'3'.repeat(3_000)}Z`);
    expect((await wire.exchange(...described(select(1)), client.sync())).types).toBe('12TDCZ');
  });
});

describe('names that changed', () => {
  it('are known behind a BEGIN of the same cycle, prepared or not', async () => {
    const wire = await gateway.wire();
    await wire.exchange(client.parse('B', 'BEGIN'), client.parse('C', 'COMMIT'), client.sync());
    for (let i = 0; i < 20; i++) {
      const begin = i % 2 === 0 ? run('BEGIN') : [client.bind('B'), client.execute()];
      const first = await wire.exchange(...begin, ...described(select(i)), client.sync());
      expect([first.types, first.errors, first.status]).toEqual([i % 2 === 0 ? '12C12TDCZ' : '2C12TDCZ', [], 'T']);
      const sql = i % 4 < 2 ? `CREATE TABLE own.committed_${i} (id int)` : 'SET search_path = own, public';
      expect((await wire.exchange(...run(sql), client.sync())).errors).toEqual([]);
      const last = await wire.exchange(client.bind('C'), client.execute(), client.sync());
      expect([last.errors, last.status]).toEqual([[], 'I']);
    }
  });

  it('are known behind a Describe that begins a cycle', async () => {
    const wire = await gateway.wire();
    await wire.exchange(client.parse('S', select(1)), client.sync());
    for (let i = 0; i < 5; i++) {
      await moved(wire);
      const reply = await wire.exchange(
        client.describeStatement('S'),
        client.bind('S'),
        client.execute(),
        client.sync(),
      );
      expect([reply.types, reply.errors]).toEqual(['tT2DCZ', []]);
    }
  });

  it('are known behind the rest of a portal', async () => {
    const wire = await gateway.wire();
    await wire.exchange(...run('BEGIN'), client.sync());
    const bind = client.bind('', { portal: 'p' });
    await wire.exchange(
      client.parse('', 'SELECT id FROM customers ORDER BY id'),
      bind,
      client.execute('p', 1),
      client.sync(),
    );
    expect((await wire.exchange(...run('SET LOCAL search_path = own, public'), client.sync())).errors).toEqual([]);
    const reply = await wire.exchange(client.execute('p', 1), ...described(select(1)), client.sync());
    expect([reply.types, reply.errors]).toEqual(['Ds12TDCZ', []]);
  });

  it('are known further on in the pipeline of a block, which stays one block with one answer', async () => {
    const wire = await gateway.wire();
    const pipeline = [...run('BEGIN'), ...run('SET LOCAL search_path = own, public'), ...described(select(1))];
    const reply = await wire.exchange(
      ...pipeline,
      ...run('CREATE TABLE halfway (id int)'),
      ...run(select(2)),
      client.sync(),
    );
    expect([reply.types, reply.errors, reply.status]).toEqual(['12C12C12TDC12C12DCZ', [], 'T']);
    const failed = await wire.exchange(
      ...run('DROP TABLE halfway'),
      ...run('SELECT 1 / 0'),
      ...run(select(1)),
      client.sync(),
    );
    expect([failed.types, failed.errors[0]?.code, failed.status]).toEqual(['12C1EZ', '22012', 'E']);
    await wire.exchange(...run('ROLLBACK'), client.sync());
    expect(await gateway.direct("SELECT to_regclass('own.halfway') AS it")).toEqual([{ it: null }]);
    expect((await wire.exchange(...run(select(1)), client.sync())).types).toBe('12DCZ');
  });

  it('are not known further on in a pipeline without a block: the refusal says what to send, and the next cycle passes', async () => {
    const wire = await gateway.wire();
    for (const change of ['SET search_path = own, public', 'CREATE TABLE own.piped (id int)']) {
      const reply = await wire.exchange(...run(change), ...run(select(1)), ...run(select(2)), client.sync());
      expect(reply.types).toBe('12CEZ');
      expect(reply.errors[0]?.message).toContain('The search path is not known at this point');
      expect(reply.errors[0]?.hint).toContain('Sync');
      expect((await wire.exchange(...run(select(1)), ...run(select(2)), client.sync())).errors).toEqual([]);
    }
    expect(await gateway.direct("SELECT to_regclass('own.piped') AS it")).toEqual([{ it: null }]);
  });

  it('keep no session in a time-out that it set too short for the question', async () => {
    const wire = await gateway.wire();
    await wire.query('SET statement_timeout = 1');
    // it may pass or not: it may have changed names
    await wire.query('DISCARD TEMP');
    let reset = await wire.query('RESET statement_timeout');
    // the target's own time-out may end it
    for (let i = 0; i < 100 && reset.errors.length > 0; i++) reset = await wire.query('RESET statement_timeout');
    expect(reset.errors).toEqual([]);
    expect((await wire.query(select(1))).errors).toEqual([]);
  });
});
