import type { Knowledge } from './catalog.js';

/** Statements as drivers and people send them, to bring a fresh parser to its speed. */
export const typicalStatements: readonly string[] = [
  'SELECT 1',
  'BEGIN',
  'COMMIT',
  'SHOW transaction isolation level',
  "SET application_name = 'worker'",
  "SELECT pg_catalog.version(), current_schema(), current_setting('server_version_num')::int",
  'SELECT id, email, created_at FROM customers WHERE id = $1',
  'SELECT c.id, c.full_name, count(o.id) AS orders FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id, c.full_name ORDER BY orders DESC LIMIT 50',
  "SELECT * FROM orders WHERE status IN ('open', 'paid') AND created_at >= now() - interval '7 days'",
  'WITH recent AS (SELECT customer_id, max(created_at) AS last FROM orders GROUP BY customer_id) SELECT c.city, avg(extract(epoch FROM now() - r.last)) FROM recent r JOIN customers c ON c.id = r.customer_id GROUP BY 1',
  "INSERT INTO tickets (customer_id, subject, body) VALUES (17, 'refund', 'The parcel did not arrive.') RETURNING id",
  "UPDATE orders SET status = 'shipped', updated_at = now() WHERE id = 4711",
  'DELETE FROM tickets WHERE closed_at < $1::timestamptz',
  'SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid WHERE c.relname = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum',
  'SELECT abalance FROM pgbench_accounts WHERE aid = 12345',
  'EXPLAIN SELECT count(*) FROM orders WHERE total > 100.5',
];

/** A catalog without anything in it: what warming up is described against. */
export const emptyKnowledge: Knowledge = {
  id: -1,
  protected: [],
  strict: true,
  catalog: {
    id: -1,
    databaseOid: 0,
    database: '',
    serverVersion: 180000,
    role: '',
    schemas: [],
    relations: [],
    userFunctions: [],
    userOperators: [],
    userTypes: [],
    userCasts: [],
    eventTriggers: [],
  },
};
