import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DenyList } from '@app/identity';
import { Logger } from '@app/platform';
import { DenyListStore } from '@app/store';
import { Clock } from '../access/clock.js';

const REFRESH_MS = 2_000;

/** Keeps the deny-list of this process fresh; while the database is down the last one stays in force. */
@Injectable()
export class DenyRefresher implements OnApplicationBootstrap, OnApplicationShutdown {
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  #failing = false;

  constructor(
    private readonly store: DenyListStore,
    private readonly list: DenyList,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.refresh();
    this.next();
  }

  onApplicationShutdown(): void {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  async refresh(): Promise<void> {
    const now = this.clock.now();
    try {
      this.list.replace(await this.store.load(new Date(now)), now);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.logger.warn('the deny-list cannot be loaded; the last one stays in force', error);
      this.#failing = true;
    }
  }

  private next(): void {
    this.#timer = setTimeout(() => {
      void this.refresh().then(() => {
        if (!this.#stopped) this.next();
      });
    }, REFRESH_MS).unref();
  }
}
