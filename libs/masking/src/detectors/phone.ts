import { code, codes, isOf, SETS } from './characters.js';
import type { WorkingDetector } from './detector.js';
import type { TextScan } from './text-scan.js';

const FEWEST = 8;
/** ITU-T E.164: at most 15 digits. */
const MOST = 15;
const SEPARATORS = codes(' -.()/');
const OPEN = code('(');
const CLOSE = code(')');
const ZERO = code('0');
const TWO = code('2');
const NORTH_AMERICAN = [3, 3, 4];
/** the first two of at least three groups */
const TRUNKED = Array.from({ length: 8 * 8 }, (_, i) => [1 + (i >> 3), 1 + (i & 7)]);

/** `+49 30 901820-77`: a plus, then digits with at most two separators between each two. */
function findInternational(scan: TextScan, at: number): boolean {
  if (!scan.beginsWord(at) || !isOf(scan.at(at + 1), SETS.digit) || scan.at(at + 1) === ZERO) return false;
  const end = digitsTo(scan, at + 1, FEWEST, MOST);
  return end >= 0 && scan.found(at, end);
}

/** Where the digits and separators from here on end; -1: they are too few or too many. */
function digitsTo(scan: TextScan, from: number, fewest: number, most: number): number {
  let count = 0;
  let end = from;
  let separators = 0;
  for (let at = from; separators <= 2 && count <= most; at++) {
    const byte = scan.at(at);
    if (isOf(byte, SETS.digit)) {
      count += 1;
      separators = 0;
      end = at + 1;
    } else if (SEPARATORS.has(byte)) separators += 1;
    else break;
  }
  return count >= fewest && count <= most && !isOf(scan.at(end), SETS.alphanumeric) ? end : -1;
}

/** `415-555-0137`, `(415) 555-0137`, `020 7946 0958`, `06 12 34 56 78`. */
function findNational(scan: TextScan, at: number): boolean {
  if (!scan.beginsNumber(at)) return false;
  const inBrackets = scan.at(at - 1) === OPEN && scan.at(at + 3) === CLOSE;
  if (inBrackets) {
    const rest = scan.at(at + 4) === code(' ') ? at + 5 : at + 4;
    return isNorthAmerican(scan, at, rest) && scan.found(at - 1, rest + 8);
  }
  if (scan.groups.match(NORTH_AMERICAN) >= 0 && isNorthAmerican(scan, at, at + 4)) return scan.found(at, at + 12);
  // a trunk prefix, and at least two separators
  const { groups } = scan;
  if (scan.bytes[at] !== ZERO || groups.count < 3) return false;
  let digits = 0;
  for (let group = 0; group < groups.count; group++) digits += groups.size(group);
  const end = groups.end(groups.count - 1);
  return digits >= 9 && digits <= 11 && scan.endsNumber(end) && scan.found(at, end);
}

/** Neither the area nor the exchange begins with 0 or 1. */
function isNorthAmerican(scan: TextScan, area: number, exchange: number): boolean {
  if ((scan.at(area) ?? 0) < TWO || (scan.at(exchange) ?? 0) < TWO) return false;
  const digits = (from: number, count: number): boolean => scan.run(from, SETS.digit, count) === count;
  const separator = scan.at(exchange + 3);
  if (!SEPARATORS.has(separator)) return false;
  return digits(area, 3) && digits(exchange, 3) && digits(exchange + 4, 4) && scan.endsNumber(exchange + 8);
}

export const PHONE: WorkingDetector = {
  name: 'phone',
  description: 'telephone numbers with a + or with separators (+49 30 901820-77, (415) 555-0137)',
  standard: false,
  texts: [{ text: '+', find: findInternational }],
  numbers: [{ shapes: [[3], ...TRUNKED], find: findNational }],
};
