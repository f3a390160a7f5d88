import { TYPE } from '../built-in-types.js';
import { constantMask } from '../constant-mask.js';
import { maskRuleFromConfig, type MaskConfig } from '../mask-rule.js';
import { compileMaskingPlan } from '../masking-plan.js';
import { maskValue } from '../mask-value.js';
import { Pseudonyms } from '../pseudonyms/pseudonyms.js';
import { maskLikeness, type MaskLikeness } from './mask-likeness.js';

const rule = (config?: MaskConfig) =>
  maskRuleFromConfig(config, (shape) => new Pseudonyms(Buffer.alloc(32, 7), 'email', shape));

function likeness(
  value: Buffer | string | null,
  typeOid: number,
  config?: MaskConfig,
  format: 0 | 1 = 0,
  typmod = -1,
): MaskLikeness {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return maskLikeness(bytes, { typeOid, typmod, format, mask: rule(config) });
}

describe('a text', () => {
  it.each([
    '****',
    '****@example.org',
    '****6467',
    '****€€€€',
    ' **** ',
    'pseudo_abcdefgh234567ab',
    'pseudo_abcdefgh234567ab@pseudonym.invalid',
  ])('is a mask: %s', (text) => {
    for (const format of [0, 1] as const)
      for (const type of [TYPE.text, TYPE.varchar, TYPE.bpchar, TYPE.name, 0])
        expect(likeness(text, type, undefined, format)).toBe('mask');
  });

  it.each([
    '',
    '*',
    '***',
    '*****',
    '****12345',
    'a****',
    '**** and more of it',
    '****@',
    'null',
    'pseudo',
    'pseudo_random',
    '0',
    'alice@example.org',
  ])('is a value: %s', (text) => {
    expect(likeness(text, TYPE.text)).toBe('value');
  });

  it('is a mask where the column has room for fewer stars', () => {
    expect(likeness('**', TYPE.varchar, undefined, 0, 6)).toBe('mask');
    expect(likeness('***', TYPE.bpchar, undefined, 1, 7)).toBe('mask');
    expect(likeness('**', TYPE.varchar, undefined, 0, 7)).toBe('value');
    expect(likeness('*', TYPE.varchar, undefined, 0, 5)).toBe('plausible');
  });

  it('is plausible as initials only where the mask shows them', () => {
    expect(likeness('A. K.', TYPE.text, { keep: 'initials' })).toBe('plausible');
    expect(likeness('A. K.', TYPE.text)).toBe('value');
    expect(likeness('Alice K.', TYPE.text, { keep: 'initials' })).toBe('value');
  });
});

describe('other types', () => {
  it.each<[string, number, string]>([
    ['json', TYPE.json, '{"masked": true}'],
    ['json as a client writes it', TYPE.json, '{"masked":true}'],
    ['jsonb', TYPE.jsonb, '{ "masked" : true }'],
    ['xml', TYPE.xml, '<m/>'],
    ['xml as a client writes it', TYPE.xml, '<m />'],
    ['a UUID', TYPE.uuid, '00000000-0000-4000-8000-000000000000'],
    ['a UUID in other letters', TYPE.uuid, '{00000000000040008000000000000000}'],
    ['an array', 1009, '{a@example.org,"****"}'],
    ['an array with its bounds', 1009, '[0:1]={****, x}'],
    ['an array of arrays', 1009, '{{a,b},{c, pseudo_abcdefgh234567ab}}'],
    ['an array of JSON', 199, '{"{\\"masked\\": true}"}'],
    ['stars in a domain or a type of an extension', 70_000, '****@example.org'],
  ])('have masks: %s', (_, typeOid, text) => {
    expect(likeness(text, typeOid)).toBe('mask');
  });

  it.each<[string, number, string]>([
    ['json', TYPE.json, '{"masked": true, "more": 1}'],
    ['json null', TYPE.json, 'null'],
    ['a UUID', TYPE.uuid, '00000000-0000-4000-8000-000000000001'],
    ['an array', 1009, '{****5,NULL,"null"}'],
    ['a number', TYPE.int4, '10'],
    ['a number with zeros', TYPE.numeric, '100.00'],
    ['a date', TYPE.date, '2000-01-02'],
    ['a time of the first day', TYPE.timestamp, '2000-01-01 00:00:01'],
    ['a truth', TYPE.bool, 't'],
    ['bytes', TYPE.bytea, '\\x00'],
  ])('have values: %s', (_, typeOid, text) => {
    expect(likeness(text, typeOid)).toBe('value');
  });

  it.each<[string, number, string]>([
    ['0', TYPE.int4, '0'],
    ['0 with places', TYPE.numeric, '0.00'],
    ['0 with a sign', TYPE.float8, '-0'],
    ['no money', TYPE.money, '$0.00'],
    ['false', TYPE.bool, 'false'],
    ['false in a letter', TYPE.bool, 'f'],
    ['the first day', TYPE.date, '2000-01-01'],
    ['its first moment', TYPE.timestamptz, '2000-01-01T00:00:00.000Z'],
    ['its first moment in UTC', TYPE.timestamptz, '2000-01-01 00:00:00+00'],
    ['no bytes', TYPE.bytea, '\\x'],
    ['no elements', 1009, '{}'],
    ['an empty range', 3904, 'empty'],
  ])('have what may be both: %s', (_, typeOid, text) => {
    expect(likeness(text, typeOid)).toBe('plausible');
  });

  it('have what may be both where the mask shows a part', () => {
    expect(likeness('1984-01-01', TYPE.date, { keep: 'year' })).toBe('plausible');
    expect(likeness('1984-05-01', TYPE.date, { keep: 'year' })).toBe('value');
    expect(likeness('18', TYPE.int4, { bucket: [0, 18, 65] })).toBe('plausible');
    expect(likeness('19', TYPE.int4, { bucket: [0, 18, 65] })).toBe('value');
  });
});

describe('NULL', () => {
  it('may be a mask only where masks are NULL', () => {
    expect(likeness(null, TYPE.text, 'null')).toBe('plausible');
    expect(likeness(null, TYPE.text)).toBe('value');
    expect(likeness(null, 70_000)).toBe('plausible');
  });
});

describe('whatever a mask writes', () => {
  const columns: [number, number][] = Object.values(TYPE).map((oid) => [oid, -1]);

  it('is never taken for a value, in any type and format', () => {
    const taken: string[] = [];
    for (const [typeOid, typmod] of [
      ...columns,
      [TYPE.varchar, 7],
      [TYPE.bpchar, 40],
      [1009, -1],
      [1007, -1],
      [3904, -1],
    ] as const)
      for (const format of [0, 1] as const) {
        const mask = constantMask(typeOid, typmod, format);
        if (maskLikeness(mask, { typeOid, typmod, format, mask: { mode: 'constant' } }) === 'value')
          taken.push(`${typeOid} ${format}`);
      }
    expect(taken).toEqual([]);
  });

  it.each<[MaskConfig, number, string]>([
    [{ keep: 'domain' }, TYPE.text, 'alice@example.org'],
    [{ keep: 'last4' }, TYPE.text, '4539 1488 0343 6467'],
    [{ keep: 'initials' }, TYPE.text, 'Alice Kowalski'],
    [{ keep: 'year' }, TYPE.date, '1984-05-06'],
    [{ keep: 'domain' }, 1009, '{alice@example.org,bob@example.org}'],
    ['pseudonym', TYPE.text, 'alice'],
    [{ pseudonym: 'email' }, TYPE.text, 'alice@example.org'],
    ['pseudonym', TYPE.uuid, '01234567-89ab-4def-8123-456789abcdef'],
    ['pseudonym', TYPE.bytea, '\\x0102'],
    [{ bucket: 1000 }, TYPE.int4, '71234'],
    [{ bucket: 'month' }, TYPE.date, '1984-05-06'],
  ])('%j of type %i is none', (config, typeOid, text) => {
    const mask = rule(config);
    const [step] = compileMaskingPlan([{ name: '', typeOid, typmod: -1, format: 0, mask }]).steps;
    const masked = maskValue(step!, Buffer.from(text));
    expect(masked?.toString()).not.toBe(text);
    expect(maskLikeness(masked, { typeOid, typmod: -1, format: 0, mask })).not.toBe('value');
  });
});
