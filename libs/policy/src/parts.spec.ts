import { compilePolicy, decide, explain, type Decision, type EffectClass, type Operation, type Rule } from './index.js';
import { operation, principal, rule } from './testing/samples.js';

const [orders, tickets, customers, payments] = ['orders', 'tickets', 'customers', 'payments'].map(
  (name) => `crm.public.${name}`,
) as [string, string, string, string];

/** `UPDATE orders … FROM customers`. */
const update = (changes: Partial<Operation> = {}): Operation =>
  operation({
    effect: 'write',
    verb: 'UPDATE',
    kinds: ['update'],
    objects: [orders, customers],
    onlyReads: [customers],
    ...changes,
  });

const decided = (rules: readonly Rule[], what: Operation = update()): Decision =>
  decide(principal(), what, compilePolicy(rules), 0);

const keeps = rule('keep orders', 'allow', { on: { does: ['write'], objects: [orders] } });
const reads = rule('read all', 'allow', { on: { does: ['read'] } });

describe('a write that reads other objects', () => {
  it.each<[string, readonly Rule[], Partial<Operation>]>([
    ['no rule lets it read them', [keeps], {}],
    ['a rule lets it write all, and none read', [rule('write all', 'allow', { on: { does: ['write'] } })], {}],
    [
      'the rule for reading covers one of two',
      [keeps, rule('r', 'allow', { on: { does: ['read'], objects: [customers] } })],
      { objects: [orders, customers, payments], onlyReads: [customers, payments] },
    ],
    ['no rule lets it write one of those it writes', [keeps, reads], { objects: [tickets, orders, customers] }],
    [
      'a rule denies reading them',
      [keeps, reads, rule('no', 'deny', { on: { statements: ['select'], objects: [customers] } })],
      {},
    ],
    [
      'a rule denies whatever is done to them',
      [keeps, reads, rule('no', 'deny', { on: { objects: [customers] } })],
      {},
    ],
    [
      'a rule denies writing what it writes',
      [keeps, reads, rule('no', 'deny', { on: { does: ['write'], objects: [orders] } })],
      {},
    ],
    [
      'a rule denies the class it reads',
      [keeps, reads, rule('no', 'deny', { on: { reads: { class: 'email' } } })],
      { reads: ['email'] },
    ],
    [
      'the rule for writing is for another kind',
      [rule('k', 'allow', { on: { statements: ['delete'], objects: [orders] } }), reads],
      {},
    ],
    [
      'what it writes it reads as well, and the rule lets it write only',
      [rule('k', 'allow', { on: { statements: ['insert'], objects: [orders] } }), reads],
      { verb: 'SELECT', kinds: ['select', 'insert'], readsWritten: true },
    ],
    ['it cannot be read', [keeps, reads], { effect: 'unknown' }],
    [
      'it makes or changes what is named',
      [rule('s', 'allow', { on: { does: ['schema'], objects: [orders] } }), reads],
      { effect: 'schema' },
    ],
  ])('is refused where %s', (_, rules, changes) => {
    expect(decided(rules, update(changes)).effect).toBe('deny');
  });

  it.each<[string, readonly Rule[], Partial<Operation>]>([
    ['one rule lets it write, another read', [keeps, reads], {}],
    ['one rule lets it do both', [rule('all', 'allow')], {}],
    [
      'the kind of what it reads is of another rule',
      [
        rule('k', 'allow', { on: { statements: ['delete'], objects: [orders] } }),
        rule('s', 'allow', { on: { statements: ['select'] } }),
      ],
      { verb: 'DELETE', kinds: ['delete', 'select'] },
    ],
    [
      'a rule denies writing what it only reads',
      [keeps, reads, rule('no', 'deny', { on: { does: ['write'], objects: [customers] } })],
      {},
    ],
  ])('is let pass where %s', (_, rules, changes) => {
    expect(decided(rules, update(changes))).toMatchObject({ effect: 'allow', message: null });
  });

  it('is told which relation it may not read, or not write, and what would allow that', () => {
    expect(decided([keeps]).message).toBe(
      'No rule allows you to read (effect class read) crm.public.customers, as this UPDATE does. Rules for reading (effect class read, statements select) have to cover what it only reads. Ask for something the rules allow, or ask the owner of the policy for a rule.',
    );
    expect(decided([reads]).message).toContain('No rule allows you UPDATE (effect class write) of crm.public.orders.');
    const denies = rule('private', 'deny', { on: { does: ['read'], objects: [customers] } });
    expect(decided([keeps, reads, denies]).message).toContain(
      'Rule "private" denies to read (effect class read) crm.public.customers, as this UPDATE does.',
    );
  });

  it('is held by the rules of both, each of whose reviewers are asked, once', () => {
    const hold = (name: string, on: Partial<Rule['on']>) =>
      rule(name, 'hold', { on, approval: { reviewers: { groups: [name] }, quorum: 1, hold: 1_000, expires: 2_000 } });
    const both = decided([hold('b', { does: ['read'] }), hold('a', { does: ['write'] }), hold('c', {}), keeps, reads]);
    expect(both.effect).toBe('hold');
    expect(both.rules).toEqual(['b', 'a', 'c']);
    expect(both.approval?.requirements.map(({ rule: name }) => name)).toEqual(['b', 'a', 'c']);
    // a hold lets pass what nothing else allows, for its own part only
    expect(decided([hold('b', { does: ['read'] })]).effect).toBe('deny');
    expect(decided([hold('b', { does: ['read'] }), keeps])).toMatchObject({ effect: 'hold', rules: ['b'] });
  });

  it('is bound to the limits of both', () => {
    const limited = (name: string, does: EffectClass, rows: number) =>
      rule(name, 'allow', { on: { does: [does] }, limits: { rows } });
    const exports = rule('exports', 'deny', { on: { reads: { rows: { over: 7 } } } });
    const { obligations, rules } = decided([limited('w', 'write', 20), limited('r', 'read', 10), exports]);
    expect(rules).toEqual(['w', 'r']);
    expect(obligations.limits).toEqual({ rows: 10 });
    expect(obligations.rowLimits.map(({ rule: name, over }) => [name, over])).toEqual([
      ['exports', 7],
      ['r', 10],
    ]);
  });

  it('is explained part by part', () => {
    const { rules } = explain(principal(), update(), compilePolicy([keeps, reads]), 0);
    expect(rules.map(({ rule: name, about, matched, failed }) => [name, about, matched, failed?.key])).toEqual([
      ['keep orders', 'writes', true, undefined],
      ['keep orders', 'reads', false, 'on.does'],
      ['read all', 'writes', false, 'on.does'],
      ['read all', 'reads', true, undefined],
    ]);
  });
});

describe('whatever the rules', () => {
  let state = 20261123;
  const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const some = <T>(all: readonly T[]): T[] => all.filter(() => random() < 0.5);
  const maybe = <T>(make: () => T): T | undefined => (random() < 0.4 ? make() : undefined);
  const all = [orders, tickets, customers, payments];
  const classes: readonly EffectClass[] = ['read', 'write', 'session'];
  const kinds = ['select', 'update', 'delete'];

  const drawRule = (name: string, objects: boolean): Rule =>
    rule(name, pick(['allow', 'allow', 'deny', 'hold']), {
      on: {
        does: maybe(() => [pick(classes), ...some(classes)]),
        statements: maybe(() => [pick(kinds), ...some(kinds)]),
        objects: objects ? maybe(() => [pick(all), ...some(all)]) : undefined,
        reads: maybe(() => ({ class: 'email' })),
        missing: maybe(() => 'where' as const),
      },
    });
  const draw = (objects: boolean): { rules: readonly Rule[]; what: Operation } => {
    const written = [pick(all), ...some(all)];
    const read = all.filter((name) => !written.includes(name) && random() < 0.7);
    return {
      rules: Array.from({ length: Math.floor(random() * 6) }, (_, n) => drawRule(`r${n}`, objects)),
      what: operation({
        effect: pick(['write', 'write', 'session', 'unknown']),
        verb: 'UPDATE',
        kinds: ['update', ...some(['select', 'delete'])],
        objects: [...new Set([...written, ...read])],
        ...(read.length === 0 ? {} : { onlyReads: read }),
        reads: some(['email']),
        missing: some(['where']),
      }),
    };
  };
  const whole = (what: Operation): Operation => {
    const { onlyReads: _read, ...rest } = what;
    return rest;
  };
  const freedom = ({ effect }: Decision): number => ({ deny: 0, hold: 1, allow: 2 })[effect];
  const rounds = 2_000;

  it('without `objects` in them, nothing passes that did not pass as a whole', () => {
    let less = 0;
    for (let round = 0; round < rounds; round += 1) {
      const { rules, what } = draw(false);
      const [before, now] = [decided(rules, whole(what)), decided(rules, what)];
      expect(freedom(now)).toBeLessThanOrEqual(freedom(before));
      if (freedom(now) < freedom(before)) less += 1;
    }
    expect(less).toBeGreaterThan(0);
  });

  it('it passes no more freely than writing the ones and reading the others would by themselves', () => {
    const seen = { deny: 0, hold: 0, allow: 0 };
    for (let round = 0; round < rounds; round += 1) {
      const { rules, what } = draw(true);
      const { onlyReads } = what;
      const now = decided(rules, what);
      if (onlyReads === undefined || what.effect === 'unknown') {
        expect(now).toEqual(decided(rules, whole(what)));
        continue;
      }
      const reading: Operation = {
        ...whole(what),
        effect: 'read',
        verb: 'SELECT',
        kinds: ['select'],
        objects: onlyReads,
      };
      const writing = { ...whole(what), objects: what.objects.filter((name) => !onlyReads.includes(name)) };
      const read = freedom(decided(rules, reading));
      expect(freedom(now)).toBeLessThanOrEqual(read);
      // a rule about objects need not name what reads
      const bare = { ...writing, kinds: what.kinds.filter((kind) => kind !== 'select') };
      const written = Math.max(freedom(decided(rules, writing)), freedom(decided(rules, bare)));
      expect(freedom(now)).toBeLessThanOrEqual(written);
      expect(freedom(now)).toBeGreaterThanOrEqual(Math.min(read, freedom(decided(rules, writing))));
      seen[now.effect] += 1;
    }
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(rounds / 200);
  });
});
