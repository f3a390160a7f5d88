import { type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Proof } from '@app/gate';
import { type ClientCertificates, IdentityError } from '@app/identity';
import type { ClientLogin, LoginRequest } from './login.transport.js';

/** The certificate that the client showed during the TLS handshake, whose key it proved there: nothing further is asked for. */
export class CertificateLogin implements ClientLogin {
  readonly method = 'certificate';
  readonly target: string;
  readonly user: string;
  readonly address: string;
  readonly #socket: Socket;
  readonly #certificates: ClientCertificates;
  readonly #now: () => number;

  constructor(
    { target, user, address }: LoginRequest,
    socket: Socket,
    certificates: ClientCertificates,
    now: () => number,
  ) {
    this.target = target;
    this.user = user;
    this.address = address;
    this.#socket = socket;
    this.#certificates = certificates;
    this.#now = now;
  }

  async proof(): Promise<Proof> {
    const socket = this.#socket;
    const leaf = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
    if (!leaf) return bad('the client showed no certificate');
    const problem = chainProblem(socket);
    if (problem !== null) return bad(problem);
    try {
      return { kind: 'certificate', principal: this.#certificates.principalOf(leaf, this.#now()) };
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      return bad(error.message);
    }
  }

  async conclude(): Promise<void> {
    // nothing is left to be said
  }
}

const bad = (reason: string): Proof => ({ kind: 'none', code: 'bad-certificate', reason });

/**
 * What TLS found wrong with the chain: everyone gets through the handshake, since most people log in by other means. Node tells it to
 * its own servers only (`authorizationError`); without its answer no chain is good.
 */
function chainProblem(socket: Socket): string | null {
  const handle: unknown = Reflect.get(socket, '_handle');
  const verify: unknown =
    typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'verifyError') : undefined;
  if (typeof verify !== 'function') return 'the chain of the certificate cannot be checked';
  const problem: unknown = Reflect.apply(verify, handle, []);
  if (problem === null || problem === undefined) return null;
  return `the chain of the certificate is not good: ${problem instanceof Error ? problem.message : 'for a reason unknown'}`;
}
