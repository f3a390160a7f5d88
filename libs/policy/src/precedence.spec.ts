import type { Principal } from '@app/identity';
import {
  compilePolicy,
  decide,
  explain,
  type Decision,
  type Operation,
  type Policy,
  type Rule,
  type Situation,
} from './index.js';
import { operation, principal, rule } from './testing/samples.js';

const noon = Date.parse('2026-03-10T12:00:00Z');
const rounds = 1_000;

type Random = () => number;

function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Draw {
  readonly policy: Policy;
  readonly who: Principal;
  readonly what: Operation;
  readonly from: Situation;
  readonly now: number;
}

const classes = ['email', 'phone'];
const addresses = ['10.0.0.1', '10.1.0.1', '2001:db8::1'];
const clauses = ['where', 'limit'] as const;
const kinds = ['equality', 'ordering'] as const;
const acrs = ['pwd', 'mfa'];

function draw(random: Random): Draw {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const some = <T>(all: readonly T[]): T[] => all.filter(() => random() < 0.5);
  const least = <T>(all: readonly T[]): T[] => [pick(all), ...some(all)];
  const maybe = <T>(make: () => T): T | undefined => (random() < 0.3 ? make() : undefined);
  const oneRule = (name: string): Rule =>
    rule(name, pick(['allow', 'deny', 'hold']), {
      who: {
        groups: maybe(() => least(['analysts', 'admins'])),
        claims: maybe(() => ({ team: least(['red', 'blue']) })),
        strength: maybe(() => pick([{ acr: least(acrs) }, { within: 60_000 }, { acr: 'mfa', within: 120_000 }])),
        networks: maybe(() => least(['10.0.0.0/16', '10.1.0.0/16', '2001:db8::/32'])),
      },
      on: {
        target: pick(['crm', '*']),
        reads: maybe(() => ({ class: least(classes), rows: maybe(() => ({ over: 10 })) })),
        filters: maybe(() => ({ class: least(classes) })),
        oracles: maybe(() => ({ class: least(classes), kind: maybe(() => least(kinds)) })),
        missing: maybe(() => least(clauses)),
        between: random() < 0.1 ? { from: '09:00', to: '17:00' } : undefined,
      },
    });
  // a rule that allows knows no number of rows
  const rules = Array.from({ length: Math.floor(random() * 6) }, (_, n) => oneRule(`r${n}`)).map((one) =>
    one.effect === 'allow' && one.on.reads ? { ...one, on: { ...one.on, reads: { class: one.on.reads.class } } } : one,
  );
  return {
    policy: compilePolicy(rules),
    who: principal({
      groups: some(['analysts', 'admins']),
      claims: random() < 0.5 ? { team: some(['red', 'blue', 'green']) } : {},
      acr: pick(acrs),
      authTime: noon - Math.floor(random() * 180_000),
    }),
    what: operation({
      effect: pick(['read', 'write', 'unknown']),
      reads: some(classes),
      filters: some(classes),
      oracles: some(classes.flatMap((name) => kinds.map((kind) => ({ kind, class: name })))),
      missing: some(clauses),
      rows: pick([null, 5, 500]),
    }),
    from: { address: pick(addresses) },
    now: noon + Math.floor(random() * 86_400_000 * 2) * (random() < 0.2 ? 1 : 0),
  };
}

const decided = (
  { policy, who, what, from, now }: Draw,
  changes: Partial<Draw> | { readonly from: null },
): Decision => {
  const asked = { who, what, from, ...changes };
  return decide(asked.who, asked.what, policy, now, asked.from);
};

/** How much a decision lets through: what no rule mentions may come to be held by one, what a rule denied may not. */
const freedom = ({ effect, code }: Decision): number =>
  code === 'default-deny' ? 1 : { deny: 0, hold: 1, allow: 2 }[effect];

describe('of all rules that match', () => {
  it('any deny wins, then any hold, then any allow, and their names are told; nothing else is ever allowed', () => {
    const random = seeded(20261122);
    const seen = { deny: 0, hold: 0, allow: 0 };
    for (let round = 0; round < rounds; round += 1) {
      const { policy, who, what, from, now } = draw(random);
      const { decision, rules } = explain(who, what, policy, now, from);
      const matching = rules.filter(({ matched }) => matched);
      const atOnce = matching.filter(({ rowsOver }) => rowsOver === null);
      // what the planner expects holds what others let through, and opens nothing by itself
      const early = (one: (typeof rules)[number]) =>
        one.effect === 'hold' &&
        (what.rows ?? 0) > (one.rowsOver ?? 0) &&
        atOnce.some(({ effect }) => effect !== 'deny');
      const decides = matching.filter((one) => one.rowsOver === null || early(one));
      const of = (effect: Decision['effect']) => decides.filter((one) => one.effect === effect).map((one) => one.rule);
      const wins = (['deny', 'hold', 'allow'] as const).find((effect) => of(effect).length > 0);
      expect([decision.effect, decision.rules]).toEqual([wins ?? 'deny', wins === undefined ? [] : of(wins)]);
      expect(decision.approval === null).toBe(decision.effect !== 'hold');
      seen[decision.effect] += 1;
    }
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(rounds / 50);
  });
});

describe('whatever is not known of somebody or something', () => {
  it.each<[string, (drawn: Draw) => Partial<Draw> | { readonly from: null }]>([
    ['where they come from', () => ({ from: null })],
    ['where they come from, by an address that is none', () => ({ from: { address: 'proxy' } })],
    ['how they signed in', ({ who }) => ({ who: { ...who, acr: null } })],
    ['when they signed in', ({ who }) => ({ who: { ...who, authTime: null } })],
    ['what it filters by', ({ what }) => ({ what: without(what, 'filters') })],
    ['what it lets its author learn', ({ what }) => ({ what: without(what, 'oracles') })],
    ['what it lacks', ({ what }) => ({ what: without(what, 'missing') })],
  ])('never makes more allowed: %s', (_, hide) => {
    const random = seeded(7);
    let less = 0;
    for (let round = 0; round < rounds; round += 1) {
      const drawn = draw(random);
      const [known, hidden] = [freedom(decided(drawn, {})), freedom(decided(drawn, hide(drawn)))];
      expect(hidden).toBeLessThanOrEqual(known);
      if (hidden < known) less += 1;
    }
    // it does matter: there are cases in which less is allowed
    expect(less).toBeGreaterThan(0);
  });
});

function without(what: Operation, key: 'filters' | 'oracles' | 'missing'): Operation {
  const { [key]: _hidden, ...rest } = what;
  return rest;
}
