import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import type { UpstreamRequest } from './exec-ports.js';
import { chosenProtocol, HandshakeError, newKey } from './handshake.js';

/** How a target answered the upgrade. */
export type UpgradeAnswer =
  | { readonly kind: 'switched'; readonly socket: Duplex; readonly head: Uint8Array; readonly protocol: string }
  /** it answered in plain HTTP; `body` is null when it is too long or cannot be read */
  | { readonly kind: 'refused'; readonly code: number; readonly contentType: string; readonly body: Uint8Array | null }
  /** it did not answer, or not as it must; `code` is the HTTP status that tells the client */
  | { readonly kind: 'failed'; readonly code: number; readonly message: string };

/** Names that belong to the handshake of one connection: ours are set, the client's never pass. */
const ownNames =
  /^(connection|upgrade|sec-websocket-.*|transfer-encoding|content-length|content-type|keep-alive|te|trailer|expect)$/i;

/**
 * Opens a WebSocket connection to a target.
 * @param offered subprotocols it may choose from @param bytes longest plain answer read @param ms patience
 * @param answered called once, unless aborted before
 * @returns aborts it
 */
export function requestUpgrade(
  upstream: UpstreamRequest,
  offered: readonly string[],
  bytes: number,
  ms: number,
  answered: (answer: UpgradeAnswer) => void,
): () => void {
  const key = newKey();
  let over = false;
  const answer = (what: UpgradeAnswer): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    answered(what);
  };
  const options = optionsOf(upstream, offered, key);
  const request = upstream.protocol === 'https:' ? httpsRequest(options) : httpRequest(options);
  const timer = setTimeout(() => {
    answer({ kind: 'failed', code: 504, message: `the cluster did not answer within ${Math.round(ms / 1000)} s` });
    request.destroy();
  }, ms);
  request.on('error', (error) =>
    answer({ kind: 'failed', code: 502, message: `the cluster cannot be reached: ${codeOf(error)}` }),
  );
  request.on('upgrade', (response, socket, head) => {
    // whoever aborts later has nothing to do with this socket any more; its errors are the tunnel's
    if (over) {
      socket.destroy();
      return;
    }
    const protocol = chosen(response, key, offered);
    if (protocol instanceof HandshakeError) {
      socket.on('error', () => socket.destroy());
      socket.destroy();
      answer({ kind: 'failed', code: protocol.code, message: protocol.message });
    } else answer({ kind: 'switched', socket, head, protocol });
  });
  request.on('response', (response) => {
    void bodyOf(response, bytes).then((body) => {
      const contentType = response.headers['content-type'] ?? '';
      const readable = (response.headers['content-encoding'] ?? 'identity') === 'identity';
      answer({ kind: 'refused', code: response.statusCode ?? 502, contentType, body: readable ? body : null });
      // it was asked for a switch: this connection serves nobody else
      request.destroy();
    });
  });
  request.end();
  return () => {
    over = true;
    clearTimeout(timer);
    request.destroy();
  };
}

function optionsOf(upstream: UpstreamRequest, offered: readonly string[], key: string): RequestOptions {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(upstream.headers))
    if (!ownNames.test(name)) headers[name] = typeof value === 'string' ? value : Array.from(value);
  headers['Connection'] = 'Upgrade';
  headers['Upgrade'] = 'websocket';
  headers['Sec-WebSocket-Version'] = '13';
  headers['Sec-WebSocket-Key'] = key;
  headers['Sec-WebSocket-Protocol'] = offered.join(', ');
  return {
    method: 'GET',
    host: upstream.host,
    port: upstream.port,
    path: upstream.path,
    headers,
    agent: upstream.agent,
    maxHeaderSize: 1 << 20,
    ...(upstream.ca === undefined ? {} : { ca: upstream.ca }),
    ...(upstream.cert === undefined ? {} : { cert: upstream.cert }),
    ...(upstream.key === undefined ? {} : { key: upstream.key }),
    ...(upstream.servername === undefined ? {} : { servername: upstream.servername }),
    ...(upstream.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: upstream.rejectUnauthorized }),
  };
}

function chosen(response: IncomingMessage, key: string, offered: readonly string[]): string | HandshakeError {
  try {
    return chosenProtocol(response.headers, key, offered);
  } catch (error) {
    if (error instanceof HandshakeError) return error;
    throw error;
  }
}

/** The body, null when it is longer than `bytes` or breaks off. */
async function bodyOf(response: IncomingMessage, bytes: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > bytes) return null;
      chunks.push(chunk);
    }
  } catch {
    return null;
  }
  return Buffer.concat(chunks);
}

/** What may be said of an error: its code, never an address or a path. */
function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : 'the connection failed';
}
