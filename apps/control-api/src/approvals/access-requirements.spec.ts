import type { Rule } from '@app/policy';
import { accessRequirements } from './access-requirements.js';

const held = (name: string, on: Partial<Rule['on']> = {}): Rule => ({
  name,
  on: { target: 'crm', ...on },
  effect: 'hold',
  owner: 'alice@example.com',
  approval: { reviewers: { groups: 'privacy' }, quorum: 2, hold: 60_000, expires: 900_000 },
});
const names = (scope: Parameters<typeof accessRequirements>[0], ...rules: Rule[]): string[] =>
  accessRequirements(scope, rules).map(({ rule }) => rule);

describe('who has to agree to access ahead of time', () => {
  it('is everyone whom a rule would ask about something within the scope, with quorum and owner', () => {
    expect(accessRequirements({ targets: ['c*'] }, [held('one'), held('two', { target: ['x', 'c{rm,ms}'] })])).toEqual([
      {
        rule: 'one',
        owner: 'alice@example.com',
        reviewers: { groups: ['privacy'], users: [] },
        quorum: 2,
        stepUp: null,
      },
      {
        rule: 'two',
        owner: 'alice@example.com',
        reviewers: { groups: ['privacy'], users: [] },
        quorum: 2,
        stepUp: null,
      },
    ]);
  });

  it.each<[string, Parameters<typeof accessRequirements>[0], Partial<Rule['on']>]>([
    ['another target', { targets: ['prod'] }, {}],
    ['another effect', { targets: ['crm'], does: ['read'] }, { does: ['write', 'schema'] }],
    ['other objects', { targets: ['crm'], objects: ['crm.public.orders'] }, { objects: 'crm.public.customers' }],
    ['no protected class', { targets: ['crm'], does: ['read'], reads: [] }, { reads: { class: 'email' } }],
    ['another class written', { targets: ['crm'], does: ['write'], writes: ['phone'] }, { writes: { class: 'email' } }],
  ])('is none of a rule about %s', (_, scope, on) => {
    expect(names(scope, held('other', on))).toEqual(['access ahead of time']);
  });

  it.each<[string, Parameters<typeof accessRequirements>[0], Partial<Rule['on']>]>([
    ['a star', { targets: ['*'] }, { objects: 'crm.public.customers' }],
    ['overlapping patterns', { targets: ['crm'], objects: ['crm.*.customers'] }, { objects: 'crm.public.*' }],
    [
      'what the scope leaves open',
      { targets: ['crm'] },
      { does: ['schema'], reads: { class: 'email', rows: { over: 1 } } },
    ],
    [
      'what cannot be read and is any of it',
      { targets: ['crm'], does: ['unknown'], objects: ['crm.public.a'], reads: [] },
      { does: ['write'], objects: 'crm.public.b', reads: { class: 'email' } },
    ],
    ['the same where the scope leaves it open', { targets: ['crm'], reads: [] }, { reads: { class: 'email' } }],
    [
      'what a scope cannot say',
      { targets: ['crm'], does: ['read'] },
      { statements: 'drop', between: { from: '09:00', to: '17:00' } },
    ],
  ])('is asked where they might: %s', (_, scope, on) => {
    expect(names(scope, held('this', on))).toEqual(['this']);
  });

  it('is not changed by rules that allow or deny', () => {
    const { approval: _, ...rest } = held('plain');
    expect(names({ targets: ['crm'] }, { ...rest, effect: 'allow' }, { ...rest, effect: 'deny' })).toEqual([
      'access ahead of time',
    ]);
  });
});
