import { type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { ProtocolError, StartupReader, type StartupPacket } from '@app/pg-wire';
import type { CancelKey } from './cancel-keys.js';
import type { ClientTls } from './login-tls.js';

/** What came of a client's first bytes. */
export type ClientStart =
  | {
      readonly kind: 'startup';
      readonly socket: TLSSocket | Socket;
      readonly encrypted: boolean;
      readonly packet: Extract<StartupPacket, { kind: 'startup' }>;
    }
  | { readonly kind: 'cancel'; readonly socket: TLSSocket | Socket; readonly key: CancelKey }
  | { readonly kind: 'gone' }
  /** `socket` is the encrypted one where TLS has begun: an answer outside of it would be noise */
  | { readonly kind: 'broken'; readonly socket: TLSSocket | Socket; readonly error: ProtocolError };

/** Name of the protocol inside TLS (ALPN), registered with IANA. */
const PROTOCOL = 'postgresql';
const YES = Buffer.from('S');
const NO = Buffer.from('N');

/**
 * Reads from the first byte to the startup packet: encryption requests answered, TLS begun, everything before a deadline.
 * @param signal ends the wait
 * @returns also what the client broke, with the socket to answer it on; a `silent` error is answered by closing alone
 * @see PostgreSQL 18 manual, "Start-up", "SSL Session Encryption"
 */
export async function readClientStart(socket: Socket, tls: ClientTls, signal: AbortSignal): Promise<ClientStart> {
  let current: Socket | TLSSocket = socket;
  let reader = new StartupReader();
  let encrypted = false;
  for (;;) {
    const packet = await nextPacket(current, reader, signal);
    if (packet === null) return { kind: 'gone' };
    if (packet instanceof ProtocolError) return { kind: 'broken', socket: current, error: packet };
    switch (packet.kind) {
      case 'gss-request':
        current.write(NO);
        break;
      case 'ssl-request': {
        // whatever came with the request came before encryption and would be taken for encrypted (CVE-2021-23214 class)
        if (reader.rest().length > 0) {
          const error = new ProtocolError('08P01', 'data came after the SSL request, before encryption', {
            silent: true,
          });
          return { kind: 'broken', socket: current, error };
        }
        current.write(YES);
        const secured = await encrypt(socket, tls, signal);
        if (secured === null) return { kind: 'gone' };
        current = secured;
        reader = new StartupReader(true);
        encrypted = true;
        break;
      }
      case 'direct-tls': {
        socket.unshift(reader.rest());
        const secured = await encrypt(socket, tls, signal);
        if (secured === null) return { kind: 'gone' };
        // without it the bytes may have been meant for another protocol of this host (ALPACA); the server drops them as well
        if (secured.alpnProtocol !== PROTOCOL) {
          const error = new ProtocolError('08P01', 'direct TLS without the protocol name postgresql (ALPN)', {
            silent: true,
          });
          return { kind: 'broken', socket: secured, error };
        }
        current = secured;
        reader = new StartupReader(true);
        encrypted = true;
        break;
      }
      case 'cancel':
        return { kind: 'cancel', socket: current, key: { pid: packet.pid, secret: packet.key } };
      case 'startup': {
        const rest = reader.rest();
        if (rest.length > 0) current.unshift(rest);
        return { kind: 'startup', socket: current, encrypted, packet };
      }
      default:
        return packet satisfies never;
    }
  }
}

/** @returns null when the client is gone or the time is over */
function nextPacket(
  socket: Socket,
  reader: StartupReader,
  signal: AbortSignal,
): Promise<StartupPacket | ProtocolError | null> {
  return new Promise((resolve, reject) => {
    const finish = (act: () => void): void => {
      socket.pause();
      socket.off('data', onData);
      socket.off('end', onGone);
      socket.off('close', onGone);
      signal.removeEventListener('abort', onGone);
      act();
    };
    const onGone = (): void => finish(() => resolve(null));
    const onData = (chunk: Buffer): void => {
      try {
        const packet = reader.push(chunk);
        if (packet !== null) finish(() => resolve(packet));
      } catch (error) {
        finish(() => (error instanceof ProtocolError ? resolve(error) : reject(error as Error)));
      }
    };
    signal.addEventListener('abort', onGone, { once: true });
    socket.on('end', onGone);
    socket.on('close', onGone);
    socket.on('data', onData);
    socket.resume();
  });
}

/**
 * A client that names protocols has to name ours among them: the handshake fails otherwise.
 * @returns null when the client does not finish the handshake: there is nobody to be told
 */
function encrypt(socket: Socket, tls: ClientTls, signal: AbortSignal): Promise<TLSSocket | null> {
  return new Promise((resolve) => {
    const secured = new TLSSocket(socket, {
      isServer: true,
      secureContext: tls.context,
      ALPNProtocols: [PROTOCOL],
      requestCert: tls.asksForCertificate,
      rejectUnauthorized: false,
    });
    const fail = (): void => {
      signal.removeEventListener('abort', fail);
      secured.destroy();
      resolve(null);
    };
    signal.addEventListener('abort', fail, { once: true });
    secured.once('secure', () => {
      signal.removeEventListener('abort', fail);
      secured.off('error', fail);
      secured.off('close', fail);
      secured.on('error', () => undefined);
      resolve(secured);
    });
    secured.once('error', fail);
    secured.once('close', fail);
  });
}
