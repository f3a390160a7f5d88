import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { upstream as messages } from '@app/pg-wire';
import type { CredentialVault, PostgresTarget } from '@app/targets';
import type { UpstreamAddress } from './upstream-addresses.js';
import { UpstreamError } from './upstream.error.js';

/** Resolves once the connection is there. @throws UpstreamError `unreachable` */
export function connected(socket: Socket, { host, port }: UpstreamAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error?: Error): void =>
      reject(
        new UpstreamError('unreachable', `cannot reach ${host}:${port}: ${error?.message ?? 'closed'}`, {
          cause: error,
        }),
      );
    socket.once('connect', () => {
      socket.off('error', fail);
      socket.on('error', () => undefined);
      resolve();
    });
    socket.once('error', fail);
    socket.once('close', () => fail());
  });
}

/**
 * TLS as the target asks for it, with the gateway's own certificate where there is one.
 * @throws UpstreamError `tls`
 */
export async function secure(
  socket: Socket,
  target: PostgresTarget,
  vault: CredentialVault,
  address: UpstreamAddress,
): Promise<TLSSocket> {
  const { tls, ca, minVersion } = target.postgres;
  const host = target.postgres.serverName ?? address.host;
  const answer = await new Promise<Buffer>((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('close', () =>
      reject(new UpstreamError('tls', `target ${target.name} closed the connection when asked for TLS`)),
    );
    socket.write(messages.sslRequest());
  });
  // one byte exactly: more came before encryption and would be taken for encrypted (CVE-2021-23222 class)
  if (answer.length !== 1 || answer[0] !== 0x53)
    throw new UpstreamError(
      'tls',
      `target ${target.name} does not offer TLS; set tls: disable only where the network is trusted`,
    );
  return new Promise<TLSSocket>((resolve, reject) => {
    const secured = connectTls({
      socket,
      ...ownCertificate(target, vault),
      ...(isIP(host) ? {} : { servername: host }),
      host,
      ca: ca === undefined || ca === '' ? undefined : [ca],
      rejectUnauthorized: tls === 'verify-full' || tls === 'verify-ca',
      ...(tls === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
      minVersion: minVersion ?? 'TLSv1.2',
      ALPNProtocols: ['postgresql'],
    });
    const fail = (error?: Error): void =>
      reject(
        new UpstreamError('tls', `TLS with target ${target.name} failed: ${error?.message ?? 'closed'}`, {
          cause: error,
        }),
      );
    secured.once('secureConnect', () => {
      secured.off('error', fail);
      secured.on('error', () => undefined);
      resolve(secured);
    });
    secured.once('error', fail);
    secured.once('close', () => fail());
  });
}

function ownCertificate(target: PostgresTarget, vault: CredentialVault): { cert: string; key: string } | undefined {
  const own = vault.certificateFor(target);
  return own === null ? undefined : { cert: own.certificate.reveal(), key: own.key.reveal() };
}
