import { type X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { type Gate, type LoginFailureCode, type LoginServices, runLogin } from '@app/gate';
import {
  type ClientCertificates,
  compileGlob,
  endPointHash,
  type MintedCredentials,
  type Principal,
} from '@app/identity';
import type { FrontendParser } from '@app/pg-wire';
import type { Logger, SallyportConfig } from '@app/platform';
import type { PostgresTarget } from '@app/targets';
import { fatal } from './error-response.js';
import { type ClientLogin, type LoginRequest, PasswordLogin } from './login.transport.js';
import { CertificateLogin } from './login-certificate.transport.js';
import { LoginMessages } from './login-messages.js';
import { type LoginChoice, loginChoice, MINTED_PREFIX } from './login-methods.js';
import { OAuthLogin, type TokenSource } from './login-oauth.transport.js';
import { ScramLogin, type ScramSettings } from './login-scram.transport.js';

/** What logins of one process are made of. */
export interface LoginParts {
  readonly config: Pick<SallyportConfig, 'listen' | 'identity'>;
  readonly logger: Logger;
  readonly gate: Gate;
  readonly login: LoginServices<PostgresTarget>;
  readonly credentials: MintedCredentials;
  readonly certificates: ClientCertificates;
  /** certificate of the listener */
  readonly certificate: X509Certificate;
  readonly hmac: (text: string) => string;
  readonly newId: (now: number) => string;
  readonly now: () => number;
}

/** Somebody who was let in; AuthenticationOk has not been sent yet. */
export interface LoggedIn {
  readonly principal: Principal;
  readonly target: PostgresTarget;
  /** how they proved who they are, for the record */
  readonly method: string;
}

/** What else came of a login; `answer` null: nobody is there to be told. */
export interface LoginRefused {
  readonly principal: null;
  readonly answer: Buffer | null;
}

const FAILURE_DELAY_MS = 200;
const HINTS = {
  password: 'The user is your name as in the token, the password is the token itself; it may have expired.',
  scram:
    'The user is the name of a credential that was minted for this database, the password is its secret; it may have expired or been revoked.',
  oauth: 'The user is your name as in the token that the issuer gives you; it may have expired.',
  certificate: 'The user is the name in your client certificate, which must be of an authority that the gateway knows.',
} as const;

/** Lets clients in, or not: chooses their way, records who failed, tells all of them the same. */
export class Logins {
  readonly #parts: LoginParts;
  readonly #choice: LoginChoice;
  readonly #scram: ScramSettings;
  readonly #sourceOf: (user: string) => string | null;

  /** @throws IdentityError when the listener's certificate is none */
  constructor(parts: LoginParts) {
    this.#parts = parts;
    this.#choice = loginChoice(parts.config.listen.postgres.logins);
    const { credentials, hmac, certificate } = parts;
    this.#scram = { credentials, hmac, binding: endPointHash(certificate.raw) };
    this.#sourceOf = issuerFor(parts.config.identity.issuers);
  }

  /** @param socket encrypted @param parser in its phase of authentication. @throws ProtocolError */
  async logIn(
    socket: Socket,
    parser: FrontendParser,
    names: { readonly user: string; readonly database: string },
    deadline: AbortSignal,
  ): Promise<LoggedIn | LoginRefused> {
    const { user, database } = names;
    const messages = new LoginMessages(socket, parser, deadline);
    const request = { user, target: database, address: socket.remoteAddress ?? '' };
    const { client, hint } = this.#wayOf(request, socket, messages);
    const outcome = await runLogin(client, this.#parts.login);
    if (outcome.failure !== null) return this.#refuse(client, outcome.failure, hint);
    if (messages.more)
      return this.#refuse(client, { code: 'malformed', reason: 'the client said more than it was asked for' }, hint);
    await client.conclude(null);
    return { principal: outcome.principal, target: outcome.target, method: client.method };
  }

  #wayOf(
    request: LoginRequest,
    socket: Socket,
    messages: LoginMessages,
  ): { readonly client: ClientLogin; readonly hint: string } {
    const scram = () => ({ client: new ScramLogin(request, messages, this.#scram), hint: HINTS.scram });
    if (request.user.startsWith(MINTED_PREFIX)) return scram();
    const rule = this.#choice(request.user, request.target);
    const password = () => ({ client: new PasswordLogin(request, messages), hint: HINTS.password });
    if (rule === null) return password();
    switch (rule.method) {
      case 'scram':
        return scram();
      case 'certificate': {
        const { certificates, now } = this.#parts;
        return { client: new CertificateLogin(request, socket, certificates, now), hint: HINTS.certificate };
      }
      case 'oauth': {
        const source: TokenSource = { issuer: this.#sourceOf(request.user) ?? '', scope: rule.scope };
        return { client: new OAuthLogin(request, messages, source), hint: HINTS.oauth };
      }
      case 'password':
        return password();
      default:
        return rule.method satisfies never;
    }
  }

  async #refuse(
    client: ClientLogin,
    { code, reason }: { readonly code: LoginFailureCode; readonly reason: string },
    hint: string,
  ): Promise<LoginRefused> {
    if (code === 'client-gone') return { principal: null, answer: null };
    const { target, address, method } = client;
    const user = client.user ?? '';
    // nobody failed who only asks where to get a token
    if (code !== 'asked') {
      const id = this.#parts.newId(this.#parts.now());
      this.#parts.logger.warn('a login was refused', { session: id, code, method, reason, address });
      this.#parts.gate.loginFailed(
        { target: target.slice(0, 128), protocol: 'postgres', code, reason, user: user.slice(0, 255), address, method },
        id,
      );
      await new Promise((resolve) => setTimeout(resolve, FAILURE_DELAY_MS));
    }
    await client.conclude(code);
    return { principal: null, answer: loginAnswer(code, user, target, hint) };
  }
}

/** One text for all that could tell a stranger something; what is wrong stands in the log and the record. */
function loginAnswer(code: LoginFailureCode, user: string, database: string, hint: string): Buffer {
  if (code === 'unknown-target')
    return fatal(
      '3D000',
      `database "${database}" does not exist`,
      'The database name is the name of a target of the gateway.',
    );
  if (code === 'not-ready') return fatal('57P03', 'the gateway is starting up', 'Try again in a moment.');
  if (code === 'unavailable')
    return fatal('57P03', 'the gateway cannot check credentials right now', 'Try again in a moment.');
  return fatal('28P01', `password authentication failed for user "${user}"`, hint);
}

/** The issuer a user gets tokens from; clients take none that is not https. */
function issuerFor(issuers: SallyportConfig['identity']['issuers']): (user: string) => string | null {
  const sources = issuers
    .filter(({ url }) => url.startsWith('https://'))
    .map(({ url, users }) => ({ url, users: users === undefined ? null : compileGlob(users) }));
  return (user) => (sources.find(({ users }) => users === null || users.matches(user)) ?? sources[0])?.url ?? null;
}
