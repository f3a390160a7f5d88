import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Logger } from '@app/platform';
import { AuditDatabase } from '@app/store';

const DAYS_AHEAD = 3;
const EVERY_MS = 3_600_000;

/** Makes tomorrow's partitions exist before tomorrow; a writer that meets a missing day makes it by itself. */
@Injectable()
export class PartitionKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly database: AuditDatabase,
    private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.#timer = setInterval(() => void this.keep(), EVERY_MS).unref();
    await this.keep();
  }

  onApplicationShutdown(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  private async keep(): Promise<void> {
    try {
      const created = await this.database.ensurePartitions(DAYS_AHEAD);
      if (created > 0) this.logger.log(`created the partitions of ${created} days`);
    } catch (error) {
      this.logger.warn('partitions of the coming days cannot be created now', error);
    }
  }
}
