import { code, isOf, SETS } from './characters.js';
import type { WorkingDetector } from './detector.js';
import type { TextScan } from './text-scan.js';

/** RFC 5321 §4.5.3.1: a mailbox of at most 64 bytes at a domain of at most 255. */
const MOST_MAILBOX = 64;
const MOST_DOMAIN = 255;
const MOST_ENDING = 24;

const DOT = code('.');
const DASH = code('-');
const COLON = code(':');
const BACKSLASH = code('\\');

/** Endings of names that are no domains: pictures for dense screens (`icon@2x.png`), units of services (`getty@tty1.service`). */
const OTHER_ENDINGS = 'png jpg jpeg gif svg webp avif service socket timer target mount slice scope device path'.split(
  ' ',
);
const OTHER_BY_LENGTH = Array.from({ length: MOST_ENDING + 1 }, (_, length) =>
  OTHER_ENDINGS.filter((ending) => ending.length === length),
);

function find(scan: TextScan, at: number): boolean {
  if (!isOf(scan.at(at - 1), SETS.mailbox) || !isOf(scan.at(at + 1), SETS.label)) return false;
  const start = mailboxStart(scan, at);
  if (start === at) return false;
  const end = domainEnd(scan, at + 1);
  if (end < 0) return false;
  // git@host:path is an address of a repository
  if (at - start === 3 && scan.has('git', start) && scan.at(end) === COLON) return false;
  return scan.found(start, end);
}

function mailboxStart(scan: TextScan, at: number): number {
  const first = Math.max(scan.from, at - MOST_MAILBOX);
  let start = at;
  while (start > first && isOf(scan.bytes[start - 1], SETS.mailbox)) start -= 1;
  // the letter of an escape sequence is none of the address: \nalice@…
  if (start > scan.from && scan.bytes[start - 1] === BACKSLASH && at - start > 1) start += 1;
  while (start < at && scan.bytes[start] === DOT) start += 1;
  return scan.bytes[at - 1] === DOT ? at : start;
}

/** Where the domain that begins here ends; -1: none does. */
function domainEnd(scan: TextScan, from: number): number {
  const last = Math.min(scan.to, from + MOST_DOMAIN);
  let end = -1;
  let label = from;
  let labels = 0;
  for (let at = from; ; at++) {
    if (at < last && isOf(scan.bytes[at], SETS.label)) continue;
    if (at === label || scan.bytes[label] === DASH) break;
    labels += 1;
    if (labels > 1 && isEnding(scan, label, at)) end = at;
    if (at >= last || scan.bytes[at] !== DOT) break;
    label = at + 1;
  }
  return end;
}

function isEnding(scan: TextScan, from: number, to: number): boolean {
  const ends = scan.hasAnyCase('xn--', from) ? to : from + scan.run(from, SETS.labelLetter, to - from);
  if (ends !== to || to - from < 2 || to - from > MOST_ENDING) return false;
  return !OTHER_BY_LENGTH[to - from]?.some((ending) => scan.hasAnyCase(ending, from));
}

export const EMAIL: WorkingDetector = {
  name: 'email',
  description: 'e-mail addresses (alice@example.com)',
  standard: true,
  texts: [{ text: '@', find }],
};
