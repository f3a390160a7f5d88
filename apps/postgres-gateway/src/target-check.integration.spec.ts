import { Secret } from '@app/platform';
import { ConfiguredCredentials, type Finding, type PostgresTarget } from '@app/targets';
import { execute, startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { checkDatabase } from './target-check.js';
import type { ProtectedPlaces } from './target-profiles.js';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
  await execute(
    postgres.superuserUrl,
    `CREATE TABLE customers (id int, email text);
     CREATE TABLE plain (id int);
     CREATE ROLE app_owner NOLOGIN; CREATE ROLE team NOLOGIN;
     ALTER TABLE customers OWNER TO app_owner;
     REVOKE TEMPORARY ON DATABASE sallyport_test FROM PUBLIC;
     REVOKE SELECT ON pg_stats, pg_stats_ext, pg_stats_ext_exprs FROM PUBLIC`,
  );
});
afterAll(() => postgres?.stop());

const protect: ProtectedPlaces = [{ class: 'email', columns: ['crm.public.customers.email'] }];

function targetOf(user: string, change: Partial<PostgresTarget['postgres']> = {}): PostgresTarget {
  return {
    kind: 'postgres',
    name: 'crm',
    postgres: { host: '127.0.0.1', port: postgres.port, database: 'sallyport_test', tls: 'disable', ...change },
    credential: { user, password: new Secret('canary-7a-password') },
    release: 'durable',
    record: 'none',
  };
}

/** What the check finds about the rights of a role; what the configuration says is left out. */
async function check(user: string, entries = protect, change: Partial<PostgresTarget['postgres']> = {}) {
  const target = targetOf(user, change);
  const report = await checkDatabase(target, {
    vault: new ConfiguredCredentials([target]),
    protect: entries,
    limits: { messageBytes: 1 << 20, backendMessageBytes: 1 << 26 },
    timeoutMs: 10_000,
    now: Date.now,
  });
  expect(JSON.stringify(report)).not.toContain('canary-7a');
  return { ...report, findings: report.findings.filter(({ code }) => code !== 'configuration') };
}

const whats = (findings: readonly Finding[]): string[] => findings.map(({ what }) => what);

/** A role as docs/targets.md makes one. */
async function goodRole(name: string): Promise<void> {
  await execute(
    postgres.superuserUrl,
    `CREATE ROLE "${name}" LOGIN;
     GRANT SELECT ON customers, plain TO "${name}";
     ALTER ROLE "${name}" SET standard_conforming_strings = on; ALTER ROLE "${name}" SET client_encoding = 'UTF8';
     ALTER ROLE "${name}" SET lock_timeout = '10s'; ALTER ROLE "${name}" SET idle_in_transaction_session_timeout = '10min'`,
  );
}

describe('the check of a database', () => {
  const faults: readonly (readonly [fault: string, make: (role: string) => string, code: string, named: string])[] = [
    ['is a superuser', (r) => `ALTER ROLE "${r}" SUPERUSER`, 'superuser', 'is a superuser'],
    [
      'can become a superuser',
      (r) => `CREATE ROLE boss SUPERUSER; GRANT boss TO "${r}"`,
      'superuser',
      'can become the superuser boss',
    ],
    ['may replicate', (r) => `ALTER ROLE "${r}" REPLICATION`, 'replication', 'has REPLICATION'],
    ['passes row-level security', (r) => `ALTER ROLE "${r}" BYPASSRLS`, 'bypass-rls', 'has BYPASSRLS'],
    ['makes roles', (r) => `ALTER ROLE "${r}" CREATEROLE`, 'create-role', 'has CREATEROLE'],
    ['makes databases', (r) => `ALTER ROLE "${r}" CREATEDB`, 'create-database', 'has CREATEDB'],
    [
      'reads files of the server',
      (r) => `GRANT pg_read_server_files TO "${r}"`,
      'membership',
      'is a member of pg_read_server_files',
    ],
    [
      'runs programs on the server through another role',
      (r) => `GRANT pg_execute_server_program TO team; GRANT team TO "${r}"`,
      'membership',
      'is a member of pg_execute_server_program, through team',
    ],
    ['watches others', (r) => `GRANT pg_monitor TO "${r}"`, 'membership', 'is a member of pg_monitor'],
    ['reads all data', (r) => `GRANT pg_read_all_data TO "${r}"`, 'membership', 'is a member of pg_read_all_data'],
    [
      'owns a protected table',
      (r) => `ALTER TABLE customers OWNER TO "${r}"`,
      'protected-table-owner',
      'owns the protected table public.customers',
    ],
    [
      'owns a protected table through a role',
      (r) => `ALTER TABLE customers OWNER TO app_owner; GRANT app_owner TO "${r}"`,
      'protected-table-owner',
      'owns the protected table public.customers, through app_owner',
    ],
    [
      'may create in its search path',
      (r) => `GRANT CREATE ON SCHEMA public TO "${r}"`,
      'create-on-schema',
      'may create in schema public',
    ],
    [
      'owns a schema of its search path',
      (r) => `CREATE SCHEMA own AUTHORIZATION "${r}"; ALTER ROLE "${r}" SET search_path = own, public`,
      'create-on-schema',
      'may create in schema own',
    ],
    [
      'owns the database',
      (r) => `ALTER DATABASE sallyport_test OWNER TO "${r}"`,
      'database-owner',
      'owns the database',
    ],
    [
      'makes temporary tables',
      () => 'GRANT TEMPORARY ON DATABASE sallyport_test TO PUBLIC',
      'temporary',
      'may create temporary tables',
    ],
    [
      'imports files as large objects',
      (r) => `GRANT EXECUTE ON FUNCTION lo_import(text) TO "${r}"`,
      'function',
      'may call lo_import(text)',
    ],
    ['reads statistics', () => 'GRANT SELECT ON pg_stats TO PUBLIC', 'statistics', 'may read pg_stats'],
    ['waits for locks for ever', (r) => `ALTER ROLE "${r}" RESET lock_timeout`, 'role-setting', 'has no lock_timeout'],
    [
      'has another encoding',
      (r) => `ALTER ROLE "${r}" SET client_encoding = 'LATIN1'`,
      'role-setting',
      'has client_encoding = LATIN1',
    ],
  ];

  it.each(faults.map((fault, i) => [fault[0], i] as const))(
    'names a role that %s, and its remedy settles that',
    async (_, i) => {
      const [, make, code, named] = faults[i]!;
      const role = `role "${i}" of test`;
      await goodRole(role.replaceAll('"', ''));
      const name = role.replaceAll('"', '');
      expect(whats((await check(name)).findings)).toEqual([]);
      await execute(postgres.superuserUrl, make(name));
      const { findings } = await check(name);
      const finding = findings.find(({ what }) => what.includes(named));
      expect(finding, JSON.stringify(findings)).toMatchObject({ code });
      expect(finding?.what).toContain(name.split('"')[0]);
      expect(finding?.sql.length).toBeGreaterThan(0);
      for (const each of findings) await execute(postgres.superuserUrl, each.sql.join('\n'));
      expect(whats((await check(name)).findings)).toEqual([]);
    },
  );

  it('tells the server’s own superuser to be replaced', async () => {
    const { findings } = await check('postgres');
    expect(findings[0]).toMatchObject({ code: 'superuser', severity: 'error', sql: [] });
    expect(findings[0]?.setting).toContain('Create a role');
  });

  it('names entries of protect that name no column, worse where they mean this very target', async () => {
    await goodRole('sp_globs');
    const { findings } = await check('sp_globs', [
      { class: 'email', columns: ['crm.public.customers.{emial,email}'] },
      { class: 'phone', columns: ['*.public.customers.phone'] },
    ]);
    expect(findings).toMatchObject([
      {
        code: 'protects-nothing',
        severity: 'error',
        what: expect.stringContaining('"public.customers.emial"') as unknown,
      },
      { code: 'protects-nothing', severity: 'note', what: expect.stringContaining('phone') as unknown },
    ]);
  });

  it('names functions that were allowed and are not what they were, or that nobody can allow', async () => {
    await goodRole('sp_calls');
    await execute(
      postgres.superuserUrl,
      `CREATE SCHEMA lent; GRANT USAGE ON SCHEMA lent TO PUBLIC;
       CREATE FUNCTION lent.slug(text, int) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN lower($1); END';
       CREATE FUNCTION lent.lends(text) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT $1';
       CREATE FUNCTION lent.rows(text) RETURNS SETOF text LANGUAGE sql AS 'SELECT $1'`,
    );
    const entry = (name: string, types: readonly string[], definition = `sha256:${'0'.repeat(64)}`) =>
      ({ schema: 'lent', name, arguments: types, definition, result: 'arguments', total: false }) as const;
    const finds = async (definition?: string) => {
      const slug = entry('slug', ['text', 'int4'], definition);
      const functions = [slug, entry('lends', ['text']), entry('rows', ['text']), entry('none', [])];
      const { findings } = await check('sp_calls', [], { functions });
      return findings.map(({ code, what }) => [
        code,
        /sha256:[0-9a-f]{64}/.exec(what)?.[0] ?? /lent\.\w+/.exec(what)?.[0],
      ]);
    };
    const others = ['lends', 'rows', 'none'].map((name) => ['function-missing', `lent.${name}`]);
    const [changed, ...rest] = await finds();
    expect([changed?.[0], ...rest]).toEqual(['function-changed', ...others]);
    const definition = changed?.[1] ?? '';
    expect(await finds(definition)).toEqual(others);
    // who may call it, and what the planner thinks of it, is no other function
    await execute(
      postgres.superuserUrl,
      'REVOKE ALL ON FUNCTION lent.slug FROM PUBLIC; ALTER FUNCTION lent.slug COST 5',
    );
    expect(await finds(definition)).toEqual(others);
    await execute(postgres.superuserUrl, 'ALTER FUNCTION lent.slug SET search_path = lent');
    expect((await finds(definition))[0]?.[0]).toBe('function-changed');
    await execute(postgres.superuserUrl, 'ALTER FUNCTION lent.slug RESET search_path');
    expect(await finds(definition)).toEqual(others);
    await execute(
      postgres.superuserUrl,
      `CREATE FUNCTION lent.slug(int) RETURNS text LANGUAGE sql AS 'SELECT ''''::text'`,
    );
    expect((await finds(definition)).map(([code]) => code)).toContain('function-overloaded');
  });

  it('says that the catalog cannot be read', async () => {
    await goodRole('sp_blind');
    await execute(postgres.superuserUrl, 'REVOKE SELECT ON pg_catalog.pg_trigger FROM PUBLIC');
    try {
      expect((await check('sp_blind')).findings[0]).toMatchObject({
        code: 'catalog-unreadable',
        severity: 'error',
        what: expect.stringContaining('pg_trigger') as unknown,
      });
    } finally {
      await execute(postgres.superuserUrl, 'GRANT SELECT ON pg_catalog.pg_trigger TO PUBLIC');
    }
  });

  it.each([
    ['nobody listens', { port: 1 }, 'unreachable'],
    ['there is no TLS', { tls: 'verify-full' as const }, 'tls'],
    ['the database is not there', { database: 'nowhere' }, 'login'],
  ])('says why a target cannot be used where %s', async (_, change, code) => {
    const { findings, server } = await check('sp_blind', protect, change);
    expect(findings).toMatchObject([{ code, severity: 'error' }]);
    expect(server).toBeNull();
  });

  it('says which of several servers cannot be used', async () => {
    const { host, port } = targetOf('x').postgres;
    const { findings, server } = await check('sp_blind', protect, {
      hosts: [
        { host, port: 1 },
        { host, port },
      ],
    });
    expect(findings).toMatchObject([{ code: 'unreachable', severity: 'warning' }]);
    expect(findings[0]?.what).toContain('127.0.0.1:1');
    expect(server).toContain(`127.0.0.1:${port}`);
  });
});
