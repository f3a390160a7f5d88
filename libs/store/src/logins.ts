import { Client } from 'pg';
import { type DatabaseUrl, revealUrl } from './data-source.js';

/** A login role and the group it is a member of. */
export interface Login {
  readonly name: string;
  readonly password: string;
  readonly group: 'gateway' | 'control' | 'reader';
}

/**
 * Creates login roles, or sets their passwords, and makes each a member of its group (`sallyport_gateway`,
 * `sallyport_control`, `sallyport_reader`) and of no other group of ours. Needs the schema (`runMigrations`) and CREATEROLE.
 */
export async function ensureLogins(url: DatabaseUrl, logins: readonly Login[]): Promise<void> {
  const client = new Client({ connectionString: revealUrl(url) });
  await client.connect();
  try {
    await client.query('BEGIN');
    for (const login of logins) {
      const name = client.escapeIdentifier(login.name);
      const exists = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [login.name]);
      const verb = exists.rowCount === 0 ? 'CREATE' : 'ALTER';
      await client.query(`${verb} ROLE ${name} LOGIN PASSWORD ${client.escapeLiteral(login.password)}`);
      for (const group of ['gateway', 'control', 'reader'] as const) {
        if (group === login.group) await client.query(`GRANT sallyport_${group} TO ${name}`);
        else {
          const member = await client.query(
            `SELECT 1 FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member
             WHERE g.rolname = $1 AND r.rolname = $2`,
            [`sallyport_${group}`, login.name],
          );
          if (member.rowCount) await client.query(`REVOKE sallyport_${group} FROM ${name}`);
        }
      }
    }
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}
