import { startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { constantMask, hasNoConstant, type OutputSettings } from './constant-mask.js';
import { compileMaskingPlan, type MaskStep } from './masking-plan.js';
import { type MaskConfig, maskRuleFromConfig } from './mask-rule.js';
import { maskValue } from './mask-value.js';
import { Pseudonyms } from './pseudonyms/pseudonyms.js';
import { WireProbe } from '../../../test/support/wire-probe.js';
import type { UserType } from './user-type.js';

// A mask is a value of its type: the server's own input and receive functions read it, and read the same from both formats.

interface KnownType extends UserType {
  readonly oid: number;
  readonly typname: string;
  /** it has a binary format, and so have its elements */
  readonly sends: boolean;
}

let server: TestPostgres;
let probe: WireProbe;
let builtIn: readonly KnownType[];
let settings: OutputSettings;

beforeAll(async () => {
  server = await startPostgres();
  const { username, pathname } = new URL(server.superuserUrl);
  probe = await WireProbe.open(server.port, username, pathname.slice(1), ['TimeZone', 'UTC']);
  for (const sql of [
    "CREATE TYPE mood AS ENUM ('in a word, \"fine\"', 'bad')",
    'CREATE DOMAIN address AS varchar(60)',
    'CREATE DOMAIN nested AS address',
    'CREATE TYPE inner_row AS (m mood, b bytea)',
    'CREATE TYPE outer_row AS (a int4, t varchar(2), e text, x xml, i inner_row, l text[], s address)',
    'CREATE TYPE floats AS RANGE (subtype = float8)',
  ])
    expect((await probe.ask(sql, 0)).error).toBeNull();
  const known = await listTypes();
  builtIn = known.filter(({ oid }) => oid < 16_384);
  const own = new Map(known.filter(({ oid }) => oid >= 16_384).map((type) => [type.oid, type]));
  settings = { types: (oid) => own.get(oid) };
});

afterAll(async () => {
  probe?.close();
  await server?.stop();
});

async function listTypes(): Promise<readonly KnownType[]> {
  const { value, error } = await probe.ask(
    `SELECT json_agg(json_build_object('oid', t.oid::int8, 'typname', CASE WHEN t.oid = 1042 THEN 'bpchar' ELSE format_type(t.oid, NULL) END, 'name', t.typname, 'kind', t.typtype,
       'baseOid', t.typbasetype::int8, 'elementOid', CASE WHEN t.typcategory = 'A' THEN t.typelem::int8 END,
       'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
       'attributes', (SELECT json_agg(json_build_object('typeOid', a.atttypid::int8, 'typmod', a.atttypmod) ORDER BY a.attnum)
          FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND t.typrelid <> 0),
       'rangeOid', (SELECT r.rngsubtype::int8 FROM pg_range r WHERE r.rngtypid = t.oid),
       'sends', t.typsend <> 0 AND coalesce(e.typsend <> 0, true)))
     FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem
     WHERE t.typtype <> 'p' AND (t.oid >= 16384 OR t.typtype NOT IN ('c', 'd')
       AND t.typnamespace = 'pg_catalog'::regnamespace AND coalesce(e.typtype, 'b') <> 'c')`,
    0,
  );
  expect(error).toBeNull();
  const listed = JSON.parse(value?.toString() ?? '[]') as readonly Record<string, unknown>[];
  return listed.map((one) => Object.fromEntries(Object.entries(one).filter(([, member]) => member !== null)) as never);
}

const typeOf = (name: string): KnownType | undefined => builtIn.find(({ typname }) => typname === name);

describe('a type of the server', () => {
  it('has a constant, or is known to take none', () => {
    expect(builtIn.length).toBeGreaterThan(150);
    const open = builtIn.filter(({ oid }) => (constantMask(oid, -1, 0) === null) !== hasNoConstant(oid));
    expect(open.map(({ typname }) => typname)).toEqual([]);
  });

  it.each([0, 1] as const)('reads its constant in format %i', async (format) => {
    const refused: string[] = [];
    for (const { oid, typname, sends } of builtIn) {
      const constant = constantMask(oid, -1, format);
      if (constant === null || (format === 1 && !sends)) continue;
      const { value, error } = await probe.ask(`SELECT $1::${typname}`, format, constant);
      if (error !== null || value?.equals(constant) !== true) refused.push(`${typname}: ${error ?? String(value)}`);
    }
    expect(refused).toEqual([]);
  });
});

/** Values as the server is told them; of each type also NULL in an array, and nested arrays. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  text: ['alice.k@example.com', '4539 1488 0343 6467', 'Alice "A, {K}" \\ Kowalski', '', 'NULL', 'žluť 😀 dvanáct'],
  'character varying': ['bob@example.org'],
  bpchar: ['carol@example.org   ', 'x'],
  name: ['Alice Kowalski'],
  '"char"': ['x'],
  boolean: ['t'],
  smallint: ['0', '1999', '-32768', '32767'],
  integer: ['7', '-1', '2147483647', '-2147483648', '1000', '999'],
  bigint: ['7', '2147483648', '-9007199254740993', '9223372036854775807', '-9223372036854775808'],
  real: ['1234.5', '-0.5', 'NaN', 'Infinity', '1e30'],
  'double precision': ['1234.5', '-1e-9', '-Infinity', '123456789012345'],
  numeric: [
    '7',
    '7.00',
    '1999.99',
    '-0.01',
    '-1000',
    'NaN',
    '123456789012345678901234567890',
    '0',
    '100000000',
    '20000.5',
  ],
  date: ['1984-07-31', '0044-03-15 BC', 'infinity', '12024-02-29', '2024-12-30', '0001-01-01'],
  'timestamp without time zone': ['1984-07-31 12:13:14.5', '1999-12-31 23:59:59.999999', '-infinity'],
  'timestamp with time zone': ['1984-07-31 12:13:14+02', '2024-01-01 02:00:00+05:45', '0012-01-01 00:00:00+00'],
  'time without time zone': ['12:13:14'],
  interval: ['1 year 2 mons -3 days 04:05:06'],
  uuid: ['00112233-4455-6677-8899-aabbccddeeff'],
  bytea: ['\\x', '\\x00ff5c', '\\x736563726574'],
  json: ['{"a": 1}'],
  jsonb: ['{"a": 1}'],
  inet: ['10.1.2.3/8'],
  box: ['(1,2),(0,0)'],
  money: ['12.34'],
  int4range: ['[1,1999)', '(,5]', '[7,)', 'empty', '[1000,2000)', '[-1,2147483647)'],
  numrange: ['[0.5,1999.5]', '(1000,2000)', '(1000,2000.5)'],
  daterange: ['[2024-01-31,2024-03-01)', '(,)', '[2024-01-31,infinity)'],
  tsrange: ['["2024-01-31 10:00:00","2024-02-01 00:00:00")', '["2024-01-31 10:00:00","2024-02-01 00:00:00"]'],
  tstzrange: ['["2024-01-31 10:00:00+00","2024-03-01 00:00:00+02"]'],
  int8range: ['[1,9223372036854775807)'],
};

const RULES: readonly MaskConfig[] = [
  'constant',
  'pseudonym',
  { pseudonym: 'email' },
  { keep: 'domain' },
  { keep: 'last4' },
  { keep: 'initials' },
  { keep: 'year' },
  { bucket: 1000 },
  { bucket: [-10, 0, 18, 65, 1000] },
  { bucket: 'day' },
  { bucket: 'week' },
  { bucket: 'month' },
  { bucket: 'quarter' },
  { bucket: 'year' },
];

const SECRET = Buffer.alloc(32, 7);
const rules = RULES.map((config) => maskRuleFromConfig(config, (shape) => new Pseudonyms(SECRET, 'person', shape)));

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const stepOf = (typeOid: number, format: 0 | 1, rule: number): MaskStep =>
  compileMaskingPlan([{ name: 'c', typeOid, typmod: -1, format, mask: rules[rule]!, settings }]).steps[0]!;

/** What the server reads of every mask of a value, by the format it was masked in. @returns what it did not read, or read otherwise */
async function misread(oid: number, typname: string, expression: string): Promise<string[]> {
  const wrong: string[] = [];
  const [text, binary] = [await probe.ask(`SELECT ${expression}`, 0), await probe.ask(`SELECT ${expression}`, 1)];
  if (text.error ?? binary.error) return [`${expression}: ${text.error ?? binary.error}`];
  for (let rule = 0; rule < rules.length; rule++) {
    const read: (string | null)[] = [];
    for (const [format, { value }] of [
      [0, text],
      [1, binary],
    ] as const) {
      const masked = maskValue(stepOf(oid, format, rule), value);
      if (masked === null) {
        read.push(null);
        continue;
      }
      const back = await probe.ask(`SELECT $1::${typname}`, format, masked, 0);
      if (back.error !== null) wrong.push(`${expression} ${JSON.stringify(RULES[rule])} ${format}: ${back.error}`);
      read.push(back.value?.toString() ?? null);
    }
    if (read[0] !== read[1]) wrong.push(`${expression} ${JSON.stringify(RULES[rule])}: ${read.join(' but binary ')}`);
  }
  return wrong;
}

describe('masks of a value', () => {
  beforeAll(async () => {
    await probe.ask("SET TimeZone TO 'Asia/Kathmandu'", 0);
  });

  it.each(Object.keys(VALUES))('are read by the server as a %s, alike in both formats', async (typname) => {
    const type = typeOf(typname);
    if (type === undefined) throw new Error(`no type ${typname}`);
    const wrong: string[] = [];
    for (const value of VALUES[typname]!)
      wrong.push(...(await misread(type.oid, typname, `${literal(value)}::${typname}`)));
    expect(wrong).toEqual([]);
  });

  it.each(Object.keys(VALUES))('are read by the server in arrays of %s', async (typname) => {
    const element = typeOf(typname);
    const array = builtIn.find((one) => one.typname.endsWith('[]') && one.elementOid === element?.oid);
    if (array === undefined) throw new Error(`no array of ${typname}`);
    const elements = VALUES[typname]!.map(literal).join(',');
    const wrong: string[] = [];
    for (const expression of [
      `ARRAY[${elements}, NULL]::${typname}[]`,
      `ARRAY[ARRAY[${elements}],ARRAY[${elements}]]::${typname}[]`,
      `'[0:0]={NULL}'::${typname}[]`,
      `'{}'::${typname}[]`,
    ])
      wrong.push(...(await misread(array.oid, `${typname}[]`, expression)));
    expect(wrong).toEqual([]);
  });

  it.each([
    ['mood', "'bad'::mood", 'in a word, "fine"'],
    ['mood[]', "'{bad,NULL}'::mood[]", '{}'],
    ['nested', "'alice@example.com'::nested", '****'],
    ['nested[]', "'{alice@example.com}'::nested[]", '{}'],
    ['floats', "'[1.5,2000.5)'::floats", 'empty'],
    ['floats_multirange', "'{[1.5,2000.5)}'::floats_multirange", '{}'],
    ['outer_row', "ROW(1,'ab','c','<a/>',NULL,'{}','d')::outer_row", null],
    ['outer_row[]', "ARRAY[ROW(1,'ab','c','<a/>',NULL,'{}','d')::outer_row]", '{}'],
  ])('of the type %s are read by the server', async (typname, expression, constant) => {
    const { value } = await probe.ask(`SELECT '${typname}'::regtype::oid`, 0);
    const oid = Number(value?.toString());
    expect(await misread(oid, typname, expression)).toEqual([]);
    if (constant !== null) expect(constantMask(oid, -1, 0, settings)?.toString()).toBe(constant);
  });
});

describe('buckets', () => {
  it.each(['day', 'week', 'month', 'quarter', 'year'] as const)('of a %s are what date_trunc makes', async (unit) => {
    const rule = RULES.findIndex(
      (config) => typeof config === 'object' && 'bucket' in config && config.bucket === unit,
    );
    for (let day = -700_000; day < 200_000; day += 30_011) {
      const moment = `(timestamp '2000-01-01' + interval '${day} days 13:14:15.25')`;
      for (const [typname, oid] of [
        ['date', 1082],
        ['timestamp', 1114],
        ['timestamptz', 1184],
      ] as const) {
        const value = typname === 'timestamptz' ? `${moment} AT TIME ZONE 'UTC'` : `${moment}::${typname}`;
        const truncated = `date_trunc('${unit}', ${moment})`;
        const expected = typname === 'timestamptz' ? `${truncated} AT TIME ZONE 'UTC'` : `${truncated}::${typname}`;
        const [given, wanted] = [await probe.ask(`SELECT ${value}`, 1), await probe.ask(`SELECT ${expected}`, 1)];
        expect(maskValue(stepOf(oid, 1, rule), given.value)).toEqual(wanted.value);
      }
    }
  });

  it.each(['int2', 'int4', 'int8', 'numeric', 'float8'])('of numbers are floor(%s / 1000) * 1000', async (typname) => {
    const { typeOid } = await probe.ask(`SELECT NULL::${typname}`, 0);
    const rule = RULES.findIndex(
      (config) => typeof config === 'object' && 'bucket' in config && config.bucket === 1000,
    );
    const fractions = typname === 'numeric' || typname === 'float8' ? ['0', '0.5', '-0.5'] : ['0'];
    for (const whole of [0, 1, 999, 1000, 1001, -1, -1000, -1001, 31_999, 20_000])
      for (const fraction of fractions) {
        const value = `(${whole} + ${fraction})::${typname}`;
        const { value: wanted } = await probe.ask(`SELECT (floor((${value})::numeric / 1000) * 1000)::int8`, 0);
        for (const format of [0, 1] as const) {
          const given = await probe.ask(`SELECT ${value}`, format);
          const masked = maskValue(stepOf(typeOid, format, rule), given.value);
          const back = await probe.ask(`SELECT ($1::${typname})::int8`, format, masked ?? Buffer.alloc(0), 0);
          expect(back.value?.toString(), value).toBe(wanted?.toString());
        }
      }
  });
});
