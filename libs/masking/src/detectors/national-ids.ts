import { code, codes, isOf, SETS } from './characters.js';
import type { WorkingDetector } from './detector.js';
import { numberOf } from './digit-groups.js';
import type { TextScan } from './text-scan.js';

const SPACE = code(' ');
const DASH = code('-');
const ZERO = code('0');

const SSN = [3, 2, 4];
const NINO = [2, 2, 2];
const NIR = [1, 2, 2, 2, 3, 3, 2];
const STEUER_ID = [2, 3, 3, 3];

/** `512-73-9046`: area 001 to 899 without 666, no group 00, no serial 0000 (20 CFR 422.103; Social Security Administration). */
function findUsSsn(scan: TextScan, at: number): boolean {
  const end = scan.groups.match(SSN, DASH);
  if (end < 0) return false;
  const digits = scan.groups.digits(3);
  const area = numberOf(digits, 0, 3);
  if (area === 0 || area === 666 || area >= 900) return false;
  if (numberOf(digits, 3, 5) === 0 || numberOf(digits, 5, 9) === 0) return false;
  return scan.beginsNumber(at) && scan.endsNumber(end) && scan.found(at, end);
}

const NINO_FIRST = codes('ABCEGHJKLMNOPRSTWXYZ');
const NINO_SECOND = codes('ABCEGHJKLMNPRSTWXYZ');
const NINO_NEVER = ['BG', 'GB', 'KN', 'NK', 'NT', 'TN', 'ZZ'];

/** `AB123456C`, `AB 12 34 56 C` (HMRC, NIM39110). */
function findUkNino(scan: TextScan, at: number): boolean {
  const start = scan.at(at - 1) === SPACE ? at - 3 : at - 2;
  if (!NINO_FIRST.has(scan.at(start)) || !NINO_SECOND.has(scan.at(start + 1)) || !scan.beginsWord(start)) return false;
  if (NINO_NEVER.some((prefix) => scan.has(prefix, start))) return false;
  const digits = scan.groups.size(0) === 6 ? scan.groups.end(0) : scan.groups.match(NINO, SPACE);
  if (digits < 0) return false;
  const suffix = scan.at(digits) === SPACE ? digits + 1 : digits;
  const letter = scan.at(suffix) ?? 0;
  if (letter < code('A') || letter > code('D')) return false;
  return scan.endsNumber(suffix + 1) && scan.found(start, suffix + 1);
}

/** One number of so many digits, nothing between them. @returns where it ends; -1: there is none */
function whole(scan: TextScan, at: number, size: number): number {
  if (scan.groups.size(0) !== size || !scan.beginsNumber(at)) return -1;
  const end = scan.groups.end(0);
  return scan.endsNumber(end) ? end : -1;
}

const PESEL_WEIGHTS = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3];

/** Eleven digits: a day (the century is in the month), a check digit (Polish act on the register of population, art. 15). */
function findPlPesel(scan: TextScan, at: number): boolean {
  const end = whole(scan, at, 11);
  if (end < 0) return false;
  const digits = scan.groups.digits(1);
  const month = numberOf(digits, 2, 4) % 20;
  const day = numberOf(digits, 4, 6);
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  const sum = PESEL_WEIGHTS.reduce((total, weight, i) => total + weight * (digits[i] as number), 0);
  return (10 - (sum % 10)) % 10 === digits[10] && scan.found(at, end);
}

const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';
const FOREIGNERS = 'XYZ';

/** `12345678Z`, `X1234567L`: the letter is the remainder by 23 (Spanish Royal Decree 1553/2005; order of 7 February 1997). */
function findEsDni(scan: TextScan, at: number): boolean {
  const size = scan.groups.size(0);
  const digits = scan.groups.end(0);
  const foreigner = size === 7 ? FOREIGNERS.indexOf(String.fromCharCode(scan.at(foreignAt(scan, at)) ?? 0)) : 0;
  const start = size === 7 ? foreignAt(scan, at) : at;
  if (foreigner < 0 || (size === 7 ? !scan.beginsWord(start) : !scan.beginsNumber(start))) return false;
  const letter = scan.at(digits) === code('-') ? digits + 1 : digits;
  const number = foreigner * 10_000_000 + numberOf(scan.groups.digits(1), 0, size);
  if (scan.at(letter) !== DNI_LETTERS.charCodeAt(number % 23)) return false;
  return scan.endsNumber(letter + 1) && scan.found(start, letter + 1);
}

const foreignAt = (scan: TextScan, at: number): number => (scan.at(at - 1) === code('-') ? at - 2 : at - 1);

/** Fifteen digits: sex, month, key = 97 - remainder of the first thirteen by 97 (INSEE). Corsica's letters are not read. */
function findFrNir(scan: TextScan, at: number): boolean {
  const end = scan.groups.size(0) === 15 ? whole(scan, at, 15) : scan.groups.match(NIR, SPACE);
  if (end < 0 || !scan.beginsNumber(at) || !scan.endsNumber(end)) return false;
  const digits = scan.groups.digits(NIR.length);
  const sex = digits[0] as number;
  const month = numberOf(digits, 3, 5);
  if (sex < 1 || sex > 2 || month < 1 || (month > 12 && month < 20)) return false;
  let remainder = 0;
  for (let i = 0; i < 13; i++) remainder = (remainder * 10 + (digits[i] as number)) % 97;
  return 97 - remainder === numberOf(digits, 13, 15) && scan.found(at, end);
}

const TIMES = new Uint8Array(10);

/** Eleven digits, the first not 0, one of the first ten two or three times; the last by ISO 7064 MOD 11,10 (§ 139b AO). */
function findDeSteuerId(scan: TextScan, at: number): boolean {
  const end = scan.groups.size(0) === 11 ? whole(scan, at, 11) : scan.groups.match(STEUER_ID, SPACE);
  if (end < 0 || scan.bytes[at] === ZERO || !scan.beginsNumber(at) || !scan.endsNumber(end)) return false;
  const digits = scan.groups.digits(STEUER_ID.length);
  TIMES.fill(0);
  let product = 10;
  for (let i = 0; i < 10; i++) {
    const digit = digits[i] as number;
    TIMES[digit] = (TIMES[digit] as number) + 1;
    const sum = (digit + product) % 10 || 10;
    product = (2 * sum) % 11;
  }
  if ((11 - product) % 10 !== digits[10]) return false;
  const repeated = TIMES.filter((count) => count > 1);
  return repeated.length === 1 && (repeated[0] as number) <= 3 && scan.found(at, end);
}

const CODICE = 'AAAAAANNANNANNNA';
/** what a character is worth in odd places, 0 to 9, then A to Z */
// prettier-ignore
const CODICE_ODD = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21,
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];
const CODICE_MONTHS = 'ABCDEHLMPRST';

/** `RSSMRA85T10A562S`: its last letter is computed from the others (Italian decree of 23 December 1976). Found by the year. */
function findItCodiceFiscale(scan: TextScan, at: number): boolean {
  const start = at - 6;
  if (!isOf(scan.at(scan.groups.end(0)), SETS.letter)) return false;
  if (scan.at(start) === undefined || scan.at(start + 15) === undefined || !scan.beginsWord(start)) return false;
  let sum = 0;
  for (let i = 0; i < CODICE.length; i++) {
    const byte = scan.bytes[start + i] as number;
    const isLetter = isOf(byte, SETS.letter);
    if (CODICE[i] === 'A' ? !isLetter : !isOf(byte, SETS.digit)) return false;
    const letter = (byte | 0x20) - 0x61;
    if (i === 8 && !CODICE_MONTHS.includes(String.fromCharCode(0x41 + letter))) return false;
    if (i === 15) return sum % 26 === letter && scan.endsNumber(start + 16) && scan.found(start, start + 16);
    const value = isLetter ? letter : byte - 0x30;
    sum += i % 2 === 0 ? (CODICE_ODD[isLetter ? value + 10 : value] as number) : value;
  }
  return false;
}

/** What states number people by. */
export const NATIONAL_IDS: readonly WorkingDetector[] = [
  {
    name: 'us-ssn',
    description: 'social security numbers of the United States with dashes (512-73-9046)',
    standard: true,
    numbers: [{ shapes: [SSN], find: findUsSsn }],
  },
  {
    name: 'uk-nino',
    description: 'national insurance numbers of the United Kingdom (no check digit: other codes look like it)',
    standard: false,
    numbers: [{ shapes: [[6], NINO], find: findUkNino }],
  },
  {
    name: 'pl-pesel',
    description: 'Polish PESEL: a day of birth, a check digit (about 1 in 50 numbers of eleven digits)',
    standard: false,
    numbers: [{ shapes: [[11]], find: findPlPesel }],
  },
  {
    name: 'es-dni',
    description: 'Spanish DNI and NIE with their letter (about 1 in 23 numbers of that shape)',
    standard: false,
    numbers: [{ shapes: [[7], [8]], find: findEsDni }],
  },
  {
    name: 'fr-nir',
    description: 'French social security numbers: fifteen digits with their key',
    standard: true,
    numbers: [{ shapes: [[15], NIR], find: findFrNir }],
  },
  {
    name: 'de-steuer-id',
    description: 'German tax numbers (Steuer-ID): eleven digits, the last a check digit',
    standard: false,
    numbers: [{ shapes: [[11], STEUER_ID], find: findDeSteuerId }],
  },
  {
    name: 'it-codice-fiscale',
    description: 'Italian tax codes with their check letter (RSSMRA85T10A562S)',
    standard: true,
    numbers: [{ shapes: [[2]], behindLetter: true, find: findItCodiceFiscale }],
  },
];
