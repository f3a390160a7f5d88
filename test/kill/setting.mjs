import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { built } from '../nightly/built.mjs';
import { execute, startServer } from '../support/postgres-server.mjs';
import { run } from '../support/programs.mjs';
import { personOf, startSallyport } from '../support/sallyport.mjs';
import { LOG_PREFIX } from './target-log.mjs';

/** The record may be this far behind the journal before operations are refused. */
export const BEHIND_MS = 6_000;

/**
 * A target that logs all it runs, with pgbench's tables; an audit database of its own, so that it can be stopped; a Sallyport between.
 * @param size `connections` that the target takes, `workers` of the gateway (default: its own), `behindMs` that the record may be behind,
 *   more `limits`
 */
export async function startSetting(
  scratch,
  pgbench,
  { connections = 150, workers, behindMs = BEHIND_MS, limits = {} } = {},
) {
  const target = await startServer(scratch, {
    name: 'target',
    settings: {
      log_statement: 'all',
      log_line_prefix: LOG_PREFIX,
      synchronous_commit: 'off',
      max_connections: connections,
    },
  });
  const audit = await startServer(scratch, { name: 'audit', settings: { log_min_messages: 'warning' } });
  await execute(target.url('postgres'), 'CREATE DATABASE bench', 'CREATE ROLE app LOGIN');
  const where = ['-h', '127.0.0.1', '-p', String(target.port), '-U', 'postgres', 'bench'];
  await run(pgbench, ['-i', '-q', '-s', '1', ...where], { env: { PATH: process.env.PATH, PGSSLMODE: 'disable' } });
  await execute(target.url('bench'), 'GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO app');
  const config = await configuration(scratch, target, audit, { connections, workers, behindMs, limits });
  const start = () => startSallyport({ home: join(scratch, 'home'), config });
  return { target, audit, start, sallyport: await start() };
}

async function configuration(scratch, target, audit, { connections, workers, behindMs, limits }) {
  await execute(
    audit.url('postgres'),
    'CREATE ROLE sallyport_owner LOGIN CREATEROLE',
    'CREATE DATABASE sallyport OWNER sallyport_owner',
  );
  const { runMigrations, ensureLogins } = await built('libs/store/src/index.js');
  await runMigrations(audit.url('sallyport', 'sallyport_owner'));
  const groups = ['gateway', 'control'];
  await ensureLogins(
    audit.url('sallyport'),
    groups.map((group) => ({ name: `own_${group}`, password: group, group })),
  );
  const secrets = join(scratch, 'secrets');
  mkdirSync(secrets, { mode: 0o700 });
  const reference = (name, url) => {
    writeFileSync(join(secrets, name), url, { mode: 0o600 });
    return `file:${join(secrets, name)}`;
  };
  return JSON.stringify({
    ...(workers === undefined ? {} : { listen: { postgres: { workers } } }),
    limits: { sessions: { total: connections, perPerson: connections, startingPerAddress: 256 }, ...limits },
    targets: [
      {
        name: 'bench',
        postgres: { host: '127.0.0.1', port: target.port, database: 'bench', tls: 'disable' },
        credential: { user: 'app' },
      },
    ],
    protect: [{ class: 'note', columns: ['bench.public.pgbench_accounts.filler'], mask: 'constant' }],
    rules: [
      {
        name: 'analysts run pgbench',
        who: { groups: ['analysts'] },
        on: { target: 'bench', does: ['read', 'write', 'session'] },
        effect: 'allow',
      },
    ],
    audit: {
      journal: {
        dir: join(scratch, 'journal'),
        reserve: '32MiB',
        maxBehind: { bytes: '256MiB', for: `${behindMs}ms` },
      },
      database: {
        gateway: reference('gateway', audit.url('sallyport', 'own_gateway')),
        control: reference('control', audit.url('sallyport', 'own_control')),
        migrations: reference('migrations', audit.url('sallyport', 'sallyport_owner')),
      },
    },
  });
}

/** How libpq gets through the gateway as alice. */
export function clientEnv({ file }) {
  const { user, token } = personOf(file, 'alice');
  return {
    PATH: process.env.PATH,
    LC_ALL: 'C',
    PGHOST: '127.0.0.1',
    PGPORT: String(file.postgres.port),
    PGUSER: user,
    PGPASSWORD: token,
    PGDATABASE: 'bench',
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: file.ca,
  };
}

/** The same for node-postgres. */
export function clientOptions({ file }) {
  const { user, token } = personOf(file, 'alice');
  const ssl = { ca: readFileSync(file.ca, 'utf8'), servername: '' };
  return { host: '127.0.0.1', port: file.postgres.port, user, password: token, database: 'bench', ssl };
}
