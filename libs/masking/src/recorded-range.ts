/** Range type → type of its bounds. */
const BOUND: ReadonlyMap<number, number> = new Map([
  [3904, 23], // int4range
  [3906, 1700], // numrange
  [3908, 1114], // tsrange
  [3910, 1184], // tstzrange
  [3912, 1082], // daterange
  [3926, 20], // int8range
]);

const EMPTY = 1;
const LOWER_INCLUSIVE = 2;
const UPPER_INCLUSIVE = 4;
const LOWER_INFINITE = 8;
const UPPER_INFINITE = 16;

/** The type of a range's bounds; undefined: no range of the server's own. */
export const boundOf = (typeOid: number): number | undefined => BOUND.get(typeOid);

/**
 * Flags, then each bound that is there with its length; null when anything does not add up.
 * @param renderBound one bound as text, or null
 */
export const renderRange = (bytes: Buffer, renderBound: (bound: Buffer) => string | null): string | null => {
  const flags = bytes[0];
  if (flags === undefined) return null;
  if ((flags & EMPTY) !== 0) return bytes.length === 1 ? 'empty' : null;
  let at = 1;
  const next = (infinite: boolean): string | null => {
    if (infinite) return '';
    if (at + 4 > bytes.length) return null;
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0 || at + length > bytes.length) return null;
    const text = renderBound(bytes.subarray(at, at + length));
    at += length;
    if (text === null) return null;
    return text === '' || /[()[\],"\\\s]/.test(text) ? `"${text.replace(/["\\]/g, '$&$&')}"` : text;
  };
  const lower = next((flags & LOWER_INFINITE) !== 0);
  const upper = next((flags & UPPER_INFINITE) !== 0);
  if (lower === null || upper === null || at !== bytes.length) return null;
  return `${(flags & LOWER_INCLUSIVE) === 0 ? '(' : '['}${lower},${upper}${(flags & UPPER_INCLUSIVE) === 0 ? ')' : ']'}`;
};
