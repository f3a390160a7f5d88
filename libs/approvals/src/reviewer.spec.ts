import type { Principal, Role } from '@app/identity';
import type { Requirement } from '@app/policy';
import { mayDecide, type Reviewable } from './reviewer.js';
import { sampleRequirement, sampleReviewer } from './testing/samples.js';

const now = 1_000_000;

function approval(replaced: Partial<Reviewable> = {}): Reviewable {
  return {
    requester: { iss: 'https://login.example.com', sub: 'alice-1', user: 'alice@example.com' },
    act: ['autogen'],
    azp: 'autogen',
    requirements: [sampleRequirement()],
    ...replaced,
  };
}

const allRoles: readonly Role[] = ['requester', 'reviewer', 'auditor', 'administrator', 'break-glass'];

describe('independence: refused is', () => {
  const alice: Partial<Principal> = { sub: 'alice-1', user: 'alice@example.com', groups: ['privacy'] };
  it.each<[string, Partial<Principal>, Partial<Reviewable>, RegExp]>([
    ['the requester as a reviewer', alice, {}, /own request/],
    ['the requester as an administrator', { ...alice, groups: ['platform', 'privacy'] }, {}, /own request/],
    ['the requester through a second group', { ...alice, groups: ['analysts', 'privacy'] }, {}, /own request/],
    [
      'the requester named as a user',
      { ...alice, groups: [] },
      { requirements: [sampleRequirement({ reviewers: { groups: [], users: ['alice@*'] } })] },
      /own request/,
    ],
    [
      'the requester with a second account of the same sub',
      { ...alice, user: 'alice.admin@example.com' },
      {},
      /own request/,
    ],
    [
      'the same sub of another issuer',
      { ...alice, iss: 'https://other.example.com', user: 'x@example.com' },
      {},
      /own request/,
    ],
    ['the same user of another issuer', { ...alice, iss: 'https://other.example.com', sub: 'x' }, {}, /own request/],
    ['the same user in another case', { sub: 'x', user: 'Alice@Example.COM' }, {}, /own request/],
    ['the same user in full-width letters', { sub: 'x', user: 'ａlice@example.com' }, {}, /own request/],
    ['a reviewer through an agent', { act: ['autogen'] }, {}, /agent never/],
    ['a reviewer through another agent', { act: ['other'] }, { act: [] }, /agent never/],
    [
      'the agent by its own identity',
      { sub: 'autogen', user: 'autogen@example.com' },
      {},
      /agent of the chain|program/,
    ],
    ['the agent by its own identity as a client', { sub: 'autogen', azp: 'autogen' }, {}, /program never/],
    [
      'the agent as a service account',
      { sub: '0f1e', user: 'service-account-autogen', azp: 'autogen' },
      {},
      /program never/,
    ],
    [
      'an inner agent of the chain',
      { user: 'tool@example.com' },
      { act: ['autogen', 'Tool@example.com'] },
      /agent of the chain/,
    ],
    ['who only stands in azp', { sub: 'client-7' }, { act: [], azp: 'client-7' }, /agent of the chain/],
    ["a person signed in by the agent's client", { azp: 'autogen' }, {}, /agent of the chain/],
    [
      "the rule's owner",
      {},
      { requirements: [sampleRequirement({ owner: 'Carol@example.com' })] },
      /You own the rule "bulk export"/,
    ],
    [
      "a member of the rule's owning group",
      { groups: ['privacy', 'crm-owners'] },
      { requirements: [sampleRequirement({ owner: 'crm-owners' })] },
      /You own/,
    ],
    [
      'the owner of another rule that held',
      {},
      { requirements: [sampleRequirement(), sampleRequirement({ rule: 'b', owner: 'carol@example.com' })] },
      /You own the rule "b"/,
    ],
    ['who left the group since', { groups: ['analysts'] }, {}, /names you/],
    ['who is in a group of almost the same name', { groups: ['Privacy'] }, {}, /names you/],
    ['an administrator whom no rule names', { groups: ['platform'] }, {}, /names you/],
  ])('%s', (_, principal, changes, why) => {
    for (const roles of [[], ['requester'], allRoles] as const) {
      const answer = mayDecide(sampleReviewer(principal, roles), approval(changes), now);
      expect(answer.rules).toBeUndefined();
      expect(answer.refused).toMatch(why);
      expect(answer.refused).toMatch(/[.]$/);
    }
  });
});

describe('a reviewer counts', () => {
  it('for the rules that name one of their groups or their user', () => {
    const requirements = [
      sampleRequirement({ rule: 'a' }),
      sampleRequirement({ rule: 'b', reviewers: { groups: ['legal'], users: [] } }),
      sampleRequirement({ rule: 'c', reviewers: { groups: ['legal'], users: ['carol@*'] } }),
    ];
    expect(mayDecide(sampleReviewer(), approval({ requirements }), now)).toEqual({ rules: ['a', 'c'] });
  });

  it('by the role where a rule names nobody, and only then', () => {
    const requirements = [sampleRequirement({ reviewers: { groups: [], users: [] } })];
    const nobody = { groups: [] };
    expect(mayDecide(sampleReviewer(nobody, ['reviewer']), approval({ requirements }), now).rules).toEqual([
      'bulk export',
    ]);
    expect(mayDecide(sampleReviewer(nobody, ['administrator']), approval({ requirements }), now).refused).toBeDefined();
    expect(mayDecide(sampleReviewer(nobody, ['reviewer']), approval(), now).refused).toBeDefined();
  });

  it('with the program that the requester signed in with too', () => {
    const { rules } = mayDecide(sampleReviewer(), approval({ act: [], azp: 'sallyport-cli' }), now);
    expect(rules).toEqual(['bulk export']);
  });
});

describe('step-up', () => {
  const stepUp = (wanted: Requirement['stepUp']) => approval({ requirements: [sampleRequirement({ stepUp: wanted })] });
  it.each<[string, Partial<Principal>, NonNullable<Requirement['stepUp']>]>([
    ['another acr', { acr: 'password' }, { acr: ['mfa', 'hwk'], within: null }],
    ['no acr', { acr: null }, { acr: ['mfa'], within: null }],
    ['a sign-in too long ago', { authTime: 939_999 }, { acr: [], within: 60_000 }],
    ['no time of the sign-in', { authTime: null }, { acr: [], within: 60_000 }],
    ['a sign-in of the future', { authTime: now + 60_001 }, { acr: [], within: 60_000 }],
    ['the right acr, too long ago', { authTime: 1 }, { acr: ['mfa'], within: 60_000 }],
  ])('is not met by %s', (_, principal, wanted) => {
    expect(mayDecide(sampleReviewer(principal), stepUp(wanted), now).refused).toMatch(/sign in again/);
  });

  it('is met by the right acr within the time, to the millisecond', () => {
    expect(
      mayDecide(sampleReviewer({ authTime: 940_000 }), stepUp({ acr: ['hwk', 'mfa'], within: 60_000 }), now).rules,
    ).toEqual(['bulk export']);
  });

  it('takes away only the rules that ask for it', () => {
    const requirements = [
      sampleRequirement({ rule: 'a', stepUp: { acr: ['hwk'], within: null } }),
      sampleRequirement({ rule: 'b' }),
    ];
    expect(mayDecide(sampleReviewer(), approval({ requirements }), now).rules).toEqual(['b']);
  });
});
