import { MAXIMUM_DEPTH, UnreadableBody } from './document.js';
import type { DocumentValue } from './document.js';
import { holdsMark } from './mark.js';
import { parseJson } from './parse-json.js';

/** Marks that are named in a refusal; a body full of them needs no longer list. */
export const MAXIMUM_MARKS = 20;
const MAXIMUM_NAME = 200;

/** Names every place of a document where a mask stands: `data.password`, keys included, into JSON inside of strings. */
export function marksIn(document: DocumentValue, place = ''): string[] {
  const marks = new Set<string>();
  collect(document, place, 0, marks);
  return [...marks];
}

/** What a document does not show: fields that are not known, comments, what could not be read. */
export function marksInBytes(body: Uint8Array): string[] {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  if (!holdsMark(text, 1)) return [];
  const at = text.indexOf('sallyport:v1');
  return [`offset ${at < 0 ? 0 : at}`];
}

function collect(value: DocumentValue, place: string, depth: number, marks: Set<string>): void {
  if (marks.size >= MAXIMUM_MARKS || depth > MAXIMUM_DEPTH) return;
  if (Array.isArray(value)) {
    value.forEach((item, index) => collect(item, `${place}[${index}]`, depth + 1, marks));
  } else if (value instanceof Map) {
    for (const [key, item] of value) {
      const inside = join(place, key);
      if (holdsMark(key)) marks.add(inside);
      collect(item, inside, depth + 1, marks);
    }
  } else if (typeof value === 'string' && holdsMark(value)) {
    const inner = /^\s*[[{]/.test(value) ? parsed(value) : null;
    const before = marks.size;
    if (inner !== null) collect(inner, place, depth + 1, marks);
    if (marks.size === before) marks.add(place === '' ? 'the body' : place);
  }
}

function join(place: string, key: string): string {
  const short = key.length > MAXIMUM_NAME ? `${key.slice(0, MAXIMUM_NAME)}…` : key;
  if (!/^[A-Za-z_$][\w-]*$/.test(key)) return `${place}[${JSON.stringify(short)}]`;
  return place === '' ? short : `${place}.${short}`;
}

function parsed(text: string): DocumentValue {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof UnreadableBody) return null;
    throw error;
  }
}
