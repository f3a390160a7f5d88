// What stands beside the rows of the other tables: other spellings, other formats, other ways to be told that something ran.
import { SEED } from '../run.mjs';

const raw = (id, tries, sql, setup = [], more = {}) => ({ id, tries, sql: [sql].flat(), setup, ...more });
const [alice, bob] = SEED;
const policy = [
  'ALTER TABLE users ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE users FORCE ROW LEVEL SECURITY',
  `CREATE POLICY p ON users USING (notes <> '${alice.notes}')`,
];
const view = [`CREATE VIEW v AS SELECT id FROM orders WHERE label <> '${alice.notes}'`];
const byDefault = [`ALTER TABLE users ALTER notes SET DEFAULT '${alice.notes}'`];

const shown = [
  raw('A01', 'a view’s literal in a plan', 'EXPLAIN SELECT id FROM v', view),
  raw('A02', 'the same as YAML', 'EXPLAIN (FORMAT YAML) SELECT id FROM v', view),
  raw('A03', 'as JSON', 'EXPLAIN (FORMAT JSON) SELECT id FROM v', view),
  raw('A04', 'as XML, in the extended protocol', 'EXPLAIN (FORMAT XML) SELECT id FROM v', view, {
    protocol: 'extended',
  }),
  raw('A05', 'the condition of a policy in a plan', 'EXPLAIN SELECT id FROM users', policy),
  raw('A06', 'the same as YAML, its word quoted', `EXPLAIN (FORMAT 'yaml') SELECT count(*) FROM users`, policy),
  raw('A07', 'a default among the values of a row', 'EXPLAIN (VERBOSE) INSERT INTO users(id) VALUES (7)', byDefault),
  raw(
    'A08',
    'a default of a row that a WITH query writes',
    'EXPLAIN (VERBOSE TRUE) WITH w AS (INSERT INTO users(id) VALUES (7) RETURNING id) SELECT id FROM w',
    byDefault,
  ),
  raw('A09', 'a default by its word', 'EXPLAIN VERBOSE UPDATE users SET notes = DEFAULT WHERE id = 1', byDefault),
  raw(
    'A11',
    'what is computed in the place of a virtual column',
    'EXPLAIN SELECT id FROM orders WHERE tag IS NULL',
    [`ALTER TABLE orders ADD tag text GENERATED ALWAYS AS (label || '${alice.notes}') VIRTUAL`],
    { minServer: 18 },
  ),
];

const guess = [`UPDATE orders SET label = '${bob.email}'`];
const asked = 'FROM users u JOIN orders o ON o.user_id = u.id WHERE u.id =';
/** Computed, and the same whatever comes of it: what is left to see is that it was. */
const unseen = (expression) => `num_nulls(${expression}) >= 0`;
const oracle = (id, tries, statements, more = {}) =>
  raw(id, tries, statements(2), guess, { kind: 'oracle', falseSql: [statements(1)].flat(), ...more });

const effect = [
  oracle('A30', 'a fraction that is none', (id) => [
    `SELECT percentile_disc((SELECT CASE WHEN u.email = o.label THEN 2 ELSE 0.5 END ${asked} ${id})) WITHIN GROUP (ORDER BY id) FROM orders`,
  ]),
  oracle('A31', 'an encoding that is none', (id) => [
    `SELECT length('x'::bytea, (CASE WHEN u.email = o.label THEN 'none' ELSE 'UTF8' END)::name) ${asked} ${id}`,
  ]),
  oracle('A32', 'a lock on a row gives the transaction a number', (id) => [
    'BEGIN',
    `SELECT ${unseen('CASE WHEN u.email = o.label THEN EXISTS (SELECT FROM orders WHERE id = 1 FOR UPDATE) END')} ${asked} ${id}`,
    'SELECT pg_current_xact_id_if_assigned() IS NULL',
    'COMMIT',
  ]),
  oracle('A33', 'the row shows that it was locked', (id) => [
    `SELECT ${unseen('u.email = o.label AND 1 IN (SELECT id FROM orders WHERE id = 1 FOR UPDATE)')} ${asked} ${id}`,
    "SELECT xmax::text = '0' FROM orders WHERE id = 1",
  ]),
  oracle('A34', 'the server counts how often it scanned a table', (id) => [
    'BEGIN',
    `SELECT ${unseen('u.email = o.label AND EXISTS (SELECT FROM audit_log)')} ${asked} ${id}`,
    "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'audit_log'",
    'COMMIT',
  ]),
  oracle('A35', 'a random number more or less', (id) => [
    'SELECT setseed(0.5)',
    `SELECT ${unseen('CASE WHEN u.email = o.label THEN random() END')} ${asked} ${id}`,
    'SELECT random()',
  ]),
  oracle('A36', 'a number of a sequence more or less', (id) => [
    `SELECT ${unseen("u.email = o.label AND nextval('audit_log_id_seq') < 0")} ${asked} ${id}`,
    "SELECT nextval('audit_log_id_seq')",
  ]),
  oracle('A37', 'a lock of the session’s own', (id) => [
    `SELECT ${unseen('u.email = o.label AND pg_try_advisory_lock(7)')} ${asked} ${id}`,
    'SELECT pg_advisory_unlock(7)',
  ]),
  oracle('A38', 'the transaction’s number is asked for, or not', (id) => [
    'BEGIN',
    `SELECT ${unseen('u.email = o.label AND pg_current_xact_id() IS NULL')} ${asked} ${id}`,
    'SELECT pg_current_xact_id_if_assigned() IS NULL',
    'COMMIT',
  ]),
  oracle('A39', 'the array of a subquery that locks', (id) => [
    'BEGIN',
    `SELECT ${unseen('coalesce(nullif(u.email, o.label), (ARRAY(SELECT label FROM orders WHERE id = 1 FOR UPDATE))[1])')} ${asked} ${id}`,
    'SELECT pg_current_xact_id_if_assigned() IS NULL',
    'COMMIT',
  ]),
];

export const neighbours = { "plans shown": shown, effect };
