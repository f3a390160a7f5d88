import { DANGEROUS, type Difference, type Verdict } from '@app/sql';

/** Counts of one comparison, and what is to be looked at. */
export class Counts {
  /** statements with a tree that were compared */
  compared = 0;
  /** the server does not accept them */
  rejected = 0;
  /** they hold no tree: utilities, and what rules make several of */
  silent = 0;
  refused = 0;
  masked = 0;
  clean = 0;
  executed = 0;
  readonly dangerous: string[] = [];
  readonly #costs = new Map<string, number>();
  readonly #differences = new Map<Difference, number>();

  note(text: string, verdicts: readonly Verdict[]): void {
    for (const { difference, detail } of verdicts) {
      this.#differences.set(difference, (this.#differences.get(difference) ?? 0) + 1);
      if (DANGEROUS.has(difference)) {
        this.dangerous.push(`${difference} (${detail}): ${text}`);
        // a long run tells it before its end
        process.stdout.write(`differential: dangerous: ${this.dangerous.at(-1)}\n`);
      } else this.#costs.set(`${difference}: ${detail}`, (this.#costs.get(`${difference}: ${detail}`) ?? 0) + 1);
    }
  }

  /** what safety costs: reasons for which statements are refused or masked that, by the tree, need not be */
  costs(most: number): string[] {
    return [...this.#costs]
      .sort(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(([reason, count]) => `${count} × ${reason}`);
  }

  toString(): string {
    const differences = [...this.#differences].map(([difference, count]) => `${difference} ${count}`).join(', ');
    return (
      `${this.compared} compared (${this.clean} clean, ${this.masked} masked, ${this.refused} refused), ` +
      `${this.executed} run twice, ${this.rejected} rejected by the server, ${this.silent} without a tree` +
      (differences === '' ? '' : `; ${differences}`)
    );
  }
}
