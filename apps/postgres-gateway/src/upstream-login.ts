import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import sasl from 'pg/lib/crypto/sasl.js';
import { readAuthentication, upstream as messages } from '@app/pg-wire';
import type { CredentialVault, PasswordMethod, PostgresTarget } from '@app/targets';
import { UpstreamError } from './upstream.error.js';

const PLUS = 'SCRAM-SHA-256-PLUS';
const DEFAULT_METHODS: readonly PasswordMethod[] = ['scram-sha-256', 'password'];

/** Answers the target's authentication requests. */
export class UpstreamLogin {
  /** the target has asked for something */
  begun = false;
  done = false;
  #session: ReturnType<typeof sasl.startSession> | null = null;
  #verified = false;

  constructor(
    private readonly target: PostgresTarget,
    private readonly vault: CredentialVault,
    private readonly tls: TLSSocket | null,
    private readonly send: (bytes: Buffer) => void,
  ) {}

  /**
   * Refuses at once where it can, before a frame that follows is looked at. @returns a promise where the answer takes time
   * @throws UpstreamError
   */
  answer(buffer: Buffer, start: number, end: number): Promise<void> | undefined {
    const request = readAuthentication(buffer, start, end);
    this.begun = true;
    switch (request.kind) {
      case 'ok':
        // a target that broke off SCRAM never proved that it knows the password
        if (this.#session && !this.#verified)
          throw this.#refuse('ended SCRAM without proving that it knows the password');
        if (this.target.postgres.channelBinding === 'require' && !this.#verified)
          throw this.#refuse('let the gateway in without channel binding, which channelBinding: require asks for');
        this.done = true;
        return;
      case 'sasl':
        this.#startSasl(request.mechanisms);
        return;
      case 'sasl-continue':
        return this.#continueSasl(request.data.toString('utf8'));
      case 'sasl-final':
        if (!this.#session) throw this.#refuse('sent a SASL message out of order');
        try {
          sasl.finalizeSession(this.#session, request.data.toString('utf8'));
        } catch (error) {
          throw this.#failed(error);
        }
        this.#verified = true;
        return;
      case 'cleartext':
        this.#expect('password', 'the password in clear text');
        // the password itself goes only to a server whose certificate was verified
        if (!this.tls || this.target.postgres.tls === 'require')
          throw this.#refuse('asks for the password in clear text over a connection that is not verified');
        this.send(messages.password(this.#password()));
        return;
      case 'md5':
        this.#expect('md5', 'an MD5 password');
        this.send(messages.password(md5Answer(this.#password(), this.target.credential.user, request.salt)));
        return;
      case 'other':
        throw this.#refuse(`asks for authentication method ${request.method}, which is not supported; use SCRAM`);
      default:
        return request satisfies never;
    }
  }

  /** @throws UpstreamError when the configuration does not allow to prove the password this way */
  #expect(method: PasswordMethod, what: string): void {
    const { methods = DEFAULT_METHODS } = this.target.credential;
    if (this.target.postgres.channelBinding === 'require' && method !== 'scram-sha-256')
      throw this.#refuse(`asks for ${what}, but channelBinding: require wants SCRAM bound to the connection`);
    if (!methods.includes(method))
      throw this.#refuse(
        `asks for ${what}, which is refused; ${
          method === 'scram-sha-256'
            ? 'name scram-sha-256 among credential.methods'
            : 'use SCRAM (password_encryption = scram-sha-256)'
        }`,
      );
  }

  #startSasl(offered: readonly string[]): void {
    this.#expect('scram-sha-256', 'SCRAM');
    const bound = this.target.postgres.channelBinding === 'require';
    if (bound && !offered.includes(PLUS))
      throw this.#refuse('offers SCRAM without channel binding only, but channelBinding: require asks for it');
    try {
      this.#session = sasl.startSession(bound ? [PLUS] : offered, this.tls);
    } catch (error) {
      throw this.#failed(error);
    }
    this.send(messages.saslInitialResponse(this.#session.mechanism, this.#session.response));
  }

  async #continueSasl(data: string): Promise<void> {
    if (!this.#session) throw this.#refuse('sent a SASL message out of order');
    const password = this.#password();
    try {
      await sasl.continueSession(this.#session, password, data, this.tls);
    } catch (error) {
      throw this.#failed(error);
    }
    this.send(messages.saslResponse(this.#session.response));
  }

  /** The library's errors tell what the target did wrong, never a password. */
  #failed(error: unknown): UpstreamError {
    const why = error instanceof Error ? error.message : String(error);
    return new UpstreamError('login', `the login at target ${this.target.name} failed: ${why}`, { cause: error });
  }

  #password(): string {
    const secret = this.vault.passwordFor(this.target);
    if (secret === null) throw this.#refuse('asks for a password, but no credential.password is configured');
    return secret.reveal();
  }

  #refuse(what: string): UpstreamError {
    return new UpstreamError('login', `target ${this.target.name} ${what}`);
  }
}

/** @see PostgreSQL manual, "Message Flow", AuthenticationMD5Password */
function md5Answer(password: string, user: string, salt: Buffer): string {
  const inner = createHash('md5').update(password, 'utf8').update(user, 'utf8').digest('hex');
  return `md5${createHash('md5').update(inner, 'latin1').update(salt).digest('hex')}`;
}

/** A frame that has no place in a login. */
export function unexpected(target: PostgresTarget): UpstreamError {
  return new UpstreamError('protocol', `target ${target.name} sent an unexpected message during the login`);
}

/** What the target answered instead of letting the gateway in. */
export function loginError(target: PostgresTarget, fields: ReadonlyMap<string, string>): UpstreamError {
  const sqlstate = fields.get('C') ?? '';
  return new UpstreamError('login', `target ${target.name} refused the login (${sqlstate}): ${fields.get('M') ?? ''}`, {
    sqlstate,
  });
}
