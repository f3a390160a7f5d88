import type { BackendClasses, IQueueBackend } from 'bullmq';
import type { JobQueue, JobWorker, OnBackendError, QueueName, Work } from './job-backend.js';

interface JobData {
  readonly of: string;
}

/** Jobs are not kept once they are done: the rows say what happened. A job that failed is derived from its row again. */
const options = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const;
/** a process that died in the middle of a job gives it back after this */
const LOCK_MS = 60_000;
/** until a worker looks again after its backend failed */
const RETRY_MS = 1_000;

/** A queue of BullMQ on any of its backends. */
export function jobQueue<B extends IQueueBackend, C>(
  { Queue }: BackendClasses<B, C>,
  connection: C,
  name: QueueName,
  onError: OnBackendError,
): JobQueue {
  const queue = new Queue<JobData>(name, { connection, defaultJobOptions: options, skipWaitingForReady: true });
  queue.on('error', onError);
  return {
    add: async (jobs, now) => {
      if (jobs.length === 0) return;
      await queue.addBulk(
        jobs.map((job) => ({
          name: job.name,
          data: { of: job.of },
          opts: { jobId: job.id, delay: Math.max(0, Math.ceil(job.at - now)) },
        })),
      );
    },
    waiting: async () => {
      const jobs = await queue.getJobs(['delayed', 'waiting', 'prioritized']);
      return jobs.flatMap((job) => (job?.id === undefined ? [] : [job.id]));
    },
    close: () => queue.close(),
  };
}

/** A worker of BullMQ on any of its backends. */
export function jobWorker<B extends IQueueBackend, C>(
  { Worker }: BackendClasses<B, C>,
  connection: C,
  name: QueueName,
  work: Work,
  concurrency: number,
  onError: OnBackendError,
): JobWorker {
  const worker = new Worker<JobData>(name, async (job) => work({ id: job.id ?? '', name: job.name, of: job.data.of }), {
    connection,
    concurrency,
    lockDuration: LOCK_MS,
    maxStalledCount: 100,
    runRetryDelay: RETRY_MS,
  });
  worker.on('error', onError);
  worker.on('failed', (_, error) => onError(error));
  return { close: (force) => worker.close(force) };
}
