import { ApprovalWorld, type Asked } from '../testing/approval-world.js';
import type { Answer } from '../testing/running-control.js';

let world: ApprovalWorld;
const seconds = (): number => Math.floor(Date.now() / 1000);
const token = (name: string, over: object = {}): string => world.control.tokenOf(name, { ...over });
/** people who are no people of the sample */
const someone = (name: string, over: object = {}): string => token(name, { groups: ['privacy'], ...over });
const ids = (answer: Answer): unknown[] => answer.json.items.map((item) => item['id']);

beforeAll(async () => {
  world = await ApprovalWorld.start();
});

afterAll(() => world?.stop());

describe('nobody decides about what is their own', () => {
  it.each<[string, () => string, Asked?]>([
    ['the requester as a reviewer', () => token('alice', { groups: ['privacy'] })],
    ['the requester as an administrator', () => token('alice', { groups: ['platform'] })],
    ['the requester with every role', () => token('alice', { groups: ['privacy', 'platform', 'audit', 'analysts'] })],
    [
      'the requester through a second group',
      () => token('alice', { groups: ['second'] }),
      {
        requirements: [{ reviewers: { groups: ['privacy', 'second'], users: [] } }],
      },
    ],
    [
      'the requester named as a user',
      () => token('alice'),
      {
        requirements: [{ reviewers: { groups: [], users: ['*@example.com'] } }],
      },
    ],
    ['another account of the same subject', () => someone('alice', { email: 'alice.k@example.com' })],
    ['another subject of the same user', () => someone('other', { email: 'ALICE@example.com' })],
    ['the agent by its own identity', () => someone('autogen', { sub: 'autogen', email: 'autogen@example.com' })],
    ['the agent by its user name', () => someone('bot', { email: 'autogen' })],
    ['the program of the chain', () => someone('crm-bot', { sub: 'crm-bot' }), { azp: 'crm-bot' }],
    ['a reviewer through an agent', () => token('carol', { act: { sub: 'helper' } })],
    ['the owner of the rule', () => someone('erin')],
    ['an administrator who is no reviewer', () => token('root')],
    ['an auditor who is no reviewer', () => token('dave')],
    ['somebody else', () => token('bob')],
    ['a reviewer who has left the group', () => token('carol', { groups: ['other'] })],
    [
      'a reviewer of another rule',
      () => token('carol'),
      {
        requirements: [{ reviewers: { groups: ['dba'], users: [] } }],
      },
    ],
  ])('%s', async (_, as, asked) => {
    const id = await world.ask(asked);
    for (const decision of ['approve', 'deny']) {
      const answer = await world.decide(id, as(), { decision, reason: 'because' });
      expect([403, 404]).toContain(answer.status);
    }
    expect(await world.stored(id)).toMatchObject({ state: 'pending', decisions: [] });
    expect(world.events('approval.decided', id)).toEqual([]);
  });
});

describe('a decision', () => {
  it('is recorded with what was shown, and then made', async () => {
    const id = await world.ask();
    const { json } = await world.show(id, 'carol');
    expect(json).toMatchObject({
      state: 'pending',
      kind: 'operation',
      summary: 'SELECT email FROM customers',
      requester: { user: 'alice@example.com', act: ['autogen'], purpose: 'support' },
      requirements: [{ rule: 'bulk export', quorum: 1, approved: 0 }],
      you: { mayDecide: true, why: null },
      waits: [{ until: null }],
    });
    expect(json['text']).toContain('Estimated rows: 12000');
    const answer = await world.decide(id, 'carol', { reason: 'ticket 7', unmask: ['email'] });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      state: 'approved',
      usesLeft: 1,
      unmask: ['email'],
      decisions: [
        { by: { user: 'carol@example.com' }, decision: 'approve', rules: ['bulk export'], reason: 'ticket 7' },
      ],
      you: { mayDecide: false, decided: true },
    });
    expect(world.events('approval.decided', id)).toMatchObject([
      {
        by: { sub: 'carol-sub' },
        decision: 'approve',
        becomes: 'approved',
        digest: json['digest'],
        rendering: json['rendering'],
        signature: expect.stringMatching(/^hmac-sha256:[0-9a-f]{64}$/) as string,
      },
    ]);
  });

  it('that denies needs a reason, and is the end of it', async () => {
    const id = await world.ask();
    expect((await world.decide(id, 'carol', { decision: 'deny' })).json).toMatchObject({ status: 400 });
    const denied = await world.decide(id, 'carol', { decision: 'deny', reason: 'not without a ticket' });
    expect(denied.json).toMatchObject({ state: 'denied', decisions: [{ reason: 'not without a ticket' }] });
    const late = await world.decide(id, someone('frank'));
    expect(late.json).toMatchObject({ status: 409, code: 'conflict' });
    expect(late.json['detail']).toMatch(/^it is denied already, by carol@example\.com at /);
    expect(await world.stored(id)).toMatchObject({ state: 'denied', decisions: [{ decision: 'deny' }] });
  });

  it('is about what was shown and nothing else', async () => {
    const id = await world.ask();
    const other = { rendering: `sha256:${'0'.repeat(64)}` };
    expect((await world.decide(id, 'carol', other)).json).toMatchObject({ status: 409, code: 'conflict' });
    expect((await world.decide(id, 'carol', { rendering: 'as shown' })).status).toBe(400);
    expect((await world.decide(id, 'carol', { unmask: ['secret'] })).status).toBe(400);
    expect((await world.decide(id, 'carol', { note: 'unknown' })).status).toBe(400);
    expect(world.events('approval.decided', id)).toEqual([]);
  });

  it('cannot approve what is too long to be shown, only deny it', async () => {
    const id = await world.ask({ statement: `SELECT '${'x'.repeat(100_000)}'` });
    expect((await world.show(id, 'carol')).json).toMatchObject({ tooLong: true });
    expect((await world.decide(id, 'carol')).json).toMatchObject({ status: 409 });
    const denied = await world.decide(id, 'carol', { decision: 'deny', reason: 'unreadable' });
    expect(denied.json).toMatchObject({ state: 'denied' });
  });

  it('of two takes two people, and each once', async () => {
    const id = await world.ask({ requirements: [{ quorum: 2 }] });
    const first = await world.decide(id, 'carol');
    expect(first.json).toMatchObject({ state: 'pending', requirements: [{ quorum: 2, approved: 1 }] });
    expect((await world.decide(id, 'carol')).json).toMatchObject({ status: 409, code: 'conflict' });
    // the same subject under another user name is the same person
    const again = await world.decide(id, someone('carol', { email: 'c@example.com' }));
    expect(again.status).not.toBe(200);
    expect(await world.stored(id)).toMatchObject({ state: 'pending' });
    expect((await world.decide(id, someone('frank'))).json).toMatchObject({ state: 'approved' });
    expect(world.events('approval.decided', id)).toMatchObject([{ becomes: 'pending' }, { becomes: 'approved' }]);
  });

  it('by two rules takes both', async () => {
    const reviewers = { groups: ['dba'], users: [] };
    const id = await world.ask({ requirements: [{}, { rule: 'production', reviewers }] });
    expect((await world.decide(id, 'carol')).json).toMatchObject({
      state: 'pending',
      decisions: [{ rules: ['bulk export'] }],
    });
    expect((await world.decide(id, someone('gina', { groups: ['dba'] }))).json).toMatchObject({ state: 'approved' });
  });

  it('may ask for a strong and recent sign-in', async () => {
    const id = await world.ask({ requirements: [{ stepUp: { acr: ['mfa'], within: 300_000 } }] });
    for (const claims of [
      {},
      { acr: 'password', auth_time: seconds() },
      { acr: 'mfa', auth_time: seconds() - 3_600 },
    ]) {
      const answer = await world.decide(id, token('carol', claims));
      expect(answer.json).toMatchObject({ status: 403, code: 'forbidden' });
      expect(answer.json['detail']).toMatch(/^You must have signed in by mfa within the last 300 seconds/);
    }
    const strong = token('carol', { acr: 'mfa', auth_time: seconds() - 10 });
    expect((await world.decide(id, strong)).json).toMatchObject({ state: 'approved' });
  });

  it('is made once when several come at the same moment', async () => {
    const id = await world.ask();
    const answers = await Promise.all(['h', 'i', 'j', 'k', 'l'].map((name) => world.decide(id, someone(name))));
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([
      200, 409, 409, 409, 409,
    ]);
    expect(await world.stored(id)).toMatchObject({ state: 'approved', decisions: [{}] });
    expect(world.events('approval.decided', id)).toHaveLength(1);
  });

  it('is never made by reading', async () => {
    const id = await world.ask();
    const rendering = (await world.stored(id))?.rendering ?? '';
    const query = `decision=approve&rendering=${encodeURIComponent(rendering)}`;
    for (const method of ['GET', 'HEAD', 'OPTIONS'] as const)
      for (const path of [`/${id}/decision`, `/${id}/decision?${query}`, `/${id}/revoke?reason=x`]) {
        const answer = await world.control.app.inject({
          method,
          url: `/v1/approvals${path}`,
          headers: { authorization: `Bearer ${token('carol')}`, 'x-http-method-override': 'POST' },
        });
        expect([404, 405]).toContain(answer.statusCode);
      }
    expect((await world.control.get(`/v1/approvals/${id}?${query}`, 'carol')).status).toBe(400);
    expect(await world.stored(id)).toMatchObject({ state: 'pending', decisions: [] });
  });
});

describe('an approval', () => {
  it('is there for who asked, for its reviewers, for auditors, and in outline for administrators', async () => {
    const id = await world.ask();
    for (const as of [
      token('alice'),
      token('alice', { act: { sub: 'autogen' } }),
      token('carol'),
      token('dave'),
      someone('erin'),
    ])
      expect((await world.show(id, as)).json).toMatchObject({
        id,
        text: expect.stringContaining('FROM customers') as string,
      });
    expect((await world.show(id, 'root')).json).toMatchObject({ id, text: null, review: null, summary: '' });
    for (const as of ['bob', token('alice', { sub: 'another', email: 'alice@other.example' })])
      expect((await world.show(id, as)).status).toBe(404);
    expect(ids(await world.control.get('/v1/approvals?limit=1', 'bob'))).toEqual([]);
    expect(ids(await world.control.get('/v1/approvals?limit=1&mine=true', 'alice'))).toEqual([id]);
    expect(ids(await world.control.get('/v1/approvals?limit=1&toDecide=true', 'carol'))).toEqual([id]);
    expect(ids(await world.control.get('/v1/approvals?limit=1&toDecide=true', someone('erin')))).toEqual([]);
    expect(ids(await world.control.get('/v1/approvals?state=denied,revoked', 'dave'))).not.toContain(id);
    expect((await world.control.get('/v1/approvals?state=open', 'dave')).status).toBe(400);
  });

  it('is listed page by page, each once', async () => {
    const all = ids(await world.control.get('/v1/approvals?limit=100', 'dave'));
    const found: unknown[] = [];
    let next: string | null = '';
    do {
      const page: Answer = await world.control.get(`/v1/approvals?limit=7${next ? `&cursor=${next}` : ''}`, 'dave');
      found.push(...ids(page));
      ({ next } = page.json);
    } while (next !== null);
    expect(found).toEqual(all);
    expect((await world.control.get('/v1/approvals?cursor=x', 'dave')).json).toMatchObject({ code: 'bad-cursor' });
  });

  it('is revoked by who asked, its reviewers or an administrator, with a reason, while there is something to revoke', async () => {
    const revoke = (id: string, as: string, body: object = { reason: 'no longer' }): Promise<Answer> =>
      world.control.call('POST', `/v1/approvals/${id}/revoke`, as, body);
    const id = await world.ask();
    expect((await revoke(id, 'bob')).status).toBe(404);
    expect((await revoke(id, 'dave')).status).toBe(403);
    expect((await revoke(id, 'alice', {})).status).toBe(400);
    expect((await revoke(id, 'alice')).json).toMatchObject({ state: 'revoked', revoked: { reason: 'no longer' } });
    expect((await revoke(id, 'carol')).json).toMatchObject({ status: 409 });
    expect((await world.decide(id, 'carol')).json).toMatchObject({ status: 409 });
    expect(world.events('approval.revoked', id)).toMatchObject([
      { by: { sub: 'alice-sub' }, reason: 'no longer', was: 'pending' },
    ]);
    for (const as of ['carol', 'root']) {
      const granted = await world.ask();
      await world.decide(granted, 'carol');
      expect((await revoke(granted, as)).json).toMatchObject({ state: 'revoked' });
    }
  });

  it('lists a use without an intent as burnt', async () => {
    const id = await world.ask();
    await world.decide(id, 'carol');
    const { digest } = (await world.stored(id))!;
    const use = { id, digest, epoch: 'e'.repeat(32), operation: 'O-burnt', session: 'S-1' };
    expect(await world.gateway.consume(use)).toEqual({ unmask: [] });
    expect((await world.show(id, 'carol')).json).toMatchObject({
      state: 'used',
      usedBy: [{ operation: 'O-burnt', burnt: false }],
    });
    await world.tamper(`UPDATE approval_use SET at = at - interval '2 minutes'`);
    expect((await world.show(id, 'carol')).json).toMatchObject({ usedBy: [{ operation: 'O-burnt', burnt: true }] });
  });

  it('that is over is told as expired, and cannot be decided', async () => {
    const id = await world.ask({ expires: 50 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await world.show(id, 'carol')).json).toMatchObject({ state: 'expired', you: { mayDecide: false } });
    expect((await world.decide(id, 'carol')).json).toMatchObject({ status: 409 });
  });
});

describe('when the record cannot be written', () => {
  it('nothing is decided, revoked, asked for or broken', async () => {
    const id = await world.ask();
    await world.control.journal.close();
    expect((await world.decide(id, 'carol')).json).toMatchObject({ status: 503, code: 'not-recordable' });
    const reason = { reason: 'because' };
    const scope = { targets: ['crm'] };
    for (const [path, as, body] of [
      [`/v1/approvals/${id}/revoke`, 'alice', reason],
      ['/v1/access-requests', 'alice', { ...reason, scope, duration: '1h' }],
      ['/v1/break-glass', 'root', { ...reason, scope, duration: '1h', incident: 'INC-1' }],
    ] as const)
      expect((await world.control.call('POST', path, as, body)).json).toMatchObject({ code: 'not-recordable' });
    expect(await world.stored(id)).toMatchObject({ state: 'pending', decisions: [] });
    const { items } = await world.gateway.list({ kinds: ['access', 'break-glass'], limit: 10 });
    expect(items).toEqual([]);
  });
});
