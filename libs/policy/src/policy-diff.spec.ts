import { compilePolicy, diffPolicies, parseRules, PolicyError, type Rule } from './index.js';
import { rule } from './testing/samples.js';

const before: readonly Rule[] = [
  rule('reads', 'allow', { on: { does: ['read'], objects: 'crm.public.*' } }),
  rule('exports', 'hold', {
    on: { reads: { class: 'email', rows: { over: 100 } } },
    approval: { reviewers: { groups: ['privacy'] }, quorum: 1, hold: 60_000, expires: 900_000 },
  }),
  rule('drops', 'deny', { on: { statements: ['drop'] } }),
];

describe('the difference of two policies', () => {
  it('is none where they say the same', () => {
    const again = structuredClone(before).map((one) => ({ ...one, message: undefined }));
    expect(diffPolicies(before, again)).toEqual({ added: [], removed: [], changed: [], reordered: false });
  });

  it('takes one text and a list of it for the same', () => {
    const [reads, ...rest] = before;
    const listed = { ...(reads as Rule), on: { ...(reads as Rule).on, objects: ['crm.public.*'] } };
    expect(diffPolicies(before, [listed, ...rest]).changed).toEqual([]);
  });

  it('lists what came and went, what denies first', () => {
    const diff = diffPolicies(before, [rule('new', 'allow'), rule('never', 'deny'), rule('ask', 'hold')]);
    expect(diff.added.map(({ name }) => name)).toEqual(['never', 'ask', 'new']);
    expect(diff.removed.map(({ name }) => name)).toEqual(['drops', 'exports', 'reads']);
    expect(diff.changed).toEqual([]);
  });

  it('names the keys that changed in a rule of the same name, down to the last', () => {
    const [reads, exports, drops] = before as readonly [Rule, Rule, Rule];
    const after: readonly Rule[] = [
      { ...reads, on: { ...reads.on, objects: ['crm.public.orders'] }, owner: 'dba@example.com' },
      {
        ...exports,
        on: { ...exports.on, reads: { class: 'email', rows: { over: 10 } } },
        approval: { reviewers: { groups: ['privacy'] }, quorum: 2, hold: 60_000, expires: 900_000 },
      },
      { ...drops, effect: 'allow', on: { target: 'crm', attributes: { namespace: 'a' } } },
    ];
    const { changed } = diffPolicies(before, after);
    expect(changed.map(({ name, keys }) => [name, keys])).toEqual([
      ['exports', ['approval.quorum', 'on.reads.rows.over']],
      ['reads', ['on.objects', 'owner']],
      ['drops', ['effect', 'on.attributes.namespace', 'on.statements']],
    ]);
    expect(changed[0]).toMatchObject({ before: exports, after: after[1] });
  });

  it('says that the rules both have stand in another order, and not that others stand between them', () => {
    expect(diffPolicies(before, before.toReversed()).reordered).toBe(true);
    expect(diffPolicies(before, [rule('new', 'deny'), ...before]).reordered).toBe(false);
    expect(diffPolicies(before, before.slice(1)).reordered).toBe(false);
  });
});

describe('rules kept as JSON', () => {
  const { hash } = compilePolicy(before);
  const kept = (): unknown => JSON.parse(JSON.stringify(before));

  it('are not taken back when they are others than were put away', () => {
    const others: readonly unknown[] = [
      [rule('reads', 'allow')],
      [...before, rule('all', 'allow')],
      before.toReversed(),
      [],
      null,
      'reads',
      [null],
      [{ name: 'reads', effect: 'allow' }],
      { 0: before[0] },
    ];
    for (const other of others) expect(() => parseRules(other, hash)).toThrow(PolicyError);
  });

  it('are not taken back when they cannot be put in force', () => {
    const bad = [rule('r', 'allow', { on: { target: 'crm{' } })];
    const good = compilePolicy([rule('r', 'allow')]).hash;
    expect(() => parseRules(bad, good)).toThrow(PolicyError);
  });

  it('are the very same otherwise', () => {
    expect(compilePolicy(parseRules(kept(), hash)).hash).toBe(hash);
  });
});
