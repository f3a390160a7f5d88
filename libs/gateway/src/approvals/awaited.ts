import type { Standing } from '@app/gate';

/** What is known of an approval that somebody waits for. */
interface Wait {
  standing: Standing | null;
  readonly settle: Set<(standing: Standing) => void>;
}

/** Who waits for which approval in this process; nothing here asks anybody. */
export class Awaited {
  readonly #waits = new Map<string, Wait>();

  /** ids that somebody waits for */
  get ids(): readonly string[] {
    return [...this.#waits.keys()];
  }

  has(id: string): boolean {
    return this.#waits.has(id);
  }

  /**
   * Resolves once the approval is known to be pending no more, or with how it stood last when `signal` aborts.
   * @param known how it stood when it was asked about
   * @throws Error when `signal` aborts and nothing was ever learnt of it
   */
  settled(id: string, known: Standing | null, signal: AbortSignal): Promise<Standing> {
    return new Promise((resolve, reject) => {
      const wait = this.#waits.get(id) ?? { standing: null, settle: new Set() };
      wait.standing ??= known;
      const leave = (): void => {
        signal.removeEventListener('abort', aborted);
        wait.settle.delete(settle);
        if (wait.settle.size === 0 && this.#waits.get(id) === wait) this.#waits.delete(id);
      };
      const settle = (standing: Standing): void => {
        leave();
        resolve(standing);
      };
      const aborted = (): void => {
        leave();
        if (wait.standing) resolve(wait.standing);
        else reject(new Error(`nothing could be learnt of approval ${id} while it was waited for`));
      };
      if (signal.aborted) return aborted();
      this.#waits.set(id, wait);
      wait.settle.add(settle);
      signal.addEventListener('abort', aborted);
    });
  }

  /** What was learnt; wakes who waits for it when it is pending no more. */
  learn(standing: Standing): void {
    const wait = this.#waits.get(standing.id);
    if (!wait) return;
    wait.standing = standing;
    if (standing.state !== 'pending') for (const settle of Array.from(wait.settle)) settle(standing);
  }
}
