import { code, isOf, SETS } from './characters.js';
import type { WorkingDetector } from './detector.js';
import type { TextScan } from './text-scan.js';

/** A longer first part is no header anybody writes. */
const MOST_HEADER = 2048;
const DOT = code('.');
const HEADER_MEMBER = /"(alg|typ|enc|kid|cty)"\s*:/;

/** `eyJ` is how a JSON object in base64url begins; three parts, the last may be missing (`alg` none). RFC 7519. */
function find(scan: TextScan, at: number): boolean {
  if (scan.at(at + 2) !== code('J') || !scan.beginsWord(at, SETS.base64url)) return false;
  const header = scan.run(at, SETS.base64url, MOST_HEADER);
  const dot = at + header;
  if (header < 12 || scan.at(dot) !== DOT || !isOf(scan.at(dot + 1), SETS.base64url)) return false;
  const text = Buffer.from(latin(scan, at, dot), 'base64url').toString('latin1');
  if (!text.startsWith('{"') || !HEADER_MEMBER.test(text)) return false;
  const payload = scan.run(dot + 1, SETS.base64url, scan.to);
  const end = dot + 1 + payload;
  if (scan.at(end) !== DOT) return false;
  return scan.found(at, end + 1 + scan.run(end + 1, SETS.base64url, scan.to));
}

function latin(scan: TextScan, from: number, to: number): string {
  return Buffer.from(scan.bytes.buffer, scan.bytes.byteOffset + from, to - from).toString('latin1');
}

export const JWT: WorkingDetector = {
  name: 'jwt',
  description: 'JSON Web Tokens: three parts, the first a header in base64url',
  standard: true,
  finders: [{ starts: ['ey'], find }],
};
