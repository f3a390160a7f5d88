import type { LoginFailureCode, LoginTransport, Proof } from '@app/gate';
import { serialize } from '@app/pg-wire';
import type { LoginMessages } from './login-messages.js';

/** Who wants to log in, and from where. */
export interface LoginRequest {
  /** name of the target the client asks for */
  readonly target: string;
  readonly user: string;
  /** IP address */
  readonly address: string;
}

/** One way to log in to this gateway. */
export interface ClientLogin extends LoginTransport {
  /** name of the way, for log and record */
  readonly method: string;
  /**
   * Ends the exchange, once it is known what came of it; AuthenticationOk or an error follows. Not called when the client is gone.
   * @param failure null: it is let in
   */
  conclude(failure: LoginFailureCode | null): Promise<void>;
}

/** The client is gone, or said goodbye. */
export const gone: Proof = {
  kind: 'none',
  code: 'client-gone',
  reason: 'the client closed the connection before it proved who it is',
};

/** The token as password: asked for in clear, since the connection is encrypted (postgres.md §3). */
export class PasswordLogin implements ClientLogin {
  readonly method = 'password';
  readonly target: string;
  readonly user: string;
  readonly address: string;
  readonly #messages: LoginMessages;

  constructor({ target, user, address }: LoginRequest, messages: LoginMessages) {
    this.target = target;
    this.user = user;
    this.address = address;
    this.#messages = messages;
  }

  async proof(): Promise<Proof> {
    this.#messages.send(serialize.authenticationCleartextPassword());
    const body = await this.#messages.next();
    if (body === null) return gone;
    // one trailing NUL belongs to the message
    const end = body.length > 0 && body[body.length - 1] === 0 ? body.length - 1 : body.length;
    return { kind: 'token', token: body.toString('latin1', 0, end) };
  }

  async conclude(): Promise<void> {
    // nothing is left to be said
  }
}
