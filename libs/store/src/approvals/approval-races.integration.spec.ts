import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { startPostgres, type TestPostgres } from '../../../../test/support/postgres.js';
import { ApprovalStores } from '../testing/approval-stores.js';
import { ask, decision, judge, newId, person, requirement } from '../testing/approvals.js';

let postgres: TestPostgres;
let stores: ApprovalStores;

beforeAll(async () => {
  postgres = await startPostgres();
  stores = await ApprovalStores.open(postgres);
});

afterAll(async () => {
  await stores.close();
  await postgres.stop();
});

describe('a decision', () => {
  it('of several at once reaches the quorum once', async () => {
    const { approval } = await stores.asked({ requirements: [requirement({ quorum: 3 })] });
    const names = ['b', 'c', 'd', 'e', 'f', 'g'];
    const answers = await Promise.allSettled(
      names.map((name) => stores.control.decide(approval.id, decision(approval, name), judge)),
    );
    const states = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.state : 'refused')).sort();
    expect(states).toEqual(['approved', 'pending', 'pending', 'refused', 'refused', 'refused']);
    expect((await stores.shown(approval.id)).decisions).toHaveLength(3);
  });

  it('and the same asked at once: the question is joined or its grant found, never asked again', async () => {
    for (let run = 0; run < 20; run += 1) {
      const { question, approval } = await stores.asked();
      const again = { ...question, id: newId(), operation: newId() };
      const [standing] = await Promise.all([
        stores.gateway.request(again),
        stores.control.decide(approval.id, decision(approval, 'carol'), judge),
      ]);
      expect(standing).toMatchObject({ id: approval.id, fresh: false });
    }
  });

  it('whose connection dies before it is committed leaves nothing half', async () => {
    const { approval } = await stores.asked();
    const cut = stores.control.decide(approval.id, decision(approval, 'carol'), async () => {
      await stores.superuser(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'control_login' AND state = 'idle in transaction'`,
      );
      return 'complete' as const;
    });
    await expect(cut).rejects.toThrow();
    expect(await stores.shown(approval.id)).toMatchObject({ state: 'pending', decisions: [] });
    expect((await stores.control.decide(approval.id, decision(approval, 'carol'), judge)).state).toBe('approved');
  });
});

describe('a use', () => {
  it('is refused of another digest, a pending, denied, used, revoked or expired one, and of none', async () => {
    const { question, approval } = await stores.granted();
    expect(await stores.use({ ...question, digest: ask().digest }, approval.id)).toBe(false);
    expect(await stores.use(question, newId())).toBe(false);
    expect(await stores.use(question, approval.id)).toBe(true);
    expect(await stores.use(question, approval.id)).toBe(false);
    const pending = await stores.asked();
    expect(await stores.use(pending.question, pending.approval.id)).toBe(false);
    const over = await stores.granted();
    await stores.runOut(over.approval.id);
    expect(await stores.use(over.question, over.approval.id)).toBe(false);
    const revoked = await stores.granted();
    await stores.control.revoke(revoked.approval.id, person('dora'), 'no');
    expect(await stores.use(revoked.question, revoked.approval.id)).toBe(false);
    const uses = await stores.superuser('SELECT count(*)::int AS n FROM approval_use WHERE approval = ANY ($1)', [
      [pending.approval.id, over.approval.id, revoked.approval.id],
    ]);
    expect(uses).toEqual([{ n: 0 }]);
  });

  it('is kept with the grant', async () => {
    const { question, approval } = await stores.granted();
    const operation = newId();
    const used = {
      id: approval.id,
      digest: question.digest,
      epoch: 'e'.repeat(32),
      operation,
      session: question.session,
    };
    await stores.gateway.consume(used);
    const { epoch, session } = used;
    expect(await stores.shown(approval.id)).toMatchObject({
      state: 'used',
      usesLeft: 0,
      usedBy: [{ useNo: 1, epoch, operation, session }],
    });
  });

  it('is one, however many race for it from two processes', async () => {
    const { question, approval } = await stores.granted();
    const script = fileURLToPath(new URL('../testing/consume-racers.mjs', import.meta.url));
    const race = (name: string) =>
      promisify(execFile)(process.execPath, [
        script,
        postgres.urlFor('gateway_login'),
        approval.id,
        question.digest,
        '500',
        name,
      ]);
    const won = (await Promise.all([race('one'), race('two')])).map(({ stdout }) => Number(stdout));
    expect(won.toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect((await stores.shown(approval.id)).usedBy).toHaveLength(1);
  }, 120_000);

  it('and a revocation at once: whoever comes first, never a use of what was revoked before', async () => {
    for (let run = 0; run < 20; run += 1) {
      const { question, approval } = await stores.granted();
      const [used, revoked] = await Promise.allSettled([
        stores.use(question, approval.id),
        stores.control.revoke(approval.id, person('dora'), 'stop'),
      ]);
      const after = await stores.shown(approval.id);
      expect(revoked.status).toBe('fulfilled');
      expect(after.state).toBe('revoked');
      const got = used.status === 'fulfilled' && used.value;
      expect([after.usedBy.length, after.usesLeft]).toEqual(got ? [1, 0] : [0, 1]);
    }
  });

  it('whose connection dies before it is committed is no use', async () => {
    const { question, approval } = await stores.granted();
    const lock = new Client({ connectionString: postgres.superuserUrl });
    await lock.connect();
    await lock.query('BEGIN');
    await lock.query('SELECT 1 FROM approval WHERE id = $1 FOR UPDATE', [approval.id]);
    const cut = stores.use(question, approval.id).then(
      () => 'used',
      () => 'failed',
    );
    const waiting = `SELECT pid FROM pg_stat_activity WHERE usename = 'gateway_login' AND wait_event_type = 'Lock'`;
    await vi.waitFor(async () => expect(await stores.superuser(waiting)).toHaveLength(1), {
      timeout: 20_000,
      interval: 20,
    });
    await stores.superuser(`SELECT pg_terminate_backend(pid) FROM (${waiting}) AS w`);
    expect(await cut).toBe('failed');
    await lock.query('COMMIT');
    await lock.end();
    expect(await stores.shown(approval.id)).toMatchObject({ state: 'approved', usesLeft: 1, usedBy: [] });
    expect(await stores.use(question, approval.id)).toBe(true);
  });
});

describe('the end', () => {
  it('by time marks what is over by the clock of the database, once, and nothing else', async () => {
    const pending = (await stores.asked()).approval;
    const unused = (await stores.granted()).approval;
    const { approval: live } = await stores.granted();
    const { question, approval: used } = await stores.granted();
    await stores.use(question, used.id);
    for (const { id } of [pending, unused, used]) await stores.runOut(id);
    expect((await stores.control.due()).map(({ id }) => id)).toEqual(expect.arrayContaining([pending.id, unused.id]));
    expect(await stores.control.expireDue(Date.now() + 60_000, [])).toEqual([]);
    expect(await stores.control.expireDue(0)).toEqual([]);
    const marked = await stores.control.expireDue(Date.now() + 60_000, [pending.id, unused.id, live.id, used.id]);
    expect(new Set(marked.map(({ id, state }) => `${id} ${state}`))).toEqual(
      new Set([`${pending.id} expired`, `${unused.id} expired`]),
    );
    expect(await stores.control.expireDue(Date.now() + 60_000, [pending.id])).toEqual([]);
    expect((await stores.shown(live.id)).state).toBe('approved');
    expect((await stores.shown(used.id)).state).toBe('used');
  });

  it('by time and a decision at once: one of them', async () => {
    for (let run = 0; run < 10; run += 1) {
      const { approval } = await stores.asked({ expires: 30 + run * 3 });
      const [decided] = await Promise.allSettled([
        stores.control.decide(approval.id, decision(approval, 'carol'), judge),
        (async () => {
          while ((await stores.control.expireDue(Date.now() + 60_000, [approval.id])).length === 0)
            if ((await stores.shown(approval.id)).state !== 'pending') break;
        })(),
      ]);
      const after = await stores.shown(approval.id);
      if (decided.status === 'rejected') expect(after).toMatchObject({ state: 'expired', decisions: [] });
      else expect(['approved', 'expired']).toContain(after.state);
      expect(after.notBefore !== null).toBe(decided.status === 'fulfilled');
    }
  });

  it('by revocation says who and why, to gateways too; a denied one cannot be revoked', async () => {
    const { approval } = await stores.granted();
    await stores.control.revoke(approval.id, person('dora'), 'second thoughts');
    expect(await stores.shown(approval.id)).toMatchObject({
      state: 'revoked',
      revoked: { by: person('dora'), reason: 'second thoughts', at: expect.any(Date) as Date },
    });
    expect(await stores.gateway.standings([approval.id])).toMatchObject([
      { state: 'revoked', by: 'dora@example.com', reason: 'second thoughts' },
    ]);
    await expect(stores.control.revoke(approval.id, person('dora'), 'again')).rejects.toMatchObject({
      code: 'settled',
    });
    await expect(stores.control.revoke(newId(), person('dora'), 'x')).rejects.toMatchObject({ code: 'not-found' });
  });
});
