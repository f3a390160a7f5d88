import type { Logger, Secret } from '@app/platform';
import type { JobBackend } from './job-backend.js';
import { PostgresBackend } from './postgres-backend.js';
import { RedisBackend } from './redis-backend.js';

/** a backend that is down says so many times a second */
const TELL_EVERY_MS = 60_000;

/** Redis where the configuration names one, else the audit database. Nothing is connected to yet. */
export function openBackend(
  { redis, postgres }: { readonly redis: Secret | null; readonly postgres: Secret | string },
  logger: Logger,
): JobBackend {
  let toldAt = Number.NEGATIVE_INFINITY;
  const onError = (error: Error): void => {
    if (performance.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = performance.now();
    logger.warn('the queue of timers and notifications has an error; others within a minute are not told', error);
  };
  return redis ? new RedisBackend(redis, onError) : new PostgresBackend(postgres, onError);
}
