/**
 * Partial masks of texts, written straight into the output: `source[from..to)` → `target` at `at`. Each returns the bytes written,
 * or -1 when the value does not have the expected shape: then the constant mask stands in. No allocation for ASCII.
 */
const STAR = 0x2a;
const AT = 0x40;
const SPACE = 0x20;
const DOT = 0x2e;
const HYPHEN = 0x2d;

const LAST4_MINIMUM = 8;
const KEPT_CHARACTERS = 4;
const INITIALS_MAXIMUM = 5;
const DOMAIN_BYTES = 253;

/** Bytes a partial mask can be longer than what it masks, whatever the value. */
export const PARTIAL_GROWTH_BYTES = 40;

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;
const isAsciiLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

const writeStars = (target: Uint8Array, at: number): void => {
  target[at] = STAR;
  target[at + 1] = STAR;
  target[at + 2] = STAR;
  target[at + 3] = STAR;
};

const copyBytes = (source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void => {
  for (let i = from; i < to; i++) target[at++] = source[i] as number;
};

const countCodePoints = (source: Uint8Array, from: number, to: number): number => {
  let count = 0;
  for (let i = from; i < to; i++) if (!isContinuation(source[i] as number)) count++;
  return count;
};

/** `alice@example.com` → `****@example.com`; only for one plausible address, whose domain is all that follows its one `@`. */
export const writeDomain = (
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
  room: number,
): number => {
  let sign = -1;
  for (let i = from; i < to; i++) {
    const byte = source[i] as number;
    if (byte === AT) {
      if (sign >= 0) return -1;
      sign = i;
    } else if (sign < 0 && !isLocalPart(byte)) return -1;
  }
  if (sign <= from || !isDomain(source, sign + 1, to)) return -1;
  const length = 4 + (to - sign);
  if (length > room) return -1;
  writeStars(target, at);
  copyBytes(source, sign, to, target, at + 4);
  return length;
};

/** Anything that could make it more than one address (separators, quotes, brackets, white space) does not belong to one. */
const isLocalPart = (byte: number): boolean => {
  if (byte <= SPACE || byte === 0x7f) return false;
  switch (byte) {
    case 0x22: // "
    case 0x28: // (
    case 0x29: // )
    case 0x2c: // ,
    case 0x3a: // :
    case 0x3b: // ;
    case 0x3c: // <
    case 0x3e: // >
    case 0x5b: // [
    case 0x5c: // \
    case 0x5d: // ]
      return false;
    default:
      return true;
  }
};

/** Labels of letters, digits and inner hyphens, at least two, the last of letters only: no number hides behind the `@`. */
const isDomain = (source: Uint8Array, from: number, to: number): boolean => {
  if (to - from > DOMAIN_BYTES) return false;
  let labelStart = from;
  let dots = 0;
  let lettersOnly = true;
  for (let i = from; i < to; i++) {
    const byte = source[i] as number;
    if (byte === DOT) {
      if (i === labelStart || source[i - 1] === HYPHEN) return false;
      dots++;
      labelStart = i + 1;
      lettersOnly = true;
    } else if (byte === HYPHEN) {
      if (i === labelStart) return false;
      lettersOnly = false;
    } else if (isDigit(byte)) lettersOnly = false;
    else if (!isAsciiLetter(byte)) return false;
  }
  return dots > 0 && lettersOnly && to - labelStart >= 2;
};

/** `4539 1488 0343 6467` → `****6467`; the last four code points of at least eight. */
export const writeLast4 = (source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number => {
  if (countCodePoints(source, from, to) < LAST4_MINIMUM) return -1;
  let start = to;
  for (let kept = 0; kept < KEPT_CHARACTERS && start > from;) {
    start--;
    if (!isContinuation(source[start] as number)) kept++;
  }
  // Four code points are at most sixteen bytes: more is no UTF-8, and then nothing tells where a character ends.
  if (to - start > KEPT_CHARACTERS * 4) return -1;
  writeStars(target, at);
  copyBytes(source, start, to, target, at + 4);
  return 4 + to - start;
};

/** `Alice Kowalski` → `A. K.`; up to five words, each beginning with a letter, not all of them one letter long. */
export const writeInitials = (
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
  room: number,
): number => {
  let words = 0;
  let hides = false;
  let out = at;
  for (let i = from; i < to;) {
    if (isBlank(source[i] as number)) {
      i++;
      continue;
    }
    const size = letterSize(source, i, to);
    if (size === 0 || ++words > INITIALS_MAXIMUM) return -1;
    if (out > at) target[out++] = SPACE;
    copyBytes(source, i, i + size, target, out);
    out += size;
    target[out++] = DOT;
    i += size;
    for (; i < to && !isBlank(source[i] as number); i++) hides = true;
  }
  if (!hides || countCodePoints(target, at, out) > room) return -1;
  return out - at;
};

const isBlank = (byte: number): boolean => byte === SPACE || (byte >= 0x09 && byte <= 0x0d);

/** Bytes of the letter at `at`, 0 if none stands there. */
const letterSize = (source: Uint8Array, at: number, to: number): number => {
  const byte = source[at] as number;
  if (byte < 0x80) return isAsciiLetter(byte) ? 1 : 0;
  const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
  if (byte < 0xc2 || at + size > to) return 0;
  const letter = Buffer.from(source.subarray(at, at + size)).toString('utf8');
  return /^\p{L}$/u.test(letter) ? size : 0;
};
