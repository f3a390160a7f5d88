import type { Principal } from '@app/identity';
import {
  compilePolicy,
  decide,
  DecisionCache,
  type Decision,
  type Operation,
  type Rule,
  type Situation,
} from './index.js';
import { operation, principal, rule } from './testing/samples.js';

const noon = Date.parse('2026-03-10T12:00:00Z');
const minute = 60_000;

interface Asked {
  readonly who?: Partial<Principal>;
  readonly what?: Partial<Operation>;
  readonly from?: string | null;
}

function decided(rules: readonly Rule[], { who, what, from = '10.0.0.1' }: Asked, now = noon): Decision {
  const situation: Situation | null = from === null ? null : { address: from };
  return decide(principal(who), operation(what), compilePolicy(rules), now, situation);
}

type RuleAbout = Pick<Partial<Rule>, 'who'> & { readonly on?: Partial<Rule['on']> };

const allows = (about: RuleAbout, asked: Asked): boolean =>
  decided([rule('r', 'allow', about)], asked).effect === 'allow';
const refuses = (effect: 'deny' | 'hold', about: RuleAbout, asked: Asked): boolean =>
  decided([rule('all', 'allow', { on: { capabilities: undefined } }), rule('r', effect, about)], asked).effect ===
  effect;

const mfa = { who: { strength: { acr: ['mfa', 'hwk'], within: 5 * minute } } };
const fresh = { who: { strength: { within: 5 * minute } } };
const byAcr = { who: { strength: { acr: 'mfa' } } };
const office = { who: { networks: ['10.0.0.0/8', '2001:db8::/32'] } };
const sales = { who: { claims: { department: ['sales', 'm*'] } } };
const filtered = { on: { filters: { class: ['email', 'health*'] } } };
const byOracle = { on: { oracles: { class: ['email', 'health*'], kind: ['ordering', 'grouping'] as const } } };
const anyOfEmail = { on: { oracles: { class: 'email' } } };
const anyJoin = { on: { oracles: { kind: 'join' as const } } };
const ordersEmail = { kind: 'ordering', class: 'email' } as const;
const joinsName = { kind: 'join', class: 'name' } as const;
const unbounded = { on: { missing: ['where', 'limit'] as const } };
const noWhere = { on: { missing: 'where' as const } };

describe('a rule that allows', () => {
  it.each<[string, RuleAbout, Asked]>([
    ['has no claim', sales, {}],
    ['has another claim', sales, { who: { claims: { office: ['sales'] } } }],
    ['has a claim of another value', sales, { who: { claims: { department: ['Sales'] } } }],
    ['has a claim without a value', sales, { who: { claims: { department: [] } } }],
    [
      'has one claim of two',
      { who: { claims: { department: '*', office: '*' } } },
      { who: { claims: { office: ['x'] } } },
    ],
    ['is asked for what every object has', { who: { claims: { constructor: '*' } } }, {}],
    ['signed in nobody knows how', byAcr, { who: { acr: null, authTime: noon } }],
    ['signed in more weakly', byAcr, { who: { acr: 'pwd' } }],
    ['signed in by what only begins alike', byAcr, { who: { acr: 'mfa2' } }],
    ['signed in nobody knows when', fresh, { who: { authTime: null } }],
    ['signed in too long ago', fresh, { who: { authTime: noon - 5 * minute } }],
    ['signed in well, but too long ago', mfa, { who: { acr: 'mfa', authTime: noon - 5 * minute } }],
    ['signed in just now, but weakly', mfa, { who: { acr: 'pwd', authTime: noon } }],
    ['comes from elsewhere', office, { from: '11.0.0.1' }],
    ['comes nobody knows from where', office, { from: null }],
    ['comes from what is no address', office, { from: 'unknown' }],
    ['comes from no address', office, { from: '' }],
    ['filters by a class not named', filtered, { what: { filters: ['email', 'name'] } }],
    ['filters by no class', filtered, { what: { filters: [] } }],
    ['filters nobody knows by what', filtered, {}],
    ['learns by a kind not named', byOracle, { what: { oracles: [ordersEmail, { kind: 'join', class: 'email' }] } }],
    ['learns of a class not named', anyOfEmail, { what: { oracles: [ordersEmail, joinsName] } }],
    ['learns nothing', byOracle, { what: { oracles: [] } }],
    ['learns nobody knows what', byOracle, {}],
    ['lacks more than is named', noWhere, { what: { missing: ['where', 'limit'] } }],
    ['lacks nothing', unbounded, { what: { missing: [] } }],
    ['lacks nobody knows what', unbounded, {}],
  ])('does not cover who or what %s', (_, about, asked) => {
    expect(allows(about, asked)).toBe(false);
  });

  it.each<[string, RuleAbout, Asked]>([
    ['has the claim', sales, { who: { claims: { department: ['sales'] } } }],
    ['has it among others', sales, { who: { claims: { department: ['it', 'marketing'] } } }],
    ['signed in as asked', byAcr, { who: { acr: 'mfa' } }],
    ['signed in just now', fresh, { who: { authTime: noon - 5 * minute + 1 } }],
    ['signed in as asked, and just now', mfa, { who: { acr: 'hwk', authTime: noon } }],
    ['comes from there', office, { from: '10.255.0.1' }],
    ['comes from there by IPv6', office, { from: '2001:db8::7' }],
    ['comes from there, mapped', office, { from: '::ffff:10.0.0.1' }],
    ['filters by what is named', filtered, { what: { filters: ['email', 'health-record'] } }],
    ['learns what is named', byOracle, { what: { oracles: [ordersEmail, { kind: 'grouping', class: 'health' }] } }],
    ['lacks what is named', unbounded, { what: { missing: ['limit'] } }],
  ])('covers who or what %s', (_, about, asked) => {
    expect(allows(about, asked)).toBe(true);
  });
});

describe.each(['deny', 'hold'] as const)('a rule of effect %s', (effect) => {
  it.each<[string, RuleAbout, Asked]>([
    ['has the claim', sales, { who: { claims: { department: ['it', 'sales'] } } }],
    ['signed in nobody knows how', byAcr, {}],
    ['signed in nobody knows when', fresh, { who: { acr: 'mfa' } }],
    ['signed in nobody knows how, just now', mfa, { who: { authTime: noon } }],
    ['signed in as named', mfa, { who: { acr: 'mfa', authTime: noon } }],
    ['comes from there', office, { from: '10.0.0.1' }],
    ['comes nobody knows from where', office, { from: null }],
    ['comes from what is no address', office, { from: 'unknown' }],
    ['filters by one class that is named', filtered, { what: { filters: ['name', 'email'] } }],
    ['filters nobody knows by what', filtered, {}],
    ['learns one thing that is named', byOracle, { what: { oracles: [joinsName, ordersEmail] } }],
    ['learns of a class that is named, by whatever', anyOfEmail, { what: { oracles: [ordersEmail] } }],
    ['learns by a kind that is named, whatever of', anyJoin, { what: { oracles: [joinsName] } }],
    ['learns nobody knows what', anyJoin, {}],
    ['lacks one clause that is named', noWhere, { what: { missing: ['limit', 'where'] } }],
    ['lacks nobody knows what', noWhere, {}],
  ])('meets who or what %s', (_, about, asked) => {
    expect(refuses(effect, about, asked)).toBe(true);
  });

  it.each<[string, RuleAbout]>([
    ['filtered classes', filtered],
    ['oracles', anyJoin],
    ['missing clauses', noWhere],
  ])('about %s meets what cannot be read, whatever is known of it', (_, about) => {
    expect(refuses(effect, about, { what: { effect: 'unknown', filters: [], oracles: [], missing: [] } })).toBe(true);
  });

  it.each<[string, RuleAbout, Asked]>([
    ['lacks the claim', sales, { who: { claims: { office: ['sales'] } } }],
    ['signed in otherwise', byAcr, { who: { acr: 'pwd' } }],
    ['signed in too long ago', fresh, { who: { authTime: noon - 5 * minute } }],
    ['comes from elsewhere', office, { from: '192.168.0.1' }],
    ['filters by other classes', filtered, { what: { filters: ['name'] } }],
    ['filters by none', filtered, { what: { filters: [] } }],
    [
      'learns of the class by another kind, and by the kind of another class',
      byOracle,
      {
        what: {
          oracles: [
            { kind: 'join', class: 'email' },
            { kind: 'ordering', class: 'name' },
          ],
        },
      },
    ],
    ['learns nothing', anyJoin, { what: { oracles: [] } }],
    ['lacks another clause', noWhere, { what: { missing: ['limit'] } }],
    ['lacks none', noWhere, { what: { missing: [] } }],
  ])('does not meet who or what %s', (_, about, asked) => {
    expect(refuses(effect, about, asked)).toBe(false);
  });
});

describe('what a refused person could do', () => {
  it('is to sign in again, where a rule would then allow it', () => {
    const { message, rules } = decided([rule('step up', 'allow', mfa)], { who: { acr: 'pwd', authTime: noon } });
    expect(rules).toEqual([]);
    expect(message).toContain(
      'Rule "step up" would allow it to somebody who signed in with acr mfa or hwk, less than 5 minutes ago: sign in again',
    );
  });

  it('is to come from another network, or at another time', () => {
    expect(decided([rule('inside', 'allow', office)], { from: '8.8.8.8' }).message).toContain(
      'Rule "inside" would allow it from another network.',
    );
    const late = rule('at night', 'allow', { on: { between: { from: '22:00', to: '23:00' } } });
    expect(decided([late], {}).message).toContain('Rule "at night" would allow it at another time.');
  });

  it('is not told of rules that are about somebody or something else', () => {
    const others = [
      rule('others', 'allow', { who: { ...mfa.who, groups: 'admins' } }),
      rule('writes', 'allow', { ...mfa, on: { does: ['write'] } }),
      rule('no', 'deny', { ...fresh, on: { does: ['write'] } }),
    ];
    expect(decided(others, {}).message).not.toContain('would allow');
  });

  it('is told that what a rule asks for cannot be read', () => {
    const rules = [rule('all', 'allow'), rule('no unbounded deletes', 'deny', { ...noWhere, message: 'Add a WHERE.' })];
    expect(decided(rules, {}).message).toBe(
      'What SELECT does cannot be read beforehand, and rule "no unbounded deletes" denies part of what it could do. Add a WHERE.',
    );
    expect(decided(rules, { what: { missing: ['where'] } }).message).toBe('Add a WHERE.');
  });
});

describe('a decision about a login', () => {
  it('holds until the login has grown too old, or the window closes, whichever is first', () => {
    const who = { acr: 'mfa', authTime: noon - minute };
    expect(decided([rule('r', 'allow', mfa)], { who }).validUntil).toBe(noon + 4 * minute);
    const both = rule('r', 'allow', { ...mfa, on: { between: { from: '09:00', to: '12:02' } } });
    expect(decided([both], { who }).validUntil).toBe(noon + 2 * minute);
    expect(decided([rule('r', 'deny', fresh)], { who }).validUntil).toBe(noon + 4 * minute);
    expect(decided([rule('r', 'allow', byAcr)], { who }).validUntil).toBe(Number.POSITIVE_INFINITY);
    expect(decided([rule('r', 'allow', mfa)], { who: { ...who, authTime: 0 } }).validUntil).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  it('is not kept past that time', () => {
    const cache = new DecisionCache();
    const policy = compilePolicy([rule('r', 'allow', fresh)]);
    const [alice, read] = [principal({ authTime: noon }), operation()];
    expect(cache.get(alice, read, policy, noon + 5 * minute - 1).effect).toBe('allow');
    expect(cache.get(alice, read, policy, noon + 5 * minute).effect).toBe('deny');
  });
});

describe('a decision about a network', () => {
  const policy = compilePolicy([rule('inside', 'allow', office)]);

  it('is not kept for the same person elsewhere', () => {
    const cache = new DecisionCache();
    const [alice, read] = [principal(), operation()];
    const from = (address: string | null) =>
      cache.get(alice, read, policy, noon, address === null ? null : { address }).effect;
    expect([from('10.0.0.1'), from('11.0.0.1'), from('2001:db8::1'), from(null), from('nonsense')]).toEqual([
      'allow',
      'deny',
      'allow',
      'deny',
      'deny',
    ]);
    expect([from('11.0.0.1'), from('10.9.9.9')]).toEqual(['deny', 'allow']);
  });

  it('is kept by network, not by address, and within bounds', () => {
    const cache = new DecisionCache();
    const [alice, read] = [principal(), operation()];
    for (let n = 0; n < 200; n += 1) cache.get(alice, read, policy, noon, { address: `10.0.0.${n}` });
    expect(cache.size).toBe(1);
    const many = compilePolicy(
      Array.from({ length: 200 }, (_, n) => rule(`r${n}`, 'allow', { who: { networks: [`10.0.0.${n}`] } })),
    );
    for (let n = 0; n < 200; n += 1) cache.get(alice, read, many, noon, { address: `10.0.0.${n}` });
    expect(cache.size).toBeLessThanOrEqual(16);
  });

  it('costs nothing where no rule names one', () => {
    const cache = new DecisionCache();
    const [alice, read] = [principal(), operation()];
    const plain = compilePolicy([rule('all', 'allow')]);
    const first = cache.get(alice, read, plain, noon, { address: '10.0.0.1' });
    expect(cache.get(alice, read, plain, noon, { address: '2001:db8::1' })).toBe(first);
    expect(cache.size).toBe(1);
  });
});
