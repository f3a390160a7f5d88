import type { CopyShape } from '@app/sql';
import { MaskingError } from '../masking.error.js';

/** One value of a row of a COPY stream, where it stands. */
export interface CopyField {
  /** first byte as written (of the value itself in the binary format) */
  readonly start: number;
  readonly end: number;
  readonly isNull: boolean;
  /** CSV: it holds quotes; without them it could be NULL */
  readonly quoted: boolean;
}

const LF = 0x0a;
const CR = 0x0d;
const BACKSLASH = 0x5c;
const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;

/** Index after the last byte of values: a line end is none. */
export function lineLength(row: Buffer): number {
  let end = row.length;
  if (end > 0 && row[end - 1] === LF) end--;
  if (end > 0 && row[end - 1] === CR) end--;
  return end;
}

/**
 * The values of one row, where they stand in it. @param row with or without its line end
 * @throws MaskingError when lengths of the binary format do not fill the row
 */
export function copyFields(row: Buffer, shape: CopyShape): CopyField[] {
  if (shape.format === 'binary') return binaryFields(row);
  const end = lineLength(row);
  return shape.format === 'csv' ? csvFields(row, end, shape) : textFields(row, end, shape);
}

function binaryFields(row: Buffer): CopyField[] {
  const fields: CopyField[] = [];
  if (row.length < COUNT_BYTES) throw outOfRow();
  let at = COUNT_BYTES;
  for (let left = row.readUInt16BE(0); left > 0; left--) {
    if (row.length - at < LENGTH_BYTES) throw outOfRow();
    const length = row.readInt32BE(at);
    at += LENGTH_BYTES;
    const end = at + Math.max(length, 0);
    if (length < -1 || end > row.length) throw outOfRow();
    fields.push({ start: at, end, isNull: length < 0, quoted: false });
    at = end;
  }
  if (at !== row.length) throw outOfRow();
  return fields;
}

const outOfRow = (): MaskingError => new MaskingError('row-bytes', 'a row of a COPY does not match its own lengths');

function textFields(row: Buffer, end: number, shape: CopyShape): CopyField[] {
  const delimiter = shape.delimiter.charCodeAt(0);
  const nothing = Buffer.from(shape.null);
  const fields: CopyField[] = [];
  let start = 0;
  for (let i = 0; i <= end; i++) {
    if (i < end && row[i] === BACKSLASH) {
      i++;
      if (i < end) continue;
    }
    if (i < end && row[i] !== delimiter) continue;
    const to = Math.min(i, end);
    fields.push({ start, end: to, isNull: isEqual(row, start, to, nothing), quoted: false });
    start = to + 1;
  }
  return fields;
}

function csvFields(row: Buffer, end: number, shape: CopyShape): CopyField[] {
  const delimiter = shape.delimiter.charCodeAt(0);
  const quote = shape.quote.charCodeAt(0);
  const escape = shape.escape.charCodeAt(0);
  const nothing = Buffer.from(shape.null);
  const fields: CopyField[] = [];
  let start = 0;
  let inside = false;
  let quoted = false;
  for (let i = 0; i <= end; i++) {
    const byte = i < end ? (row[i] as number) : -1;
    if (inside && byte >= 0) {
      const next = i + 1 < end ? row[i + 1] : -1;
      if (byte === escape && (next === escape || next === quote)) i++;
      else if (byte === quote) inside = false;
      continue;
    }
    if (byte === quote) {
      inside = true;
      quoted = true;
      continue;
    }
    if (byte >= 0 && byte !== delimiter) continue;
    fields.push({ start, end: i, isNull: !quoted && isEqual(row, start, i, nothing), quoted });
    start = i + 1;
    quoted = false;
  }
  return fields;
}

function isEqual(row: Buffer, start: number, end: number, other: Buffer): boolean {
  return end - start === other.length && row.compare(other, 0, other.length, start, end) === 0;
}

const NAMED_ESCAPES: Readonly<Record<string, number>> = { b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** The bytes that a field stands for, quotes and escapes taken off. Not for NULL. */
export function fieldValue(row: Buffer, { start, end }: CopyField, shape: CopyShape): Buffer {
  if (shape.format === 'binary') return row.subarray(start, end);
  if (shape.format === 'csv') return csvValue(row, start, end, shape);
  return row.subarray(start, end).includes(BACKSLASH) ? textValue(row, start, end) : row.subarray(start, end);
}

function csvValue(row: Buffer, start: number, end: number, shape: CopyShape): Buffer {
  const quote = shape.quote.charCodeAt(0);
  const escape = shape.escape.charCodeAt(0);
  const value = Buffer.allocUnsafe(end - start);
  let length = 0;
  let inside = false;
  for (let i = start; i < end; i++) {
    const byte = row[i] as number;
    const next = i + 1 < end ? row[i + 1] : -1;
    if (inside && byte === escape && (next === escape || next === quote)) value[length++] = row[++i] as number;
    else if (byte === quote) inside = !inside;
    else value[length++] = byte;
  }
  return value.subarray(0, length);
}

function textValue(row: Buffer, start: number, end: number): Buffer {
  const value = Buffer.allocUnsafe(end - start);
  let length = 0;
  for (let i = start; i < end; i++) {
    if (row[i] !== BACKSLASH || i + 1 >= end) {
      value[length++] = row[i] as number;
      continue;
    }
    i++;
    const rest = row.toString('latin1', i, Math.min(end, i + 3));
    const [octal] = /^[0-7]{1,3}/.exec(rest) ?? [];
    const [, hex] = /^x([0-9a-fA-F]{1,2})/.exec(rest) ?? [];
    if (octal !== undefined) i += octal.length - 1;
    else if (hex !== undefined) i += hex.length;
    value[length++] =
      octal !== undefined
        ? parseInt(octal, 8) & 0xff
        : hex !== undefined
          ? parseInt(hex, 16)
          : (NAMED_ESCAPES[rest[0] ?? ''] ?? (row[i] as number));
  }
  return value.subarray(0, length);
}
