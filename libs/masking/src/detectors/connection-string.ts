import { code, codes, isOf, SETS } from './characters.js';
import type { Finder, WorkingDetector } from './detector.js';
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
const URL_PASSWORD: Finder = {
  starts: [':/'],
  find(scan, at) {
    if (!scan.has('://', at) || !isOf(scan.at(at - 1), SETS.alphanumeric)) return false;
    const colon = skip(scan, at + 3, NOT_IN_USER, MOST_USER);
    if (scan.at(colon) !== COLON) return false;
    const end = skip(scan, colon + 1, NOT_IN_PASSWORD, MOST_PASSWORD);
    return scan.at(end) === AT && isPassword(scan, colon + 1, end) && scan.found(colon + 1, end);
  },
};

function skip(scan: TextScan, from: number, stops: ReadonlySet<number>, most: number): number {
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
const PASSWORD_PART: Finder = {
  starts: ['pa', 'Pa', 'PA', 'pw', 'Pw', 'PW'],
  find(scan, at) {
    const name = PASSWORDS.find((text) => scan.hasAnyCase(text, at));
    if (name === undefined || !scan.beginsWord(at)) return false;
    const from = at + name.length;
    const end = skip(scan, from, NOT_IN_VALUE, MOST_PASSWORD);
    if (!isPassword(scan, from, end)) return false;
    scan.passwordAt = from;
    scan.passwordEnd = end;
    return isWhole(scan, scan.hostAt, at);
  },
};

const HOST_PART: Finder = {
  starts: ['ho', 'Ho', 'HO', 'se', 'Se', 'SE', 'da', 'Da', 'DA', 'db', 'DB'],
  find(scan, at) {
    if (!HOSTS.some((text) => scan.hasAnyCase(text, at)) || !scan.beginsWord(at)) return false;
    scan.hostAt = at;
    return isWhole(scan, scan.passwordAt, at);
  },
};

function isWhole(scan: TextScan, other: number, at: number): boolean {
  return other >= 0 && at - other <= NEAR && scan.found(scan.passwordAt, scan.passwordEnd);
}

export const CONNECTION_STRING: WorkingDetector = {
  name: 'connection-string',
  description: 'passwords in URLs (postgres://app:…@db) and in strings of names and values (host=db password=…)',
  standard: true,
  finders: [URL_PASSWORD, PASSWORD_PART, HOST_PART],
};
