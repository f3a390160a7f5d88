import { compilePolicy, decide, explain, type Operation, type Rule } from './index.js';
import { operation, principal, rule } from './testing/samples.js';

const noon = Date.parse('2026-03-10T12:00:00Z');
const alice = principal({ act: ['autogen', 'x'], purpose: 'support', authTime: noon - 60_000 });
const from = { address: '10.0.0.1' };

const failedOf = (about: Pick<Partial<Rule>, 'who'> & { on?: Partial<Rule['on']> }, what: Partial<Operation> = {}) =>
  explain(alice, operation(what), compilePolicy([rule('r', 'allow', about)]), noon, from).rules[0]?.failed;

describe('an explanation', () => {
  it.each<[string, Parameters<typeof failedOf>, readonly string[], readonly string[] | null]>([
    ['on.target', [{ on: { target: ['a', 'b'] } }], ['a', 'b'], ['crm']],
    ['who.groups', [{ who: { groups: 'admins' } }], ['admins'], ['analysts']],
    ['who.users', [{ who: { users: 'bob@*' } }], ['bob@*'], ['alice@example.com']],
    ['who.agents', [{ who: { agents: 'autogen' } }], ['autogen'], ['autogen', 'x']],
    ['who.purposes', [{ who: { purposes: 'ads' } }], ['ads'], ['support']],
    ['who.claims.team', [{ who: { claims: { team: 'red' } } }], ['red'], []],
    ['who.networks', [{ who: { networks: '11.0.0.0/8' } }], ['11.0.0.0/8'], ['10.0.0.1']],
    [
      'who.strength',
      [{ who: { strength: { acr: 'mfa', within: 30_000 } } }],
      ['acr mfa, at most 30 s ago'],
      ['acr not known, 60 s ago'],
    ],
    ['on.does', [{ on: { does: ['write', 'schema'] } }], ['write', 'schema'], ['read']],
    ['on.statements', [{ on: { statements: 'insert' } }], ['insert'], ['select']],
    ['on.objects', [{ on: { objects: 'crm.public.orders' } }], ['crm.public.orders'], ['crm.public.customers']],
    ['on.reads.class', [{ on: { reads: { class: 'email' } } }, { reads: ['phone'] }], ['email'], ['phone']],
    ['on.writes.class', [{ on: { writes: { class: 'email' } } }], ['email'], []],
    ['on.filters.class', [{ on: { filters: { class: 'email' } } }], ['email'], null],
    [
      'on.oracles',
      [
        { on: { oracles: { class: 'email', kind: ['join', 'ordering'] } } },
        { oracles: [{ kind: 'equality', class: 'email' }] },
      ],
      ['join email', 'ordering email'],
      ['equality email'],
    ],
    ['on.oracles', [{ on: { oracles: { kind: 'join' } } }, { oracles: [] }], ['join any class'], []],
    ['on.missing', [{ on: { missing: 'where' } }, { missing: ['limit'] }], ['where'], ['limit']],
    [
      'on.namespace',
      [{ on: { attributes: { namespace: ['a'] } } }, { attributes: { namespace: ['b'] } }],
      ['a'],
      ['b'],
    ],
    ['on.capabilities', [{}, { capabilities: ['exec'] }], ['no power'], ['exec']],
    [
      'on.between',
      [{ on: { between: { from: '01:00', to: '02:00', days: ['mon'] } } }],
      ['01:00 to 02:00 UTC on mon'],
      ['2026-03-10T12:00:00.000Z'],
    ],
  ])('names %s as the first condition that fails, what it wants and what is so', (key, [about, what], wanted, had) => {
    const failed = failedOf(about, what);
    expect(failed).toMatchObject({ key, wanted, had });
    expect(failed?.message).toMatch(new RegExp(`^${key.replaceAll('.', '\\.')} wants .+, and .+\\.$`, 'u'));
  });

  it('says that a rule that allows must cover all of several', () => {
    expect(failedOf({ on: { objects: 'crm.a' } }, { objects: ['crm.a', 'crm.b'] })?.message).toBe(
      'on.objects wants crm.a, and it is crm.a, crm.b, which must cover all of them.',
    );
  });

  it('decides as the policy does, and lists every rule in its order', () => {
    const policy = compilePolicy([
      rule('allowed', 'allow'),
      rule('admins only', 'hold', { who: { groups: 'admins' } }),
      rule('bulk', 'hold', { on: { reads: { class: 'email', rows: { over: 100 } } } }),
    ]);
    const what = operation({ reads: ['email'] });
    const { decision, rules } = explain(alice, what, policy, noon, from);
    expect(decision).toEqual(decide(alice, what, policy, noon, from));
    expect(rules).toMatchObject([
      { rule: 'allowed', effect: 'allow', matched: true, rowsOver: null, failed: null },
      { rule: 'admins only', effect: 'hold', matched: false, failed: { key: 'who.groups' } },
      { rule: 'bulk', effect: 'hold', matched: true, rowsOver: 100, failed: null },
    ]);
  });
});
