import { startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { constantMask } from './constant-mask.js';
import { decodeForRecord } from './recorded-values.js';
import { WireProbe } from '../../../test/support/wire-probe.js';

let server: TestPostgres;
let probe: WireProbe;

beforeAll(async () => {
  server = await startPostgres();
  const { username, pathname } = new URL(server.superuserUrl);
  probe = await WireProbe.open(server.port, username, pathname.slice(1), ['TimeZone', 'UTC']);
});

afterAll(async () => {
  probe.close();
  await server.stop();
});

// Every type that has a constant, and one of each array, range and multirange.
const types = [
  'text varchar varchar(2) char(3) name "char" xml bool int2 int4 int8 oid xid cid float4 float8 money',
  'numeric date time timetz timestamp timestamptz interval uuid json jsonb bytea inet cidr macaddr',
  'macaddr8 bit(5) bit(9) varbit tsvector point lseg box circle pg_lsn int4range numrange tsrange',
  'tstzrange daterange int8range int4multirange nummultirange tsmultirange tstzmultirange datemultirange',
  'int8multirange text[] varchar[] int4[] uuid[] jsonb[] timestamptz[] daterange[] xid8[] numeric[]',
  'bit(3)[]',
].flatMap((line) => line.split(' '));

const modifier = (type: string): number => {
  const [, name, length] = /^(\w+)\((\d+)\)$/.exec(type) ?? [];
  if (length === undefined) return -1;
  return name === 'bit' ? Number(length) : Number(length) + 4;
};

describe.each([0, 1] as const)('constants in format %i', (format) => {
  it.each(types)('are read by the server as a %s, and written as the very same bytes', async (type) => {
    const { typeOid } = await probe.ask(`SELECT NULL::${type}`, format);
    const constant = constantMask(typeOid, modifier(type), format);
    if (constant === null) throw new Error('no constant');
    const answer = await probe.ask(`SELECT $1::${type}`, format, constant);
    expect(answer.error).toBeNull();
    // char(n) comes back padded; the mask is not.
    const written = type.startsWith('char(') ? answer.value?.toString().trimEnd() : answer.value?.toString('latin1');
    expect(written).toBe(constant.toString('latin1'));
  });
});

describe('the record of a binary value', () => {
  it.each([
    "'f'::bool",
    "'-32768'::int2",
    '2147483647::int4',
    "'-9223372036854775808'::int8",
    '4294967295::oid',

    "'0.1'::float4",
    "'-3.4028235e38'::float4",
    "'NaN'::float8",
    "'-Infinity'::float8",
    '0.30000000000000004::float8',
    "'0'::numeric",
    "'-0.000123'::numeric",
    "'123456789012345678901234567890.0987654321'::numeric",
    "'1e20'::numeric",
    "'10000.00'::numeric",
    "'99999999'::numeric",
    "'NaN'::numeric",
    "'-Infinity'::numeric",
    "'0.00010000'::numeric",
    "'0044-03-15 BC'::date",
    "'0001-01-01'::date",
    "'1900-02-28'::date",
    "'2000-02-29'::date",
    "'infinity'::date",
    "'12024-12-31'::date",
    "'4713-01-01 BC'::date",
    "'5874897-12-31'::date",
    "'1999-12-31 23:59:59.999999'::timestamp",
    "'0044-03-15 12:00:00.5 BC'::timestamp",
    "'-infinity'::timestamp",
    "'2024-02-29 12:13:14.000001+02'::timestamptz",
    "'24:00:00'::time",
    "'01:02:03.04+05:30'::timetz",
    "'01:02:03-08'::timetz",
    "'00112233-4455-6677-8899-aabbccddeeff'::uuid",
    `'{"a": [1, null]}'::jsonb`,
    `'{ "a":1}'::json`,
    "'\\x00ff'::bytea",
    "'10.1.2.3'::inet",
    "'10.1.2.3/8'::inet",
    "'10.0.0.0/8'::cidr",

    "'08:00:2b:01:02:03'::macaddr",
    "'žluť'::text",
    "'ab'::char(4)",
    "'0'::interval",
    "'1 year 2 mons 3 days 04:05:06.789'::interval",
    "'-1 year -2 mons +3 days -04:05:06'::interval",
    "'1 year -1 day 00:00:01'::interval",
    "'-13 months'::interval",
    "'-00:00:00.000001'::interval",
    "'1000000 hours'::interval",
    "'{1 day,-1 mon}'::interval[]",
    "B'10110'::bit(5)",
    "B''::varbit",
    "B'111111110'::varbit",
    "'16/B374D848'::pg_lsn",
    "'18446744073709551615'::xid8",
    "'08:00:2b:01:02:03:04:05'::macaddr8",
    "'[1,5)'::int4range",
    "'empty'::int4range",
    "'(,5]'::numrange",
    "'[2024-01-01,)'::daterange",
    "'[2024-01-01 10:00,2024-01-02)'::tsrange",
    "'(2024-01-01 10:00+02,infinity]'::tstzrange",
    '\'{"[1,2)",empty}\'::int8range[]',
    "'{1,NULL,3}'::int4[]",
    "'{{1,2},{3,4}}'::int8[]",
    `'{"a,b","","NULL","q\\"\\\\",x y}'::text[]`,
    "'{}'::text[]",
    "'{2024-01-01,infinity}'::date[]",
    "'x'::name",
  ])('reads as the server prints it: %s', async (literal) => {
    const printed = await probe.ask(`SELECT ${literal}`, 0);
    const binary = await probe.ask(`SELECT ${literal}`, 1);
    expect(printed.error).toBeNull();
    expect(decodeForRecord(binary.typeOid, 1, binary.value)).toBe(printed.value?.toString());
  });
});
