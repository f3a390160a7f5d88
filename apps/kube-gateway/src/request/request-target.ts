import { BadRequest } from './bad-request.js';
import { decodeComponent, encodeComponent } from './percent.js';
import { parseQuery, refuseRepeatedControls } from './query.js';
import { proxyTailStart } from './resource-path.js';

/**
 * A request target, read once: what is described is what is forwarded. `path` and `search` are serialised from the
 * decoded parts; only the tail behind `…/proxy/` keeps its spelling.
 */
export interface RequestTarget {
  /** canonical: decoded segments, encoded again; a trailing slash stays */
  readonly path: string;
  /** decoded, without the empty one that a trailing slash leaves */
  readonly segments: readonly string[];
  /** decoded values by name, in the order sent */
  readonly query: ReadonlyMap<string, readonly string[]>;
  /** canonical `?a=b&c=`, or '' */
  readonly search: string;
}

/** Bytes of path and query together (`maxHeaderSize` of the listener); exec carries whole programs in it. */
const targetBytes = 1 << 20;
/** Bytes of the path alone: names are at most 253, and a path stands in objects, rules and the record. */
const pathBytes = 1 << 14;

/**
 * Parses what follows the target's prefix. Refused is all that two parsers on the way could read differently: encoded
 * slashes, backslashes and NULs, empty and dot segments, fragments, absolute forms, control bytes, bad percent
 * encoding or UTF-8, `;` between parameters, repeated control parameters.
 * @param rawUrl as on the request line, begins with `/` ('' stands for `/`); characters are bytes
 * @throws BadRequest 400, or 414 above 1 MiB
 * @see RFC 9112 §3.2, RFC 3986; kube-apiserver parses the decoded path
 */
export function parseTarget(rawUrl: string): RequestTarget {
  if (rawUrl.length > targetBytes) throw tooLong('request target', targetBytes);
  if (!/^[\x21-\x7e]*$/.test(rawUrl)) {
    throw new BadRequest('the request target holds control, space or non-ASCII bytes: percent-encode them');
  }
  if (/[\\#]/.test(rawUrl)) throw new BadRequest('the request target holds a raw backslash or a fragment (#)');
  const mark = rawUrl.indexOf('?');
  const rawPath = (mark < 0 ? rawUrl : rawUrl.slice(0, mark)) || '/';
  if (!rawPath.startsWith('/')) throw new BadRequest('the request target is not a path (absolute or authority form)');
  if (rawPath.length > pathBytes) throw tooLong('path', pathBytes);

  const raw = rawPath.slice(1).split('/');
  const trailingSlash = raw.at(-1) === '';
  if (trailingSlash) raw.pop();
  const segments = raw.map(decodeSegment);
  const tail = proxyTailStart(segments);
  const owned = tail < 0 ? segments.length : tail;
  const spelt = segments.map((segment, index) => {
    const encoded = raw[index] ?? '';
    if (index >= owned) return tailSegment(segment, encoded);
    // no name of a resource, group or verb holds one; `%252f` is a slash to whoever decodes twice
    if (segment.includes('%')) throw new BadRequest('a path segment holds an encoded percent sign');
    return encodeComponent(segment);
  });
  const path = `/${spelt.join('/')}${trailingSlash && spelt.length > 0 ? '/' : ''}`;

  const { query, search } = parseQuery(mark < 0 ? '' : rawUrl.slice(mark + 1));
  // behind `proxy` parameters belong to the proxied server
  if (tail < 0) refuseRepeatedControls(query);
  return { path, segments, query, search };
}

function decodeSegment(raw: string): string {
  if (raw === '') throw new BadRequest('the path holds an empty segment (//)');
  const decoded = decodeComponent(raw, 'path');
  if (/[/\\]/.test(decoded)) throw new BadRequest('the path holds an encoded slash or backslash');
  if (/\p{Cc}/u.test(decoded)) throw new BadRequest('the path holds an encoded control character');
  // `..;x` is `..` to servers that know path parameters
  if (/^\.{1,2}(;|$)/.test(decoded)) throw new BadRequest('the path holds a dot segment (. or ..)');
  return decoded;
}

function tailSegment(decoded: string, raw: string): string {
  if (/%(2e|2f|5c|00)/i.test(decoded)) throw new BadRequest('the proxied path is percent-encoded twice');
  // what `url.parse` would escape on the way is escaped here
  return raw.replace(/["<>^`{|}']/g, encodeComponent);
}

function tooLong(what: string, limit: number): BadRequest {
  return new BadRequest(`the ${what} is longer than ${limit} bytes`, 'RequestURITooLong', 414);
}
