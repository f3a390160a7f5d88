import { testAuthority } from '../../../../test/support/certificates.js';
import { AnsweringApi, StreamedAnswer } from '../testing/answering-api.js';
import { accessRequestCommand } from './access-request.command.js';
import { approvalsApproveCommand, approvalsDenyCommand } from './approvals-decide.command.js';
import { approvalsListCommand } from './approvals-list.command.js';
import { approvalsRevokeCommand } from './approvals-revoke.command.js';
import { approvalsShowCommand } from './approvals-show.command.js';
import { approvalsWatchCommand } from './approvals-watch.command.js';
import { breakGlassOpenCommand, breakGlassReviewCommand } from './break-glass.command.js';
import { policyCheckCommand } from './policy-check.command.js';
import { policyDiffCommand } from './policy.command.js';

const rendering = `sha256:${'a'.repeat(64)}`;
const pending = {
  id: 'A-1',
  kind: 'operation',
  state: 'pending',
  target: 'crm',
  protocol: 'postgres',
  requester: { user: 'alice@example.com', act: ['autogen'], purpose: 'support' },
  requirements: [{ rule: 'bulk export' }],
  text: 'Statement:\n  | SELECT \u001b[2Jemail\u202e',
  rendering,
  tooLong: false,
  createdAt: '2026-11-22T12:00:00.000Z',
  decisions: [],
  waits: [{ operation: 'O-1', since: '2026-11-22T12:00:00.000Z', until: null, why: null }],
  you: { mayDecide: true, why: null, decided: false },
};
const approved = {
  ...pending,
  state: 'approved',
  decisions: [{ by: { user: 'carol@example.com' }, decision: 'approve', reason: 'fine' }],
};
const revoked = {
  ...approved,
  state: 'revoked',
  usesLeft: 1,
  scope: { targets: ['crm'] },
  revoked: { by: { iss: 'https://issuer', sub: 's', user: 'carol@example.com' }, reason: 'enough' },
};
const glass = {
  ...approved,
  kind: 'break-glass',
  decisions: [],
  usesLeft: 1,
  glass: { due: '2026-11-25T12:00:00.000Z', overdue: false, reviewed: null },
};
const event = (id: string, approval: object) => `id: ${id}\nevent: approval\ndata: ${JSON.stringify(approval)}\n\n`;
const stream = new StreamedAnswer([`retry: 10\n\n${event('7', approved)}`, `: still here\n\n${event('8', pending)}`]);

const explain = [
  { rule: 'bulk export', effect: 'hold', matched: true, why: null },
  { rule: 'no drops', effect: 'deny', matched: false, why: 'it is about the effect schema' },
];

let api: AnsweringApi;
beforeAll(async () => {
  api = await AnsweringApi.start(testAuthority('spec'), {
    '/v1/approvals': { items: [pending], next: null },
    '/v1/approvals/A-1': pending,
    '/v1/approvals/A-1?wait=60s': approved,
    '/v1/approvals/A-long': { ...pending, id: 'A-long', tooLong: true },
    '/v1/approvals/A-own': { ...pending, id: 'A-own', you: { mayDecide: false, why: 'You asked for it.' } },
    '/v1/approvals/A-unseen': { ...pending, id: 'A-unseen', text: null },
    '/v1/approvals/A-over': approved,
    '/v1/approvals/A-revoked': revoked,
    '/v1/approvals/A-glass': glass,
    '/v1/approvals/A-reviewed': {
      ...glass,
      glass: { ...glass.glass, reviewed: { verdict: 'justified', by: { user: 'dave@example.com' }, reason: 'seen' } },
    },
    '/v1/approvals/events': stream,
    'POST /v1/approvals/A-1/decision': approved,
    'POST /v1/approvals/A-1/revoke': { ...approved, state: 'revoked' },
    'POST /v1/access-requests': { ...pending, kind: 'access' },
    'POST /v1/break-glass': { ...approved, kind: 'break-glass', expires: '2026-11-22T13:00:00.000Z' },
    'POST /v1/break-glass/A-1/review': approved,
    '/v1/policy/diff?from=sha256%3Aa': {
      added: [{ name: 'new', effect: 'deny' }],
      removed: [],
      changed: [
        {
          name: 'bulk export',
          keys: ['message', 'on.attributes.label:app.io/x', 'on.reads.rows.over'],
          before: { on: { reads: { rows: { over: 100 } }, attributes: { 'label:app.io/x': ['a'] } } },
          after: {
            message: 'Say why.',
            on: { reads: { rows: { over: 50 } }, attributes: { 'label:app.io/x': ['b'] } },
          },
        },
      ],
      reordered: true,
    },
    'POST /v1/policy/check': { decision: { effect: 'hold', rules: ['bulk export'] }, explain },
  });
});
afterAll(() => api.stop());
beforeEach(() => void api.sent.splice(0));

describe('sallyport approvals approve and deny', () => {
  it.each([
    [['A-long'], 'too long to be shown whole'],
    [['A-own'], 'you may not decide A-own: You asked for it.'],
    [['A-unseen'], 'nobody decides on what they have not read'],
    [['A-over'], 'it is approved; approved by carol@example.com (fine)'],
    [['A-1'], 'nobody can be asked here'],
  ])('decides nothing about %j without --yes or ground to', async ([id = '']: string[], message) => {
    const { code, out, err } = await api.run(approvalsApproveCommand, [id]);
    expect({ code: code > 0, out, err }).toEqual({
      code: true,
      out: '',
      err: expect.stringContaining(message) as string,
    });
    expect(api.sent).toEqual([]);
  });

  it('decides nothing when the person says anything but yes, and denies nothing without a reason', async () => {
    for (const said of ['', 'n', 'yess']) {
      const { code, err } = await api.run(approvalsApproveCommand, ['A-1'], () => Promise.resolve(said));
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('nothing was decided') as string });
    }
    const { code, err } = await api.run(approvalsDenyCommand, ['A-1', '--yes']);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('--reason is missing') as string });
    expect(api.sent).toEqual([]);
  });

  it('shows what would run, harmless for a terminal, and decides on exactly that', async () => {
    let question = '';
    const { code, out, err } = await api.run(approvalsApproveCommand, ['A-1', '--unmask', 'email'], (asked) => {
      question = asked;
      return Promise.resolve('y');
    });
    expect({ code, out }).toEqual({ code: 0, out: 'A-1: approved; approved by carol@example.com (fine)\n' });
    expect(question).toContain('Approve exactly this?');
    expect(err).toContain('  | SELECT \\u{1b}[2Jemail\\u{202e}\n');
    expect(err).toContain('alice@example.com through autogen');
    expect(api.sent).toEqual([{ decision: 'approve', rendering, unmask: ['email'] }]);
  });

  it('denies with a reason', async () => {
    const { code } = await api.run(approvalsDenyCommand, ['A-1', '--reason', 'ask for fewer', '--yes', '--json']);
    expect(code).toBe(0);
    expect(api.sent).toEqual([{ decision: 'deny', rendering, reason: 'ask for fewer' }]);
  });
});

describe('sallyport approvals', () => {
  it('lists what waits, and shows one as it stands after a wait', async () => {
    const { out } = await api.run(approvalsListCommand, []);
    expect(out).toContain('alice@example.com through autogen  crm     bulk export');
    const shown = await api.run(approvalsShowCommand, ['A-1', '--wait']);
    expect(shown.out).toContain('approved; approved by carol@example.com (fine)');
    expect((await api.run(approvalsShowCommand, ['A-1'])).out).toContain('waiting now   1 of 1');
  });

  it('says who revoked it and why, and no more of uses that nobody has', async () => {
    const { out } = await api.run(approvalsShowCommand, ['A-revoked']);
    expect(out).toContain('approved by carol@example.com (fine); revoked by carol@example.com (enough)\n');
    expect(out).not.toContain('uses left');
    expect(out).not.toContain('"targets"');
  });

  it('says of a broken glass until when it is reviewed, then what came of it', async () => {
    const due = await api.run(approvalsShowCommand, ['A-glass']);
    expect(due.out).toMatch(/^review +due by 2026-11-25T12:00:00.000Z$/mu);
    const reviewed = await api.run(approvalsShowCommand, ['A-reviewed']);
    expect(reviewed.out).toMatch(/^review +justified, says dave@example.com \(seen\)$/mu);
  });

  it('follows the events over a broken connection until the first that waits', async () => {
    const { code, out, err } = await api.run(approvalsWatchCommand, ['--first']);
    expect({ code, out }).toEqual({ code: 0, out: 'A-1\n' });
    expect(err).toBe('the control API ended the stream; connecting again in 0.01 s\n');
    expect(stream.lastEventIds).toEqual([undefined, '7']);
  });

  it('revokes with a reason', async () => {
    expect(await api.run(approvalsRevokeCommand, ['A-1', '--reason', 'done'])).toMatchObject({ out: 'A-1: revoked\n' });
    expect(api.sent).toEqual([{ reason: 'done' }]);
  });
});

describe('sallyport access, break-glass and policy check', () => {
  it('asks for a scope, whose globs may have commas', async () => {
    const asked = ['--target', 'crm', '--object', 'crm.{a,b}.*,crm.c.d', '--does', 'read', '--duration', '2h'];
    const { code } = await api.run(accessRequestCommand, [...asked, '--reason', 'migration']);
    expect(code).toBe(0);
    const scope = { targets: ['crm'], does: ['read'], objects: ['crm.{a,b}.*', 'crm.c.d'] };
    expect(api.sent).toEqual([{ scope, duration: '2h', reason: 'migration' }]);
  });

  it('breaks no glass without an incident, and no scope without an end', async () => {
    const { code, err } = await api.run(breakGlassOpenCommand, [
      '--target',
      'crm',
      '--duration',
      '30m',
      '--reason',
      'x',
    ]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('--incident is missing') as string });
    const forever = await api.run(accessRequestCommand, ['--target', 'crm', '--duration', 'long', '--reason', 'x']);
    expect(forever).toMatchObject({ code: 2, err: expect.stringContaining('--duration is like 30m') as string });
    expect(api.sent).toEqual([]);
  });

  it('breaks the glass, and reviews it', async () => {
    const asked = ['--target', 'crm', '--duration', '30m', '--reason', 'outage', '--incident', 'I-7'];
    expect((await api.run(breakGlassOpenCommand, asked)).out).toContain('until 2026-11-22T13:00:00.000Z');
    await api.run(breakGlassReviewCommand, ['A-1', '--verdict', 'justified', '--reason', 'it was down']);
    expect(api.sent).toEqual([
      { scope: { targets: ['crm'] }, duration: '30m', reason: 'outage', incident: 'I-7' },
      { verdict: 'justified', reason: 'it was down' },
    ]);
  });

  it('says of two versions of the policy which rules differ, and in what', async () => {
    const { out } = await api.run(policyDiffCommand, ['sha256:a']);
    expect(out.split('\n')).toEqual([
      'added new: {"name":"new","effect":"deny"}',
      'changed bulk export',
      '  message: (nothing) → "Say why."',
      '  on.attributes.label:app.io/x: ["a"] → ["b"]',
      '  on.reads.rows.over: 100 → 50',
      'the order of the rules changed',
      '',
    ]);
  });

  it('says by its exit code that what it was asked about would not simply run', async () => {
    const checked = await api.run(policyCheckCommand, ['--target', 'crm', '--effect', 'read', '--reads', 'email']);
    expect(checked).toMatchObject({
      code: 1,
      out: [
        'hold by bulk export',
        '  bulk export (hold): matches',
        '  no drops (deny): does not match, it is about the effect schema\n',
      ].join('\n'),
    });
    expect(api.sent).toEqual([{ operation: { target: 'crm', effect: 'read', reads: ['email'] } }]);
  });
});
