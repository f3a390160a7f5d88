import { renderAccess, renderReview } from '@app/approvals';
import { startPostgres, type TestPostgres } from '../../../../test/support/postgres.js';
import { ApprovalStores } from '../testing/approval-stores.js';
import { access, alice, ask, decision, glass, judge, newId, person, requirement } from '../testing/approvals.js';
import { accessOf, shownText } from './approval-rows.js';
import type { NewApproval } from './stored-approval.js';

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

describe('a question', () => {
  it('is stored as it was asked, rendered, and waited for', async () => {
    const { question, approval } = await stores.asked({ review: { statement: 'SELECT 1 \u202e\u0000' } });
    const rendered = renderReview(question.review);
    expect(approval).toMatchObject({
      id: question.id,
      kind: 'operation',
      state: 'pending',
      digest: question.digest,
      requester: alice,
      requirements: question.requirements,
      quorum: 1,
      review: rendered.review,
      rendering: rendered.hash,
      tooLong: false,
      uses: 1,
      usesLeft: 1,
      unmask: [],
      waits: [{ operation: question.operation, until: null }],
      usedBy: [],
      revoked: null,
      lifetime: 900_000,
    });
    expect(shownText(approval)).toBe(rendered.text);
    expect(approval.expires.getTime() - approval.createdAt.getTime()).toBeGreaterThanOrEqual(899_999);
  });

  it('is one for all who ask the same at once, and each of them waits', async () => {
    const question = ask();
    const same = Array.from({ length: 24 }, () => ({ ...question, id: newId(), operation: newId() }));
    const standings = await Promise.all(same.map((each) => stores.gateway.request(each)));
    expect(new Set(standings.map(({ id }) => id)).size).toBe(1);
    expect(standings.filter(({ fresh }) => fresh)).toHaveLength(1);
    const { waits } = await stores.shown(standings[0]!.id);
    expect(waits.map(({ operation }) => operation).sort()).toEqual(same.map(({ operation }) => operation).sort());
  });

  it('asked again over a lost answer is the same one', async () => {
    const question = ask();
    const first = await stores.gateway.request(question);
    expect(await stores.gateway.request(question)).toEqual(first);
    await stores.control.decide(
      first.id,
      decision(await stores.shown(first.id), 'carol', { decision: 'deny', reason: 'no' }),
      judge,
    );
    expect(await stores.gateway.request(question)).toMatchObject({
      id: question.id,
      state: 'denied',
      by: 'carol@example.com',
      reason: 'no',
    });
  });

  it('finds the unused grant, and asks anew once that is used, denied or over', async () => {
    const { question, approval } = await stores.granted();
    const again = { ...question, id: newId(), operation: newId() };
    expect(await stores.gateway.request(again)).toMatchObject({ id: approval.id, state: 'approved', fresh: false });
    expect(await stores.use(question, approval.id)).toBe(true);
    expect(await stores.gateway.request(again)).toMatchObject({ id: again.id, state: 'pending', fresh: true });
    await stores.control.decide(
      again.id,
      decision(await stores.shown(again.id), 'carol', { decision: 'deny', reason: 'no' }),
      judge,
    );
    const third = { ...question, id: newId() };
    expect(await stores.gateway.request(third)).toMatchObject({ id: third.id, state: 'pending' });
  });

  it('whose time is over, noted or not, is expired for gateways and stands in the way of nothing', async () => {
    const { question, approval } = await stores.asked();
    await stores.runOut(approval.id);
    expect(await stores.gateway.standings([approval.id])).toMatchObject([{ state: 'expired' }]);
    const again = { ...question, id: newId() };
    expect(await stores.gateway.request(again)).toMatchObject({ id: again.id, state: 'pending', fresh: true });
    expect((await stores.control.expireDue(Date.now() + 60_000, [approval.id])).map(({ state }) => state)).toEqual([
      'expired',
    ]);
    expect((await stores.shown(again.id)).state).toBe('pending');
  });

  it('without a rule, without a reviewer, or of another kind is refused', async () => {
    await expect(stores.gateway.request(ask({ requirements: [] }))).rejects.toMatchObject({ code: '42501' });
    await expect(stores.gateway.request(ask({ requirements: [requirement({ quorum: 0 })] }))).rejects.toMatchObject({
      code: '42501',
    });
    const forged = { ...ask(), kind: 'break-glass' } as unknown as NewApproval;
    await expect(stores.gateway.request(forged)).rejects.toMatchObject({ code: '42501' });
  });
});

describe('leaving', () => {
  it.each([
    ['cancelled', 'withdrawn'],
    ['disconnected', 'withdrawn'],
    ['patience', 'pending'],
    ['shutdown', 'pending'],
  ])('%s by the last who waits leaves it %s', async (why, state) => {
    const question = ask();
    const other = { ...question, id: newId(), operation: newId() };
    const { id } = await stores.gateway.request(question);
    await stores.gateway.request(other);
    await stores.gateway.leave(id, question.operation, why);
    expect((await stores.shown(id)).state).toBe('pending');
    await stores.gateway.leave(id, other.operation, why);
    const left = await stores.shown(id);
    expect(left.state).toBe(state);
    expect(left.waits.map((wait) => [wait.why, wait.until instanceof Date])).toEqual([
      [why, true],
      [why, true],
    ]);
  });

  it('by whatever way ends the question about the rest of a result', async () => {
    const { question, approval } = await stores.asked({ kind: 'rows' });
    await stores.gateway.leave(approval.id, question.operation, 'patience');
    expect((await stores.shown(approval.id)).state).toBe('withdrawn');
  });

  it('twice, or by somebody who never waited, changes nothing', async () => {
    const { question, approval } = await stores.asked();
    await stores.gateway.leave(approval.id, newId(), 'cancelled');
    await stores.gateway.leave(approval.id, question.operation, 'patience');
    await stores.gateway.leave(approval.id, question.operation, 'cancelled');
    expect(await stores.shown(approval.id)).toMatchObject({ state: 'pending', waits: [{ why: 'patience' }] });
  });

  it('does not take a grant away', async () => {
    const { question, approval } = await stores.granted();
    await stores.gateway.leave(approval.id, question.operation, 'disconnected');
    expect((await stores.shown(approval.id)).state).toBe('approved');
  });
});

describe('a decision', () => {
  it('gives a grant that lives its whole time from then on', async () => {
    const { approval } = await stores.granted();
    expect(approval.state).toBe('approved');
    expect(approval.expires.getTime() - approval.notBefore!.getTime()).toBe(approval.lifetime);
    expect(approval.decidedAt).toEqual(approval.notBefore);
    expect(approval.decisions).toMatchObject([
      { by: person('carol'), decision: 'approve', rules: ['bulk'], unmask: null },
    ]);
    expect(await stores.gateway.standings([approval.id])).toMatchObject([
      { state: 'approved', by: 'carol@example.com', expires: approval.expires.getTime() },
    ]);
  });

  it('of one of two leaves it pending; the second completes it, with the classes both let through', async () => {
    const { approval } = await stores.asked({ requirements: [requirement({ quorum: 2 })] });
    const first = await stores.control.decide(
      approval.id,
      decision(approval, 'carol', { unmask: ['email', 'name'] }),
      judge,
    );
    expect(first.state).toBe('pending');
    const second = await stores.control.decide(approval.id, decision(approval, 'dora', { unmask: ['email'] }), judge);
    expect(second).toMatchObject({ state: 'approved', unmask: ['email'] });
  });

  it('lets through unmasked nothing that was not asked for or shown', async () => {
    const { approval } = await stores.asked();
    const seen = decision(approval, 'carol', { unmask: ['email', 'health'] });
    expect((await stores.control.decide(approval.id, seen, judge)).unmask).toEqual(['email']);
    const wanted = await stores.control.requestAccess(access());
    const more = decision(wanted, 'carol', { rules: ['access'], unmask: ['email'] });
    expect((await stores.control.decide(wanted.id, more, judge)).unmask).toEqual([]);
    await stores.control.revoke(wanted.id, person('carol'), 'done');
  });

  it.each([
    ['the same person', person('carol'), 'decided-already'],
    ['the same sub under another user', { ...person('carol'), user: 'admin@example.com' }, 'decided-already'],
    ['the same user in another case', { ...person('carol'), sub: 'x', user: 'CAROL@example.com' }, 'decided-already'],
    ['the requester', person('alice'), 'not-allowed'],
    ['a second account of the requester', { ...person('alice'), user: 'a2@example.com' }, 'not-allowed'],
  ])('by %s is refused, and nothing of it stays', async (_, by, code) => {
    const { approval } = await stores.asked({ requirements: [requirement({ quorum: 2 })] });
    await stores.control.decide(approval.id, decision(approval, 'carol'), judge);
    await expect(stores.control.decide(approval.id, decision(approval, 'x', { by }), judge)).rejects.toMatchObject({
      code,
    });
    expect((await stores.shown(approval.id)).decisions).toHaveLength(1);
  });

  it('is refused about what was not shown, was too long, is over, or is settled', async () => {
    const { approval } = await stores.asked();
    const seen = decision(approval, 'carol');
    await expect(stores.control.decide(newId(), seen, judge)).rejects.toMatchObject({ code: 'not-found' });
    await expect(stores.control.decide(approval.id, { ...seen, rendering: 'sha256:0' }, judge)).rejects.toMatchObject({
      code: 'rendering',
    });
    const long = (await stores.asked({ review: { statement: 'x'.repeat(70_000) } })).approval;
    await expect(stores.control.decide(long.id, decision(long, 'carol'), judge)).rejects.toMatchObject({
      code: 'too-long',
    });
    expect(
      (await stores.control.decide(long.id, decision(long, 'carol', { decision: 'deny', reason: 'long' }), judge))
        .state,
    ).toBe('denied');
    await expect(stores.control.decide(long.id, decision(long, 'dora'), judge)).rejects.toMatchObject({
      code: 'settled',
      state: 'denied',
    });
    await stores.runOut(approval.id);
    await expect(stores.control.decide(approval.id, seen, judge)).rejects.toMatchObject({ code: 'expired' });
  });

  it('is undone by whatever its judge throws, and by a judge who says what the quorum does not', async () => {
    const { approval } = await stores.asked({ requirements: [requirement({ quorum: 2 })] });
    const seen = decision(approval, 'carol');
    await expect(
      stores.control.decide(approval.id, seen, () => Promise.reject(new Error('not durable'))),
    ).rejects.toThrow('not durable');
    await expect(stores.control.decide(approval.id, seen, () => 'complete')).rejects.toMatchObject({
      code: 'not-allowed',
    });
    for (const event of ['use', 'use-up', 'revoke', 'withdraw', 'expire', 'deny'] as const)
      await expect(stores.control.decide(approval.id, seen, () => event)).rejects.toMatchObject({ code: 'settled' });
    expect(await stores.shown(approval.id)).toMatchObject({ state: 'pending', decisions: [] });
  });
});

describe('access ahead of time', () => {
  it('is a grant once it is approved, for its duration, with the classes it was given', async () => {
    const wanted = access({ unmask: ['email'] });
    const pending = await stores.control.requestAccess(wanted);
    expect(pending).toMatchObject({
      kind: 'access',
      state: 'pending',
      target: 'crm',
      uses: null,
      unmask: ['email'],
      review: null,
    });
    const again = await stores.shown(wanted.id);
    expect(renderAccess(accessOf(again)!).hash).toBe(again.rendering);
    expect(shownText(again)).toContain('Scope, area: a');
    expect(await stores.gateway.activeGrants()).toEqual([]);
    const seen = decision(pending, 'carol', { rules: ['access'] });
    const { notBefore, expires } = await stores.control.decide(wanted.id, seen, judge);
    expect(expires.getTime() - notBefore!.getTime()).toBe(wanted.duration);
    expect(await stores.gateway.activeGrants()).toEqual([
      {
        id: wanted.id,
        kind: 'access',
        requester: alice,
        scope: wanted.scope,
        unmask: ['email'],
        notBefore: notBefore!.getTime(),
        expires: expires.getTime(),
      },
    ]);
    expect(await stores.use({ ...ask(), digest: pending.digest }, wanted.id)).toBe(false);
    await stores.control.revoke(wanted.id, person('dora'), 'over');
    expect(await stores.gateway.activeGrants()).toEqual([]);
  });

  it('in an emergency is a grant at once, for an hour at most, and reviewed once by somebody else', async () => {
    await expect(stores.control.breakGlass(glass({ duration: 3_600_001 }))).rejects.toMatchObject({
      code: 'not-allowed',
    });
    const broken = await stores.control.breakGlass(glass());
    expect(broken).toMatchObject({ kind: 'break-glass', state: 'approved', incident: 'INC-7', glassReview: null });
    expect(broken.reviewDue!.getTime() - broken.createdAt.getTime()).toBeGreaterThan(71 * 3_600_000);
    expect((await stores.gateway.activeGrants()).map(({ id, kind }) => [id, kind])).toEqual([
      [broken.id, 'break-glass'],
    ]);
    expect((await stores.control.list({ unreviewed: true, limit: 10 })).items.map(({ id }) => id)).toEqual([broken.id]);
    const verdict = { verdict: 'justified', reason: 'it burnt' } as const;
    await expect(stores.control.reviewGlass(broken.id, { by: person('root'), ...verdict })).rejects.toMatchObject({
      code: 'not-allowed',
    });
    await stores.runOut(broken.id);
    await stores.control.expireDue(Date.now() + 60_000, [broken.id]);
    const reviewed = await stores.control.reviewGlass(broken.id, { by: person('dave'), ...verdict });
    expect(reviewed).toMatchObject({ state: 'expired', glassReview: { by: person('dave'), ...verdict } });
    await expect(stores.control.reviewGlass(broken.id, { by: person('carol'), ...verdict })).rejects.toMatchObject({
      code: 'decided-already',
    });
    expect((await stores.control.list({ unreviewed: true, limit: 10 })).items).toEqual([]);
    const { approval } = await stores.asked();
    await expect(stores.control.reviewGlass(approval.id, { by: person('dave'), ...verdict })).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});

describe('the list', () => {
  it('is newest first, page by page, by state, kind and requester', async () => {
    const requester = { ...alice, sub: 'lister', user: 'lister@example.com' };
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift((await stores.asked({ requester })).approval.id);
    const mine = { requester, limit: 2 };
    const first = await stores.control.list(mine);
    const second = await stores.control.list({ ...mine, cursor: first.next! });
    const third = await stores.control.list({ ...mine, cursor: second.next! });
    expect([first, second, third].map(({ items }) => items.map(({ id }) => id))).toEqual([
      ids.slice(0, 2),
      ids.slice(2, 4),
      ids.slice(4),
    ]);
    expect(third.next).toBeNull();
    expect((await stores.control.list({ ...mine, states: ['denied'] })).items).toEqual([]);
    expect((await stores.control.list({ ...mine, kinds: ['access'] })).items).toEqual([]);
    expect((await stores.control.list({ ...mine, requester: { ...requester, iss: 'other' } })).items).toEqual([]);
    await expect(stores.control.list({ ...mine, cursor: 'x' })).rejects.toThrow('cursor');
  });
});

it('every change that people must be told of stands in the outbox, by the transaction that made it', async () => {
  const { question, approval } = await stores.granted();
  await stores.use(question, approval.id);
  await stores.control.revoke(approval.id, person('dora'), 'stop');
  const over = (await stores.asked()).approval;
  await stores.runOut(over.id);
  await stores.control.expireDue(Date.now() + 60_000, [over.id]);
  const { id: broken } = await stores.control.breakGlass(glass());
  const kinds = async (id: string) =>
    (
      await stores.superuser(
        "SELECT kind, payload->>'state' AS state FROM notification WHERE approval = $1 ORDER BY created_at",
        [id],
      )
    ).map(({ kind, state }) => `${String(kind)} ${String(state)}`);
  expect(await kinds(approval.id)).toEqual(['requested pending', 'decided approved', 'decided revoked']);
  expect(await kinds(over.id)).toEqual(['requested pending', 'expired expired']);
  expect(await kinds(broken)).toEqual(['glass approved']);
});
