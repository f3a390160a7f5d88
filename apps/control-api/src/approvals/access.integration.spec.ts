import { compilePolicy, type Rule } from '@app/policy';
import { PolicyVersionStore } from '@app/store';
import { ApprovalWorld } from '../testing/approval-world.js';
import { ApprovalMetrics } from './approval-metrics.js';
import type { Answer } from '../testing/running-control.js';

let world: ApprovalWorld;
const scope = { targets: ['crm'], does: ['read'] };
const ask = { scope, duration: '2h', reason: 'incident 7' };
const post = (path: string, as: string, body: object): Promise<Answer> => world.control.call('POST', path, as, body);
const get = (path: string, as: string): Promise<Answer> => world.control.get(path, as);
const ids = (answer: Answer): unknown[] => answer.json.items.map((item) => item['id']);
const idOf = (answer: Answer): string => String(answer.json['id']);

beforeAll(async () => {
  world = await ApprovalWorld.start();
});

afterAll(() => world?.stop());

describe('access ahead of time', () => {
  it.each<[string, object]>([
    ['without a reason', { reason: ' ' }],
    ['for ever', { duration: '31d' }],
    ['for no time', { duration: '0s' }],
    ['for a duration that is none', { duration: 'a while' }],
    ['to no target', { scope: { targets: [] } }],
    ['to a pattern that is none', { scope: { targets: ['{a'] } }],
    ['to what a scope does not know', { scope: { ...scope, where: 'anywhere' } }],
  ])('is not asked for %s', async (_, over) => {
    expect((await post('/v1/access-requests', 'alice', { ...ask, ...over })).json).toMatchObject({
      status: 400,
      code: 'bad-request',
    });
  });

  it('asks whom the rules would ask, and once approved is a grant in force', async () => {
    const asked = await post('/v1/access-requests', 'alice', { ...ask, unmask: ['email', 'phone'] });
    expect(asked.status).toBe(201);
    expect(asked.json).toMatchObject({
      kind: 'access',
      state: 'pending',
      scope,
      reason: 'incident 7',
      unmask: ['email', 'phone'],
      requirements: [{ rule: 'bulk export', owner: 'erin@example.com', reviewers: { groups: ['privacy'] } }],
      text: expect.stringContaining('For: 120 minutes') as string,
    });
    const id = idOf(asked);
    expect(world.events('access.requested', id)).toMatchObject([
      { by: { sub: 'alice-sub' }, scope, asked: ['bulk export'] },
    ]);
    expect(ids(await get('/v1/grants', 'alice'))).toEqual([]);
    expect((await world.decide(id, world.control.tokenOf('alice', { groups: ['privacy'] }))).status).toBe(403);
    expect((await world.decide(id, 'carol', { unmask: ['secret'] })).status).toBe(400);
    const granted = await world.decide(id, 'carol', { unmask: ['email'] });
    expect(granted.json).toMatchObject({ state: 'approved', unmask: ['email'], uses: null });
    expect(Date.parse(String(granted.json['expires'])) - Date.parse(String(granted.json['decidedAt']))).toBe(7_200_000);
    for (const as of ['alice', 'dave', 'root']) expect(ids(await get('/v1/grants', as))).toEqual([id]);
    expect(ids(await get('/v1/grants', 'bob'))).toEqual([]);
    expect(await world.gateway.activeGrants()).toMatchObject([{ id, kind: 'access', scope, unmask: ['email'] }]);
    expect((await post(`/v1/approvals/${id}/revoke`, 'carol', { reason: 'over' })).json).toMatchObject({
      state: 'revoked',
    });
    expect(await world.gateway.activeGrants()).toEqual([]);
    expect(ids(await get('/v1/grants', 'alice'))).toEqual([]);
  });

  it('asked for through an agent is for that agent', async () => {
    const autogen = world.control.tokenOf('alice', { act: { sub: 'autogen' } });
    expect((await post('/v1/access-requests', autogen, ask)).json).toMatchObject({ requester: { act: ['autogen'] } });
  });

  it('cannot be approved by those whom the rules do not ask any more', async () => {
    const id = idOf(await post('/v1/access-requests', 'alice', ask));
    world.control.changeRules((rules) => [
      ...rules,
      { ...rules[1]!, name: 'of production', approval: { ...rules[1]!.approval!, reviewers: { groups: ['dba'] } } },
    ]);
    const answer = await world.decide(id, 'carol');
    expect(answer.json).toMatchObject({ status: 409, code: 'conflict' });
    const { json } = await post('/v1/access-requests', 'alice', ask);
    expect(json).toMatchObject({ requirements: [{ rule: 'bulk export' }, { rule: 'of production' }] });
    expect((await world.decide(String(json['id']), 'carol')).json).toMatchObject({ state: 'pending' });
    world.control.changeRules((rules) => rules);
    expect((await world.decide(id, 'carol')).json).toMatchObject({ state: 'approved' });
  });

  it('to what no rule holds asks one reviewer', async () => {
    const { json } = await post('/v1/access-requests', 'alice', { ...ask, scope: { targets: ['prod'] } });
    expect(json).toMatchObject({ requirements: [{ rule: 'access ahead of time', quorum: 1 }] });
    expect((await world.decide(String(json['id']), 'root')).status).toBe(403);
    expect((await world.decide(String(json['id']), 'carol')).json).toMatchObject({ state: 'approved' });
  });
});

describe('a broken glass', () => {
  const emergency = { ...ask, duration: '30m', incident: 'INC-7' };

  it('is for those who hold the role, themselves, with reason and incident, for an hour at most', async () => {
    for (const as of ['alice', 'carol', 'dave', world.control.tokenOf('root', { act: { sub: 'autogen' } })])
      expect((await post('/v1/break-glass', as, emergency)).json).toMatchObject({ status: 403 });
    for (const over of [{ duration: '61m' }, { incident: '' }, { reason: '' }])
      expect((await post('/v1/break-glass', 'root', { ...emergency, ...over })).status).toBe(400);
    expect(await world.gateway.activeGrants()).not.toContainEqual(expect.objectContaining({ kind: 'break-glass' }));
  });

  it('is in force at once, is recorded, told to everyone, and looked at by somebody else', async () => {
    const broken = await post('/v1/break-glass', 'root', emergency);
    expect(broken.status).toBe(201);
    expect(broken.json).toMatchObject({
      kind: 'break-glass',
      state: 'approved',
      incident: 'INC-7',
      glass: { overdue: false, reviewed: null },
    });
    const id = idOf(broken);
    expect(world.events('glass.broken', id)).toMatchObject([
      { by: { sub: 'root-sub' }, incident: 'INC-7', reason: 'incident 7' },
    ]);
    expect(await world.gateway.activeGrants()).toContainEqual(expect.objectContaining({ id, kind: 'break-glass' }));
    await world.tamper(`UPDATE approval SET review_due = now() - interval '1 minute' WHERE id = '${id}'`);
    expect((await world.show(id, 'dave')).json).toMatchObject({ glass: { overdue: true } });
    const review = (as: string): Promise<Answer> =>
      post(`/v1/break-glass/${id}/review`, as, { verdict: 'justified', reason: 'it burned' });
    for (const as of ['root', world.control.tokenOf('root', { sub: 'second', groups: ['privacy'] })])
      expect((await review(as)).json).toMatchObject({ status: 403 });
    expect((await review('alice')).status).toBe(404);
    expect((await review('dave')).json).toMatchObject({
      glass: { overdue: false, reviewed: { by: { user: 'dave@example.com' } } },
    });
    expect((await review('carol')).json).toMatchObject({ status: 409 });
    expect(world.events('glass.reviewed', id)).toMatchObject([{ verdict: 'justified', by: { sub: 'dave-sub' } }]);
    const notices = await world.controlDatabase.query<{ kind: string }>(
      'SELECT kind FROM notification WHERE approval = $1',
      [id],
    );
    expect(notices).toContainEqual({ kind: 'glass' });
  });

  it('is no approval to be decided, nor is an approval a glass', async () => {
    const id = idOf(await post('/v1/break-glass', 'root', emergency));
    expect((await world.decide(id, 'carol')).status).toBe(403);
    const other = await world.ask();
    const body = { verdict: 'justified', reason: 'no' };
    expect((await post(`/v1/break-glass/${other}/review`, 'dave', body)).status).toBe(404);
  });
});

describe('the metrics', () => {
  it('tell what waits and what is overdue', async () => {
    const open = idOf(await post('/v1/break-glass', 'root', { ...ask, duration: '30m', incident: 'INC-8' }));
    await world.tamper(`UPDATE approval SET review_due = now() - interval '1 minute' WHERE id = '${open}'`);
    await world.ask();
    await world.control.app.get(ApprovalMetrics).refresh();
    const { body } = await world.control.app.inject({ url: '/metrics' });
    const value = (name: string): number =>
      Number(new RegExp(`^sallyport_${name} (\\S+)$`, 'm').exec(body.replace(/\{[^}]*\}/g, ''))?.[1]);
    expect(value('approvals_pending')).toBeGreaterThan(0);
    expect(value('approvals_oldest_pending_seconds')).toBeGreaterThan(0);
    expect(value('approvals_glass_overdue')).toBe(1);
    expect(body).toMatch(/^sallyport_approvals\{.*state="approved".*\} [1-9]/m);
    expect(body).toMatch(/^sallyport_approvals\{.*state="used".*\} 0$/m);
  });
});

describe('the policy', () => {
  const older: Rule[] = [{ name: 'analysts read the CRM', on: { target: 'crm' }, effect: 'allow' }];
  const select = { target: 'crm', effect: 'read', verb: 'SELECT', objects: ['crm.public.customers'], reads: ['email'] };

  it('is read by those who answer for it, with its versions and what changed', async () => {
    const { hash } = compilePolicy(older);
    await new PolicyVersionStore(world.gatewayDatabase).put({ hash, rules: older, source: 'file', by: 'root' });
    for (const path of ['', '/versions', `/versions/${hash}`, `/diff?from=${hash}`])
      expect((await get(`/v1/policy${path}`, 'alice')).json).toMatchObject({ status: 403 });
    const { json } = await get('/v1/policy', 'carol');
    expect(json['rules']).toHaveLength(3);
    expect((await get('/v1/policy/versions', 'dave')).json.items).toMatchObject([{ hash, by: 'root', current: false }]);
    expect((await get(`/v1/policy/versions/${hash}`, 'root')).json).toMatchObject({ hash, rules: older });
    expect((await get(`/v1/policy/diff?from=${hash}`, 'root')).json).toMatchObject({
      from: hash,
      to: json['hash'],
      added: [{ name: 'no destructive statements' }, { name: 'bulk export' }],
      removed: [],
      changed: [{ name: 'analysts read the CRM', keys: ['on.does', 'who.groups'] }],
    });
    expect((await get(`/v1/policy/versions/sha256:${'0'.repeat(64)}`, 'root')).status).toBe(404);
    expect((await get('/v1/policy/diff?from=x', 'root')).status).toBe(400);
  });

  it('says what it would decide, and of each rule why', async () => {
    const check = (as: string, body: object): Promise<Answer> => post('/v1/policy/check', as, body);
    expect((await check('alice', { operation: select })).json).toMatchObject({
      decision: { effect: 'allow', rules: ['analysts read the CRM'], approval: null },
      explain: [
        { rule: 'analysts read the CRM', matched: true },
        { rule: 'bulk export', matched: true, rowsOver: 100 },
      ],
    });
    expect((await check('alice', { operation: { ...select, rows: 5_000 } })).json).toMatchObject({
      decision: { effect: 'hold', rules: ['bulk export'], approval: { requirements: [{ rule: 'bulk export' }] } },
    });
    const drop = { target: 'crm', effect: 'schema', verb: 'DROP TABLE' };
    const { json } = await check('dave', { principal: { user: 'zoe', groups: ['other'] }, operation: drop });
    expect(json).toMatchObject({
      decision: { effect: 'deny', rules: ['no destructive statements'] },
      explain: [
        { matched: false, failed: { key: 'who.groups' }, why: expect.stringContaining('other') as string },
        {},
        {},
      ],
    });
    expect((await check('alice', { principal: { user: 'zoe' }, operation: drop })).status).toBe(403);
    expect((await check('alice', { operation: { target: 'crm' } })).status).toBe(400);
    const sql = (await check('alice', { operation: { target: 'crm', sql: 'SELECT 1' } })).json;
    expect(sql['detail']).toMatch(/^"operation\.sql": cannot be described here/);
    const elsewhere = await check('alice', {
      operation: select,
      address: 'nowhere',
      policy: `sha256:${'0'.repeat(64)}`,
    });
    expect(elsewhere.json).toMatchObject({ status: 403 });
    expect((await check('carol', { operation: select, address: 'nowhere' })).status).toBe(200);
  });
});
