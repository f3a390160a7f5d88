import { inspect } from 'node:util';

const redacted = '[redacted]';

/**
 * A secret value that cannot be printed by accident: every way of turning it into text gives `[redacted]`.
 * The value leaves only by `reveal()`, so that the places that use it can be found by name.
 *
 * @example new Pool({ user, password: credential.password.reveal() })
 */
export class Secret {
  readonly #value: string;
  readonly #missing: string | null;

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
   * The value itself; hand it to the one call that needs it and keep no copy.
   * @throws Error when the secret was not given to this process; the message names the reference, never a value
   */
  reveal(): string {
    if (this.#missing !== null) throw new Error(this.#missing);
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
