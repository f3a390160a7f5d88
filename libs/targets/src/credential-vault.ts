import type { Secret } from '@app/platform';
import type { PostgresTarget, Target } from './target.js';

/** Who keeps the passwords of targets. The one place a session asks before it connects upstream. */
export abstract class CredentialVault {
  /** @returns the secret to log in with; null when the server asks for none. `reveal()` it only into the connection itself */
  abstract passwordFor(target: PostgresTarget): Secret | null;
  /** @returns the certificate to show the server, with its key; null: the target is reached without one */
  abstract certificateFor(target: PostgresTarget): { readonly certificate: Secret; readonly key: Secret } | null;
}

/**
 * Credentials as the configuration's references (`env:`, `file:`) give them; what stands in a file is read again each time. A target that is not one of the
 * configured ones, or was changed on the way (another host, say), gets nothing: a password goes only where it belongs.
 */
export class ConfiguredCredentials extends CredentialVault {
  readonly #known: ReadonlySet<Target>;

  constructor(targets: readonly Target[]) {
    super();
    this.#known = new Set(targets);
  }

  /** @throws Error when `target` is not one of the objects this vault was built with */
  override passwordFor(target: PostgresTarget): Secret | null {
    return this.#mine(target).credential.password;
  }

  /** @throws Error as {@link passwordFor} */
  override certificateFor(target: PostgresTarget): { readonly certificate: Secret; readonly key: Secret } | null {
    return this.#mine(target).postgres.client ?? null;
  }

  #mine(target: PostgresTarget): PostgresTarget {
    if (!this.#known.has(target))
      throw new Error(`there is no credential for a target named ${JSON.stringify(target.name)}`);
    return target;
  }
}
