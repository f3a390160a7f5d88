import { elementOf, isMultirange, isRange, TYPE } from './built-in-types.js';
import { plainType, type UserType, type UserTypes } from './user-type.js';

/**
 * What a session's values look like: settings that shape text, as ParameterStatus reports them (left out: the server's default), and
 * types that are not part of the server (left out: none is known, and their values are NULL).
 */
export interface OutputSettings {
  /** e.g. `ISO, MDY` */
  readonly dateStyle?: string;
  readonly intervalStyle?: string;
  readonly types?: UserTypes;
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

const oidAlias = (text: string): Constant => ({ text, binary: zeros(4) });
const SNAPSHOT: Constant = { text: '1:1:', binary: hex('0000000000000000000000010000000000000001') };

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
  // The receive function takes no empty query: one word, no weight, no prefix.
  [TYPE.tsquery, { text: "'masked'", binary: Buffer.from('\0\0\0\x01\x01\0\0masked\0', 'latin1') }],
  [TYPE.jsonpath, { text: '$', binary: hex('0124') }],
  // A path is closed, a polygon is not said to be: one point at the origin. No line has all three of its coefficients 0.
  [TYPE.path, { text: '((0,0))', binary: Buffer.concat([hex('0100000001'), zeros(16)]) }],
  [TYPE.polygon, { text: '((0,0))', binary: Buffer.concat([hex('00000001'), zeros(16)]) }],
  [TYPE.line, { text: '{1,0,0}', binary: Buffer.concat([hex('3ff0000000000000'), zeros(16)]) }],
  [TYPE.tid, { text: '(0,0)', binary: zeros(6) }],
  [TYPE.xid8, { text: '0', binary: zeros(8) }],
  [TYPE.txidSnapshot, SNAPSHOT],
  [TYPE.pgSnapshot, SNAPSHOT],
  // Vectors are arrays from 0 on that are never empty on the wire.
  [TYPE.int2vector, { text: '0', binary: hex('0000000100000000000000150000000100000000000000020000') }],
  [TYPE.oidvector, { text: '0', binary: hex('00000001000000000000001a00000001000000000000000400000000') }],
  [TYPE.regproc, oidAlias('-')],
  [TYPE.regprocedure, oidAlias('-')],
  [TYPE.regoper, oidAlias('0')],
  [TYPE.regoperator, oidAlias('0')],
  [TYPE.regclass, oidAlias('-')],
  [TYPE.regtype, oidAlias('-')],
  [TYPE.regconfig, oidAlias('-')],
  [TYPE.regdictionary, oidAlias('-')],
  [TYPE.regnamespace, oidAlias('-')],
  [TYPE.regrole, oidAlias('-')],
  [TYPE.regcollation, oidAlias('-')],
]);

/** Types that take no value from anybody, in either format: pg_node_tree, aclitem (of which each names a role), statistics, summaries. */
const CLOSED: ReadonlySet<number> = new Set([194, TYPE.aclitem, 3361, 3402, 3642, 4600, 4601, 5017]);

/** Whether it is known of the type that nothing but NULL can stand for its values. */
export const hasNoConstant = (typeOid: number): boolean => CLOSED.has(typeOid);

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
    case TYPE.unknown:
    case TYPE.refcursor:
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
  if (isRange(typeOid)) return EMPTY_RANGE;
  if (isMultirange(typeOid)) return EMPTY_MULTIRANGE;
  return CONSTANTS.get(typeOid) ?? null;
};

const EMPTY_RANGE: Constant = { text: 'empty', binary: hex('01') };
const EMPTY_MULTIRANGE: Constant = { text: '{}', binary: zeros(4) };

/** Composites in composites: no type that people made is deeper, and none can be built into itself. */
const COMPOSITE_DEPTH = 8;

const constantOfUserType = (user: UserType, types: UserTypes | undefined, depth: number): Constant | null => {
  if (user.elementOid !== undefined) return emptyArray(user.elementOid);
  switch (user.kind) {
    case 'e': {
      const [label] = user.labels ?? [];
      return label === undefined ? null : { text: label, binary: Buffer.from(label) };
    }
    case 'r':
      return EMPTY_RANGE;
    case 'm':
      return EMPTY_MULTIRANGE;
    case 'c':
      return user.attributes === undefined || depth >= COMPOSITE_DEPTH
        ? null
        : composite(user.attributes, types, depth + 1);
    default:
      return null;
  }
};

/** Each field its constant. @see PostgreSQL source, utils/adt/rowtypes.c, record_out and record_send */
const composite = (
  attributes: NonNullable<UserType['attributes']>,
  types: UserTypes | undefined,
  depth: number,
): Constant => {
  const texts: string[] = [];
  const count = Buffer.alloc(4);
  count.writeInt32BE(attributes.length);
  const parts: Buffer[] = [count];
  for (const { typeOid, typmod } of attributes) {
    const constant = constantOfType(typeOid, typmod, types, depth);
    // Text is shaped by the session's settings, which nobody asks for so deep: in text, what they shape is NULL.
    const shaped = STYLED.has(plainType(typeOid, types).oid);
    texts.push(constant === null || shaped ? '' : quotedField(constant.text));
    const header = Buffer.alloc(8);
    header.writeUInt32BE(typeOid);
    header.writeInt32BE(constant?.binary.length ?? -1, 4);
    parts.push(header, constant?.binary ?? zeros(0));
  }
  return { text: `(${texts.join(',')})`, binary: Buffer.concat(parts) };
};

const STYLED: ReadonlySet<number> = new Set([...DATE_STYLED, TYPE.interval]);

const quotedField = (text: string): string =>
  text === '' || /[\s"\\(),]/.test(text) ? `"${text.replace(/["\\]/g, '$&$&')}"` : text;

const constantOfType = (
  typeOid: number,
  typmod: number,
  types: UserTypes | undefined,
  depth: number,
): Constant | null => {
  const { oid, user } = plainType(typeOid, types);
  return user === null ? constantOf(oid, typmod) : constantOfUserType(user, types, depth);
};

/**
 * The fixed value that stands for every value of a type, in the format asked for; null is NULL: types whose layout is not known
 * (extensions, enums and composites nobody knows more of) and dates or intervals in a style we do not write.
 */
export const constantMask = (
  typeOid: number,
  typmod: number,
  format: 0 | 1,
  settings: OutputSettings = {},
): Buffer | null => {
  const { types } = settings;
  const constant = constantOfType(typeOid, typmod, types, 0);
  if (constant === null) return null;
  if (format === 1) return constant.binary;
  return isRestyled(plainType(typeOid, types).oid, settings) ? null : Buffer.from(constant.text);
};
