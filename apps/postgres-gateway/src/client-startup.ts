import { type Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { ProtocolError, StartupReader, type StartupPacket } from '@app/pg-wire';

/** What came of a client's first bytes. */
export type ClientStart =
  | {
      readonly kind: 'startup';
      readonly socket: TLSSocket | Socket;
      readonly encrypted: boolean;
      readonly direct: boolean;
      readonly packet: Extract<StartupPacket, { kind: 'startup' }>;
    }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'gone' };

const YES = Buffer.from('S');
const NO = Buffer.from('N');

/**
 * Reads from the first byte to the startup packet: encryption requests answered, TLS begun, everything before a deadline.
 * @param signal ends the wait; the socket is destroyed then
 * @throws ProtocolError; `silent` ones are answered by closing alone
 * @see PostgreSQL 18 manual, "Start-up", "SSL Session Encryption"
 */
export async function readClientStart(socket: Socket, tls: SecureContext, signal: AbortSignal): Promise<ClientStart> {
  let current: Socket | TLSSocket = socket;
  let reader = new StartupReader();
  let encrypted = false;
  let direct = false;
  for (;;) {
    const packet = await nextPacket(current, reader, signal);
    if (packet === null) return { kind: 'gone' };
    switch (packet.kind) {
      case 'gss-request':
        current.write(NO);
        break;
      case 'ssl-request': {
        // whatever came with the request came before encryption and would be taken for encrypted (CVE-2021-23214 class)
        if (reader.rest().length > 0)
          throw new ProtocolError('08P01', 'data came after the SSL request, before encryption', { silent: true });
        current.write(YES);
        current = await encrypt(socket, tls, signal);
        reader = new StartupReader(true);
        encrypted = true;
        break;
      }
      case 'direct-tls':
        socket.unshift(reader.rest());
        current = await encrypt(socket, tls, signal);
        reader = new StartupReader(true);
        encrypted = true;
        direct = true;
        break;
      case 'cancel':
        return { kind: 'cancel' };
      case 'startup': {
        const rest = reader.rest();
        if (rest.length > 0) current.unshift(rest);
        return { kind: 'startup', socket: current, encrypted, direct, packet };
      }
      default:
        return packet satisfies never;
    }
  }
}

function nextPacket(socket: Socket, reader: StartupReader, signal: AbortSignal): Promise<StartupPacket | null> {
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
        finish(() => reject(error instanceof Error ? error : new Error(String(error))));
      }
    };
    signal.addEventListener('abort', onGone, { once: true });
    socket.on('end', onGone);
    socket.on('close', onGone);
    socket.on('data', onData);
    socket.resume();
  });
}

function encrypt(socket: Socket, secureContext: SecureContext, signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['postgresql'] });
    const fail = (error?: Error): void => {
      signal.removeEventListener('abort', onAbort);
      reject(new ProtocolError('08P01', `TLS with the client failed: ${error?.message ?? 'closed'}`, { silent: true }));
    };
    const onAbort = (): void => {
      secured.destroy();
      fail(new Error('not finished in time'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    secured.once('secure', () => {
      signal.removeEventListener('abort', onAbort);
      secured.off('error', fail);
      secured.on('error', () => undefined);
      resolve(secured);
    });
    secured.once('error', fail);
    secured.once('close', () => fail());
  });
}
