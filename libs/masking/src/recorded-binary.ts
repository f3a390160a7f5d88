import { elementOf, isTextLike, TYPE } from './built-in-types.js';
import { renderDate, renderTime, renderTimestamp, renderZone } from './recorded-date.js';
import { renderInterval } from './recorded-interval.js';
import { boundOf, renderRange } from './recorded-range.js';

/** Elements of an array that the record spells out. */
const ARRAY_ELEMENTS = 256;
const ARRAY_DEPTH = 6;

/** Decodes one binary value to the server's text, or null when the type or the length is not known. */
export const renderBinary = (typeOid: number, bytes: Buffer): string | null => {
  if (isTextLike(typeOid) || typeOid === TYPE.json || typeOid === TYPE.xml) return bytes.toString('utf8');
  if (typeOid === TYPE.numeric) return renderNumeric(bytes);
  if (typeOid === TYPE.jsonb) return bytes[0] === 1 ? bytes.toString('utf8', 1) : null;
  if (typeOid === TYPE.inet || typeOid === TYPE.cidr) return renderNetwork(typeOid, bytes);
  if (typeOid === TYPE.bit || typeOid === TYPE.varbit) return renderBits(bytes);
  const bound = boundOf(typeOid);
  if (bound !== undefined) return renderRange(bytes, (one) => renderBinary(bound, one));
  const fixed = FIXED.get(typeOid);
  if (fixed !== undefined) return bytes.length === fixed.length ? fixed.render(bytes) : null;
  return elementOf(typeOid) === undefined ? null : renderArray(bytes);
};

interface FixedType {
  readonly length: number;
  readonly render: (bytes: Buffer) => string;
}

const XID8 = 5069;

const FIXED: ReadonlyMap<number, FixedType> = new Map<number, FixedType>([
  [TYPE.bool, { length: 1, render: (bytes) => (bytes[0] === 0 ? 'f' : 't') }],
  [TYPE.int2, { length: 2, render: (bytes) => String(bytes.readInt16BE()) }],
  [TYPE.int4, { length: 4, render: (bytes) => String(bytes.readInt32BE()) }],
  [TYPE.int8, { length: 8, render: (bytes) => String(bytes.readBigInt64BE()) }],
  [TYPE.oid, { length: 4, render: (bytes) => String(bytes.readUInt32BE()) }],
  [TYPE.xid, { length: 4, render: (bytes) => String(bytes.readUInt32BE()) }],
  [TYPE.float4, { length: 4, render: (bytes) => renderFloat4(bytes.readFloatBE()) }],
  [TYPE.float8, { length: 8, render: (bytes) => String(bytes.readDoubleBE()) }],
  [TYPE.date, { length: 4, render: (bytes) => renderDate(bytes.readInt32BE()) }],
  [TYPE.time, { length: 8, render: (bytes) => renderTime(bytes.readBigInt64BE()) }],
  [
    TYPE.timetz,
    { length: 12, render: (bytes) => renderTime(bytes.readBigInt64BE()) + renderZone(bytes.readInt32BE(8)) },
  ],
  [TYPE.timestamp, { length: 8, render: (bytes) => renderTimestamp(bytes.readBigInt64BE(), '') }],
  [TYPE.timestamptz, { length: 8, render: (bytes) => renderTimestamp(bytes.readBigInt64BE(), '+00') }],
  [TYPE.uuid, { length: 16, render: (bytes) => renderUuid(bytes) }],
  [TYPE.interval, { length: 16, render: renderInterval }],
  [TYPE.pgLsn, { length: 8, render: (bytes) => `${renderHalf(bytes, 0)}/${renderHalf(bytes, 4)}` }],
  [XID8, { length: 8, render: (bytes) => String(bytes.readBigUInt64BE()) }],
  [TYPE.cid, { length: 4, render: (bytes) => String(bytes.readUInt32BE()) }],
  [TYPE.macaddr8, { length: 8, render: (bytes) => bytes.toString('hex').replace(/..(?!$)/g, '$&:') }],
  [TYPE.macaddr, { length: 6, render: (bytes) => bytes.toString('hex').replace(/..(?!$)/g, '$&:') }],
]);

const renderHalf = (bytes: Buffer, at: number): string => bytes.readUInt32BE(at).toString(16).toUpperCase();

/** The number of bits, then the bits from the left. */
const renderBits = (bytes: Buffer): string | null => {
  if (bytes.length < 4) return null;
  const count = bytes.readInt32BE();
  if (count < 0 || bytes.length !== 4 + Math.ceil(count / 8)) return null;
  let bits = '';
  for (const byte of bytes.subarray(4)) bits += byte.toString(2).padStart(8, '0');
  return bits.slice(0, count);
};

const renderUuid = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** The shortest decimal that is this single-precision number. */
const renderFloat4 = (value: number): string => {
  for (let precision = 1; precision < 10; precision++) {
    const shorter = Number(value.toPrecision(precision));
    if (Math.fround(shorter) === value) return String(shorter);
  }
  return String(value);
};

const SPECIAL_NUMERICS: ReadonlyMap<number, string> = new Map([
  [0xc000, 'NaN'],
  [0xd000, 'Infinity'],
  [0xf000, '-Infinity'],
]);

/** Base 10 000 digits: `weight` is the power of the first one, `dscale` the decimals shown. */
const renderNumeric = (bytes: Buffer): string | null => {
  if (bytes.length < 8) return null;
  const count = bytes.readUInt16BE(0);
  const weight = bytes.readInt16BE(2);
  const sign = bytes.readUInt16BE(4);
  const scale = bytes.readUInt16BE(6);
  if (bytes.length !== 8 + 2 * count) return null;
  const special = SPECIAL_NUMERICS.get(sign);
  if (special !== undefined) return special;
  const digit = (power: number): number => {
    const index = weight - power;
    return index >= 0 && index < count ? bytes.readUInt16BE(8 + 2 * index) : 0;
  };
  let whole = '';
  for (let power = weight; power >= 0; power--) whole += String(digit(power)).padStart(4, '0');
  let decimals = '';
  for (let power = -1; decimals.length < scale; power--) decimals += String(digit(power)).padStart(4, '0');
  const shown = whole.replace(/^0+(?=.)/, '') || '0';
  return `${sign === 0x4000 ? '-' : ''}${shown}${scale > 0 ? `.${decimals.slice(0, scale)}` : ''}`;
};

const IPV4 = 2;

const renderNetwork = (typeOid: number, bytes: Buffer): string | null => {
  const family = bytes[0];
  const prefix = bytes[1] ?? 0;
  const size = bytes[3] ?? 0;
  const address = bytes.subarray(4);
  if (address.length !== size || size !== (family === IPV4 ? 4 : 16)) return null;
  const text = family === IPV4 ? address.join('.') : address.toString('hex').replace(/.{4}(?!$)/g, '$&:');
  return typeOid === TYPE.cidr || prefix !== size * 8 ? `${text}/${prefix}` : text;
};

/** Nested braces with quoted elements, as the server prints arrays; null when anything does not add up. */
const renderArray = (bytes: Buffer): string | null => {
  if (bytes.length < 12) return null;
  const depth = bytes.readInt32BE(0);
  const elementOid = bytes.readUInt32BE(8);
  if (depth === 0) return '{}';
  if (depth < 0 || depth > ARRAY_DEPTH || bytes.length < 12 + 8 * depth) return null;
  const sizes: number[] = [];
  for (let i = 0; i < depth; i++) sizes.push(bytes.readInt32BE(12 + 8 * i));
  const total = sizes.reduce((product, size) => product * size, 1);
  if (sizes.some((size) => size < 1) || total > ARRAY_ELEMENTS) return null;
  const reader = { bytes, at: 12 + 8 * depth };
  const text = renderDimension(reader, sizes, elementOid);
  return reader.at === bytes.length ? text : null;
};

const renderDimension = (
  reader: { readonly bytes: Buffer; at: number },
  sizes: readonly number[],
  elementOid: number,
): string | null => {
  const [size = 0, ...inner] = sizes;
  const parts: string[] = [];
  for (let i = 0; i < size; i++) {
    const part = inner.length > 0 ? renderDimension(reader, inner, elementOid) : renderElement(reader, elementOid);
    if (part === null) return null;
    parts.push(part);
  }
  return `{${parts.join(',')}}`;
};

const renderElement = (reader: { readonly bytes: Buffer; at: number }, elementOid: number): string | null => {
  if (reader.at + 4 > reader.bytes.length) return null;
  const length = reader.bytes.readInt32BE(reader.at);
  reader.at += 4;
  if (length === -1) return 'NULL';
  if (length < 0 || reader.at + length > reader.bytes.length) return null;
  const text = renderBinary(elementOid, reader.bytes.subarray(reader.at, reader.at + length));
  reader.at += length;
  if (text === null) return null;
  return text === '' || /[{}",\\\s]|^null$/i.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
};
