/** Bytes inside a string: 0 is plain, the others need a look. */
export const PLAIN = 0;
export const QUOTE = 1;
export const BACKSLASH = 2;
export const CONTROL = 3;
export const HIGH = 4;

/** What each byte is inside a string. */
export const STRING_CLASS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x22) return QUOTE;
  if (byte === 0x5c) return BACKSLASH;
  if (byte < 0x20) return CONTROL;
  return byte < 0x80 ? PLAIN : HIGH;
});

/** Inside an escape or a UTF-8 sequence: what the next byte has to be. 0: outside of both. */
const ESCAPE = 1;
const HEX_FOUR = 5; // 5, 4, 3, 2: so many less one hexadecimal digits are still to come
const LAST = 6;
const LAST_TWO = 7;
const LAST_THREE = 8;
const AFTER_E0 = 9;
const AFTER_ED = 10;
const AFTER_F0 = 11;
const AFTER_F4 = 12;
/** no byte may come: malformed */
export const WRONG = 13;

/** The state behind the first byte of an escape (a backslash) or of a UTF-8 sequence. */
export const stateBehind = (byte: number): number => {
  if (byte === 0x5c) return ESCAPE;
  if (byte >= 0xc2 && byte <= 0xdf) return LAST;
  if (byte === 0xe0) return AFTER_E0;
  if (byte === 0xed) return AFTER_ED;
  if (byte >= 0xe1 && byte <= 0xef) return LAST_TWO;
  if (byte === 0xf0) return AFTER_F0;
  if (byte >= 0xf1 && byte <= 0xf3) return LAST_THREE;
  return byte === 0xf4 ? AFTER_F4 : WRONG;
};

/** The state behind `byte` in `state`. UTF-8 as RFC 3629 says it: no overlong forms, no surrogates, nothing above U+10FFFF. */
export const stateWithin = (state: number, byte: number): number => {
  if (state === ESCAPE) {
    if (byte === 0x75) return HEX_FOUR;
    return SIMPLE_ESCAPES.includes(byte) ? 0 : WRONG;
  }
  if (state <= HEX_FOUR) {
    if (!isHexDigit(byte)) return WRONG;
    return state === 2 ? 0 : state - 1;
  }
  const [low, high, next] = CONTINUATIONS[state - LAST] ?? [1, 0, WRONG];
  return byte >= low && byte <= high ? next : WRONG;
};

const SIMPLE_ESCAPES = Buffer.from('"\\/bfnrt');
const isHexDigit = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);

/** From `LAST` on: least and greatest byte, and the state behind it. */
const CONTINUATIONS: readonly (readonly [number, number, number])[] = [
  [0x80, 0xbf, 0],
  [0x80, 0xbf, LAST],
  [0x80, 0xbf, LAST_TWO],
  [0xa0, 0xbf, LAST],
  [0x80, 0x9f, LAST],
  [0x90, 0xbf, LAST_TWO],
  [0x80, 0x8f, LAST_TWO],
];

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

/** The word that begins with `byte`. */
export const wordFrom = (byte: number): Buffer | null => {
  if (byte === 0x74) return TRUE;
  if (byte === 0x66) return FALSE;
  return byte === 0x6e ? NULL : null;
};

/** States of a number; it may end in those of `NUMBER_MAY_END`. */
const AFTER_MINUS = 1;
const AFTER_ZERO = 2;
const IN_INTEGER = 3;
const AFTER_POINT = 4;
const IN_FRACTION = 5;
const AFTER_E = 6;
const AFTER_SIGN = 7;
const IN_EXPONENT = 8;

/** The state behind the first byte of a number; 0 where none begins so. */
export const numberFrom = (byte: number): number => {
  if (byte === 0x2d) return AFTER_MINUS;
  if (byte === 0x30) return AFTER_ZERO;
  return byte > 0x30 && byte <= 0x39 ? IN_INTEGER : 0;
};

export const numberMayEnd = (state: number): boolean =>
  state === AFTER_ZERO || state === IN_INTEGER || state === IN_FRACTION || state === IN_EXPONENT;

/** The state behind `byte` within a number; 0 where the number does not go on with it. */
export const numberState = (state: number, byte: number): number => {
  if (byte >= 0x30 && byte <= 0x39) {
    if (state === AFTER_MINUS) return byte === 0x30 ? AFTER_ZERO : IN_INTEGER;
    if (state === AFTER_ZERO) return 0;
    if (state === AFTER_POINT) return IN_FRACTION;
    return state === AFTER_E || state === AFTER_SIGN ? IN_EXPONENT : state;
  }
  if (byte === 0x2e) return state === AFTER_ZERO || state === IN_INTEGER ? AFTER_POINT : 0;
  if (byte === 0x65 || byte === 0x45) return state <= IN_FRACTION && numberMayEnd(state) ? AFTER_E : 0;
  if (byte === 0x2b || byte === 0x2d) return state === AFTER_E ? AFTER_SIGN : 0;
  return 0;
};

/**
 * The text of a JSON string.
 * @param bytes the bytes between the quotes are `bytes[start, end)`, of correct syntax, as a visitor gets them
 */
export const decodeString = (bytes: Buffer, start: number, end: number, escaped: boolean): string => {
  const text = bytes.toString('utf8', start, end);
  return escaped ? (JSON.parse(`"${text}"`) as string) : text;
};

/** A text as a JSON string, quotes included. Lone surrogates stay escapes. */
export const encodeString = (text: string): Buffer => Buffer.from(JSON.stringify(text), 'utf8');
