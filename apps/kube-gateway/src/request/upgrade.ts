import { BadRequest } from './bad-request.js';
import { headerLines, listOf, valuesOf } from './header-list.js';
import { streamSubresources, type RequestInfo } from './request-info.js';

/**
 * What an upgrade asks for. `websocket`: exec or attach over channels; `spdy`: exec or attach over SPDY/3.1;
 * `port-forward` and `proxy`: by either protocol; `none`: an ordinary request.
 */
export type UpgradeKind = 'none' | 'websocket' | 'spdy' | 'port-forward' | 'proxy';

/**
 * Tells what an upgrade leads into. The API server serves every list, watch and log over a WebSocket too, past all that
 * reads HTTP answers: only what is a stream by nature may be upgraded.
 * @throws BadRequest 400 for an upgrade of anything else, and for exec, attach or port-forward without one
 */
export function upgradeKind(info: RequestInfo, rawHeaders: readonly string[]): UpgradeKind {
  const [upgrade] = valuesOf(headerLines(rawHeaders), 'upgrade');
  const stream = info.resource === 'pods' && info.group === '' && streamSubresources.has(info.subresource);
  if (upgrade === undefined) {
    if (stream) throw new BadRequest(`${info.subresource} needs an upgrade to websocket`);
    return 'none';
  }
  if (stream) {
    if (info.subresource === 'portforward') return 'port-forward';
    return upgrade.toLowerCase() === 'websocket' ? 'websocket' : 'spdy';
  }
  const proxied = info.group === '' && ['pods', 'services', 'nodes'].includes(info.resource);
  if (proxied && info.subresource === 'proxy') return 'proxy';
  throw new BadRequest('an upgrade is served for exec, attach, port-forward and proxies only');
}

/** A bearer token as a subprotocol: what browsers send, who may not set `Authorization` on a WebSocket. */
const tokenPrefix = 'base64url.bearer.authorization.k8s.io.';
const servedChannels: ReadonlySet<string> = new Set(['v5.channel.k8s.io', 'v4.channel.k8s.io']);

/**
 * The subprotocols a client offers that are served, in its order: v5 and v4 channels. The base64 forms are never: they
 * would hide what passes from masks.
 * @returns at least one; none of them holds a token
 * @throws BadRequest 400 when none is served
 */
export function servedSubprotocols(rawHeaders: readonly string[]): string[] {
  const served = listOf(headerLines(rawHeaders), 'sec-websocket-protocol').filter((one) => servedChannels.has(one));
  if (served.length === 0) throw new BadRequest(`the subprotocols served are ${[...servedChannels].join(' and ')}`);
  return [...new Set(served)];
}

/**
 * The bearer token of a request: of `Authorization`, or of a WebSocket's subprotocol. Neither is ever forwarded.
 * @returns null where there is none
 * @throws BadRequest 400 for two tokens, a token that cannot be decoded, or one as the only subprotocol
 */
export function bearerToken(rawHeaders: readonly string[]): string | null {
  const lines = headerLines(rawHeaders);
  const header = /^bearer[ \t]+(\S+)[ \t]*$/i.exec(valuesOf(lines, 'authorization')[0] ?? '')?.[1] ?? null;
  const offered = listOf(lines, 'sec-websocket-protocol');
  const encoded = offered.filter((one) => one.startsWith(tokenPrefix)).map((one) => one.slice(tokenPrefix.length));
  if (encoded.length === 0) return header;
  if (encoded.length > 1 || header !== null) throw new BadRequest('more than one bearer token is given');
  if (offered.length === 1) throw new BadRequest('a token as a subprotocol needs another subprotocol beside it');
  const [text = ''] = encoded;
  const token = Buffer.from(text, 'base64url').toString('latin1');
  if (!/^[A-Za-z0-9_-]+$/.test(text) || !/^[\x21-\x7e]+$/.test(token)) {
    throw new BadRequest('the token in the subprotocol cannot be decoded');
  }
  return token;
}
