import type { Actor } from './actor.js';
import { grantedUnmask, met, people, type ReviewerDecision } from './quorum.js';
import { sampleRequirement } from './testing/samples.js';

const actor = (sub: string, user = `${sub}@example.com`, iss = 'https://login.example.com'): Actor => ({
  iss,
  sub,
  user,
});
const yes = (by: Actor, rules = ['bulk export']): ReviewerDecision => ({ by, decision: 'approve', rules });
const two = [sampleRequirement({ quorum: 2 })];

describe('a quorum is not met', () => {
  it.each<[string, readonly ReviewerDecision[]]>([
    ['by nobody', []],
    ['by one of two', [yes(actor('carol'))]],
    ['by one person who says it twice', [yes(actor('carol')), yes(actor('carol'))]],
    ['by one sub under two user names', [yes(actor('carol')), yes(actor('carol', 'admin@example.com'))]],
    ['by one sub of two issuers', [yes(actor('carol')), yes(actor('carol', 'c@example.com', 'https://other.example'))]],
    ['by one user of two subs', [yes(actor('carol')), yes(actor('c2', 'Carol@example.com'))]],
    ['by three accounts linked over a third', [yes(actor('a', 'x')), yes(actor('b', 'y')), yes(actor('a', 'Y'))]],
    ['by somebody who does not count for the rule', [yes(actor('carol')), yes(actor('dora'), ['other rule'])]],
    ['when somebody denied', [yes(actor('carol')), yes(actor('dora')), { ...yes(actor('eve')), decision: 'deny' }]],
  ])('%s', (_, decisions) => {
    expect(met(two, decisions)).toBe(false);
  });

  it('where nothing is asked, or nobody', () => {
    expect(met([], [yes(actor('carol'))])).toBe(false);
    expect(met([sampleRequirement({ quorum: 0 })], [])).toBe(false);
  });
});

it('a quorum is met by as many distinct people, for every rule', () => {
  expect(met(two, [yes(actor('carol')), yes(actor('dora'))])).toBe(true);
  const rules = [...two, sampleRequirement({ rule: 'legal' })];
  expect(met(rules, [yes(actor('carol')), yes(actor('dora'))])).toBe(false);
  expect(met(rules, [yes(actor('carol')), yes(actor('dora'), ['bulk export', 'legal'])])).toBe(true);
});

it('people are counted the same in whatever order their accounts come', () => {
  const accounts = [actor('a', 'x'), actor('b', 'y'), actor('a', 'y'), actor('c', 'z')];
  const orders = accounts.flatMap((_, n) => [[...accounts.slice(n), ...accounts.slice(0, n)], [...accounts].reverse()]);
  expect(orders.map(people)).toEqual(orders.map(() => 2));
});

it('a class leaves unmasked only if every approver lets it', () => {
  expect(grantedUnmask([], [{ unmask: null }])).toEqual([]);
  expect(grantedUnmask(['email'], [{ unmask: null }, { unmask: [] }])).toEqual([]);
  expect(grantedUnmask(['email', 'name'], [{ unmask: null }, { unmask: ['name'] }])).toEqual(['name']);
  expect(grantedUnmask([], [{ unmask: ['email'] }, { unmask: ['email', 'name'] }])).toEqual(['email']);
  expect(grantedUnmask(['email'], [{ unmask: null }])).toEqual(['email']);
  expect(grantedUnmask(['email'], [{ unmask: null }, { unmask: ['email'] }, { unmask: [] }])).toEqual([]);
  expect(grantedUnmask(['email'], [])).toEqual([]);
});
