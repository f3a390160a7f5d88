import type { EventKind } from './audit-event.js';

/** Longest line, in bytes: lengths in the log's entry bundles are uint16. */
export const LINE_BYTES = 65_535;

// Quote, backslash, control characters and lone surrogates need JSON.stringify; all else stands as it is.
const NEEDS_ESCAPE = /["\\\p{Cc}\p{Cs}]/u;

/** A JSON string literal of any text, quotes included. Lone surrogates come out escaped, so that the bytes are UTF-8. */
export function jsonString(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** First members of each line of one epoch, rendered once. */
export function linePrefix(epoch: string): string {
  return `{"v":1,"e":"${epoch}","n":`;
}

/**
 * One line of the record, exact text.
 * @param prefix from `linePrefix` @param n dense number @param previous leaf hash of the line before, 64 hex digits
 * @param time ISO 8601, ms, UTC @param members JSON members without braces or outer commas; may be empty
 * @param tail `bh` and `dk` members with their leading comma; empty: no body
 */
export function renderLine(
  prefix: string,
  n: number,
  previous: string,
  time: string,
  kind: EventKind,
  members: string,
  tail: string,
): string {
  const comma = members === '' ? '' : ',';
  return `${prefix}${n},"p":"${previous}","t":"${time}","k":"${kind}"${comma}${members}${tail}}`;
}

/** The members every line starts with, and those that bind a body, read back. */
export interface LineHead {
  readonly epoch: string;
  readonly n: number;
  readonly previous: string;
  /** ms since 1970 */
  readonly at: number;
  readonly kind: string;
}

const HEAD =
  /^\{"v":1,"e":"([0-9a-f]{32})","n":(0|[1-9]\d{0,15}),"p":"([0-9a-f]{64})","t":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","k":"([a-z]+(?:\.[a-z]+)?)"[,}]/;

/**
 * Reads the fixed members in front of a line.
 * @returns null when the bytes are not a line of this format: wrong order, other version, no time, a line end inside
 */
export function parseLineHead(line: Uint8Array): LineHead | null {
  if (line.length > LINE_BYTES || line.includes(0x0a) || line[line.length - 1] !== 0x7d) return null;
  const text = Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, 256)).toString('latin1');
  const found = HEAD.exec(text);
  if (found === null) return null;
  const [, epoch = '', n = '', previous = '', time = '', kind = ''] = found;
  const at = Date.parse(time);
  return Number.isNaN(at) ? null : { epoch, n: Number(n), previous, at, kind };
}
