import type { ServerFrame } from '../support/wire-client.js';
import { saidByTheGateway } from './differences.js';
import { fieldsOf, inShort, inWords } from './words.js';

// What may differ because it names a process, a session or a moment. Everything else is compared as it came.

const numbered: readonly (readonly [RegExp, string])[] = [
  // schemas of temporary objects are numbered by backend
  [/pg_(toast_)?temp_\d+/g, 'pg_$1temp_N'],
  // deadlocks and locks that are waited for
  [/([Pp]rocess) \d+/g, '$1 N'],
  [/(transaction) \d+/g, '$1 N'],
];

/** A message without what must differ. */
export function normalised({ type, body }: ServerFrame): ServerFrame {
  if (type === 'K') return { type, body: Buffer.alloc(0) };
  if (type === 'A') return { type, body: Buffer.concat([Buffer.alloc(4), body.subarray(4)]) };
  if (type === 'S' && body.toString('latin1').startsWith('application_name\0'))
    return { type, body: Buffer.from('application_name\0…\0') };
  if (type !== 'E' && type !== 'N') return { type, body };
  let text = body.toString('latin1');
  for (const [pattern, stands] of numbered) text = text.replace(pattern, stands);
  return { type, body: Buffer.from(text, 'latin1') };
}

/** Where two answers part, in words; null when they are the same. */
export function firstDifference(server: readonly ServerFrame[], gateway: readonly ServerFrame[]): string | null {
  const length = Math.max(server.length, gateway.length);
  for (let at = 0; at < length; at++) {
    const [expected, found] = [server[at], gateway[at]];
    if (expected !== undefined && found !== undefined && same(expected, found)) continue;
    return [
      `message ${at + 1} of the answer differs`,
      `  the server:  ${expected === undefined ? 'nothing more' : inWords(normalised(expected))}`,
      `  the gateway: ${found === undefined ? 'nothing more' : inWords(normalised(found))}`,
      `  in all: ${inShort(server)}`,
      `     and: ${inShort(gateway)}`,
    ].join('\n');
  }
  return null;
}

function same(one: ServerFrame, other: ServerFrame): boolean {
  const [a, b] = [normalised(one), normalised(other)];
  return a.type === b.type && (a.body.equals(b.body) || inOwnWords(one, other));
}

/**
 * An error that the gateway raises in the place of the server's, since it does not forward what it cannot read or does not know: the same
 * severity, code, message and position. It has no line of the server's source, and may have a DETAIL and a HINT of the gateway.
 */
function inOwnWords(server: ServerFrame, gateway: ServerFrame): boolean {
  if (server.type !== 'E') return false;
  const [expected, found] = [fieldsOf(server.body), fieldsOf(gateway.body)];
  const code = saidByTheGateway(expected);
  if (code === null || found.has('F') || found.get('C') !== code) return false;
  return ['S', 'V', 'M', 'P'].every((field) => expected.get(field) === found.get(field));
}
