import type { OracleUse, StatementDescription } from '@app/sql';
import { oracleDemands, oracleNotes, oraclesOf, oracleSettings } from './oracle-demands.js';

const refusal = { reason: 'ORDER BY public.users.email tells the order', hint: 'Order by another column.' };
const use = (kind: OracleUse['kind'], ...classes: string[]): OracleUse => ({ kind, classes, refusal });
const of = (oracles: readonly OracleUse[], lineage: StatementDescription['lineage'] = 'touches') =>
  ({ oracles, lineage }) as StatementDescription;

const strict = {
  equality: 'allow',
  predicate: 'refuse',
  join: 'refuse',
  ordering: 'refuse',
  grouping: 'refuse',
  evaluation: 'refuse',
} as const;
const entry = (name: string, changes: Partial<Parameters<typeof oracleSettings>[0][number]['oracles']> = {}) => ({
  class: name,
  oracles: { ...strict, ...changes },
});

describe('the settings of a class', () => {
  it('refuse what a class nobody named is used for, equality too', () => {
    expect(oracleSettings([])('email', 'equality')).toBe('refuse');
  });

  it.each([
    [['allow', { count: 5, per: 1_000 }], { count: 5, per: 1_000 }],
    [
      [
        { count: 5, per: 1_000 },
        { count: 6, per: 1_000 },
      ],
      { count: 5, per: 1_000 },
    ],
    [
      [
        { count: 5, per: 1_000 },
        { count: 5, per: 9_000 },
      ],
      { count: 5, per: 9_000 },
    ],
    [[{ count: 1, per: 1_000 }, 'hold'], 'hold'],
    [['hold', 'refuse'], 'refuse'],
  ] as const)('are the strictest of its entries: %j', (all, wanted) => {
    for (const order of [all, all.toReversed()])
      expect(oracleSettings(order.map((join) => entry('email', { join })))('email', 'join')).toEqual(wanted);
  });
});

describe('the oracles of a statement', () => {
  it('are not known of one that was not read to its end', () => {
    expect(oraclesOf(of([use('join', 'email')], 'refused'))).toBeNull();
  });

  it('are its kinds and classes, each pair once', () => {
    const statement = of([use('join', 'email', 'phone'), use('ordering', 'email'), use('join', 'email')]);
    expect(oraclesOf(statement)).toEqual([
      { kind: 'join', class: 'email' },
      { kind: 'join', class: 'phone' },
      { kind: 'ordering', class: 'email' },
    ]);
    expect(oraclesOf(of([], 'unchecked'))).toEqual([]);
  });

  it('demand what the strictest class of theirs says', () => {
    const settings = oracleSettings([entry('email', { join: 'allow' }), entry('phone')]);
    const demands = oracleDemands(of([use('join', 'email', 'phone'), use('equality', 'phone')]), settings);
    expect(demands).toMatchObject([{ kind: 'join', class: 'phone', allows: 'nothing' }]);
  });

  it('demand nothing here where people are asked', () => {
    expect(oracleDemands(of([use('join', 'email')]), oracleSettings([entry('email', { join: 'hold' })]))).toEqual([]);
  });

  it('are refused with the words of their place, and the setting that says so', () => {
    const [demand] = oracleDemands(of([use('ordering', 'email')]), oracleSettings([entry('email')]));
    expect(demand?.refusal).toEqual({
      code: 'masking',
      message: 'ORDER BY public.users.email tells the order',
      hint: 'Order by another column. (The setting oracles.ordering of the protected class "email" says whether this passes.)',
      retry: 'after-change',
    });
  });

  it('say after which number they are refused', () => {
    const counted = oracleSettings([entry('email', { grouping: { count: 100, per: 3_600_000 } })]);
    const [demand] = oracleDemands(of([use('grouping', 'email')]), counted);
    expect(demand?.allows).toEqual({ count: 100, per: 3_600_000 });
    expect(demand?.refusal.message).toMatch(/[a-z]\. This passes 100 times in 1 hour for one person, and did\.$/);
    expect(demand?.refusal.retry).toBe('later');
  });

  it('are as many as the conditions of the statement', () => {
    const counted = oracleSettings([entry('email', { equality: { count: 5, per: 3_600_000 } })]);
    const uses = [{ ...use('equality', 'email'), times: 199 }, use('equality', 'email', 'phone')];
    const [demand] = oracleDemands(of(uses), counted);
    expect(demand?.times).toBe(200);
    expect(demand?.refusal.message).toMatch(/, and this statement does it 200 times\.$/);
  });

  it('are told to reviewers in words', () => {
    expect(oracleNotes(of([use('grouping', 'email'), use('grouping', 'email')]))).toEqual([
      'It does not show values of the protected class "email", and still tells which rows have equal values, and how many values there are (grouping).',
    ]);
  });
});
