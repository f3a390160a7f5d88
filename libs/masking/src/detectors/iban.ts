import { code, isOf, SETS } from './characters.js';
import { NUMBER, type WorkingDetector } from './detector.js';
import type { TextScan } from './text-scan.js';

const SPACE = code(' ');

/** Lengths by country (ISO 13616, IBAN registry). */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 ' +
    'FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 ' +
    'MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 ' +
    'SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** It is found by its check digits, behind the two letters of the country. */
function find(scan: TextScan, at: number): boolean {
  const start = at - 2;
  if (!isOf(scan.at(start), SETS.letter) || !isOf(scan.at(at - 1), SETS.letter)) return false;
  if ((scan.sizes[0] as number) < 2 && scan.groups > 0) return false;
  if (!scan.beginsWord(start)) return false;
  const country = String.fromCharCode(scan.bytes[start] as number, scan.bytes[at - 1] as number).toUpperCase();
  const length = LENGTHS.get(country);
  if (length === undefined) return false;
  const end = readTo(scan, start, length);
  return end >= 0 && scan.endsNumber(end) && scan.found(start, end);
}

/** Where the account number ends, when its remainder by 97 is 1 (ISO 7064 MOD 97-10, the first four characters last); otherwise -1. */
function readTo(scan: TextScan, start: number, length: number): number {
  let at = start;
  let head = 0;
  let remainder = 0;
  for (let read = 0; read < length; read++) {
    // blocks of four
    if (read > 0 && read % 4 === 0 && scan.at(at) === SPACE) at += 1;
    const byte = scan.at(at);
    if (!isOf(byte, SETS.alphanumeric)) return -1;
    const value = valueOf(byte as number);
    if (read < 4) head = append(head, value);
    else remainder = append(remainder, value) % 97;
    at += 1;
  }
  // two letters are two digits each
  const rest = (remainder * 1_000_000 + head) % 97;
  return rest === 1 ? at : -1;
}

const append = (number: number, value: number): number => number * (value > 9 ? 100 : 10) + value;

/** Digits are themselves, letters of any case 10 to 35. */
const valueOf = (byte: number): number => (byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x61 + 10);

export const IBAN: WorkingDetector = {
  name: 'iban',
  description: 'international bank account numbers: length of the country, remainder by 97',
  standard: true,
  finders: [{ starts: [NUMBER], find }],
};
