import { compilePolicy, PolicyError, type Rule } from './index.js';
import { rule } from './testing/samples.js';

function refusal(rules: readonly Rule[]): PolicyError {
  try {
    compilePolicy(rules);
  } catch (error) {
    if (error instanceof PolicyError) return error;
  }
  throw new Error('was accepted');
}

describe('compilePolicy', () => {
  it.each<[string, Rule]>([
    ['name', rule('', 'allow')],
    ['on.target', rule('r', 'allow', { on: { target: [] } })],
    ['on.target', rule('r', 'allow', { on: { target: 'crm{' } })],
    ['on.objects', rule('r', 'allow', { on: { objects: ['crm.{a,{b}}'] } })],
    ['on.objects', rule('r', 'deny', { on: { objects: [''] } })],
    ['on.statements', rule('r', 'deny', { on: { statements: ['DROP'] } })],
    ['on.statements', rule('r', 'deny', { on: { statements: [] } })],
    ['on.does', rule('r', 'deny', { on: { does: [] } })],
    ['on.does', rule('r', 'deny', { on: { does: ['ddl' as 'schema'] } })],
    ['on.reads.rows', rule('r', 'allow', { on: { reads: { class: 'email', rows: { over: 1 } } } })],
    ['on.reads.rows.over', rule('r', 'deny', { on: { reads: { class: 'email', rows: { over: -1 } } } })],
    ['on.reads.class', rule('r', 'deny', { on: { reads: { class: [] } } })],
    ['on.reads', rule('r', 'deny', { on: { reads: {} } })],
    ['who.groups', rule('r', 'allow', { who: { groups: [] } })],
    ['who.users', rule('r', 'allow', { who: { users: ['}'] } })],
    ['on.between', rule('r', 'allow', { on: { between: { from: '9:00', to: '17:00' } } })],
    ['on.between', rule('r', 'allow', { on: { between: { from: '09:00', to: '24:30' } } })],
    ['on.between', rule('r', 'allow', { on: { between: { from: '24:00', to: '09:00' } } })],
    ['on.between', rule('r', 'allow', { on: { between: { from: '09:00', to: '09:00' } } })],
    ['on.between', rule('r', 'allow', { on: { between: { from: '09:00', to: '17:00', timezone: 'Mars/Base' } } })],
    ['on.between', rule('r', 'allow', { on: { between: { from: '09:00', to: '17:00', days: [] } } })],
    ['effect', rule('r', 'permit' as 'allow')],
    ['who.claims.team', rule('r', 'allow', { who: { claims: { team: [] } } })],
    ['who.claims.team', rule('r', 'allow', { who: { claims: { team: '{' } } })],
    ['who.networks', rule('r', 'deny', { who: { networks: [] } })],
    ['who.networks', rule('r', 'deny', { who: { networks: ['10.0.0.0/8', '10.0.0.1/8'] } })],
    ['who.strength', rule('r', 'allow', { who: { strength: {} } })],
    ['who.strength.acr', rule('r', 'allow', { who: { strength: { acr: [] } } })],
    ['who.strength.within', rule('r', 'allow', { who: { strength: { within: 0 } } })],
    ['on.filters.class', rule('r', 'deny', { on: { filters: { class: [] } } })],
    ['on.oracles', rule('r', 'deny', { on: { oracles: {} } })],
    ['on.oracles.class', rule('r', 'deny', { on: { oracles: { class: [] } } })],
    ['on.oracles.kind', rule('r', 'deny', { on: { oracles: { kind: [] } } })],
    ['on.oracles.kind', rule('r', 'deny', { on: { oracles: { kind: 'timing' as 'join' } } })],
    ['on.missing', rule('r', 'deny', { on: { missing: [] } })],
    ['on.missing', rule('r', 'deny', { on: { missing: 'having' as 'where' } })],
    ['limits', rule('r', 'deny', { limits: { rows: 1 } })],
    ['limits', rule('r', 'hold', { on: { reads: { class: 'x', rows: { over: 1 } } }, limits: { rows: 1 } })],
    ['record', rule('r', 'deny', { record: 'all' })],
    ['limits.rows', rule('r', 'allow', { limits: { rows: -1 } })],
    ['limits.bytes', rule('r', 'allow', { limits: { bytes: 0 } })],
    ['limits.statementTimeout', rule('r', 'allow', { limits: { statementTimeout: 0.5 } })],
    ['record.first', rule('r', 'allow', { record: { first: 0 } })],
    [
      'approval.quorum',
      rule('r', 'hold', { approval: { reviewers: { groups: 'g' }, quorum: 0, hold: 1, expires: 1 } }),
    ],
    [
      'approval.stepUp',
      rule('r', 'hold', { approval: { reviewers: { groups: 'g' }, quorum: 1, hold: 1, expires: 1, stepUp: {} } }),
    ],
    ['approval', rule('r', 'deny', { approval: { reviewers: { groups: 'g' }, quorum: 1, hold: 1, expires: 1 } })],
  ])('refuses a bad %s and names rule and key', (key, bad) => {
    const error = refusal([rule('good', 'allow'), bad]);
    expect([error.rule, error.key]).toEqual([bad.name, key]);
    expect(error.message).toContain(JSON.stringify(bad.name));
    expect(error.message).toContain(key);
  });

  it('refuses two rules of one name', () => {
    expect(refusal([rule('r', 'allow'), rule('r', 'deny')]).key).toBe('name');
  });

  it('gives equal rules one hash, however their members are ordered', () => {
    const one: Rule = {
      name: 'r',
      effect: 'allow',
      on: { target: 'crm', does: ['read'] },
      who: { groups: 'g', users: '*' },
    };
    const other: Rule = {
      who: { users: '*', groups: 'g' },
      on: { does: ['read'], target: 'crm' },
      effect: 'allow',
      name: 'r',
    };
    expect(compilePolicy([one]).hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(compilePolicy([one]).hash).toBe(compilePolicy([other]).hash);
    expect(compilePolicy([{ ...one, message: undefined }]).hash).toBe(compilePolicy([one]).hash);
  });

  it('gives rules that differ anywhere another hash', () => {
    const variants = [
      [],
      [rule('r', 'allow')],
      [rule('r', 'deny')],
      [rule('r', 'allow', { message: 'm' })],
      [rule('r', 'allow', { on: { target: ['crm'] } })],
      [rule('r', 'allow'), rule('s', 'allow')],
      [rule('s', 'allow'), rule('r', 'allow')],
    ];
    expect(new Set(variants.map((rules) => compilePolicy(rules).hash)).size).toBe(variants.length);
  });
});
