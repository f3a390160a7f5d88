import 'reflect-metadata';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { Secret } from '@app/platform';
import { migrations } from '../../../migrations/index.js';
import { DenyEntryEntity } from './entities/deny-entry.entity.js';
import { SessionTerminationEntity } from './entities/session-termination.entity.js';

const MIGRATION_TABLE = 'schema_migration';
/** Any number that nothing else locks: two processes that migrate at once take turns. */
const MIGRATION_LOCK = 7_235_520_118;

/** Where the audit database is: a libpq style URL, plain or as a secret. */
export type DatabaseUrl = string | Secret;

export function revealUrl(url: DatabaseUrl): string {
  return typeof url === 'string' ? url : url.reveal();
}

/**
 * The TypeORM data source of the control tables; never synchronises, never migrates by itself.
 * @param poolSize connections at most
 * @returns not yet initialised
 */
export function createDataSource(url: DatabaseUrl, poolSize = 4): DataSource {
  return new DataSource({
    type: 'postgres',
    url: revealUrl(url),
    applicationName: 'sallyport-store',
    poolSize,
    connectTimeoutMS: 5_000,
    entities: [DenyEntryEntity, SessionTerminationEntity],
    migrations,
    migrationsTableName: MIGRATION_TABLE,
    migrationsTransactionMode: 'each',
    synchronize: false,
    migrationsRun: false,
    logging: false,
    installExtensions: false,
  });
}

/** What `runMigrations` did: names of migrations, in the order in which they ran. */
export interface MigrationReport {
  readonly applied: readonly string[];
  readonly reverted: readonly string[];
}

/**
 * Brings the schema of the audit database up to date, each migration in its own transaction; processes that do so at once
 * take turns. With `revert` the last applied migration is undone instead, with `revertAll` every one.
 * @param url of a role that may create tables in the schema and, unless the group roles exist, has CREATEROLE
 */
export async function runMigrations(
  url: DatabaseUrl,
  options: { readonly revert?: boolean; readonly revertAll?: boolean } = {},
): Promise<MigrationReport> {
  const holder = new Client({ connectionString: revealUrl(url), application_name: 'sallyport-migrate' });
  await holder.connect();
  const dataSource = createDataSource(url, 2);
  try {
    await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await dataSource.initialize();
    const reverted: string[] = [];
    if (options.revert || options.revertAll) {
      for (;;) {
        const last = (await appliedMigrations(holder)).at(-1);
        if (last === undefined) break;
        await dataSource.undoLastMigration({ transaction: 'each' });
        reverted.push(last);
        if (!options.revertAll) break;
      }
      return { applied: [], reverted };
    }
    const applied = await dataSource.runMigrations({ transaction: 'each' });
    return { applied: applied.map((migration) => migration.name), reverted };
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await holder.end();
  }
}

async function appliedMigrations(client: Client): Promise<string[]> {
  const table = await client.query<{ oid: string | null }>('SELECT to_regclass($1) AS oid', [MIGRATION_TABLE]);
  if (table.rows[0]?.oid === null) return [];
  const rows = await client.query<{ name: string }>(`SELECT name FROM ${MIGRATION_TABLE} ORDER BY id`);
  return rows.rows.map((row) => row.name);
}

/**
 * Compares the schema with this build. `pending`: migrations still to be applied; `unknown`: applied ones that this build does
 * not know, that is, a newer version has been here.
 */
export async function schemaState(
  url: DatabaseUrl,
): Promise<{ pending: readonly string[]; unknown: readonly string[] }> {
  const client = new Client({ connectionString: revealUrl(url), connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const applied = new Set(await appliedMigrations(client));
    const known = migrations.map((migration) => migration.name);
    return {
      pending: known.filter((name) => !applied.has(name)),
      unknown: [...applied].filter((name) => !known.includes(name)),
    };
  } finally {
    await client.end();
  }
}
