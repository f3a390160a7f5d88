/** Names of the queues. Timers have their own, so that receivers that do not answer delay no expiry. */
export const QUEUES = { timers: 'sallyport-timers', notifications: 'sallyport-notifications' } as const;
export type QueueName = (typeof QUEUES)[keyof typeof QUEUES];

/** A job only names a row: everything else is read there when its time has come. */
export interface Job {
  /** the same for the same thing to do, so that what is added twice waits once; no `:`, no integer */
  readonly id: string;
  /** what to do */
  readonly name: string;
  /** id of the row */
  readonly of: string;
  /** not before, ms since 1970 */
  readonly at: number;
}

/** The end of a queue at which jobs are added. */
export interface JobQueue {
  /** Adds those that do not wait yet. Fails at once while the backend is down. @param now ms since 1970 */
  add(jobs: readonly Job[], now: number): Promise<void>;
  /** ids of the jobs that wait for their time or their turn */
  waiting(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The end at which they are done. */
export interface JobWorker {
  /** Waits for those under way. @param force does not: for a backend that does not answer */
  close(force: boolean): Promise<void>;
}

/** Called with a job whose time has come: at least once, maybe late, maybe twice at the same time. What it throws is logged. */
export type Work = (job: Pick<Job, 'id' | 'name' | 'of'>) => Promise<void>;

/** Where jobs wait: Redis, or a schema of the audit database. */
export interface JobBackend {
  readonly kind: 'redis' | 'postgres';
  /**
   * Connects, and on PostgreSQL brings the queue's own tables up to date. Nothing else may be called before it resolved: a worker
   * built while the database is down stays dead, and one whose tables are missing spins.
   * @throws whatever stands against it now; may be called again
   */
  prepare(): Promise<void>;
  queue(name: QueueName): JobQueue;
  worker(name: QueueName, work: Work, concurrency: number): JobWorker;
  /** @throws when it does not answer */
  ping(): Promise<void>;
  /** Closes what `prepare` opened. Queues and workers are closed before. */
  close(): Promise<void>;
}

/** Told of errors that the backend recovers from by itself. */
export type OnBackendError = (error: Error) => void;
