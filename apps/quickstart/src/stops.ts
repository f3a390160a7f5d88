/** What has been started, to be stopped in the opposite order; every part gets its turn, whatever the others do. */
export class Stops {
  private readonly parts: { readonly name: string; readonly stop: () => Promise<void> }[] = [];
  private running: Promise<void> | null = null;

  constructor(private readonly failed: (name: string, error: unknown) => void) {}

  /** True once stopping has begun: a start in progress gives up at its next step. */
  get begun(): boolean {
    return this.running !== null;
  }

  add(name: string, stop: () => Promise<void>): void {
    this.parts.push({ name, stop });
  }

  /** Stops everything once; later calls wait for the first. */
  run(): Promise<void> {
    this.running ??= this.stopAll();
    return this.running;
  }

  private async stopAll(): Promise<void> {
    for (let part = this.parts.pop(); part !== undefined; part = this.parts.pop()) {
      try {
        await part.stop();
      } catch (error) {
        this.failed(part.name, error);
      }
    }
  }
}
