import { forgetOldest } from '@app/platform';

/** Past it the oldest are not asked about any more; the feed still tells when one of them is revoked. */
const KEPT = 1_000;
/** Looks that find a grant revoked before it is forgotten: what uses it at that very moment begins to run a little later. */
const LOOKS = 3;

/** Grants that something in this process ran by, so that it ends when they are revoked. The newest are kept. */
export class RunningGrants {
  /** how often it was found revoked, by id */
  readonly #found = new Map<string, number>();

  get ids(): readonly string[] {
    return [...this.#found.keys()];
  }

  add(id: string): void {
    this.#found.delete(id);
    this.#found.set(id, 0);
    forgetOldest(this.#found, KEPT);
  }

  /** A look found it revoked. */
  revoked(id: string): void {
    const found = this.#found.get(id);
    if (found === undefined) return;
    if (found + 1 >= LOOKS) this.#found.delete(id);
    else this.#found.set(id, found + 1);
  }
}
