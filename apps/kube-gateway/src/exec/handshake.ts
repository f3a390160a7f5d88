import { createHash, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

// RFC 6455 §4: the opening handshake, of our server towards the client and of our client towards the target.

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The handshake cannot be taken: told to its sender as an ordinary HTTP error. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';

  constructor(
    /** HTTP status that says so */
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** A key of ours for one connection to a target. */
export function newKey(): string {
  return randomBytes(16).toString('base64');
}

/** What a server answers to `key`. */
export function acceptOf(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

/**
 * Checks a client's handshake, its subprotocols aside.
 * @returns its key
 * @throws HandshakeError 400, or 426 for another version of the protocol
 */
export function clientKey(headers: IncomingHttpHeaders): string {
  const version = headers['sec-websocket-version'];
  if (version !== '13') throw new HandshakeError(426, 'only version 13 of the WebSocket protocol is spoken');
  const key = headers['sec-websocket-key'];
  if (typeof key !== 'string' || !/^[A-Za-z0-9+/]{22}==$/.test(key))
    throw new HandshakeError(400, 'the header Sec-WebSocket-Key is missing or not 16 bytes');
  return key;
}

/**
 * Checks what a target answered to our handshake.
 * @param offered the subprotocols it could choose from
 * @returns the one it chose
 * @throws HandshakeError 502
 */
export function chosenProtocol(headers: IncomingHttpHeaders, key: string, offered: readonly string[]): string {
  if (headers.upgrade?.toLowerCase() !== 'websocket')
    throw new HandshakeError(502, 'the cluster switched to another protocol than WebSocket');
  if (headers['sec-websocket-accept'] !== acceptOf(key))
    throw new HandshakeError(502, 'the cluster answered another WebSocket handshake than ours');
  if (headers['sec-websocket-extensions'] !== undefined)
    throw new HandshakeError(502, 'the cluster chose a WebSocket extension that was not offered');
  const chosen = headers['sec-websocket-protocol'];
  if (typeof chosen !== 'string' || !offered.includes(chosen))
    throw new HandshakeError(502, 'the cluster chose no channel protocol that was offered');
  return chosen;
}

/** The answer that switches a client's connection. @param extra headers of ours, for example the audit id */
export function switchingProtocols(key: string, protocol: string, extra: Readonly<Record<string, string>>): Uint8Array {
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptOf(key)}`,
    `Sec-WebSocket-Protocol: ${protocol}`,
    ...headerLines(extra),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** A complete HTTP answer instead of the switch; the connection ends with it. */
export function wholeAnswer(
  code: number,
  contentType: string,
  body: Uint8Array,
  extra: Readonly<Record<string, string>>,
): Uint8Array {
  const lines = [
    `HTTP/1.1 ${code} ${reasonPhrases[code] ?? 'Error'}`,
    `Content-Type: ${contentType.replaceAll(/[\r\n]/g, '')}`,
    `Content-Length: ${body.length}`,
    'Connection: close',
    ...headerLines(extra),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

function headerLines(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value.replaceAll(/[\r\n]/g, ' ')}`);
}

/** Old Python clients show nothing but this line. */
const reasonPhrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  422: 'Unprocessable Entity',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
