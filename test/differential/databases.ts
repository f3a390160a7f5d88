import { buildKnowledgeIndex, closeProtection, type KnowledgeIndex, type ProtectionRule } from '@app/sql';
import { Client } from 'pg';
import {
  CATALOG_STATEMENTS,
  decodeCatalog,
  DEFINITIONS_STATEMENT,
} from '../../apps/postgres-gateway/src/catalog-query.js';
import type { TestPostgres } from '../support/postgres.js';
import { COMMON, SCHEMA, TEMPORARY, VALUES } from './schema.js';

/** As the server searches: temporary objects first. */
export const SEARCH_PATH: readonly string[] = ['pg_temp', 'pg_catalog', 'public'];

export type Side = keyof typeof VALUES;

/** Makes one of the two databases; nothing gathers statistics, so that both get the same plans. */
export async function makeDatabase(postgres: TestPostgres, side: Side): Promise<void> {
  const client = new Client({ connectionString: await postgres.createDatabase(side) });
  await client.connect();
  try {
    for (const sql of [...SCHEMA, ...VALUES[side], ...COMMON]) await client.query(sql);
    const { rows } = await client.query<{ name: string }>(
      `SELECT c.oid::pg_catalog.regclass::text AS name FROM pg_catalog.pg_class c WHERE c.relkind = 'r' AND c.oid >= 16384`,
    );
    for (const { name } of rows) await client.query(`ALTER TABLE ${name} SET (autovacuum_enabled = off)`);
  } finally {
    await client.end();
  }
}

/** A session with its temporary objects. */
export async function openSession(postgres: TestPostgres, side: Side): Promise<Client> {
  const client = new Client({ connectionString: postgres.urlFor('sallyport_migrations', side) });
  await client.connect();
  for (const sql of [...TEMPORARY, `SET statement_timeout = '2s'`, 'SET client_min_messages = error'])
    await client.query(sql);
  return client;
}

/** What lineage knows of a database, read as the gateway reads it. @param ask gives the only value of the only row */
export async function readKnowledge(
  ask: (sql: string) => Promise<string>,
  rules: readonly ProtectionRule[],
): Promise<KnowledgeIndex> {
  const parts: string[] = [];
  for (const text of [...CATALOG_STATEMENTS, DEFINITIONS_STATEMENT]) parts.push(await ask(text));
  const catalog = decodeCatalog(parts, 1);
  const { columns, strict } = closeProtection(catalog, rules);
  return buildKnowledgeIndex({ id: 1, catalog, protected: columns, strict });
}
