import { code, codes, type Codes, isOf, SETS } from './characters.js';
import type { TextFinder, WorkingDetector } from './detector.js';
import type { TextScan } from './text-scan.js';

const MOST_USER = 128;
const MOST_PASSWORD = 256;
/** Bytes between the parts of one string of names and values. */
const NEAR = 512;

const AT = code('@');
const COLON = code(':');
const NOT_IN_USER = codes(' \t\r\n:@/?#"\'<>');
const NOT_IN_PASSWORD = codes(' \t\r\n@/?#"\'<>');
/** what stands for a password that is elsewhere */
const PLACEHOLDERS = codes('$%{<[');
const BLANKS = codes('*xX.');

/** `scheme://user:password@host` (RFC 3986 §3.2.1). Found by the `://`. */
const URL_PASSWORD: TextFinder = {
  text: '://',
  find(scan, at) {
    if (!isOf(scan.at(at - 1), SETS.alphanumeric)) return false;
    const colon = skip(scan, at + 3, NOT_IN_USER, MOST_USER);
    if (scan.at(colon) !== COLON) return false;
    const end = skip(scan, colon + 1, NOT_IN_PASSWORD, MOST_PASSWORD);
    return scan.at(end) === AT && isPassword(scan, colon + 1, end) && scan.found(colon + 1, end);
  },
};

function skip(scan: TextScan, from: number, stops: Codes, most: number): number {
  const last = Math.min(scan.to, from + most);
  let at = from;
  while (at < last && !stops.has(scan.bytes[at] as number)) at += 1;
  return at;
}

/** Not empty, no reference to one, not already hidden. */
function isPassword(scan: TextScan, from: number, to: number): boolean {
  if (to === from || PLACEHOLDERS.has(scan.bytes[from] as number)) return false;
  for (let at = from; at < to; at++) if (!BLANKS.has(scan.bytes[at] as number)) return true;
  return false;
}

const NOT_IN_VALUE = codes(' \t\r\n;,&"\'');
const PASSWORDS = ['password=', 'pwd='];
const HOSTS = ['host=', 'hostaddr=', 'server=', 'data source=', 'dbname=', 'database='];

/** `host=db user=app password=…`, `Server=db;User Id=app;Password=…`: the two parts in any order, near each other. */
const passwordPart = (name: string): TextFinder => ({
  text: name,
  anyCase: true,
  find(scan, at) {
    if (!scan.beginsWord(at)) return false;
    const from = at + name.length;
    const end = valueEnd(scan, from);
    if (!isPassword(scan, from, end)) return false;
    scan.passwordAt = from;
    scan.passwordEnd = end;
    return isWhole(scan, scan.hostAt, at);
  },
});

/** A value may hold `password=` again and again: its end is looked for once. */
function valueEnd(scan: TextScan, from: number): number {
  if (from >= scan.valueEnd) scan.valueEnd = skip(scan, from, NOT_IN_VALUE, scan.to);
  return Math.min(scan.valueEnd, from + MOST_PASSWORD);
}

const hostPart = (name: string): TextFinder => ({
  text: name,
  anyCase: true,
  find(scan, at) {
    if (!scan.beginsWord(at)) return false;
    scan.hostAt = at;
    return isWhole(scan, scan.passwordAt, at);
  },
});

function isWhole(scan: TextScan, other: number, at: number): boolean {
  return other >= 0 && at - other <= NEAR && scan.found(scan.passwordAt, scan.passwordEnd);
}

export const CONNECTION_STRING: WorkingDetector = {
  name: 'connection-string',
  description: 'passwords in URLs (postgres://app:…@db) and in strings of names and values (host=db password=…)',
  standard: true,
  texts: [URL_PASSWORD, ...PASSWORDS.map(passwordPart), ...HOSTS.map(hostPart)],
};
