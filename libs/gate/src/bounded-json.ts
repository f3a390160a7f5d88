import { jsonText } from './json.js';

// A line of the record has at most 65 535 bytes (docs/record.md), whatever a client, a token or a target is called: each of its
// texts and lists has a share. What is cut says so by `…`; the body and the fingerprint have it in full.

/** Shares of a line, bytes of rendered JSON; together with the fixed members they stay below its limit. */
export const share = {
  target: 1024,
  agents: 4 * 1024,
  purpose: 1024,
  verb: 256,
  kinds: 2 * 1024,
  relations: 14 * 1024,
  stripped: 10 * 1024,
  classes: 4 * 1024,
  oracles: 2 * 1024,
  rules: 6 * 1024,
  /** masked columns, and clear ones */
  counts: 8 * 1024,
  /** what detectors found, and one name in it */
  found: 16 * 1024,
  foundName: 512,
  code: 64,
  tag: 512,
  settles: 24 * 1024,
} as const;

const CUT = '…';

/** Whether `rendered` is too long; a UTF-16 unit has at most three bytes, so that short texts need not be measured. */
export function exceeds(rendered: string, bytes: number): boolean {
  return rendered.length * 3 > bytes && Buffer.byteLength(rendered) > bytes;
}

/** JSON string of at most `bytes` bytes, quotes included: a longer text is cut between characters and ends with `…`. */
export function boundedText(text: string, bytes: number): string {
  // a character needs at least one byte: what is behind these is cut in any case
  const whole = jsonText(text.length > bytes ? text.slice(0, bytes) : text);
  if (text.length <= bytes && !exceeds(whole, bytes)) return whole;
  let fits = 0;
  let most = Math.min(text.length, bytes);
  while (fits < most) {
    const middle = Math.ceil((fits + most) / 2);
    if (exceeds(jsonText(text.slice(0, middle) + CUT), bytes)) most = middle - 1;
    else fits = middle;
  }
  const last = text.charCodeAt(fits - 1);
  const splits = fits > 0 && last >= 0xd800 && last < 0xdc00;
  return jsonText(text.slice(0, splits ? fits - 1 : fits) + CUT);
}

/** JSON array of strings of at most `bytes` bytes; when not all fit, the last one is `…`. */
export function boundedTexts(texts: readonly string[], bytes: number): string {
  // brackets, comma and the mark
  let left = bytes - 8;
  let out = '';
  for (const text of texts) {
    const next = `${out === '' ? '' : ','}${boundedText(text, bytes)}`;
    left -= Buffer.byteLength(next);
    if (left < 0) return `[${out}${out === '' ? '' : ','}"${CUT}"]`;
    out += next;
  }
  return `[${out}]`;
}

/** JSON object of counts of at most `bytes` bytes; what does not fit is counted together under `…`. */
export function boundedCounts(counts: ReadonlyMap<string, number>, bytes: number): string {
  let out = '';
  for (const [name, count] of counts) out += `${out === '' ? '' : ','}${jsonText(name)}:${count}`;
  if (!exceeds(out, bytes - 2)) return `{${out}}`;
  // braces, and the rest: mark, colon, 16 digits
  let left = bytes - 24;
  let rest = 0;
  out = '';
  for (const [name, count] of counts) {
    const next = left < 0 || name === CUT ? '' : `${jsonText(name)}:${count},`;
    left -= Buffer.byteLength(next);
    if (next === '' || left < 0) rest += count;
    else out += next;
  }
  return `{${out}"${CUT}":${rest}}`;
}
