import { elementOf, isMultirange, isRange, TYPE } from './built-in-types.js';

/** Settings of the session that shape text output, as ParameterStatus reports them; left out: the server's default. */
export interface OutputSettings {
  /** e.g. `ISO, MDY` */
  readonly dateStyle?: string;
  readonly intervalStyle?: string;
}

const NAME_CHARACTERS = 63;
/** A bit mask is as long as its type says; beyond this no constant is kept ready. */
const BIT_LIMIT = 65_536;

const STARS = '****';

/** Characters a text type has room for; Infinity where nothing bounds it. */
export const textRoom = (typeOid: number, typmod: number): number => {
  switch (typeOid) {
    case TYPE.char:
      return 1;
    case TYPE.name:
      return NAME_CHARACTERS;
    case TYPE.varchar:
    case TYPE.bpchar:
      // The modifier counts a four byte header that the value no longer has.
      return typmod >= 4 ? typmod - 4 : Infinity;
    default:
      return Infinity;
  }
};

const zeros = (length: number): Buffer => Buffer.alloc(length);
const hex = (digits: string): Buffer => Buffer.from(digits, 'hex');

interface Constant {
  readonly text: string;
  readonly binary: Buffer;
}

const MASKED_JSON = '{"masked": true}';

// Text and binary of one value of each type (the server's own recv and input functions take them all).
const CONSTANTS: ReadonlyMap<number, Constant> = new Map<number, Constant>([
  [TYPE.xml, { text: '<m/>', binary: Buffer.from('<m/>') }],
  [TYPE.bool, { text: 'f', binary: zeros(1) }],
  [TYPE.int2, { text: '0', binary: zeros(2) }],
  [TYPE.int4, { text: '0', binary: zeros(4) }],
  [TYPE.int8, { text: '0', binary: zeros(8) }],
  [TYPE.oid, { text: '0', binary: zeros(4) }],
  [TYPE.xid, { text: '0', binary: zeros(4) }],
  [TYPE.cid, { text: '0', binary: zeros(4) }],
  [TYPE.float4, { text: '0', binary: zeros(4) }],
  [TYPE.float8, { text: '0', binary: zeros(8) }],
  [TYPE.money, { text: '$0.00', binary: zeros(8) }],
  [TYPE.numeric, { text: '0', binary: zeros(8) }],
  [TYPE.date, { text: '2000-01-01', binary: zeros(4) }],
  [TYPE.time, { text: '00:00:00', binary: zeros(8) }],
  [TYPE.timetz, { text: '00:00:00+00', binary: zeros(12) }],
  [TYPE.timestamp, { text: '2000-01-01 00:00:00', binary: zeros(8) }],
  [TYPE.timestamptz, { text: '2000-01-01 00:00:00+00', binary: zeros(8) }],
  [TYPE.interval, { text: '00:00:00', binary: zeros(16) }],
  [TYPE.uuid, { text: '00000000-0000-4000-8000-000000000000', binary: hex('00000000000040008000000000000000') }],
  [TYPE.json, { text: MASKED_JSON, binary: Buffer.from(MASKED_JSON) }],
  [TYPE.jsonb, { text: MASKED_JSON, binary: Buffer.concat([hex('01'), Buffer.from(MASKED_JSON)]) }],
  [TYPE.bytea, { text: '\\x', binary: zeros(0) }],
  [TYPE.inet, { text: '0.0.0.0', binary: hex('0220000400000000') }],
  [TYPE.cidr, { text: '0.0.0.0/32', binary: hex('0220010400000000') }],
  [TYPE.macaddr, { text: '00:00:00:00:00:00', binary: zeros(6) }],
  [TYPE.macaddr8, { text: '00:00:00:00:00:00:00:00', binary: zeros(8) }],
  [TYPE.tsvector, { text: '', binary: zeros(4) }],
  [TYPE.point, { text: '(0,0)', binary: zeros(16) }],
  [TYPE.lseg, { text: '[(0,0),(0,0)]', binary: zeros(32) }],
  [TYPE.box, { text: '(0,0),(0,0)', binary: zeros(32) }],
  [TYPE.circle, { text: '<(0,0),0>', binary: zeros(24) }],
  [TYPE.pgLsn, { text: '0/0', binary: zeros(8) }],
]);

const DATE_STYLED: ReadonlySet<number> = new Set([TYPE.date, TYPE.timestamp, TYPE.timestamptz]);

const isIsoDates = (settings: OutputSettings): boolean => /^iso\b/i.test(settings.dateStyle ?? 'ISO');
const isPostgresIntervals = (settings: OutputSettings): boolean =>
  (settings.intervalStyle ?? 'postgres').toLowerCase() === 'postgres';

/** Whether a constant of the type would come in another shape than the session's settings promise its client. */
const isRestyled = (typeOid: number, settings: OutputSettings): boolean =>
  (DATE_STYLED.has(typeOid) && !isIsoDates(settings)) || (typeOid === TYPE.interval && !isPostgresIntervals(settings));

const bits = (typeOid: number, typmod: number): Constant | null => {
  // bit(n) wants exactly n, varbit(n) at most n; the modifier is n itself.
  const count = typeOid === TYPE.bit && typmod > 0 ? typmod : 1;
  if (count > BIT_LIMIT) return null;
  const binary = zeros(4 + Math.ceil(count / 8));
  binary.writeInt32BE(count);
  return { text: '0'.repeat(count), binary };
};

const emptyArray = (elementOid: number): Constant => {
  const binary = zeros(12); // dimensions 0, flags 0, element type
  binary.writeUInt32BE(elementOid, 8);
  return { text: '{}', binary };
};

const constantOf = (typeOid: number, typmod: number): Constant | null => {
  switch (typeOid) {
    case TYPE.text:
    case TYPE.varchar:
    case TYPE.bpchar:
    case TYPE.name:
    case TYPE.char: {
      const stars = STARS.slice(0, Math.min(STARS.length, textRoom(typeOid, typmod)));
      return { text: stars, binary: Buffer.from(stars) };
    }
    case TYPE.bit:
    case TYPE.varbit:
      return bits(typeOid, typmod);
    default:
      break;
  }
  const element = elementOf(typeOid);
  if (element !== undefined) return emptyArray(element);
  if (isRange(typeOid)) return { text: 'empty', binary: hex('01') };
  if (isMultirange(typeOid)) return { text: '{}', binary: zeros(4) };
  return CONSTANTS.get(typeOid) ?? null;
};

/**
 * The fixed value that stands for every value of a type, in the format asked for; null is NULL: types whose layout is not known
 * (composites, enums, extensions) and dates or intervals in a style we do not write.
 */
export const constantMask = (
  typeOid: number,
  typmod: number,
  format: 0 | 1,
  settings: OutputSettings = {},
): Buffer | null => {
  const constant = constantOf(typeOid, typmod);
  if (constant === null) return null;
  if (format === 1) return constant.binary;
  return isRestyled(typeOid, settings) ? null : Buffer.from(constant.text);
};
