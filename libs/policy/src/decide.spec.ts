import type { Principal } from '@app/identity';
import { compilePolicy, decide, denyHolds, type Decision, type Operation, type Rule } from './index.js';
import { operation, principal, rule } from './testing/samples.js';

const noon = Date.parse('2026-03-10T12:00:00Z');

interface Case {
  readonly rules: readonly Rule[];
  readonly who?: Partial<Principal>;
  readonly what?: Partial<Operation>;
  readonly now?: number;
}

function decided({ rules, who, what, now = noon }: Case): Decision {
  return decide(principal(who), operation(what), compilePolicy(rules), now);
}

const effectOf = (a: Case) => decided(a).effect;

describe('decide', () => {
  it('denies when no rule matches, naming what was asked and what to do', () => {
    const decision = decided({ rules: [], what: { effect: 'schema', verb: 'DROP TABLE' }, who: { act: ['autogen'] } });
    expect(decision).toMatchObject({ effect: 'deny', code: 'default-deny', rules: [] });
    expect(decision.message).toContain('DROP TABLE (effect class schema) on target crm');
    expect(decision.message).toContain('the agent "autogen"');
    expect(decision.message).toContain('ask the owner of the policy');
  });

  it('names the powers that no rule named', () => {
    const rules = [rule('writes', 'allow', { on: { does: ['write'] } })];
    const said = (capabilities: string[]) => decided({ rules, what: { effect: 'write', capabilities } }).message;
    expect(said(['use-secret'])).toContain(
      'It takes the power use-secret, and a rule that allows it has to name that.',
    );
    expect(said(['exec', 'debug'])).toContain('the powers exec, debug, and a rule that allows it has to name them.');
    expect(said([])).toBeNull();
  });

  it('lets any deny win over hold and allow, wherever it stands', () => {
    const rules = [
      rule('allowed', 'allow'),
      rule('held', 'hold'),
      rule('no', 'deny', { message: 'Not here.' }),
      rule('nor', 'deny'),
    ];
    for (const order of [rules, rules.toReversed()]) {
      const decision = decided({ rules: order });
      expect(decision).toMatchObject({ effect: 'deny', code: 'rule' });
      expect(decision.rules.toSorted()).toEqual(['no', 'nor']);
    }
    expect(decided({ rules }).message).toBe('Not here.');
  });

  it('lets hold win over allow', () => {
    expect(decided({ rules: [rule('allowed', 'allow'), rule('held', 'hold')] })).toMatchObject({
      effect: 'hold',
      rules: ['held'],
    });
  });

  it('allows with the names of all rules that allow, and the hash of the policy', () => {
    const rules = [
      rule('one', 'allow'),
      rule('elsewhere', 'allow', { on: { target: 'billing' } }),
      rule('two', 'allow'),
    ];
    expect(decided({ rules })).toMatchObject({
      effect: 'allow',
      rules: ['one', 'two'],
      message: null,
      policy: compilePolicy(rules).hash,
      validUntil: Number.POSITIVE_INFINITY,
      cacheable: true,
    });
  });

  it('names the rule and its owner where a deny has no words of its own', () => {
    const { message } = decided({ rules: [rule('no reads', 'deny', { owner: 'privacy@example.com' })] });
    expect(message).toBe('Rule "no reads" denies SELECT (effect class read) on target crm. Ask privacy@example.com.');
  });

  describe('a rule that allows covers all an operation does', () => {
    it.each<[string, Partial<Rule['on']>, Partial<Operation>]>([
      ['an effect class not given', { does: ['read'] }, { effect: 'write' }],
      [
        'an unreadable statement',
        { does: ['read', 'write', 'schema', 'admin', 'session', 'connect'] },
        { effect: 'unknown' },
      ],
      ['a delete inside a select', { statements: ['select'] }, { kinds: ['select', 'delete'] }],
      [
        'one object of two',
        { objects: ['crm.public.orders'] },
        { objects: ['crm.public.orders', 'crm.public.customers'] },
      ],
      ['no object at all', { objects: ['crm.public.*'] }, { objects: [] }],
      [
        'an object whose name only begins alike',
        { objects: ['crm.public.orders'] },
        { objects: ['crm.public.orders_secret'] },
      ],
      ['an object of another case', { objects: ['crm.public.orders'] }, { objects: ['crm.public.Orders'] }],
      ['a second protected class', { reads: { class: 'email' } }, { reads: ['email', 'national-id'] }],
      ['no protected class', { reads: { class: '*' } }, { reads: [] }],
      ['a second class written', { writes: { class: ['email'] } }, { writes: ['email', 'secret'] }],
      ['another target', { target: ['crm', 'billing'] }, { target: 'crm2' }],
      ['a verb with a second kind', { statements: ['drop table'] }, { verb: 'DROP TABLE', kinds: ['drop', 'delete'] }],
    ])('does not allow %s', (_, on, what) => {
      expect(effectOf({ rules: [rule('r', 'allow', { on })], what })).toBe('deny');
    });

    it.each<[string, Partial<Rule['on']>, Partial<Operation>]>([
      [
        'every object',
        { objects: ['crm.public.{orders,customers}'] },
        { objects: ['crm.public.orders', 'crm.public.customers'] },
      ],
      ['an effect class of several', { does: ['read', 'session'] }, { effect: 'session' }],
      ['the whole command', { statements: ['drop table'] }, { verb: 'DROP TABLE', kinds: ['drop'] }],
      ['a target by glob', { target: '{crm,bill*}' }, { target: 'billing-eu' }],
      ['unknown, said by name', { does: ['unknown'] }, { effect: 'unknown', kinds: ['do'] }],
      ['every class read', { reads: { class: ['email', 'phone'] } }, { reads: ['phone', 'email'] }],
    ])('allows %s', (_, on, what) => {
      expect(effectOf({ rules: [rule('r', 'allow', { on })], what })).toBe('allow');
    });
  });

  describe.each(['deny', 'hold'] as const)('a rule of effect %s matches any part of an operation', (effect) => {
    it.each<[string, Partial<Rule['on']>, Partial<Operation>]>([
      ['a delete inside a select', { statements: ['delete'] }, { kinds: ['select', 'delete'] }],
      [
        'one object of two',
        { objects: ['crm.public.secret*'] },
        { objects: ['crm.public.orders', 'crm.public.secrets'] },
      ],
      ['one class of two', { reads: { class: 'national-id' } }, { reads: ['email', 'national-id'] }],
      ['one class written', { writes: { class: 'email' } }, { writes: ['email', 'secret'] }],
      ['the whole command', { statements: ['drop table'] }, { verb: 'DROP TABLE', kinds: ['drop'], effect: 'schema' }],
      ['what cannot be read: a kind', { statements: ['drop'] }, { effect: 'unknown', kinds: ['do'], objects: [] }],
      ['what cannot be read: an effect', { does: ['schema'] }, { effect: 'unknown', kinds: ['call'], objects: [] }],
      ['what cannot be read: an object', { objects: ['crm.public.secrets'] }, { effect: 'unknown', objects: [] }],
      ['what cannot be read: a class', { writes: { class: 'email' } }, { effect: 'unknown' }],
    ])('%s', (_, on, what) => {
      expect(effectOf({ rules: [rule('all', 'allow'), rule('r', effect, { on })], what })).toBe(effect);
    });

    it.each<[string, Partial<Rule['on']>, Partial<Operation>]>([
      ['another target', { target: 'billing' }, { effect: 'unknown' }],
      ['another kind', { statements: ['drop', 'truncate'] }, { kinds: ['select'] }],
      ['another effect', { does: ['schema'] }, { effect: 'write' }],
      ['no protected class', { reads: { class: '*' } }, { reads: [] }],
    ])('but not %s', (_, on, what) => {
      expect(
        effectOf({ rules: [rule('all', 'allow', { on: { target: '*' } }), rule('r', effect, { on })], what }),
      ).toBe('allow');
    });
  });

  it('says that a statement cannot be read when a rule about its parts refuses it', () => {
    const rules = [
      rule('all', 'allow'),
      rule('no drops', 'deny', { on: { statements: ['drop'] }, message: 'Use migrations.' }),
    ];
    const { message, cacheable } = decided({ rules, what: { effect: 'unknown', verb: 'DO', kinds: ['do'] } });
    expect(message).toBe(
      'What DO does cannot be read beforehand, and rule "no drops" denies part of what it could do. Use migrations.',
    );
    expect(cacheable).toBe(false);
  });

  describe('who', () => {
    it.each<[string, Rule['who'], Partial<Principal>]>([
      ['none of the groups', { groups: ['admins'] }, {}],
      ['a group that only looks alike', { groups: ['analyst*'] }, {}],
      ['no group', { groups: 'analysts' }, { groups: [] }],
      ['another user', { users: 'bob@example.com' }, {}],
      ['group but not user', { groups: 'analysts', users: 'bob@*' }, {}],
      ['no agent where one is wanted', { agents: '*' }, {}],
      ['an agent behind the agent', { agents: 'autogen' }, { act: ['autogen', 'stranger'] }],
      ['no purpose where one is wanted', { purposes: '*' }, {}],
      ['another purpose', { purposes: ['support'] }, { purpose: 'marketing' }],
    ])('allows nobody with %s', (_, who, changes) => {
      expect(effectOf({ rules: [rule('r', 'allow', { who })], who: changes })).toBe('deny');
    });

    it.each<[string, Rule['who'], Partial<Principal>]>([
      ['one of the groups', { groups: ['admins', 'analysts'] }, {}],
      ['a user by glob', { users: '*@example.com' }, {}],
      ['all agents on the list', { agents: ['autogen', 'tool-*'] }, { act: ['autogen', 'tool-sql'] }],
      ['the purpose', { purposes: 'sup*' }, { purpose: 'support' }],
      [
        'everything given',
        { groups: 'analysts', users: 'alice@*', agents: 'autogen', purposes: 's*' },
        { act: ['autogen'], purpose: 's' },
      ],
    ])('allows with %s', (_, who, changes) => {
      expect(effectOf({ rules: [rule('r', 'allow', { who })], who: changes })).toBe('allow');
    });

    it('denies when any agent of the chain is meant', () => {
      const rules = [rule('all', 'allow'), rule('no stranger', 'deny', { who: { agents: 'stranger' } })];
      expect(effectOf({ rules, who: { act: ['autogen', 'stranger'] } })).toBe('deny');
      expect(effectOf({ rules, who: { act: ['autogen'] } })).toBe('allow');
    });
  });

  describe('rows', () => {
    const bulk = rule('bulk', 'hold', { on: { reads: { class: 'email', rows: { over: 100 } } } });
    const what = { reads: ['email'] };

    it('never allows by itself', () => {
      expect(decided({ rules: [bulk], what })).toMatchObject({ effect: 'deny', code: 'default-deny' });
    });

    it('become an obligation of what another rule allows', () => {
      const decision = decided({ rules: [rule('all', 'allow'), bulk], what });
      expect(decision).toMatchObject({ effect: 'allow', rules: ['all'] });
      expect(decision.obligations.rowLimits).toEqual([
        {
          rule: 'bulk',
          over: 100,
          effect: 'hold',
          approval: expect.objectContaining({ requirements: [expect.objectContaining({ rule: 'bulk', quorum: 1 })] }),
          message: expect.stringMatching(/more than 100 rows that read email/),
        },
      ]);
      const [limit] = denyHolds(decision).obligations.rowLimits;
      expect(limit).toMatchObject({ effect: 'deny', message: expect.stringContaining('Approvals are not configured') });
    });

    it('that the planner expects hold early what another rule allows, and let nothing else through', () => {
      const many = { ...what, rows: 101 };
      expect(decided({ rules: [rule('all', 'allow'), bulk], what: many })).toMatchObject({
        effect: 'hold',
        rules: ['bulk'],
      });
      expect(decided({ rules: [rule('all', 'allow'), bulk], what: { ...what, rows: 100 } }).effect).toBe('allow');
      expect(decided({ rules: [bulk], what: many })).toMatchObject({ effect: 'deny', code: 'default-deny' });
      const never = rule('bulk', 'deny', { on: { reads: { class: 'email', rows: { over: 100 } } } });
      expect(decided({ rules: [rule('all', 'allow'), never], what: many }).effect).toBe('allow');
    });

    it('bind whatever the result is of, where the rule names no class', () => {
      const any = rule('large', 'hold', { on: { reads: { rows: { over: 10 } } } });
      const rules = [rule('all', 'allow'), any];
      expect(decided({ rules }).obligations.rowLimits).toMatchObject([
        { rule: 'large', over: 10, message: expect.stringContaining('results of more than 10 rows. Ask') },
      ]);
      expect(decided({ rules, what: { rows: 11 } }).effect).toBe('hold');
      expect(decided({ rules, what: { rows: 10 } }).effect).toBe('allow');
    });

    it('bind nothing that does not read the class', () => {
      expect(decided({ rules: [rule('all', 'allow'), bulk] }).obligations.rowLimits).toEqual([]);
    });
  });

  describe('time windows', () => {
    const office = rule('office', 'allow', { on: { between: { from: '09:00', to: '17:00' } } });

    it('deny at the end and before the begin, and say until when', () => {
      const at = (time: string) => decided({ rules: [office], now: Date.parse(`2026-03-10T${time}Z`) });
      expect(at('17:00:00.000')).toMatchObject({ effect: 'deny', validUntil: Date.parse('2026-03-11T09:00Z') });
      expect(at('08:59:59.999')).toMatchObject({ effect: 'deny', validUntil: Date.parse('2026-03-10T09:00Z') });
      expect(at('09:00:00.000')).toMatchObject({ effect: 'allow', validUntil: Date.parse('2026-03-10T17:00Z') });
      expect(at('16:59:59.999').effect).toBe('allow');
    });

    it('of rules that cannot apply set no edge', () => {
      const other = rule('other', 'deny', {
        who: { groups: 'admins' },
        on: { between: { from: '01:00', to: '02:00' } },
      });
      expect(decided({ rules: [rule('all', 'allow'), other] }).validUntil).toBe(Number.POSITIVE_INFINITY);
    });
  });

  it('never allows more when a deny or a hold is added, and never less when an allow is added', () => {
    const random = seeded(20260310);
    for (let round = 0; round < 2_000; round += 1) {
      const rules = Array.from({ length: Math.floor(random() * 5) }, (_, n) => randomRule(random, `r${n}`));
      const added = randomRule(random, 'added');
      const who = randomPrincipal(random);
      const what = randomOperation(random);
      const now = noon + Math.floor(random() * 7 * 86_400_000);
      const before = decide(who, what, compilePolicy(rules), now);
      const at = Math.floor(random() * (rules.length + 1));
      const after = decide(who, what, compilePolicy(rules.toSpliced(at, 0, added)), now);
      const rank = { deny: 0, hold: 1, allow: 2 } as const;
      if (added.effect === 'deny') expect(rank[after.effect]).toBeLessThanOrEqual(rank[before.effect]);
      if (added.effect === 'hold' && before.effect !== 'deny')
        expect(after.effect === 'allow' && before.effect !== 'allow').toBe(false);
      if (added.effect === 'allow') expect(rank[after.effect]).toBeGreaterThanOrEqual(rank[before.effect]);
      if (after.effect === 'allow') expect(after.rules.length).toBeGreaterThan(0);
    }
  });
});

describe('denyHolds', () => {
  it('turns a hold into a deny that names the rule and says that approvals are not configured', () => {
    const held = decided({ rules: [rule('bulk export', 'hold', { message: 'Ask privacy.' })] });
    const denied = denyHolds(held);
    expect(denied).toMatchObject({
      effect: 'deny',
      code: 'approvals-not-configured',
      rules: ['bulk export'],
      policy: held.policy,
    });
    expect(denied.message).toMatch(
      /^Rule "bulk export" holds this for approval\. Ask privacy\. Approvals are not configured/,
    );
  });

  it('gives a decision without holds back as it is', () => {
    for (const effect of ['allow', 'deny'] as const) {
      const decision = decided({ rules: [rule('r', effect)] });
      expect(denyHolds(decision)).toBe(decision);
    }
  });
});

type Random = () => number;

function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
const maybe = <T>(random: Random, value: () => T): T | undefined => (random() < 0.4 ? value() : undefined);
const subset = <T>(random: Random, from: readonly T[]): T[] => from.filter(() => random() < 0.5);
const nonEmpty = <T>(random: Random, from: readonly T[]): T[] => [pick(random, from), ...subset(random, from)];

const classes = ['email', 'phone'];
const objects = ['crm.public.a', 'crm.public.b', 'crm.sales.c'];
const kinds = ['select', 'delete', 'drop'];
const effects = ['read', 'write', 'schema', 'session', 'unknown'] as const;

function randomRule(random: Random, name: string): Rule {
  return {
    name,
    effect: pick(random, ['allow', 'deny', 'hold'] as const),
    who: maybe(random, () => ({
      groups: maybe(random, () => nonEmpty(random, ['analysts', 'admins'])),
      agents: maybe(random, () => nonEmpty(random, ['autogen', 'x*'])),
      purposes: maybe(random, () => nonEmpty(random, ['support', 'm*'])),
    })),
    on: {
      target: pick(random, ['crm', '*', 'b*']),
      does: maybe(random, () => nonEmpty(random, effects)),
      statements: maybe(random, () => nonEmpty(random, kinds)),
      objects: maybe(random, () => nonEmpty(random, [...objects, 'crm.public.*'])),
      reads: maybe(random, () => ({ class: nonEmpty(random, classes) })),
      writes: maybe(random, () => ({ class: nonEmpty(random, classes) })),
      between:
        random() < 0.1 ? { from: pick(random, ['09:00', '22:00']), to: pick(random, ['06:00', '17:00']) } : undefined,
    },
  };
}

function randomPrincipal(random: Random): Principal {
  return principal({
    groups: subset(random, ['analysts', 'admins']),
    act: subset(random, ['autogen', 'x1', 'other']),
    purpose: pick(random, [null, 'support', 'marketing']),
  });
}

function randomOperation(random: Random): Operation {
  return operation({
    target: pick(random, ['crm', 'billing']),
    effect: pick(random, effects),
    kinds: subset(random, kinds),
    objects: subset(random, objects),
    reads: subset(random, classes),
    writes: subset(random, classes),
  });
}
