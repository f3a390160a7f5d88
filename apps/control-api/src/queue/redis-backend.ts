import { createRedisBackend, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import type { Secret } from '@app/platform';
import { jobQueue, jobWorker } from './bullmq-ends.js';
import type { JobBackend, JobQueue, JobWorker, OnBackendError, QueueName, Work } from './job-backend.js';

const CONNECT_MS = 5_000;
const RETRY_MS = 5_000;
const classes = withBackend(createRedisBackend);

/** Jobs in Redis. It may forget them: they are derived from the rows again. */
export class RedisBackend implements JobBackend {
  readonly kind = 'redis';
  /** adds jobs: fails at once while Redis is down */
  readonly #adding: Redis;
  /** of the workers, which wait for Redis to come back */
  readonly #working: Redis;

  /** @param url `redis://…` or `rediss://…` */
  constructor(
    url: Secret | string,
    private readonly onError: OnBackendError,
  ) {
    const common = {
      lazyConnect: true,
      connectTimeout: CONNECT_MS,
      keepAlive: 10_000,
      retryStrategy: (times: number) => Math.min(100 * 2 ** Math.min(times, 6), RETRY_MS),
    };
    const address = typeof url === 'string' ? url : url.reveal();
    this.#adding = new Redis(address, {
      ...common,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      commandTimeout: CONNECT_MS,
    });
    this.#working = new Redis(address, { ...common, maxRetriesPerRequest: null });
    for (const redis of [this.#adding, this.#working]) redis.on('error', onError);
  }

  async prepare(): Promise<void> {
    for (const redis of [this.#adding, this.#working])
      if (redis.status === 'wait' || redis.status === 'end') await redis.connect();
    await this.ping();
  }

  queue(name: QueueName): JobQueue {
    return jobQueue(classes, this.#adding, name, this.onError);
  }

  worker(name: QueueName, work: Work, concurrency: number): JobWorker {
    return jobWorker(classes, this.#working, name, work, concurrency, this.onError);
  }

  async ping(): Promise<void> {
    await this.#adding.ping();
  }

  async close(): Promise<void> {
    this.#adding.disconnect();
    this.#working.disconnect();
  }
}
