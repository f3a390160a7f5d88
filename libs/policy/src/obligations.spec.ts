import { compilePolicy, decide, denyHolds, type Rule } from './index.js';
import { operation, principal, rule } from './testing/samples.js';

const bound = (rules: readonly Rule[]) => decide(principal(), operation({ reads: ['email'] }), compilePolicy(rules), 0);

describe('what an operation is bound to', () => {
  it('is nothing where no rule says so', () => {
    expect(bound([rule('all', 'allow')]).obligations).toEqual({ rowLimits: [] });
  });

  it('is the smallest of each limit and the loudest record of all rules that let it pass', () => {
    const { obligations } = bound([
      rule('one', 'allow', {
        limits: { rows: 100, bytes: 10, statementTimeout: 5_000, readOnly: false },
        record: { first: 5 },
      }),
      rule('two', 'allow', { limits: { rows: 10, bytes: 100 }, record: 'none' }),
      rule('three', 'allow', { limits: { readOnly: true }, record: { first: 50 } }),
      rule('elsewhere', 'allow', { on: { target: 'billing' }, limits: { rows: 1 }, record: 'all' }),
      rule('refused elsewhere', 'deny', { on: { target: 'billing' } }),
    ]);
    expect(obligations.limits).toEqual({ rows: 10, bytes: 10, statementTimeout: 5_000, readOnly: true });
    expect(obligations.record).toEqual({ first: 50 });
    expect(obligations.rowLimits).toEqual([
      {
        rule: 'two',
        over: 10,
        effect: 'deny',
        message: expect.stringContaining('Rule "two" lets at most 10 rows of a result leave.'),
        approval: null,
      },
    ]);
  });

  it('includes what the rules that hold it say', () => {
    const { effect, obligations } = bound([
      rule('all', 'allow', { limits: { rows: 100 }, record: 'none' }),
      rule('held', 'hold', { limits: { bytes: 7 }, record: 'all' }),
    ]);
    expect(effect).toBe('hold');
    expect(obligations).toMatchObject({ limits: { rows: 100, bytes: 7 }, record: 'all' });
  });

  it('stays when a hold is denied because nobody can approve', () => {
    const decision = bound([
      rule('all', 'allow', { limits: { bytes: 7 }, record: 'all' }),
      rule('bulk', 'hold', { on: { reads: { class: 'email', rows: { over: 1 } } } }),
    ]);
    expect(denyHolds(decision).obligations).toMatchObject({ limits: { bytes: 7 }, record: 'all' });
  });

  it('may be no row at all', () => {
    expect(bound([rule('count', 'allow', { limits: { rows: 0 } })]).obligations).toMatchObject({
      limits: { rows: 0 },
      rowLimits: [{ over: 0, effect: 'deny' }],
    });
  });
});
