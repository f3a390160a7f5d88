import pg from 'pg';
import type { Cluster } from './embedded-postgres.js';
import { sampleGrants, sampleRows, sampleSchema } from './sample-crm.schema.js';

/** The role that the gateway uses on the sample. */
export const sampleRole = 'sallyport_crm';

/**
 * Makes sure that the sample database `crm` is there, filled, and that the role has exactly its rights.
 * It is filled under another name and renamed when complete, so that a start that is broken off leaves no half sample.
 * @returns true when it was made now
 */
export async function ensureSample(cluster: Cluster, rolePassword: string): Promise<boolean> {
  const admin = await connect(cluster.superuserUrl('postgres'));
  try {
    await ensureRole(admin, rolePassword);
    const { rowCount } = await admin.query("SELECT 1 FROM pg_database WHERE datname = 'crm'");
    if (rowCount === 1) return false;
    await admin.query('DROP DATABASE IF EXISTS crm_loading');
    await admin.query('CREATE DATABASE crm_loading OWNER crm_owner');
    await fill(cluster.superuserUrl('crm_loading'));
    await admin.query('REVOKE ALL ON DATABASE crm_loading FROM PUBLIC');
    await admin.query(`GRANT CONNECT ON DATABASE crm_loading TO ${sampleRole}`);
    await admin.query('ALTER DATABASE crm_loading RENAME TO crm');
    return true;
  } finally {
    await admin.end();
  }
}

async function ensureRole(admin: pg.Client, password: string): Promise<void> {
  for (const role of ['crm_owner', sampleRole]) {
    const { rowCount } = await admin.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
    if (rowCount === 0) await admin.query(`CREATE ROLE ${role} NOLOGIN`);
  }
  // the password must not stand in the server's statement log
  await admin.query('SET log_statement = none');
  await admin.query(
    `ALTER ROLE ${sampleRole} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT PASSWORD ${admin.escapeLiteral(password)}`,
  );
  const settings = {
    standard_conforming_strings: 'on',
    client_encoding: 'UTF8',
    lock_timeout: '10s',
    idle_in_transaction_session_timeout: '10min',
  };
  for (const [name, value] of Object.entries(settings))
    await admin.query(`ALTER ROLE ${sampleRole} SET ${name} = ${admin.escapeLiteral(value)}`);
}

async function fill(url: string): Promise<void> {
  const owner = await connect(url);
  try {
    await owner.query('SET log_statement = none');
    await owner.query('ALTER SCHEMA public OWNER TO crm_owner');
    await owner.query('BEGIN');
    await owner.query('SET LOCAL ROLE crm_owner');
    await owner.query(sampleSchema);
    await owner.query(sampleRows);
    await owner.query('RESET ROLE');
    await owner.query(sampleGrants);
    await owner.query('COMMIT');
    await owner.query('VACUUM ANALYZE');
  } finally {
    await owner.end();
  }
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name: 'sallyport-quickstart' });
  await client.connect();
  return client;
}
