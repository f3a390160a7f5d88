import type { LoginFailureCode, Proof } from '@app/gate';
import { readOAuthBearer, readSaslInitialResponse, serialize } from '@app/pg-wire';
import { type ClientLogin, gone, type LoginRequest } from './login.transport.js';
import type { LoginMessages } from './login-messages.js';

/** Where a client that has no token gets one. */
export interface TokenSource {
  /** the issuer, as in `iss` */
  readonly issuer: string;
  /** what to ask it for */
  readonly scope: string;
}

const MECHANISM = 'OAUTHBEARER';
/** Another token would not help. */
const tokenWasGood: ReadonlySet<LoginFailureCode> = new Set(['unknown-target', 'not-ready']);
const NOTHING = Buffer.alloc(0);

/**
 * The token by OAUTHBEARER (PostgreSQL 18): judged as a password is. A client without one is told where to get it, and comes back.
 * @see RFC 7628, PostgreSQL 18 manual, "SASL Authentication"
 */
export class OAuthLogin implements ClientLogin {
  readonly method = 'oauthbearer';
  readonly target: string;
  readonly user: string;
  readonly address: string;
  readonly #messages: LoginMessages;
  readonly #source: TokenSource;

  constructor({ target, user, address }: LoginRequest, messages: LoginMessages, source: TokenSource) {
    this.target = target;
    this.user = user;
    this.address = address;
    this.#messages = messages;
    this.#source = source;
  }

  async proof(): Promise<Proof> {
    const messages = this.#messages;
    messages.send(serialize.authenticationSasl([MECHANISM]));
    const body = await messages.next();
    if (body === null) return gone;
    const { mechanism, data } = readSaslInitialResponse(body);
    if (mechanism !== MECHANISM)
      return { kind: 'none', code: 'malformed', reason: 'the client chose a mechanism that was not offered' };
    if (data === null) messages.send(serialize.authenticationSaslContinue(NOTHING));
    const message = data ?? (await messages.next());
    if (message === null) return gone;
    const token = readOAuthBearer(message);
    if (token === '') return { kind: 'none', code: 'asked', reason: 'the client asks where it gets a token' };
    if (token === null) return { kind: 'none', code: 'bad-token', reason: 'the client sent no bearer token' };
    return { kind: 'token', token };
  }

  /** A failure is told by the mechanism first; the client says that it heard it before the error ends the connection. */
  async conclude(failure: LoginFailureCode | null): Promise<void> {
    if (failure === null || tokenWasGood.has(failure)) return;
    const { issuer, scope } = this.#source;
    const answer = {
      status: 'invalid_token',
      'openid-configuration': `${issuer.replace(/\/$/u, '')}/.well-known/openid-configuration`,
      scope,
    };
    this.#messages.send(serialize.authenticationSaslContinue(Buffer.from(JSON.stringify(answer))));
    await this.#messages.next();
  }
}
