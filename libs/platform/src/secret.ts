import { inspect } from 'node:util';

const redacted = '[redacted]';

/**
 * A secret value that cannot be printed by accident: every way of turning it into text gives `[redacted]`.
 * The value leaves only by `reveal()`, so that the places that use it can be found by name.
 *
 * @example new Pool({ user, password: credential.password.reveal() })
 */
export class Secret {
  #value: string;
  readonly #missing: string | null;
  #renew: (() => string | null) | null = null;

  constructor(value: string, missing: string | null = null) {
    this.#value = value;
    this.#missing = missing;
  }

  /**
   * A secret that this process was not given because another process uses it (the owner's database URL, say).
   * @param reason why it is missing; `reveal` throws it
   */
  static missing(reason: string): Secret {
    return new Secret('', reason);
  }

  /**
   * A secret whose place is looked at again each time it is needed, so that it can be changed while the process runs.
   * @param renew the value there now; null while it cannot be had (a file being replaced): the last one stays in force
   */
  static renewed(value: string, renew: () => string | null): Secret {
    const secret = new Secret(value);
    secret.#renew = renew;
    return secret;
  }

  /**
   * The value itself; hand it to the one call that needs it and keep no copy.
   * @throws Error when the secret was not given to this process; the message names the reference, never a value
   */
  reveal(): string {
    if (this.#missing !== null) throw new Error(this.#missing);
    if (this.#renew !== null) this.#value = this.#renew() ?? this.#value;
    return this.#value;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [Symbol.toPrimitive](): string {
    return redacted;
  }

  [inspect.custom](): string {
    return redacted;
  }
}
