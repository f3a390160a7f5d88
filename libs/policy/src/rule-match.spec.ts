import { compilePolicy, decide, type Operation, type Rule } from './index.js';
import { operation, principal, rule } from './testing/samples.js';

function effectOf(rules: readonly Rule[], what: Partial<Operation>): string {
  return decide(principal(), operation(what), compilePolicy(rules), 0).effect;
}

type Attributes = Readonly<Record<string, readonly string[]>>;
const allows = (wanted: Attributes, had: Attributes): boolean =>
  effectOf([rule('r', 'allow', { on: { attributes: wanted } })], { attributes: had }) === 'allow';
const denies = (wanted: Attributes, had: Attributes): boolean =>
  effectOf([rule('all', 'allow'), rule('r', 'deny', { on: { attributes: wanted } })], { attributes: had }) === 'deny';

describe('an attribute asked for by a rule that allows', () => {
  it.each<[string, Attributes, Attributes]>([
    ['is not there', { namespace: ['*'] }, {}],
    ['has no value', { namespace: ['*'] }, { namespace: [] }],
    ['has another value', { namespace: ['shop'] }, { namespace: ['bank'] }],
    ['has one more value', { resource: ['rooms'] }, { resource: ['rooms', 'secrets'] }],
    ['could be anything', { namespace: ['shop'] }, { namespace: ['*'] }],
    ['could be more than the pattern says', { name: ['web-1*'] }, { name: ['web-*'] }],
    ['could be anything, and the rule lists what it may be', { name: ['{a,b}'] }, { name: ['*'] }],
    ['is of a family nothing is known of', { 'label:team': ['red'] }, { 'label:*': ['*'] }],
    ['is another one of its family', { 'label:team': ['red'] }, { 'label:app': ['red'] }],
    [
      'is one of two that are asked for',
      { verb: ['get'], namespace: ['shop'] },
      { verb: ['get'], namespace: ['bank'] },
    ],
    ['differs in case', { namespace: ['shop'] }, { namespace: ['Shop'] }],
    ['is inherited by every object', { constructor: ['*'] }, {}],
  ])('does not match when it %s', (_, wanted, had) => {
    expect(allows(wanted, had)).toBe(false);
  });

  it.each<[string, Attributes, Attributes]>([
    ['is as asked', { namespace: ['shop'] }, { namespace: ['shop'] }],
    ['is one of the alternatives', { verb: ['get', 'list'] }, { verb: ['list'] }],
    ['is covered in all its values', { resource: ['rooms*'] }, { resource: ['rooms', 'rooms/log'] }],
    ['could be anything, and the rule says anything', { namespace: ['*'] }, { namespace: ['*'] }],
    ['could be what the pattern says, and no more', { name: ['web-*'] }, { name: ['web-1*'] }],
    ['is empty, and the rule says anything', { namespace: ['*'] }, { namespace: [''] }],
    ['is known though its family is not', { 'label:team': ['red'] }, { 'label:team': ['red'], 'label:*': ['*'] }],
  ])('matches when it %s', (_, wanted, had) => {
    expect(allows(wanted, had)).toBe(true);
  });
});

describe('an attribute asked for by a rule that denies', () => {
  it.each<[string, Attributes, Attributes]>([
    ['is as asked', { namespace: ['shop'] }, { namespace: ['shop'] }],
    ['is as asked in one value of two', { resource: ['secrets'] }, { resource: ['rooms', 'secrets'] }],
    ['could be anything', { namespace: ['shop'] }, { namespace: ['*'] }],
    ['is of a family nothing is known of', { 'label:team': ['red'] }, { 'label:*': ['*'] }],
  ])('matches when it %s', (_, wanted, had) => {
    expect(denies(wanted, had)).toBe(true);
  });

  it.each<[string, Attributes, Attributes]>([
    ['is not there', { namespace: ['*'] }, {}],
    ['has another value', { namespace: ['shop'] }, { namespace: ['bank'] }],
    ['cannot be what the pattern says', { name: ['db-*'] }, { name: ['web-*'] }],
    ['holds a star among other characters, which is a star', { command: ['*rm -rf*'] }, { command: ['echo *'] }],
    [
      'is known to be another, though its family is not',
      { 'label:team': ['red'] },
      { 'label:team': ['blue'], 'label:*': ['*'] },
    ],
  ])('does not match when it %s', (_, wanted, had) => {
    expect(denies(wanted, had)).toBe(false);
  });

  it('matches an operation that cannot be read, whatever is known of it', () => {
    const rules = [rule('all', 'allow'), rule('r', 'deny', { on: { attributes: { namespace: ['bank'] } } })];
    expect(effectOf(rules, { effect: 'unknown', attributes: { namespace: ['shop'] } })).toBe('deny');
  });
});

describe('a power', () => {
  const exec: Partial<Operation> = { effect: 'connect', capabilities: ['exec'] };

  it.each<[string, Partial<Rule['on']>, readonly string[]]>([
    ['that no rule names', {}, ['exec']],
    ['that the rule does not name, though it allows all effects', { does: ['connect', 'unknown'] }, ['exec']],
    ['beside the one that is named', { capabilities: ['exec'] }, ['exec', 'impersonate']],
    ['other than the one that is named', { capabilities: ['exec'] }, ['proxy']],
    ['whose name only begins alike', { capabilities: ['proxy'] }, ['proxy-node']],
  ])('is not allowed: %s', (_, on, capabilities) => {
    expect(effectOf([rule('r', 'allow', { on })], { ...exec, capabilities })).toBe('deny');
  });

  it('is not allowed by two rules that name one power each', () => {
    const rules = ['exec', 'impersonate'].map((power) => rule(power, 'allow', { on: { capabilities: [power] } }));
    expect(effectOf(rules, { ...exec, capabilities: ['exec', 'impersonate'] })).toBe('deny');
  });

  it('is allowed by a rule that names it, or all', () => {
    for (const capabilities of ['exec', ['exec', 'proxy'], '*'])
      expect(effectOf([rule('r', 'allow', { on: { capabilities } })], exec)).toBe('allow');
  });

  it('asked for by a rule that allows is needed: what has none is not covered', () => {
    expect(effectOf([rule('r', 'allow', { on: { capabilities: '*' } })], { capabilities: [] })).toBe('deny');
  });

  it('is denied by a rule that names one of several, and by one that names none', () => {
    const allowed = rule('all', 'allow', { on: { capabilities: '*' } });
    const had = { ...exec, capabilities: ['exec', 'host-access'] };
    expect(effectOf([allowed, rule('r', 'deny', { on: { capabilities: 'host-*' } })], had)).toBe('deny');
    expect(effectOf([allowed, rule('r', 'deny')], had)).toBe('deny');
    expect(effectOf([allowed, rule('r', 'deny', { on: { capabilities: 'proxy' } })], had)).toBe('allow');
  });
});

describe('an object in which a star could be anything', () => {
  const over = (effect: 'allow' | 'deny', pattern: string, object: string): string =>
    effectOf(
      [...(effect === 'deny' ? [rule('all', 'allow')] : []), rule('r', effect, { on: { objects: [pattern] } })],
      {
        objects: [object],
      },
    );

  it('is allowed only where the rule covers all it could be', () => {
    expect(over('allow', 'crm.shop/rooms/*', 'crm.*/rooms/*')).toBe('deny');
    expect(over('allow', 'crm.shop/rooms/web', 'crm.shop/rooms/*')).toBe('deny');
    expect(over('allow', 'crm.*', 'crm.*/rooms/*')).toBe('allow');
  });

  it('is denied where the rule names something it could be', () => {
    expect(over('deny', 'crm.bank/*', 'crm.*/rooms/*')).toBe('deny');
    expect(over('deny', 'crm.bank/secrets/key', 'crm.*/rooms/*')).toBe('allow');
  });
});

describe('a rule about attributes', () => {
  it('is told by its key when it names nothing or is no pattern', () => {
    const compile = (attributes: Attributes) => () => compilePolicy([rule('r', 'allow', { on: { attributes } })]);
    expect(compile({ namespace: [] })).toThrow('on.namespace');
    expect(compile({ 'label:team': ['{'] })).toThrow('on.label:team');
    expect(() => compilePolicy([rule('r', 'allow', { on: { capabilities: [] } })])).toThrow('on.capabilities');
  });

  it('changes the hash of the policy', () => {
    const hash = (attributes: Attributes) => compilePolicy([rule('r', 'allow', { on: { attributes } })]).hash;
    expect(hash({ namespace: ['a'] })).not.toBe(hash({ namespace: ['b'] }));
  });
});
