import type { Logger } from '@app/platform';

/** A policy in force, known by its hash. */
interface Hashed {
  readonly hash: string;
}

/**
 * The policy in force, replaced as a whole or not at all: a file that does not parse, or rules that do not compile, leave the old one
 * in force (design §5).
 */
export class LivePolicy<P extends Hashed> {
  #current: P;
  readonly #compile: () => P;
  readonly #logger: Logger;
  readonly #changed: (before: P, after: P) => void;

  /** @param compile reads and compiles anew; throws when it cannot @param changed told after a different policy came into force */
  constructor(first: P, compile: () => P, logger: Logger, changed: (before: P, after: P) => void) {
    this.#current = first;
    this.#compile = compile;
    this.#logger = logger;
    this.#changed = changed;
  }

  get current(): P {
    return this.#current;
  }

  /** Reads the configuration again. Never throws. */
  reload(): void {
    let next: P;
    try {
      next = this.#compile();
    } catch (error) {
      this.#logger.error('the configuration could not be read again; the old policy stays in force', {
        error: error instanceof Error ? error.message : String(error),
      });
      return;
    }
    const before = this.#current;
    if (next.hash === before.hash) return;
    this.#current = next;
    this.#logger.log('a new policy is in force', { before: before.hash, after: next.hash });
    try {
      this.#changed(before, next);
    } catch (error) {
      this.#logger.error('the change of policy could not be recorded', {
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
