const HEADER_BYTES = 12;
const DIMENSION_BYTES = 8;
const LENGTH_BYTES = 4;
const MAX_DIMENSIONS = 6;

const COMMA = ',';
/** Written without quotes these mean something else (array_out). */
const NEEDS_QUOTES = /^$|^null$|["\\{},\s]/iu;

/** A one-dimensional or nested array of texts in text format with `replace` in the place of each element; null: it is none. */
export const mapTextArray = (array: string, replace: (element: string) => string): string | null => {
  const start = array.indexOf('{');
  // bounds other than 1 stand before it: [0:1]={…}
  if (start < 0 || !/^(?:(?:\[-?\d+:-?\d+\])+=)?$/u.test(array.slice(0, start))) return null;
  let out = array.slice(0, start);
  let depth = 0;
  for (let at = start; at < array.length;) {
    const character = array.charAt(at);
    if (character === '{' || character === '}' || character === COMMA) {
      depth += character === '{' ? 1 : character === '}' ? -1 : 0;
      out += character;
      at++;
      if (depth === 0) return at === array.length ? out : null;
      continue;
    }
    const element = character === '"' ? quotedElement(array, at) : plainElement(array, at);
    if (element === null) return null;
    out += element.text === null ? 'NULL' : quoted(replace(element.text));
    at = element.end;
  }
  return null;
};

interface Element {
  readonly text: string | null;
  readonly end: number;
}

const plainElement = (array: string, from: number): Element => {
  let at = from;
  while (at < array.length && !'{},"'.includes(array.charAt(at))) at++;
  const text = array.slice(from, at);
  return { text: text.toUpperCase() === 'NULL' ? null : text.replaceAll(/\\(.)/gsu, '$1'), end: at };
};

const quotedElement = (array: string, from: number): Element | null => {
  let text = '';
  for (let at = from + 1; at < array.length; at++) {
    const character = array.charAt(at);
    if (character === '"') return { text, end: at + 1 };
    if (character === '\\') at++;
    text += array.charAt(at);
  }
  return null;
};

const quoted = (element: string): string =>
  NEEDS_QUOTES.test(element) ? `"${element.replaceAll(/["\\]/gu, '\\$&')}"` : element;

/** The same for an array in binary format. */
export const mapBinaryTextArray = (
  source: Buffer,
  from: number,
  to: number,
  replace: (element: string) => string,
): Buffer | null => {
  if (to - from < HEADER_BYTES) return null;
  const dimensions = source.readInt32BE(from);
  if (dimensions < 0 || dimensions > MAX_DIMENSIONS) return null;
  let at = from + HEADER_BYTES + dimensions * DIMENSION_BYTES;
  if (at > to) return null;
  const parts = [source.subarray(from, at)];
  while (at < to) {
    if (to - at < LENGTH_BYTES) return null;
    const length = source.readInt32BE(at);
    at += LENGTH_BYTES;
    if (length < -1 || length > to - at) return null;
    const replaced = length < 0 ? null : Buffer.from(replace(source.toString('utf8', at, at + length)));
    const written = Buffer.allocUnsafe(LENGTH_BYTES);
    written.writeInt32BE(replaced === null ? -1 : replaced.length);
    parts.push(written);
    if (replaced !== null) parts.push(replaced);
    at += Math.max(length, 0);
  }
  return Buffer.concat(parts);
};
