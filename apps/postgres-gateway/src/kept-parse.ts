import type { Prepared } from './prepared-names.js';

/** A Parse of a statement that will be held: kept back until its Bind, so that the target takes no locks for it meanwhile. */
export class KeptParse {
  #kept: { readonly prepared: Prepared; readonly send: () => void } | null = null;

  /** what it prepares; undefined: nothing is kept back */
  get prepared(): Prepared | undefined {
    return this.#kept?.prepared;
  }

  keep(prepared: Prepared, send: () => void): void {
    this.#kept = { prepared, send };
  }

  /** The target would skip it. */
  drop(): void {
    this.#kept = null;
  }

  send(): void {
    const kept = this.#kept;
    this.#kept = null;
    kept?.send();
  }
}
