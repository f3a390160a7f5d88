import { connect, type Socket } from 'node:net';
import { startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { constantMask } from './constant-mask.js';
import { compileMaskingPlan, type MaskStep } from './masking-plan.js';
import { maskValue } from './mask-value.js';
import { decodeForRecord } from './recorded-values.js';

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

describe('years kept in binary', () => {
  const step = (typeOid: number): MaskStep =>
    compileMaskingPlan([{ name: 'c', typeOid, typmod: -1, format: 1, mask: { mode: 'partial', keep: 'year' } }])
      .steps[0] as MaskStep;

  it('are the date_trunc of the server, over seven thousand years', async () => {
    for (let day = -2_400_000; day < 200_000; day += 9_973) {
      const date = await probe.ask(`SELECT date '2000-01-01' + (${day})`, 1);
      const first = await probe.ask(`SELECT date_trunc('year', (date '2000-01-01' + (${day}))::timestamp)::date`, 1);
      expect(maskValue(step(1082), date.value)).toEqual(first.value);
      const time = await probe.ask(`SELECT (date '2000-01-01' + (${day}))::timestamp + '13:14:15.25'`, 1);
      const start = await probe.ask(`SELECT date_trunc('year', (date '2000-01-01' + (${day}))::timestamp)`, 1);
      expect(maskValue(step(1114), time.value)).toEqual(start.value);
    }
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

// Hoisted below the tests, which are what is read: the bare connection they use.
/** One value as a server answered it, or the SQLSTATE of its refusal. */
interface ProbeAnswer {
  readonly typeOid: number;
  readonly value: Buffer | null;
  readonly error: string | null;
}

const frame = (letter: string, ...parts: readonly (string | Buffer | number)[]): Buffer => {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'number' ? int16(part) : Buffer.from(part as string))),
  );
  const header = Buffer.alloc(5);
  header.write(letter, 'latin1');
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
};

const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

/** A bare connection to a server that trusts loopback: one statement, at most one parameter, one value back. */
class WireProbe {
  private constructor(
    private readonly socket: Socket,
    private readonly frames: AsyncGenerator<Buffer>,
  ) {}

  static async open(
    port: number,
    user: string,
    database: string,
    settings: readonly string[] = [],
  ): Promise<WireProbe> {
    const socket = connect(port, '127.0.0.1');
    const probe = new WireProbe(socket, framesOf(socket));
    const words = ['user', user, 'database', database, ...settings, ''];
    const body = Buffer.concat([int32(196_608), ...words.map((word) => Buffer.from(`${word}\0`))]);
    socket.write(Buffer.concat([int32(body.length + 4), body]));
    await probe.untilReady();
    return probe;
  }

  /** Runs `sql` with `parameter` in `format` as $1 and asks for the result in the same format. */
  async ask(sql: string, format: 0 | 1, parameter?: Buffer): Promise<ProbeAnswer> {
    const values = parameter === undefined ? [int16(0)] : [int16(1), int32(parameter.length), parameter];
    this.socket.write(
      Buffer.concat([
        frame('P', '\0', `${sql}\0`, 0),
        frame('B', '\0', '\0', 1, format, ...values, 1, format),
        frame('D', 'P\0'),
        frame('E', '\0', int32(0)),
        frame('S'),
      ]),
    );
    return this.untilReady();
  }

  close(): void {
    this.socket.destroy();
  }

  private async untilReady(): Promise<ProbeAnswer> {
    let typeOid = 0;
    let value: Buffer | null = null;
    let error: string | null = null;
    for (;;) {
      const next = await this.frames.next();
      if (next.done) throw new Error('the server went away');
      const message = next.value;
      switch (String.fromCharCode(message[0] ?? 0)) {
        case 'T':
          typeOid = message.readUInt32BE(message.indexOf(0, 7) + 7);
          break;
        case 'D':
          value = message.readInt32BE(7) < 0 ? null : message.subarray(11);
          break;
        case 'E':
          error = message.toString('utf8', 5).replaceAll('\0', ' ');
          break;
        case 'Z':
          return { typeOid, value, error };
        default:
          break;
      }
    }
  }
}

async function* framesOf(socket: Socket): AsyncGenerator<Buffer> {
  let kept = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    kept = Buffer.concat([kept, chunk]);
    while (kept.length >= 5 && kept.length > kept.readUInt32BE(1)) {
      const size = kept.readUInt32BE(1) + 1;
      yield kept.subarray(0, size);
      kept = kept.subarray(size);
    }
  }
}
