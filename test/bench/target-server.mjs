import { run } from '../support/programs.mjs';
import { execute, startServer } from '../support/postgres-server.mjs';

/** The database that everything is measured against, with and without TLS on one port. What a login costs is not measured. */
export function startTarget(scratch, port, tls) {
  const settings = { shared_buffers: '512MB', autovacuum: 'off', log_min_messages: 'warning', max_connections: 1_400 };
  return startServer(scratch, { name: 'target', port, tls, settings });
}

/** Rows of 9 columns and about 187 bytes, once with personal data in two of them and once without. */
const wideRows = (name, columns, rows) => `
  CREATE TABLE ${name} (id int PRIMARY KEY, ${columns[0]} text, ${columns[1]} text, phone text, city text, country text, note text, created timestamptz, amount numeric(12,2));
  INSERT INTO ${name} SELECT i, 'Somebody Number ' || i, 'somebody.' || i || '@example' || i % 50 || '.com', '+49 30 ' || lpad((i * 7919::bigint % 100000000)::text, 8, '0'),
    'City of ' || i % 1000, 'Country ' || i % 60, 'a note of some length about row ' || i || ' of the table', timestamptz '2026-01-01 00:00Z' + i * interval '1 s', i % 100000 / 100.0
  FROM generate_series(1, ${rows}) AS i;`;

/** Fills the database that is measured. */
export async function fillTarget(target, pgbench, { scale, rows }) {
  await execute(target.url('postgres'), 'CREATE DATABASE bench', 'CREATE ROLE app LOGIN');
  const env = { PATH: process.env.PATH, PGSSLMODE: 'disable' };
  const where = ['-h', '127.0.0.1', '-p', String(target.port), '-U', 'postgres', 'bench'];
  await run(pgbench, ['-i', '-q', '-s', String(scale), ...where], { env });
  await execute(
    target.url('bench'),
    wideRows('people', ['full_name', 'email'], rows),
    wideRows('measurements', ['title', 'source'], rows),
    'CREATE UNLOGGED TABLE loaded (LIKE measurements)',
    'GRANT INSERT ON loaded TO app',
    'GRANT SELECT ON ALL TABLES IN SCHEMA public TO app',
    'VACUUM ANALYZE',
  );
}
