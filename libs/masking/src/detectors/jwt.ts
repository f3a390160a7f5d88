import { code, SETS } from './characters.js';
import type { WorkingDetector } from './detector.js';
import type { TextScan } from './text-scan.js';

/** A longer first part is no header anybody writes. */
const MOST_HEADER = 2048;
const DOT = code('.');
const QUOTE = code('"');
/** members of a header (RFC 7515 §4.1) */
const HEADER_MEMBERS = ['"alg"', '"typ"', '"enc"', '"kid"', '"cty"'].map((member) => Buffer.from(member));
const VALUES = new Uint8Array(256);
for (const [value, byte] of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_').entries())
  VALUES[byte] = value;
const header = Buffer.alloc((MOST_HEADER / 4) * 3);

/** `eyJ` is how a JSON object in base64url begins; three parts, the last may be missing (`alg` none). RFC 7519. */
function find(scan: TextScan, at: number): boolean {
  if (!scan.beginsWord(at, SETS.base64url)) return false;
  const dot = at + scan.run(at, SETS.base64url, MOST_HEADER);
  if (dot - at < 12 || scan.at(dot) !== DOT) return false;
  const end = dot + 1 + scan.run(dot + 1, SETS.base64url, scan.to);
  if (end === dot + 1 || scan.at(end) !== DOT || !isHeader(scan.bytes, at, dot)) return false;
  return scan.found(at, end + 1 + scan.run(end + 1, SETS.base64url, scan.to));
}

function isHeader(bytes: Uint8Array, from: number, to: number): boolean {
  let length = 0;
  let bits = 0;
  for (let at = from, kept = 0; at < to; at++) {
    bits = (bits << 6) | (VALUES[bytes[at] as number] as number);
    kept += 6;
    if (kept < 8) continue;
    kept -= 8;
    header[length++] = (bits >> kept) & 0xff;
    bits &= (1 << kept) - 1;
  }
  const text = header.subarray(0, length);
  return text[1] === QUOTE && HEADER_MEMBERS.some((member) => text.includes(member));
}

export const JWT: WorkingDetector = {
  name: 'jwt',
  description: 'JSON Web Tokens: three parts, the first a header in base64url',
  standard: true,
  texts: [{ text: 'eyJ', find }],
};
