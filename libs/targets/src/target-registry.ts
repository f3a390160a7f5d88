import type { Target } from './target.js';
import { checkTarget } from './target-checks.js';
import { TargetError } from './target.error.js';

/** The targets behind a gateway, by the name clients give; one that serves a single kind knows only those. */
export abstract class TargetRegistry<T extends Target = Target> {
  /** @returns the target of exactly that name (case counts); undefined when there is none */
  abstract get(name: string): T | undefined;
  /** all targets in the order of the configuration */
  abstract list(): readonly T[];
}

/** The targets of the configuration file; fixed until it is read again. */
export class ConfiguredTargets<T extends Target = Target> extends TargetRegistry<T> {
  readonly #byName = new Map<string, T>();
  readonly #list: readonly T[];

  /** @throws TargetError for a bad or duplicate name, naming it */
  constructor(targets: readonly T[]) {
    super();
    for (const target of targets) {
      checkTarget(target);
      if (this.#byName.has(target.name))
        throw new TargetError('duplicate-name', `two targets are named ${target.name}; give each its own name`);
      this.#byName.set(target.name, target);
    }
    this.#list = Object.freeze([...targets]);
  }

  override get(name: string): T | undefined {
    return this.#byName.get(name);
  }

  override list(): readonly T[] {
    return this.#list;
  }
}
