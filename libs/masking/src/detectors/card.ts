import { code } from './characters.js';
import type { WorkingDetector } from './detector.js';
import type { TextScan } from './text-scan.js';

const ZERO = code('0');

/** Ways in which people write the number, besides in one piece. */
const GROUPED = [
  [4, 4, 4, 4, 3],
  [4, 4, 4, 4, 2],
  [4, 4, 4, 4],
  [4, 6, 5],
  [4, 6, 4],
];

interface Issuer {
  /** digits of the two bounds, both included */
  readonly digits: number;
  readonly from: number;
  readonly to: number;
  readonly lengths: readonly number[];
}

const LONG = [16, 17, 18, 19];
const DINERS = [14, 16];

/** Issuer identification numbers in use (ISO/IEC 7812), by their first digits. */
const ISSUERS: readonly Issuer[] = [
  { digits: 1, from: 4, to: 4, lengths: [13, 16, 19] },
  { digits: 2, from: 51, to: 55, lengths: [16] },
  { digits: 4, from: 2221, to: 2720, lengths: [16] },
  { digits: 2, from: 34, to: 34, lengths: [15] },
  { digits: 2, from: 37, to: 37, lengths: [15] },
  { digits: 4, from: 6011, to: 6011, lengths: LONG },
  { digits: 3, from: 644, to: 649, lengths: LONG },
  { digits: 2, from: 65, to: 65, lengths: LONG },
  { digits: 4, from: 3528, to: 3589, lengths: LONG },
  { digits: 3, from: 300, to: 305, lengths: DINERS },
  { digits: 2, from: 36, to: 36, lengths: DINERS },
  { digits: 2, from: 38, to: 39, lengths: DINERS },
  { digits: 2, from: 62, to: 62, lengths: LONG },
  { digits: 4, from: 2200, to: 2204, lengths: LONG },
  { digits: 4, from: 5018, to: 5018, lengths: LONG },
  { digits: 4, from: 5020, to: 5020, lengths: LONG },
  { digits: 4, from: 5038, to: 5038, lengths: LONG },
  { digits: 4, from: 6304, to: 6304, lengths: LONG },
];

/** By the first four digits: which lengths the issuer has, a bit each. */
const LENGTHS = new Uint32Array(10_000);
for (let first = 0; first < LENGTHS.length; first++)
  for (const { digits, from, to, lengths } of ISSUERS) {
    const begin = Math.floor(first / 10 ** (4 - digits));
    if (begin < from || begin > to) continue;
    for (const length of lengths) LENGTHS[first] = (LENGTHS[first] as number) | (1 << length);
  }

const lengthOf = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);
const WAYS = GROUPED.map((sizes) => ({ sizes, length: lengthOf(sizes), last: sizes.length - 1 }));
const WHOLE = [13, 14, 15, 16, 17, 18, 19];

function find(scan: TextScan, at: number): boolean {
  const { groups } = scan;
  const whole = groups.size(0);
  if (whole >= 13) return check(scan, at, whole, groups.end(0));
  for (const { sizes, length, last } of WAYS) {
    if (groups.size(last) !== sizes[last]) continue;
    const end = groups.match(sizes);
    if (end >= 0 && check(scan, at, length, end)) return true;
  }
  return false;
}

function check(scan: TextScan, start: number, length: number, end: number): boolean {
  if (!scan.beginsNumber(start) || !scan.endsNumber(end)) return false;
  const { bytes } = scan;
  let first = 0;
  for (let at = start; at < start + 4; at++) first = first * 10 + (bytes[at] as number) - ZERO;
  if ((((LENGTHS[first] as number) >> length) & 1) === 0 || !isLuhn(bytes, start, end)) return false;
  return scan.found(start, end);
}

/** what every second digit counts: the digits of its double */
const DOUBLED = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];

/** ISO/IEC 7812-1, annex B; separators count nothing. */
function isLuhn(bytes: Uint8Array, start: number, end: number): boolean {
  let sum = 0;
  let doubles = false;
  for (let at = end - 1; at >= start; at--) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0) continue;
    sum += doubles ? (DOUBLED[digit] as number) : digit;
    doubles = !doubles;
  }
  return sum % 10 === 0;
}

export const CARD: WorkingDetector = {
  name: 'card',
  description: 'numbers of payment cards: a known issuer, its length, the check digit',
  standard: true,
  numbers: [{ shapes: [...GROUPED, ...WHOLE.map((size) => [size])], find }],
};
