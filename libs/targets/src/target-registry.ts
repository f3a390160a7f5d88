import type { Target } from './target.js';
import { checkTarget } from './target-checks.js';
import { TargetError } from './target.error.js';

/** The targets behind the gateway, by the name clients give. */
export abstract class TargetRegistry {
  /** @returns the target of exactly that name (case counts); undefined when there is none */
  abstract get(name: string): Target | undefined;
  /** all targets in the order of the configuration */
  abstract list(): readonly Target[];
}

/** The targets of the configuration file; fixed until it is read again. */
export class ConfiguredTargets extends TargetRegistry {
  readonly #byName = new Map<string, Target>();
  readonly #list: readonly Target[];

  /** @throws TargetError for a bad or duplicate name, naming it */
  constructor(targets: readonly Target[]) {
    super();
    for (const target of targets) {
      checkTarget(target);
      if (this.#byName.has(target.name))
        throw new TargetError('duplicate-name', `two targets are named ${target.name}; give each its own name`);
      this.#byName.set(target.name, target);
    }
    this.#list = Object.freeze([...targets]);
  }

  override get(name: string): Target | undefined {
    return this.#byName.get(name);
  }

  override list(): readonly Target[] {
    return this.#list;
  }
}
