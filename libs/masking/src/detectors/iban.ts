import { code, isOf, SETS } from './characters.js';
import type { WorkingDetector } from './detector.js';
import type { TextScan } from './text-scan.js';

const SPACE = code(' ');
/** both check digits in one group, with what follows them or alone */
const FIRST = Array.from({ length: 19 }, (_, i) => [i + 2]);

/** Lengths by country (ISO 13616, IBAN registry). */
const LENGTHS = new Uint8Array(26 * 26);
for (const entry of (
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 ' +
  'FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 ' +
  'MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 ' +
  'SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
).split(' '))
  LENGTHS[country(entry.charCodeAt(0), entry.charCodeAt(1))] = Number(entry.slice(2));

/** Index of a country, by two letters of any case. */
function country(first: number, second: number): number {
  return ((first | 0x20) - 0x61) * 26 + ((second | 0x20) - 0x61);
}

/** It is found by its check digits, behind the two letters of the country. */
function find(scan: TextScan, at: number): boolean {
  const start = at - 2;
  const first = scan.at(start);
  if (first === undefined || !isOf(first, SETS.letter) || !scan.beginsWord(start)) return false;
  const length = LENGTHS[country(first, scan.bytes[at - 1] as number)] as number;
  if (length === 0) return false;
  const end = endOf(scan, start, length);
  return end >= 0 && scan.endsNumber(end) && isChecked(scan, start, end) && scan.found(start, end);
}

/** Where so many letters and digits end, with blanks between blocks of four; -1: something else stands there. */
function endOf(scan: TextScan, start: number, length: number): number {
  const { bytes, to } = scan;
  if (to - start < length) return -1;
  let at = start;
  for (let read = 0; read < length; read++) {
    if ((read & 3) === 0 && read > 0 && bytes[at] === SPACE) at += 1;
    if (at >= to || !isOf(bytes[at], SETS.alphanumeric)) return -1;
    at += 1;
  }
  return at;
}

/** Whether the remainder by 97 is 1 (ISO 7064 MOD 97-10, the first four characters last). */
function isChecked(scan: TextScan, start: number, end: number): boolean {
  let head = 0;
  let remainder = 0;
  for (let at = start; at < end; at++) {
    const byte = scan.bytes[at] as number;
    if (byte === SPACE) continue;
    if (at < start + 4) head = append(head, valueOf(byte));
    else remainder = append(remainder, valueOf(byte)) % 97;
  }
  // two letters are two digits each
  return (remainder * 1_000_000 + head) % 97 === 1;
}

const append = (number: number, value: number): number => number * (value > 9 ? 100 : 10) + value;

/** Digits are themselves, letters of any case 10 to 35. */
const valueOf = (byte: number): number => (byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x61 + 10);

export const IBAN: WorkingDetector = {
  name: 'iban',
  description: 'international bank account numbers: length of the country, remainder by 97',
  standard: true,
  numbers: [{ shapes: FIRST, behindLetter: true, find }],
};
