import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { TestCertificate } from './certificates.js';

/** A listener on loopback that stands where a target is expected. */
export interface InBetween {
  readonly port: number;
  /** what the gateway said outside of TLS, the request for TLS itself left out */
  inTheClear(): Buffer;
  /** what the gateway said inside TLS, readable here */
  overheard(): Buffer;
  stop(): Promise<void>;
}

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Accepts connections, takes the request for TLS, answers `answer` and begins TLS with `certificate`; `serve` goes on from there.
 * Without a certificate nothing is answered to anybody.
 */
async function listen(
  certificate: TestCertificate | null,
  answer: string,
  serve: (secured: Socket) => void,
): Promise<InBetween> {
  const clear: Buffer[] = [];
  const heard: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (first: Buffer) => {
      if (!first.equals(SSL_REQUEST)) clear.push(first);
      if (certificate === null || !first.equals(SSL_REQUEST)) return;
      socket.write(answer);
      const secured = new TLSSocket(socket, { isServer: true, cert: certificate.certificate, key: certificate.key });
      secured.on('error', () => socket.destroy());
      secured.on('data', (chunk: Buffer) => heard.push(chunk));
      serve(secured);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    inTheClear: () => Buffer.concat(clear),
    overheard: () => Buffer.concat(heard),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * A man in the middle: TLS with `certificate` towards the gateway, TLS without any check towards the server on `serverPort`.
 * @param rewrite changes what the server says, chunk by chunk
 */
export function manInTheMiddle(
  certificate: TestCertificate,
  serverPort: number,
  rewrite: (fromServer: Buffer) => Buffer = (chunk) => chunk,
): Promise<InBetween> {
  return listen(certificate, 'S', (secured) => {
    const plain = connect({ host: '127.0.0.1', port: serverPort });
    const give = (): void => {
      secured.destroy();
      plain.destroy();
    };
    plain.on('error', give).on('close', give);
    secured.on('close', give);
    secured.pause();
    plain.write(SSL_REQUEST);
    plain.once('data', () => {
      const server = connectTls({ socket: plain, rejectUnauthorized: false });
      server.on('error', give);
      server.on('data', (chunk: Buffer) => secured.write(rewrite(chunk)));
      server.on('end', () => secured.end());
      server.once('secureConnect', () => secured.pipe(server));
    });
  });
}

/** Speaks TLS with `certificate`, says `answers` one after the other, each to a message of the gateway. */
export function impostor(certificate: TestCertificate, answers: readonly Buffer[]): Promise<InBetween> {
  return listen(certificate, 'S', (secured) => {
    const left = [...answers];
    secured.on('data', () => {
      const next = left.shift();
      if (next) secured.write(next);
    });
  });
}

/** Agrees to TLS and adds a word before TLS begins, which must not be taken for something said inside. */
export function injector(certificate: TestCertificate, word: Buffer): Promise<InBetween> {
  return listen(certificate, `S${word.toString('latin1')}`, () => undefined);
}

/** Accepts and never says anything. */
export function silentListener(): Promise<InBetween> {
  return listen(null, '', () => undefined);
}
