import { userInfo } from 'node:os';
import type { Logger } from '@app/platform';
import type { Policy } from '@app/policy';
import type { PolicyVersionStore } from '@app/store';

const AGAIN_MS = 5_000;

/** Keeps every policy that came into force in the audit database, by its hash; off the way of operations, as often as it takes. */
export class PolicyVersions {
  readonly #store: PolicyVersionStore;
  readonly #by: string;
  readonly #logger: Logger;
  readonly #left = new Map<string, Policy>();
  #timer: NodeJS.Timeout | null = null;
  #working = false;
  #told = false;
  #stopped = false;

  /** @param by who put the policies in force */
  constructor(store: PolicyVersionStore, by: string, logger: Logger) {
    this.#store = store;
    this.#by = by;
    this.#logger = logger;
  }

  /** Returns at once. */
  keep(policy: Policy): void {
    this.#left.set(policy.hash, policy);
    void this.#work();
  }

  /** What is not kept by now is kept at the next start. */
  stop(): void {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  async #work(): Promise<void> {
    if (this.#working || this.#stopped) return;
    this.#working = true;
    try {
      for (const [hash, policy] of this.#left) {
        const rules = policy.rules.map(({ rule }) => rule);
        await this.#store.put({ hash, rules, source: 'file', by: this.#by });
        this.#left.delete(hash);
      }
      this.#told = false;
    } catch (error) {
      if (!this.#told)
        this.#logger.warn(
          'the policy in force cannot be kept in the audit database now; it is tried again',
          error instanceof Error ? error : {},
        );
      this.#told = true;
      if (!this.#stopped) this.#timer = setTimeout(() => void this.#work(), AGAIN_MS).unref();
    } finally {
      this.#working = false;
    }
  }
}

/** Who puts policies of a file in force: the user of the operating system and the process. */
export function thisProcess(name: string): string {
  return `${osUser()} (${name}, process ${process.pid})`;
}

function osUser(): string {
  try {
    return userInfo().username;
  } catch {
    // a container may run as a number that no account has
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
