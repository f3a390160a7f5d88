import {
  assertSchemaCompatibility,
  createPostgresBackend,
  LATEST_SCHEMA_VERSION,
  type PgQueryable,
  runMigrations,
  SchemaMigrationRequiredError,
  withBackend,
} from 'bullmq';
import { Pool, type PoolClient } from 'pg';
import type { Secret } from '@app/platform';
import { jobQueue, jobWorker } from './bullmq-ends.js';
import type { JobBackend, JobQueue, JobWorker, OnBackendError, QueueName, Work } from './job-backend.js';

const SCHEMA = 'bullmq';
const ROLE = 'sallyport_queue';
/** two of them listen, the others are for what workers and queues ask at the same time */
const CONNECTIONS = 8;
const classes = withBackend(createPostgresBackend);

/**
 * Jobs in the schema `bullmq` of the audit database. Its connections take the role `sallyport_queue`, which may do nothing outside
 * that schema.
 */
export class PostgresBackend implements JobBackend {
  readonly kind = 'postgres';
  readonly #pool: Pool;

  constructor(
    url: Secret | string,
    private readonly onError: OnBackendError,
  ) {
    this.#pool = new Pool({
      connectionString: typeof url === 'string' ? url : url.reveal(),
      application_name: 'sallyport-queue',
      max: CONNECTIONS,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      // before anybody is given the connection
      verify: (client, done) => {
        takeRole(client).then(() => done(), done);
      },
    });
    this.#pool.on('error', onError);
    // the pool listens to idle connections only: one that breaks between two queries of its holder would end the process
    this.#pool.on('connect', (client) => client.on('error', onError));
  }

  async prepare(): Promise<void> {
    const client = await this.#pool.connect();
    let broken = true;
    try {
      if ((await versionOf(client)) < LATEST_SCHEMA_VERSION) await runMigrations(withoutSchema(client), SCHEMA);
      await assertSchemaCompatibility(client, SCHEMA);
      broken = false;
    } finally {
      client.release(broken);
    }
  }

  queue(name: QueueName): JobQueue {
    return jobQueue(classes, this.#pool, name, this.onError);
  }

  worker(name: QueueName, work: Work, concurrency: number): JobWorker {
    return jobWorker(classes, this.#pool, name, work, concurrency, this.onError);
  }

  async ping(): Promise<void> {
    await this.#pool.query('SELECT 1');
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

async function takeRole(client: PoolClient): Promise<void> {
  await client.query(`SET ROLE ${ROLE}`);
  await client.query(`SET search_path TO ${SCHEMA}`);
}

/** The migrations of the record made the schema; the library would need the right to create any, though it exists. */
function withoutSchema(client: PoolClient): PgQueryable {
  const inner: PgQueryable = client;
  return {
    query: async (text, values) =>
      text.startsWith('CREATE SCHEMA IF NOT EXISTS ') ? { rows: [], rowCount: 0 } : inner.query(text, values),
  };
}

async function versionOf(client: PoolClient): Promise<number> {
  try {
    return await assertSchemaCompatibility(client, SCHEMA);
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return 0;
    throw error;
  }
}
