import { type ApprovalState, STATES, TRANSITIONS } from '@app/approvals';
import { Client } from 'pg';
import { execute, startPostgres, type TestPostgres } from '../../../../test/support/postgres.js';
import { AuditDatabase } from '../audit-database.js';
import { ApprovalStores } from '../testing/approval-stores.js';
import { ask, decision, digestOf, glass, judge, newId, requirement } from '../testing/approvals.js';
import type { ApprovalStore } from './approval.store.js';
import { PolicyVersionStore } from './policy-version.store.js';

let postgres: TestPostgres;
let stores: ApprovalStores;
let gateway: ApprovalStore;
let control: ApprovalStore;
/** one that was asked about, and one that was granted */
let pending: string;
let granted: string;

const url = (group: string): string => postgres.urlFor(`${group}_login`);

beforeAll(async () => {
  postgres = await startPostgres();
  stores = await ApprovalStores.open(postgres);
  ({ gateway, control } = stores);
  pending = (await gateway.request(ask())).id;
  granted = (await stores.granted()).approval.id;
  await control.breakGlass(glass());
  const { question, approval } = await stores.granted();
  await gateway.consume({ id: approval.id, digest: question.digest, epoch: 'e', operation: 'o', session: 's' });
});

afterAll(async () => {
  await stores.close();
  await postgres.stop();
});

const row = (table: string): string =>
  ({
    approval: `INSERT INTO approval SELECT (jsonb_populate_record(a, '{"id": "x", "digest": "${digestOf('x')}"}')).* FROM approval a WHERE id = '${pending}'`,
    approval_decision: `INSERT INTO approval_decision (approval, iss, sub, "user", decision, rules, rendering) SELECT id, 'i', 's', 'u', 'approve', '{bulk}', rendering FROM approval WHERE id = '${pending}'`,
    approval_wait: `INSERT INTO approval_wait (approval, operation) VALUES ('${pending}', 'o')`,
    approval_use: `INSERT INTO approval_use (approval, use_no, epoch, operation, session) VALUES ('${granted}', 1, 'e', 'o', 's')`,
    glass_review: `INSERT INTO glass_review (approval, "by", verdict, reason) SELECT id, '{"sub": "s", "user": "u"}', 'justified', 'r' FROM approval WHERE kind = 'break-glass'`,
    notification: `INSERT INTO notification (kind, approval, payload) VALUES ('decided', '${pending}', '{}')`,
  })[table] ?? '';

describe('a login of a gateway', () => {
  it.each(['approval', 'approval_decision', 'approval_wait', 'approval_use', 'glass_review', 'notification'])(
    'reads %s and writes nothing there',
    async (table) => {
      await expect(execute(url('gateway'), `SELECT * FROM ${table}`)).resolves.toBeUndefined();
      for (const sql of [row(table), `DELETE FROM ${table}`, `TRUNCATE ${table}`, `SELECT * FROM ${table} FOR UPDATE`])
        await expect(execute(url('gateway'), sql), sql).rejects.toMatchObject({ code: '42501' });
    },
  );

  it('changes no column of an approval, wait or use', async () => {
    for (const sql of [
      `UPDATE approval SET state = 'approved'`,
      `UPDATE approval SET uses_left = 1`,
      `UPDATE approval SET expires = now() + interval '1 day'`,
      `UPDATE approval SET requirements = '[]'`,
      `UPDATE approval_wait SET until = now()`,
      `UPDATE approval_use SET use_no = 2`,
      'ALTER TABLE approval DISABLE TRIGGER guard',
      'DROP FUNCTION approval_consume(text, text, text, text, text)',
      'SET session_replication_role = replica',
      'SET ROLE sallyport_control',
    ])
      await expect(execute(url('gateway'), sql), sql).rejects.toMatchObject({ code: '42501' });
  });

  it('is refused by everything that decides, in the store too', async () => {
    const approval = (await gateway.get(pending))!;
    const by = { iss: 'i', sub: 'g', user: 'g' };
    await expect(gateway.decide(pending, decision(approval, 'carol'), judge)).rejects.toMatchObject({
      code: 'not-allowed',
    });
    await expect(gateway.revoke(granted, by, 'x')).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(gateway.breakGlass(glass())).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(gateway.expireDue(Date.now())).rejects.toMatchObject({ code: '42501' });
    expect((await control.get(pending))?.state).toBe('pending');
  });

  it('is not fooled by tables, functions and operators of its own', async () => {
    const { id, digest } = (await control.get(pending))!;
    const client = new Client({ connectionString: url('gateway') });
    await client.connect();
    await client.query('CREATE TEMPORARY TABLE approval (id text, digest text, state text)');
    await client.query('SET search_path = pg_temp, public');
    const { rows } = await client.query<{ got: unknown }>(
      `SELECT public.approval_consume($1, $2, 'e', 'o', 's') AS got`,
      [id, digest],
    );
    await client.end();
    expect(rows).toEqual([{ got: null }]);
  });
});

describe('a login of the control API', () => {
  it.each([
    [
      'makes a question a grant without its quorum',
      `UPDATE approval SET state = 'approved', not_before = now() WHERE id = 'P'`,
    ],
    ['says denied where nobody denied', `UPDATE approval SET state = 'denied' WHERE id = 'P'`],
    ['says expired before it is', `UPDATE approval SET state = 'expired' WHERE id = 'P'`],
    ['revokes without saying who', `UPDATE approval SET state = 'revoked' WHERE id = 'P'`],
    ['lengthens a grant', `UPDATE approval SET expires = expires + interval '1 second' WHERE id = 'G'`],
    ['lengthens a question', `UPDATE approval SET expires = expires + interval '1 second' WHERE id = 'P'`],
    ['unmasks a class afterwards', `UPDATE approval SET unmask = '{email}' WHERE id = 'G'`],
    ['uses a grant up', `UPDATE approval SET state = 'used' WHERE id = 'G'`],
    ['gives a use back', `UPDATE approval SET uses_left = uses_left + 1`],
    ['changes what it is about', `UPDATE approval SET digest = digest`],
    ['changes who asked', `UPDATE approval SET requester = requester`],
    ['changes what was said', `UPDATE approval_decision SET decision = 'approve'`],
    ['takes back what was said', `DELETE FROM approval_decision`],
    [
      'records a use',
      `INSERT INTO approval_use (approval, use_no, epoch, operation, session) VALUES ('G', 1, 'e', 'o', 's')`,
    ],
    ['forgets an approval', `DELETE FROM approval`],
    ['asks for a gateway', `SELECT approval_request('{}')`],
    ['uses a grant', `SELECT approval_consume('G', '', '', '', '')`],
    ['changes a policy that was in force', `UPDATE policy_version SET source = 'x'`],
    [
      'decides for the requester',
      `INSERT INTO approval_decision (approval, iss, sub, "user", decision, rules, rendering) SELECT id, 'i', 'x', 'ALICE@example.com', 'approve', '{bulk}', rendering FROM approval WHERE id = 'P'`,
    ],
    [
      'decides about a grant',
      `INSERT INTO approval_decision (approval, iss, sub, "user", decision, rules, rendering) SELECT id, 'i', 'x', 'x', 'approve', '{bulk}', rendering FROM approval WHERE id = 'G'`,
    ],
    [
      'decides about something else',
      `INSERT INTO approval_decision (approval, iss, sub, "user", decision, rules, rendering) VALUES ('P', 'i', 'x', 'x', 'approve', '{bulk}', 'sha256:')`,
    ],
    [
      'asks for access that is granted already',
      `INSERT INTO approval SELECT (jsonb_populate_record(a, '{"id": "y", "digest": "${digestOf('y')}", "kind": "access", "uses": null, "uses_left": null, "scope": {}, "reason": "r"}')).* FROM approval a WHERE id = 'G'`,
    ],
  ])('never %s', async (_, sql) => {
    const real = sql.replaceAll(`'P'`, `'${pending}'`).replaceAll(`'G'`, `'${granted}'`);
    await expect(execute(url('control'), real)).rejects.toMatchObject({
      code: expect.stringMatching(/^(42501|23514)$/) as string,
    });
  });
});

it('a reader reads all of it and calls nothing', async () => {
  for (const table of [
    'approval',
    'approval_decision',
    'approval_wait',
    'approval_use',
    'glass_review',
    'policy_version',
  ])
    await expect(execute(url('reader'), `SELECT * FROM ${table}`)).resolves.toBeUndefined();
  for (const call of [`approval_request('{}')`, `approval_consume('', '', '', '', '')`, `approval_leave('', '', '')`])
    await expect(execute(url('reader'), `SELECT ${call}`)).rejects.toMatchObject({ code: '42501' });
});

it.each(['approval_decision', 'approval_use', 'glass_review', 'policy_version', 'approval'])(
  'nobody of ours removes a row of %s, the owner of the schema included',
  async (table) => {
    for (const sql of [`DELETE FROM ${table}`, `TRUNCATE ${table} CASCADE`])
      await expect(execute(postgres.url, sql)).rejects.toMatchObject({ code: '42501' });
  },
);

it('uses are append-only, numbered once per approval, and one per operation', async () => {
  await expect(execute(postgres.url, 'UPDATE approval_use SET use_no = 2')).rejects.toMatchObject({ code: '42501' });
  const insert = (use: number, operation: string): Promise<void> =>
    execute(
      postgres.superuserUrl,
      `INSERT INTO approval_use (approval, use_no, epoch, operation, session)
       SELECT approval, ${use}, 'e', '${operation}', 's' FROM approval_use LIMIT 1`,
    );
  await expect(insert(1, 'other')).rejects.toMatchObject({ code: '23505' });
  await expect(insert(2, 'o')).rejects.toMatchObject({ code: '23505' });
});

it('a use is on disk when it is answered, though the login was set to wait for nothing', async () => {
  const { question, approval } = await stores.granted();
  const client = new Client({ connectionString: url('gateway') });
  await client.connect();
  const setting = async (): Promise<unknown> => (await client.query('SHOW synchronous_commit')).rows[0];
  await client.query('SET synchronous_commit = off');
  await client.query('BEGIN');
  expect(await setting()).toEqual({ synchronous_commit: 'off' });
  await client.query(`SELECT approval_consume($1, $2, 'e', 'sync', 's')`, [approval.id, question.digest]);
  expect(await setting()).toEqual({ synchronous_commit: 'on' });
  await client.query('ROLLBACK');
  await client.end();
});

it('one question per digest is open, whoever inserts', async () => {
  await expect(
    execute(postgres.superuserUrl, row('approval').replace(digestOf('x'), (await control.get(pending))!.digest)),
  ).rejects.toMatchObject({ code: '23505' });
});

/** Columns that go with a state, so that nothing but the pair of states is in question. */
function as(state: ApprovalState): string {
  const left = state === 'used' ? 0 : 1;
  const revoked = state === 'revoked' ? `'{}'::jsonb` : 'NULL';
  return `state = '${state}', uses_left = ${left}, revoked = ${revoked}`;
}

describe('the schema knows the same state machine as the code:', () => {
  let client: Client;
  beforeAll(async () => {
    client = new Client({ connectionString: postgres.superuserUrl });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
  });

  it.each(STATES.flatMap((from) => STATES.map((to) => [from, to] as const)))('%s → %s', async (from, to) => {
    const follows = Object.values(TRANSITIONS[from]).includes(to);
    await client.query('BEGIN');
    try {
      await client.query('SET LOCAL session_replication_role = replica');
      // everything is there that the new state may want: decisions, a time that is over or not, uses
      const over = to === 'expired' ? '-' : '';
      const uses = from === 'approved' && to === 'approved' ? 3 : 1;
      const before = from === 'approved' || from === 'used' || to === 'approved' ? ', not_before = now()' : '';
      await client.query(
        `UPDATE approval SET ${as(from)}, uses = ${uses}${before}, expires = now() + interval '${over}1 minute' WHERE id = $1`,
        [pending],
      );
      await client.query('UPDATE approval SET uses_left = $2 WHERE id = $1 AND uses > 1', [pending, uses]);
      if (to === 'approved' || to === 'denied')
        await client.query(
          `INSERT INTO approval_decision (approval, iss, sub, "user", decision, rules, reason, rendering)
           VALUES ($1, 'i', 'carol', 'carol', $2, '{bulk}', 'r', '')`,
          [pending, to === 'denied' ? 'deny' : 'approve'],
        );
      await client.query('SET LOCAL session_replication_role = origin');
      const used = from === 'approved' && (to === 'approved' || to === 'used') ? ', uses_left = uses_left - 1' : '';
      const revoked = to === 'revoked' ? `, revoked = '{}'` : '';
      const change = client.query(`UPDATE approval SET state = '${to}'${used}${revoked} WHERE id = $1`, [pending]);
      if (follows) expect((await change).rowCount).toBe(1);
      else
        await expect(change).rejects.toMatchObject({
          code: '42501',
          message: expect.stringContaining('nothing leads') as string,
        });
    } finally {
      await client.query('ROLLBACK');
    }
  });
});

it('an approval whose quorum is two is no grant by one, nor with a denial', async () => {
  const { id } = await gateway.request(ask({ requirements: [requirement({ quorum: 2 })] }));
  const approval = (await control.get(id))!;
  await control.decide(id, decision(approval, 'carol'), judge);
  const grant = `UPDATE approval SET state = 'approved', not_before = clock_timestamp() WHERE id = '${id}'`;
  await expect(execute(url('control'), grant)).rejects.toMatchObject({
    code: '42501',
    message: expect.stringContaining('quorum') as string,
  });
  await control.decide(id, decision(approval, 'dora', { rules: ['another rule'] }), () => 'approve');
  await expect(execute(url('control'), grant)).rejects.toMatchObject({ code: '42501' });
});

it('a policy is kept once, by gateways and the control API, and found by its hash', async () => {
  const databases = ['gateway', 'control'].map((group) => new AuditDatabase(url(group), 1));
  const versions = new PolicyVersionStore(databases[0]!);
  const rules = [{ name: 'a', on: { target: 'crm' }, effect: 'allow' as const }];
  const version = { hash: digestOf('rules'), rules, source: 'file', by: 'root' };
  await versions.put(version);
  await versions.put({ ...version, by: 'somebody else' });
  await new PolicyVersionStore(databases[1]!).put({ ...version, hash: digestOf('more') });
  expect(await versions.get(version.hash)).toMatchObject({ ...version, at: expect.any(Date) as Date });
  expect(await versions.get(newId())).toBeNull();
  expect((await versions.list()).map(({ hash }) => hash)).toEqual([digestOf('more'), version.hash]);
  for (const database of databases) await database.close();
});
