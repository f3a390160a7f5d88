import pg from 'pg';
import { ensureLogins, runMigrations } from '@app/store';
import type { Cluster } from './embedded-postgres.js';
import { keptPassword } from './secrets.js';

/** URLs of the audit database, complete with passwords. */
export interface AuditUrls {
  readonly gateway: string;
  readonly control: string;
  readonly migrations: string;
  readonly reader: string;
  readonly superuser: string;
}

const database = 'sallyport';
const owner = 'sallyport_owner';

/** Brings the embedded audit database up to date: owner, schema, and a login role for each part that uses it. */
export async function prepareAudit(cluster: Cluster, secrets: string): Promise<AuditUrls> {
  const password = (role: string) => keptPassword(secrets, `audit-${role}.password`);
  await ensureDatabase(cluster, password('owner'));
  const migrations = cluster.url(owner, password('owner'), database);
  const superuser = cluster.superuserUrl(database);
  await runMigrations(migrations);
  const groups = ['gateway', 'control', 'reader'] as const;
  const login = (group: string) => `quickstart_${group}`;
  await ensureLogins(
    superuser,
    groups.map((group) => ({ name: login(group), password: password(group), group })),
  );
  const url = (group: string) => cluster.url(login(group), password(group), database);
  return { gateway: url('gateway'), control: url('control'), reader: url('reader'), migrations, superuser };
}

async function ensureDatabase(cluster: Cluster, password: string): Promise<void> {
  const admin = new pg.Client({ connectionString: cluster.superuserUrl('postgres') });
  await admin.connect();
  try {
    const role = await admin.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [owner]);
    await admin.query(
      `${role.rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE ${owner} LOGIN CREATEROLE PASSWORD ${admin.escapeLiteral(password)}`,
    );
    const there = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (there.rowCount === 0) await admin.query(`CREATE DATABASE ${database} OWNER ${owner}`);
  } finally {
    await admin.end();
  }
}
