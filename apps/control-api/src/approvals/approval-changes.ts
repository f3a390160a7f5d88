import { setMaxListeners } from 'node:events';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';

/** What tells of changes: `ApprovalFeed`, or a test. */
export interface Feed {
  start(): void | Promise<void>;
  stop(): void | Promise<void>;
}

/** Called with the id of an approval that changed, or null: any may have. */
type Listener = (id: string | null) => void;

/**
 * Changes of approvals, for all who wait in this process. A change is only a reason to read again: none is lost by a feed that is down,
 * since those who wait also read again by themselves.
 */
export class ApprovalChanges implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #feed: Feed;
  readonly #listeners = new Set<Listener>();
  readonly #stopped = new AbortController();

  constructor(feedOf: (onChange: Listener) => Feed) {
    // everybody who waits listens to it
    setMaxListeners(0, this.#stopped.signal);
    this.#feed = feedOf((id) => {
      for (const listener of this.#listeners) listener(id);
    });
  }

  /** aborted when the process stops: nobody waits any longer */
  get stopped(): AbortSignal {
    return this.#stopped.signal;
  }

  /** @returns unsubscribe */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Watches one approval from now on: what changes before somebody waits is not missed. */
  watch(id: string): ChangeWatch {
    let changed = false;
    let wake: (() => void) | null = null;
    const unsubscribe = this.subscribe((of) => {
      if (of !== null && of !== id) return;
      changed = true;
      wake?.();
    });
    return {
      next: (ms, signal) =>
        new Promise((resolve) => {
          const done = (): void => {
            clearTimeout(timer);
            for (const each of [signal, this.stopped]) each.removeEventListener('abort', done);
            wake = null;
            changed = false;
            resolve();
          };
          const timer = setTimeout(done, ms);
          wake = done;
          for (const each of [signal, this.stopped]) each.addEventListener('abort', done);
          if (changed || signal.aborted || this.stopped.aborted) done();
        }),
      end: unsubscribe,
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#feed.start();
  }

  /** Before the listener closes: it waits for every answer. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopped.abort();
    await this.#feed.stop();
  }
}

/** One approval being watched. */
export interface ChangeWatch {
  /** Resolves on the next change, after `ms`, or when either signal aborts. */
  next(ms: number, signal: AbortSignal): Promise<void>;
  end(): void;
}
