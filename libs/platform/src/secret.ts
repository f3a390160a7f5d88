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

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself; hand it to the one call that needs it and keep no copy. */
  reveal(): string {
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
