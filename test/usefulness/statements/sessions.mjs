// What clients and people do around their queries: settings, transactions, plans, the catalog, exports.
export const sessions = [
  { says: 'is anybody there', sql: 'SELECT 1' },
  { says: 'the version', sql: 'SELECT version()' },
  { says: 'who and where', sql: 'SELECT current_database(), current_schema()' },
  { says: 'the clock of the server', sql: "SELECT now() > '2020-01-01' AS right" },
  { says: 'a setting', sql: 'SHOW server_version' },
  { says: 'a time zone', sql: ["SET timezone = 'Europe/Berlin'", 'SHOW timezone'] },
  { says: 'a time limit for statements', sql: ["SET statement_timeout = '30s'", 'SHOW statement_timeout'] },
  {
    says: 'a transaction of several reads',
    sql: [
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      'SELECT count(*) FROM orders',
      'SELECT count(*) FROM tickets',
      'COMMIT',
    ],
  },
  {
    says: 'a transaction with a savepoint',
    sql: [
      'BEGIN',
      "UPDATE orders SET status = 'paid' WHERE id = 1",
      'SAVEPOINT s',
      "UPDATE orders SET status = 'open' WHERE id = 1",
      'ROLLBACK TO SAVEPOINT s',
      'SELECT status FROM orders WHERE id = 1',
      'ROLLBACK',
    ],
  },
  {
    says: 'a cursor',
    sql: [
      'BEGIN',
      'DECLARE c CURSOR FOR SELECT id, product FROM orders ORDER BY id',
      'FETCH 5 FROM c',
      'CLOSE c',
      'COMMIT',
    ],
  },
  {
    says: 'a cursor over people',
    sql: ['BEGIN', 'DECLARE c CURSOR FOR SELECT id, full_name FROM customers ORDER BY id', 'FETCH 5 FROM c', 'COMMIT'],
    masks: ['full_name'],
  },
  {
    says: 'PREPARE and EXECUTE',
    sql: [
      'PREPARE by_status(text) AS SELECT count(*) FROM orders WHERE status = $1',
      "EXECUTE by_status('paid')",
      'DEALLOCATE by_status',
    ],
  },
  { says: 'a plan', sql: 'EXPLAIN SELECT * FROM orders WHERE customer_id = 8', compare: 'runs' },
  { says: 'a plan with its times', sql: 'EXPLAIN (ANALYZE, BUFFERS) SELECT count(*) FROM orders', compare: 'runs' },
  {
    says: 'a plan over people',
    sql: 'EXPLAIN SELECT c.id, c.full_name, o.total FROM customers c JOIN orders o ON o.customer_id = c.id',
    compare: 'runs',
  },
  {
    says: 'the tables',
    sql: "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1",
  },
  {
    says: 'the columns of a table',
    sql: "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = 'customers' ORDER BY ordinal_position",
  },
  {
    says: 'the keys of a table',
    sql: "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = 'orders'::regclass AND i.indisprimary",
  },
  {
    says: 'sizes of tables',
    sql: "SELECT relname, pg_size_pretty(pg_total_relation_size(oid)) FROM pg_class WHERE relname IN ('orders', 'tickets') ORDER BY 1",
  },
  { says: 'indexes of a table', sql: "SELECT indexname FROM pg_indexes WHERE tablename = 'orders' ORDER BY 1" },
  { says: 'rows without a table', sql: "VALUES (1, 'one'), (2, 'two')" },
  {
    says: 'an export',
    sql: 'COPY (SELECT id, product, total FROM orders WHERE customer_id = 8 ORDER BY id) TO STDOUT (FORMAT csv, HEADER)',
    compare: 'copy',
  },
  {
    says: 'an export of people',
    sql: 'COPY (SELECT id, city, full_name FROM customers WHERE id <= 20 ORDER BY id) TO STDOUT',
    compare: 'copied-masked',
    hidden: 'Boris Berger',
  },
  {
    says: 'the parts of a partitioned table',
    sql: "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'payments'::regclass ORDER BY 1 LIMIT 5",
  },
  { says: 'a lock between programs', sql: 'SELECT pg_try_advisory_xact_lock(4711)' },
  { says: 'how many rows roughly', sql: "SELECT reltuples::bigint FROM pg_class WHERE oid = 'orders'::regclass" },
];
