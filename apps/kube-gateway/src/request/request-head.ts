import { BadRequest, Forbidden } from './bad-request.js';
import { headerLines, listOf, valuesOf, type HeaderLine } from './header-list.js';
import { wordList } from './word-list.js';

/** Headers that say one thing: two lines of them are two requests in one, for whoever reads the other line. */
const singletons = wordList(`
  host authorization content-type content-length transfer-encoding content-encoding upgrade expect
  sec-websocket-key sec-websocket-version
`);

/** What `Connection` may not name: without these the request would be another one upstream than the one described. */
const framing = new Set(['host', 'content-type', 'content-length', 'content-encoding', 'accept', 'accept-encoding']);

const withoutChunks = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

/**
 * Refuses a head that the next server could frame differently, or that asks for another identity or protocol.
 * `Expect`, other hop-by-hop headers and all that `Connection` names are no refusal: {@link upstreamHeaders} leaves
 * them out.
 * @param rawHeaders Node's `rawHeaders`
 * @param upgrade whether Node took it for an upgrade (`Connection: upgrade` and `Upgrade`)
 * @throws BadRequest 400; Forbidden 403 for `Impersonate-*`
 * @see RFC 9112 §6.1, RFC 6455 §4.2.1
 */
export function checkHead(method: string, rawHeaders: readonly string[], upgrade: boolean): void {
  const lines = headerLines(rawHeaders);
  checkNames(lines);
  checkFraming(method, lines);
  checkUpgrade(method, lines, upgrade);
}

function checkNames(lines: readonly HeaderLine[]): void {
  const seen = new Set<string>();
  for (const [name] of lines) {
    // leaving it out would give more to someone who asked for less
    if (name.startsWith('impersonate-')) {
      throw new Forbidden('impersonation (--as, --as-group, --as-uid) is not served: the gateway acts as who you are');
    }
    if (seen.has(name) && singletons.includes(name)) {
      throw new BadRequest(`the header ${name} is given more than once`);
    }
    seen.add(name);
  }
  for (const named of listOf(lines, 'connection')) {
    const name = named.toLowerCase();
    if (framing.has(name)) throw new BadRequest(`Connection names ${name}, which belongs to the request`);
  }
}

function checkFraming(method: string, lines: readonly HeaderLine[]): void {
  const [length] = valuesOf(lines, 'content-length');
  const [encoding] = valuesOf(lines, 'transfer-encoding');
  if (encoding !== undefined) {
    if (length !== undefined) throw new BadRequest('Content-Length and Transfer-Encoding exclude each other');
    if (withoutChunks.has(method)) {
      throw new BadRequest(`Transfer-Encoding is not served on ${method}: send Content-Length`);
    }
    if (encoding.toLowerCase() !== 'chunked') throw new BadRequest('the only Transfer-Encoding served is chunked');
  }
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw new BadRequest('Content-Length is no number');
  const [content] = valuesOf(lines, 'content-encoding');
  if (content !== undefined && content.toLowerCase() !== 'identity') {
    throw new BadRequest('a body with a Content-Encoding is not served: send it as it is');
  }
}

function checkUpgrade(method: string, lines: readonly HeaderLine[], upgrade: boolean): void {
  const [protocol] = valuesOf(lines, 'upgrade');
  if (valuesOf(lines, 'http2-settings').length > 0) throw new BadRequest('HTTP/2 is not served here');
  if (protocol === undefined) {
    if (upgrade) throw new BadRequest('an upgrade has to name its protocol');
    return;
  }
  const wanted = protocol.toLowerCase();
  if (wanted !== 'websocket' && wanted !== 'spdy/3.1') {
    throw new BadRequest('the only protocols to upgrade to are websocket and SPDY/3.1');
  }
  if (!upgrade) throw new BadRequest('Upgrade without Connection: Upgrade');
  const [length = '0'] = valuesOf(lines, 'content-length');
  if (valuesOf(lines, 'transfer-encoding').length > 0 || Number(length) > 0) {
    throw new BadRequest('an upgrade carries no body');
  }
  if (wanted === 'spdy/3.1') {
    if (method !== 'POST' && method !== 'GET') throw new BadRequest('SPDY is opened by POST or GET');
    return;
  }
  if (method !== 'GET') throw new BadRequest('a WebSocket is opened by GET');
  if (valuesOf(lines, 'sec-websocket-version')[0]?.trim() !== '13') {
    throw new BadRequest('Sec-WebSocket-Version has to be 13');
  }
  const key = valuesOf(lines, 'sec-websocket-key')[0]?.trim() ?? '';
  if (!/^[A-Za-z0-9+/]{22}==$/.test(key)) throw new BadRequest('Sec-WebSocket-Key has to be 16 bytes in base64');
}
