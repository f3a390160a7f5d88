import type { StoredApproval } from '@app/store';
import { timersOf } from './approval-timers.js';

const HOUR = 3_600_000;
const created = Date.UTC(2026, 10, 22);
const rule = { rule: 'r', owner: null, reviewers: { groups: [], users: [] }, quorum: 1, stepUp: null };

function approval(over: Partial<StoredApproval>): StoredApproval {
  const person = { iss: 'https://login.test', sub: 'alice', user: 'alice@example.com' };
  return {
    id: '01M82GHVTJ3JY7S2DDJWR32NYM',
    kind: 'operation',
    state: 'pending',
    digest: 'sha256:',
    target: 'crm',
    protocol: 'postgres',
    session: 'S',
    operation: 'O',
    requester: { ...person, groups: [], act: [], azp: null, purpose: null },
    requirements: [rule],
    quorum: 1,
    review: null,
    rendering: 'sha256:',
    tooLong: false,
    scope: null,
    reason: null,
    incident: null,
    unmask: [],
    uses: 1,
    usesLeft: 1,
    lifetime: HOUR,
    notBefore: null,
    expires: new Date(created + HOUR),
    createdAt: new Date(created),
    decidedAt: null,
    decisions: [],
    waits: [],
    usedBy: [],
    revoked: null,
    reviewDue: null,
    glassReview: null,
    policy: 'sha256:',
    ...over,
  };
}

const after = (over: Partial<StoredApproval>): [string, number][] =>
  timersOf(approval(over)).map(({ name, at }) => [name, at - created]);

describe('timers of an approval', () => {
  it.each(['denied', 'expired', 'revoked', 'withdrawn', 'used'] as const)('%s: none', (state) => {
    expect(after({ state, requirements: [{ ...rule, remind: 1_000 }] })).toEqual([]);
  });

  it.each([
    ['no rule asks for reminders', {}, [['expire', HOUR]]],
    [
      'the first of its rules reminds',
      { requirements: [{ ...rule, remind: 9_000 }, { ...rule, remind: 1_000 }, rule] },
      [
        ['expire', HOUR],
        ['remind', 1_000],
      ],
    ],
    ['nobody is reminded of what is over', { requirements: [{ ...rule, remind: HOUR }] }, [['expire', HOUR]]],
    [
      'a request for access is remembered at half time',
      { kind: 'access' as const },
      [
        ['expire', HOUR],
        ['remind', HOUR / 2],
      ],
    ],
    ['a grant ends and reminds nobody', { state: 'approved' as const, kind: 'access' as const }, [['expire', HOUR]]],
  ])('%s', (_, over, timers) => {
    expect(after(over)).toEqual(timers);
  });

  const glass = { kind: 'break-glass' as const, reviewDue: new Date(created + 72 * HOUR) };
  const review = [
    ['review', 48 * HOUR],
    ['overdue', 72 * HOUR],
  ];

  it('an emergency is to be reviewed, whatever became of it', () => {
    expect(after({ ...glass, state: 'approved' })).toEqual([['expire', HOUR], ...review]);
    expect(after({ ...glass, state: 'expired' })).toEqual(review);
    expect(after({ ...glass, state: 'revoked' })).toEqual(review);
  });

  it('and once it was, nobody is reminded any more', () => {
    const by = { iss: 'i', sub: 's', user: 'u' };
    const glassReview = { by, verdict: 'justified', reason: 'r', at: new Date(created) };
    expect(after({ ...glass, state: 'expired', glassReview })).toEqual([]);
  });

  it('have names that a queue takes: whole milliseconds, no colon, no bare number', () => {
    const all = [
      ...timersOf(approval({ kind: 'access', expires: new Date(created + 1_001) })),
      ...timersOf(approval({ ...glass, reviewDue: new Date(created + 1_000) })),
    ];
    for (const { id, at } of all) {
      expect(Number.isInteger(at)).toBe(true);
      expect(id).not.toMatch(/:|^\d+$/);
    }
    expect(new Set(timersOf(approval(glass)).map(({ id }) => id)).size).toBe(3);
  });
});
