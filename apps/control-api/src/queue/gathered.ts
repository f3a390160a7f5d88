/** what comes within this is looked at together */
const GATHER_MS = 50;

/** Gathers changes while an earlier round is under way, so that a thousand of them make one more round. */
export class Gathered {
  readonly #ids = new Set<string>();
  #all = false;
  #stopped = false;
  #running: Promise<void> | null = null;

  /** @param work gets the ids, or null when any may have changed; must not throw */
  constructor(private readonly work: (ids: readonly string[] | null) => Promise<void>) {}

  /** @param id null: any may have changed */
  add(id: string | null): void {
    if (this.#stopped) return;
    if (id === null) this.#all = true;
    else this.#ids.add(id);
    this.#running ??= this.run();
  }

  /** Nothing is taken any more; resolves when the round under way is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  private async run(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    while (!this.#stopped && (this.#all || this.#ids.size > 0)) {
      const ids = this.#all ? null : [...this.#ids];
      this.#all = false;
      this.#ids.clear();
      await this.work(ids);
    }
    this.#running = null;
  }
}
