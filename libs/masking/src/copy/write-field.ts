import type { CopyShape } from '@app/sql';

const LETTERS: Readonly<Record<number, string>> = { 8: 'b', 9: 't', 10: 'n', 11: 'v', 12: 'f', 13: 'r' };
const BACKSLASH = 0x5c;
const END_OF_DATA = '\\.';

/**
 * A value as the server would write it into a text or CSV stream.
 * @param forced CSV: FORCE_QUOTE names its column @param alone it is the only column
 * @see PostgreSQL source, commands/copyto.c, CopyAttributeOutText and CopyAttributeOutCSV
 */
export function writtenField(value: Buffer | null, shape: CopyShape, forced: boolean, alone: boolean): Buffer {
  if (value === null) return Buffer.from(shape.null);
  return shape.format === 'csv' ? writtenCsv(value, shape, forced, alone) : writtenText(value, shape);
}

function writtenText(value: Buffer, { delimiter }: CopyShape): Buffer {
  const special = delimiter.charCodeAt(0);
  const written: number[] = [];
  for (const byte of value) {
    const letter = LETTERS[byte];
    if (letter !== undefined) written.push(BACKSLASH, letter.charCodeAt(0));
    else if (byte === BACKSLASH || byte === special) written.push(BACKSLASH, byte);
    else written.push(byte);
  }
  return Buffer.from(written);
}

function writtenCsv(value: Buffer, shape: CopyShape, forced: boolean, alone: boolean): Buffer {
  const quote = shape.quote.charCodeAt(0);
  const escape = shape.escape.charCodeAt(0);
  const delimiter = shape.delimiter.charCodeAt(0);
  const needs =
    forced ||
    value.equals(Buffer.from(shape.null)) ||
    (alone && value.equals(Buffer.from(END_OF_DATA))) ||
    value.some((byte) => byte === delimiter || byte === quote || byte === 0x0a || byte === 0x0d);
  if (!needs) return value;
  const written = [quote];
  for (const byte of value) {
    if (byte === quote || byte === escape) written.push(escape);
    written.push(byte);
  }
  written.push(quote);
  return Buffer.from(written);
}
