import { createHash, randomBytes } from 'node:crypto';
import type { LoginFailureCode, Proof } from '@app/gate';
import {
  type MintedCredential,
  type MintedCredentials,
  mockScramVerifier,
  parseScramVerifier,
  ScramError,
  ScramServer,
} from '@app/identity';
import { readSaslInitialResponse, serialize } from '@app/pg-wire';
import { type ClientLogin, gone, type LoginRequest } from './login.transport.js';
import type { LoginMessages } from './login-messages.js';

/** What SCRAM logins of this process share. */
export interface ScramSettings {
  readonly credentials: MintedCredentials;
  /** `tls-server-end-point` of our certificate; null: no channel binding is offered */
  readonly binding: Buffer | null;
  /** secret of the installation: the salts of those who do not exist come from it */
  readonly hmac: (text: string) => string;
}

/** Names of minted credentials. */
const minted = /^sp_[0-9A-Za-z]{22}$/u;
const NONCE_BYTES = 18;
const NOTHING = Buffer.alloc(0);
// no statement has a NUL, so no hash that the record keeps of one is ever shown as a salt
const MOCK = 'scram\0';

/** A minted credential: name as user, its secret proven by SCRAM-SHA-256, bound to the TLS connection where the client can. */
export class ScramLogin implements ClientLogin {
  method = 'scram-sha-256';
  readonly target: string;
  readonly user: string;
  readonly address: string;
  readonly #messages: LoginMessages;
  readonly #settings: ScramSettings;
  #final = '';

  constructor({ target, user, address }: LoginRequest, messages: LoginMessages, settings: ScramSettings) {
    this.target = target;
    this.user = user;
    this.address = address;
    this.#messages = messages;
    this.#settings = settings;
  }

  async proof(): Promise<Proof> {
    let credential: MintedCredential | null;
    try {
      credential = minted.test(this.user) ? await this.#settings.credentials.find(this.user) : null;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { kind: 'none', code: 'unavailable', reason: `the credential cannot be looked up: ${why}` };
    }
    const verifier = credential === null ? null : parseScramVerifier(credential.verifier);
    // who does not exist is asked the same questions as who does
    const exchange = new ScramServer(
      { verifier: verifier ?? this.#mock(), known: verifier !== null },
      this.#settings.binding,
      randomBytes(NONCE_BYTES).toString('base64'),
    );
    try {
      const isProven = await this.#exchange(exchange);
      if (!isProven || credential === null) return gone;
      return { kind: 'minted', credential };
    } catch (error) {
      if (!(error instanceof ScramError)) throw error;
      const known = error.code === 'malformed' || error.code === 'downgraded';
      return { kind: 'none', code: known ? error.code : 'bad-secret', reason: error.message };
    }
  }

  /** Our own proof, which only goes to those who are let in: others learn nothing, not even that their secret was right. */
  async conclude(failure: LoginFailureCode | null): Promise<void> {
    if (failure === null) this.#messages.send(serialize.authenticationSaslFinal(Buffer.from(this.#final, 'latin1')));
  }

  /** @returns false when the client is gone. @throws ScramError, ProtocolError */
  async #exchange(exchange: ScramServer): Promise<boolean> {
    const messages = this.#messages;
    messages.send(serialize.authenticationSasl(exchange.mechanisms));
    const body = await messages.next();
    if (body === null) return false;
    const { mechanism, data } = readSaslInitialResponse(body);
    if (data === null) messages.send(serialize.authenticationSaslContinue(NOTHING));
    const first = data ?? (await messages.next());
    if (first === null) return false;
    this.method = mechanism === 'SCRAM-SHA-256-PLUS' ? 'scram-sha-256-plus' : 'scram-sha-256';
    messages.send(serialize.authenticationSaslContinue(Buffer.from(exchange.first(mechanism, first), 'latin1')));
    const last = await messages.next();
    if (last === null) return false;
    this.#final = exchange.final(last);
    return true;
  }

  #mock(): ReturnType<typeof mockScramVerifier> {
    return mockScramVerifier(
      createHash('sha256')
        .update(this.#settings.hmac(MOCK + this.user))
        .digest(),
    );
  }
}
