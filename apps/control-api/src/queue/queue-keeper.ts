import type { JobBackend, JobQueue, JobWorker } from './job-backend.js';
import { QUEUES } from './job-backend.js';

/** at most these are done at once, of each queue */
const TIMERS_AT_ONCE = 4;
const DELIVERIES_AT_ONCE = 8;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;
const PING_MS = 5_000;
/** an attempt at a webhook ends before this */
const CLOSE_MS = 12_000;
const FORCED_CLOSE_MS = 1_000;

/** Both queues with their workers. */
export interface RunningQueues {
  readonly timers: JobQueue;
  readonly notifications: JobQueue;
}

/** What the jobs of each queue do. */
export interface QueueWork {
  readonly timer: (name: string, approval: string) => Promise<void>;
  readonly deliver: (notification: string) => Promise<void>;
}

/**
 * The queue as this process has it: brought up in the background, tried again for as long as it takes, so that the API serves without
 * it. Whatever waits in it can be derived again.
 */
export class QueueKeeper {
  #running: RunningQueues | null = null;
  #workers: JobWorker[] = [];
  #up = false;
  #stopped = false;
  #stop: () => void = () => undefined;
  #done: Promise<void> = Promise.resolve();

  /** @param told of each time it begins or ends to answer; null: it answers */
  constructor(
    private readonly backend: JobBackend,
    private readonly work: QueueWork,
    private readonly told: (problem: Error | null) => void,
  ) {}

  /** null: not yet there; may be there and not answer */
  get queues(): RunningQueues | null {
    return this.#running;
  }

  /** it answered a moment ago */
  get up(): boolean {
    return this.#up;
  }

  start(): void {
    this.#done = this.live();
  }

  /** Waits for jobs under way, while the backend answers; a backend that does not is not waited for. */
  async close(): Promise<void> {
    this.#stopped = true;
    this.#stop();
    await atMost(CLOSE_MS, [this.#done]);
    const up = this.#up && (await this.answers());
    await atMost(up ? CLOSE_MS : FORCED_CLOSE_MS, [
      ...this.#workers.map((worker) => worker.close(!up)),
      ...(this.#running ? [this.#running.timers.close(), this.#running.notifications.close()] : []),
    ]);
    await atMost(FORCED_CLOSE_MS, [this.backend.close()]);
  }

  private async answers(): Promise<boolean> {
    try {
      await this.backend.ping();
      return true;
    } catch {
      return false;
    }
  }

  private async live(): Promise<void> {
    for (let wait = FIRST_RETRY_MS; !this.#stopped; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
      try {
        await this.backend.prepare();
        break;
      } catch (error) {
        this.tell(error);
        await this.pause(wait);
      }
    }
    if (this.#stopped) return;
    this.build();
    while (!this.#stopped) {
      try {
        await this.backend.ping();
        this.tell(null);
      } catch (error) {
        this.tell(error);
      }
      await this.pause(PING_MS);
    }
  }

  private build(): void {
    const { backend, work } = this;
    this.#running = { timers: backend.queue(QUEUES.timers), notifications: backend.queue(QUEUES.notifications) };
    this.#workers = [
      backend.worker(QUEUES.timers, ({ name, of }) => work.timer(name, of), TIMERS_AT_ONCE),
      backend.worker(QUEUES.notifications, ({ of }) => work.deliver(of), DELIVERIES_AT_ONCE),
    ];
  }

  #lastTold: boolean | null = null;

  private tell(error: unknown): void {
    this.#up = error === null;
    if (this.#lastTold === this.#up) return;
    this.#lastTold = this.#up;
    this.told(error === null ? null : error instanceof Error ? error : new Error('it failed'));
  }

  private pause(ms: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#stop = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Resolves when all are done, however they end, or after `ms`. */
async function atMost(ms: number, work: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    Promise.allSettled(work),
    new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
    }),
  ]);
  clearTimeout(timer);
}
