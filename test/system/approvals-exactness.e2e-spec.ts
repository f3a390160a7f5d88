import { readFileSync, writeFileSync } from 'node:fs';
import { TestGateway, until } from '../support/gateway.js';
import { personOf } from '../support/quickstart.js';
import { summary } from '../support/wire-client.js';
import type { Reply, ServerError, WireClient } from '../support/wire-client.js';
import { client } from '../support/wire-frames.js';

// What was approved is what runs, once. Each spec has a grant for one exact operation, changes one thing, and counts executions at the
// target. Requests to clusters have theirs in kube-holds.

// nothing is protected: where something is, views are refused anyway
const rules = `
protect: []
rules:
  - name: analysts work on steps
    who: { groups: [analysts] }
    on: { target: crm, does: [read, write, session], objects: ['crm.*.step*'] }
    effect: allow
  - name: analysts have sessions
    who: { groups: [analysts] }
    on: { target: crm, does: [session] }
    effect: allow
  - name: reading through the view is approved
    on: { target: crm, objects: [crm.public.step_view] }
    effect: hold
    approval: { reviewers: { groups: [privacy] }, hold: 300ms, expires: 15m }
  - name: what is held in another schema is approved
    on: { target: crm, objects: [crm.other.step_held] }
    effect: hold
    approval: { reviewers: { groups: [privacy] }, hold: 300ms, expires: 15m }
  - name: steps are approved
    on: { target: crm, does: [write] }
    effect: hold
    message: The first words.
    approval: { reviewers: { groups: [privacy] }, hold: 300ms, expires: 15m }
`;

const STEP = 'UPDATE steps SET hits = hits + 1 WHERE id = $1';
const MADE =
  'CREATE TABLE step_again AS SELECT 1 AS id, 0 AS hits; GRANT SELECT, UPDATE ON step_again TO sallyport_crm';
const RACERS = 30;

let gateway: TestGateway;
let wire: WireClient;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: rules });
  await gateway.direct(`
    CREATE SCHEMA other;
    CREATE TABLE steps (id int PRIMARY KEY, hits int NOT NULL DEFAULT 0);
    CREATE TABLE other.steps (LIKE steps INCLUDING ALL);
    CREATE VIEW step_view AS SELECT * FROM steps WHERE id = 1;
    INSERT INTO steps VALUES (1), (2);
    INSERT INTO other.steps VALUES (1), (2);
    GRANT USAGE ON SCHEMA other TO sallyport_crm;
    GRANT SELECT, UPDATE ON steps, other.steps, step_view TO sallyport_crm;
    ${MADE};
    CREATE TABLE other.step_held (LIKE steps);
    GRANT SELECT, UPDATE ON other.step_held TO sallyport_crm;
    INSERT INTO other.step_held VALUES (1, 0);
    CREATE TABLE step_held (LIKE steps);
    GRANT SELECT ON step_held TO sallyport_crm;
  `);
});
beforeEach(async () => {
  wire = await as();
});
afterEach(() => gateway?.closeClients());
afterAll(() => gateway?.stop());

/** A session of alice's, with some claims of her token changed. */
function as(claims: Readonly<Record<string, unknown>> = {}): Promise<WireClient> {
  return gateway.wireWith(personOf(gateway.file, 'alice').user, gateway.token('alice', claims));
}

function run(session: WireClient, sql: string, values: readonly (string | Buffer)[] = []): Promise<Reply> {
  const statement = [client.parse('', sql), client.bind('', { values }), client.execute(), client.sync()];
  return session.exchange(...statement);
}

function approvalOf(message: ServerError | undefined): string {
  const { approval } = JSON.parse(message?.detail ?? '{}') as { approval?: string };
  if (approval === undefined) throw new Error(`no approval is named: ${JSON.stringify(message)}`);
  return approval;
}

async function state(id: string): Promise<string> {
  return ((await gateway.call(`/v1/approvals/${id}`, 'carol')).body as { state: string }).state;
}

/** A grant for exactly this, given after nobody decided in time. */
async function granted(sql = STEP, values: readonly string[] = ['1']): Promise<string> {
  const { errors } = await run(wire, sql, values);
  if (errors[0]?.code !== 'SP001') throw new Error(`nobody was asked: ${JSON.stringify(errors)}`);
  const id = approvalOf(errors[0]);
  const { rendering } = (await gateway.call(`/v1/approvals/${id}`, 'carol')).body as { rendering: string };
  const decided = await gateway.call(`/v1/approvals/${id}/decision`, 'carol', { decision: 'approve', rendering });
  expect(decided).toMatchObject({ status: 200, body: { state: 'approved' } });
  return id;
}

/** How often anything ran at the target. */
async function hits(): Promise<number> {
  const [row] = await gateway.direct(
    'SELECT (SELECT sum(hits) FROM steps)::int + (SELECT sum(hits) FROM other.steps)::int AS hits',
  );
  return Number(row?.['hits']);
}

/** The attempt is asked about anew, or refused; nothing runs, and the grant is as it was. */
async function runsNothing(grant: string, attempt: () => Promise<Reply>): Promise<void> {
  const before = await hits();
  const { errors, tags } = await attempt();
  expect({ tags, code: errors[0]?.code }).toEqual({ tags: [], code: 'SP001' });
  expect(approvalOf(errors[0])).not.toBe(grant);
  expect(await hits()).toBe(before);
  expect(await state(grant)).toBe('approved');
}

describe('a grant', () => {
  it.each<[string, (grant: string) => Promise<Reply>]>([
    ['another statement', () => run(wire, STEP.replace('+ 1', '+ 2'), ['1'])],
    ['the same statement with one more blank', () => run(wire, `${STEP} `, ['1'])],
    ['another value', () => run(wire, STEP, ['2'])],
    ['the same value in another format', () => run(wire, STEP, [Buffer.from([0, 0, 0, 1])])],
    ['the value written into the statement', () => run(wire, STEP.replace('$1', '1'))],
    ['the same as a simple query', () => wire.query(STEP.replace('$1', '1'))],
    ['another person', async () => run(await gateway.wire('bob'), STEP, ['1'])],
    ['another account with the same name', async () => run(await as({ sub: 'person-alice-2' }), STEP, ['1'])],
    ['an agent of the person', async () => run(await as({ act: { sub: 'autogen' } }), STEP, ['1'])],
    ['another application of the person', async () => run(await as({ azp: 'another' }), STEP, ['1'])],
    ['another purpose', async () => run(await as({ purpose: 'marketing' }), STEP, ['1'])],
    [
      'another search_path, where the name is another table',
      async () => {
        const session = await as();
        await session.query('SET search_path = other, public');
        return run(session, STEP, ['1']);
      },
    ],
  ])('lets nothing else run: %s', async (_, attempt) => {
    const grant = await granted();
    await runsNothing(grant, () => attempt(grant));
    const before = await hits();
    expect(await run(await as(), STEP, ['1'])).toMatchObject({ errors: [], tags: ['UPDATE 1'] });
    expect(await hits()).toBe(before + 1);
    expect(await state(grant)).toBe('used');
  });

  it.each(['EXECUTE behind', 'EXPLAIN ANALYZE EXECUTE behind', 'CREATE TEMP TABLE made AS EXECUTE behind'])(
    'is not given for what only names what it runs: %s',
    async (sql) => {
      expect(await wire.query('PREPARE behind AS SELECT count(*) FROM steps')).toMatchObject({ errors: [] });
      const { errors, notices } = await wire.query(sql);
      expect(errors[0]?.message).toContain('it only names what it runs');
      expect([...errors, ...notices].map(({ detail }) => detail ?? '').join()).not.toContain('approval-pending');
    },
  );

  it('is not escaped by a name that another statement of the same message or pipeline leads elsewhere', async () => {
    const read = 'SELECT hits FROM step_held';
    const held = (reply: Reply): boolean => reply.errors.length > 0 && reply.rows.length === 0;
    expect(held(await wire.query(`SET search_path = other; ${read}`))).toBe(true);
    expect(held(await wire.query(`SELECT set_config('search_path', 'other', false); ${read}`))).toBe(true);
    wire.send(
      ...['SET search_path = other', read].flatMap((sql) => [client.parse('', sql), client.bind(''), client.execute()]),
      client.sync(),
    );
    expect(held(summary(await wire.until('Z')))).toBe(true);
  });

  it('is not for a view that was redefined', async () => {
    const sql = 'SELECT id FROM step_view';
    const grant = await granted(sql, []);
    await gateway.direct('CREATE OR REPLACE VIEW step_view AS SELECT * FROM steps WHERE id = 2');
    await runsNothing(grant, () => run(wire, sql));
    await gateway.direct('CREATE OR REPLACE VIEW step_view AS SELECT * FROM steps WHERE id = 1');
    expect(await run(wire, sql)).toMatchObject({ errors: [], rows: [['1']], tags: ['SELECT 1'] });
  });

  it('is not for a table that was made anew under its name', async () => {
    const sql = 'UPDATE step_again SET hits = hits + 1';
    const grant = await granted(sql, []);
    await gateway.direct(`DROP TABLE step_again; ${MADE}`);
    await runsNothing(grant, async () => run(await as(), sql));
    expect(await gateway.direct('SELECT hits FROM step_again')).toEqual([{ hits: 0 }]);
  });

  it(`is used once, however many ask for it at once: ${RACERS} sessions over all workers`, async () => {
    const racers = await Promise.all(Array.from({ length: RACERS }, () => as()));
    const grant = await granted();
    const before = await hits();
    const replies = await Promise.all(racers.map((session) => run(session, STEP, ['1'])));
    expect(replies.filter(({ tags }) => tags.length > 0)).toHaveLength(1);
    // the others are asked for anew, or told that the grant was used up while they looked
    const refused = replies.filter(({ errors }) => ['SP001', '42501'].includes(errors[0]?.code ?? ''));
    expect(refused).toHaveLength(RACERS - 1);
    expect(await hits()).toBe(before + 1);
    expect(await state(grant)).toBe('used');
  });

  it('is not for the same operation under another policy', async () => {
    const grant = await granted();
    const { config } = gateway.file;
    const text = readFileSync(config, 'utf8');
    writeFileSync(config, text.replace('The first words.', 'The second words.'));
    await until('the policy is read again', 30_000, async () => {
      const { errors } = await run(wire, STEP, ['3']);
      return errors[0]?.message.includes('The second words.') ?? false;
    });
    await runsNothing(grant, () => run(wire, STEP, ['1']));
  });
});
