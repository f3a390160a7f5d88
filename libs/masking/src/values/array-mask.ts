import type { ValueMask } from './value-mask.js';

/** What stands for one element; `fallback` where its mask can do nothing with it (null is NULL). */
export interface ElementMask {
  readonly mask: ValueMask;
  readonly fallback: Buffer | null;
  /** between elements in text: a comma for all types but box */
  readonly delimiter: string;
}

/** Masks each element of an array and leaves its dimensions, and which elements are NULL, as they are. */
export const arrayMask = (element: ElementMask, format: 0 | 1): ValueMask =>
  format === 0
    ? (source, from, to) => maskText(element, source, from, to)
    : (source, from, to) => maskBinary(element, source, from, to);

const HEADER = 12;
const MAX_DIMENSIONS = 6;

/** @see PostgreSQL source, utils/adt/arrayfuncs.c, array_send */
const maskBinary = ({ mask, fallback }: ElementMask, source: Buffer, from: number, to: number): Buffer | null => {
  if (to - from < HEADER) return null;
  const dimensions = source.readInt32BE(from);
  const first = from + HEADER + dimensions * 8;
  if (dimensions < 0 || dimensions > MAX_DIMENSIONS || first > to) return null;
  let count = dimensions === 0 ? 0 : 1;
  for (let i = 0; i < dimensions; i++) count *= source.readInt32BE(from + HEADER + i * 8);
  const header = Buffer.from(source.subarray(from, first));
  const parts: Buffer[] = [header];
  let hasNull = false;
  let at = first;
  for (let i = 0; i < count; i++) {
    if (to - at < 4) return null;
    const length = source.readInt32BE(at);
    at += 4;
    const end = at + Math.max(length, 0);
    if (length < -1 || end > to) return null;
    const masked = length < 0 ? null : (mask(source, at, end) ?? fallback);
    const written = Buffer.allocUnsafe(4);
    written.writeInt32BE(masked?.length ?? -1);
    parts.push(written);
    if (masked === null) hasNull = true;
    else parts.push(masked);
    at = end;
  }
  if (at !== to) return null;
  header.writeInt32BE(hasNull ? 1 : 0, 4);
  return Buffer.concat(parts);
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const EQUALS = 0x3d;
const BRACKET = 0x5b;

/** @see PostgreSQL source, utils/adt/arrayfuncs.c, array_out */
const maskText = (element: ElementMask, source: Buffer, from: number, to: number): Buffer | null => {
  const delimiter = element.delimiter.charCodeAt(0);
  const written: string[] = [];
  let at = from;
  // bounds that do not begin at 1: [0:2]={…}
  if (source[at] === BRACKET) {
    while (at < to && source[at] !== EQUALS) at++;
    written.push(source.toString('latin1', from, ++at));
  }
  let depth = 0;
  let mayFollow = false;
  if (source[at] !== OPEN) return null;
  while (at < to) {
    const byte = source[at] as number;
    if (byte === OPEN) {
      depth++;
      mayFollow = true;
      written.push('{');
      at++;
    } else if (byte === CLOSE || byte === delimiter) {
      if (depth === 0) return null;
      if (byte === CLOSE) depth--;
      mayFollow = byte === delimiter;
      written.push(String.fromCharCode(byte));
      at++;
      if (depth === 0) break;
    } else {
      if (!mayFollow) return null;
      mayFollow = false;
      const end = byte === QUOTE ? quotedEnd(source, at, to) : plainEnd(source, at, to, delimiter);
      if (end < 0) return null;
      written.push(maskedElement(element, source, at, end));
      at = end;
    }
  }
  return depth === 0 && at === to ? Buffer.from(written.join(''), 'latin1') : null;
};

/** Index after the closing quote; -1: there is none. */
const quotedEnd = (source: Buffer, start: number, to: number): number => {
  for (let at = start + 1; at < to; at++) {
    if (source[at] === BACKSLASH) at++;
    else if (source[at] === QUOTE) return at + 1;
  }
  return -1;
};

/** Index after an element without quotes; -1 where a quote, brace or backslash stands in it. */
const plainEnd = (source: Buffer, start: number, to: number, delimiter: number): number => {
  for (let at = start; at < to; at++) {
    const byte = source[at] as number;
    if (byte === delimiter || byte === CLOSE) return at;
    if (byte === QUOTE || byte === BACKSLASH || byte === OPEN) return -1;
  }
  return -1;
};

/** @returns the element as it is written, a byte per character */
const maskedElement = (element: ElementMask, source: Buffer, start: number, end: number): string => {
  const { mask, fallback } = element;
  let masked: Buffer | null;
  if (source[start] === QUOTE) {
    const value = Buffer.from(source.toString('latin1', start + 1, end - 1).replace(/\\([^])/g, '$1'), 'latin1');
    masked = mask(value, 0, value.length) ?? fallback;
  } else {
    if (/^null$/i.test(source.toString('latin1', start, end))) return 'NULL';
    masked = mask(source, start, end) ?? fallback;
  }
  return masked === null ? 'NULL' : quoted(masked.toString('latin1'), element.delimiter);
};

const quoted = (text: string, delimiter: string): string =>
  text === '' || /^null$/i.test(text) || text.includes(delimiter) || /[{}"\\\s]/.test(text)
    ? `"${text.replace(/["\\]/g, '\\$&')}"`
    : text;
