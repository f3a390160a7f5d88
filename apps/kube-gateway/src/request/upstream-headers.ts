import { headerLines, listOf } from './header-list.js';
import type { Impersonation } from './impersonation.js';
import { wordList } from './word-list.js';

/** What the gateway sets itself on a request to the target. */
export interface OwnHeaders {
  /** the target's credential; null where it is a client certificate */
  readonly authorization: string | null;
  /** id of the event that records the request: the cluster's audit log joins ours by it */
  readonly auditId: string;
  readonly impersonate: Impersonation | null;
  /** replaces the client's `Accept`; null keeps it */
  readonly accept: string | null;
  /** asks for an uncompressed answer, where it has to be read */
  readonly identity: boolean;
  /** bytes of the body; null: no body */
  readonly contentLength: number | null;
}

/** Hop-by-hop (RFC 9110 §7.6.1), credentials, origin of the request, and all that the caller sets. */
const never = new Set(
  wordList(`
  connection keep-alive proxy-connection proxy-authenticate proxy-authorization te trailer
  transfer-encoding upgrade http2-settings expect host content-length content-encoding authorization
  cookie cookie2 origin referer forwarded x-real-ip via audit-id x-http-method x-http-method-override
  x-method-override x-original-url x-rewrite-url
`),
);
const neverPrefixed = ['x-remote-', 'x-forwarded-', 'impersonate-', 'sec-websocket-', 'proxy-', 'x-envoy-'];

/**
 * The headers of the request to the target: the client's that speak of the request itself, then ours. What `Connection`
 * names is left out before ours are set, so that a client that names `authorization` takes nothing away.
 * @param rawHeaders a head that `checkHead` let pass
 * @returns names in lower case; an array for several lines (several groups are several lines: a server reads `a, b` as
 *   one); without `host`, `connection` and all of an upgrade, which the caller sets
 */
export function upstreamHeaders(rawHeaders: readonly string[], set: OwnHeaders): Record<string, string | string[]> {
  const lines = headerLines(rawHeaders);
  const named = new Set(listOf(lines, 'connection').map((one) => one.toLowerCase()));
  const kept = new Map<string, string[]>();
  for (const [name, value] of lines) {
    if (never.has(name) || named.has(name) || neverPrefixed.some((prefix) => name.startsWith(prefix))) continue;
    const values = kept.get(name);
    if (values === undefined) kept.set(name, [value]);
    else values.push(value);
  }
  if (set.accept !== null) kept.set('accept', [set.accept]);
  if (set.identity) kept.set('accept-encoding', ['identity']);
  if (set.contentLength !== null) kept.set('content-length', [String(set.contentLength)]);
  if (set.authorization !== null) kept.set('authorization', [set.authorization]);
  kept.set('audit-id', [set.auditId]);
  if (set.impersonate !== null) impersonate(kept, set.impersonate);
  return Object.fromEntries([...kept].map(([name, values]) => [name, oneOrSeveral(values)]));
}

function impersonate(headers: Map<string, string[]>, who: Impersonation): void {
  headers.set('impersonate-user', [headerBytes(who.user)]);
  if (who.uid !== null) headers.set('impersonate-uid', [headerBytes(who.uid)]);
  if (who.groups.length > 0) headers.set('impersonate-group', who.groups.map(headerBytes));
  for (const [key, values] of Object.entries(who.extra)) {
    if (values.length > 0) headers.set(`impersonate-extra-${encodeURIComponent(key)}`, values.map(headerBytes));
  }
}

/** Node writes U+0080-00FF as one byte each and refuses what is above: UTF-8 goes out as such in that guise. */
function headerBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function oneOrSeveral(values: string[]): string | string[] {
  const [first = ''] = values;
  return values.length === 1 ? first : values;
}
