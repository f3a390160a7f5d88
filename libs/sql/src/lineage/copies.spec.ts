import { loadParser } from '../parse.js';
import { CATALOG, contextOf, relation, traceOne } from './testing/known-database-spec.js';

// Every way in which a protected value could come to stay where nothing protects it.

const twin = relation(20801, 'public.twin', [
  ['id', 23],
  ['email', 25],
]);
const mailing = relation(20802, 'public.mailing', [
  ['id', 23],
  ['address', 25],
]);
const parted = relation(20803, 'public.parted', [['id', 23]], { kind: 'p' });
const context = contextOf({ relations: [...CATALOG.relations, twin, mailing, parted] });

beforeAll(loadParser);

it.each<[copy: string, reason: RegExp]>([
  // into tables that are made for it
  ['CREATE TABLE c AS SELECT id, email FROM users', /CREATE TABLE AS over public\.users\.email/],
  ['CREATE TEMP TABLE c AS SELECT id, email FROM users', /CREATE TABLE AS/],
  ['CREATE UNLOGGED TABLE c AS TABLE users', /CREATE TABLE AS/],
  ['CREATE TABLE c AS SELECT upper(email) AS e FROM users WITH NO DATA', /CREATE TABLE AS/],
  ['CREATE TABLE c AS SELECT u FROM users u', /CREATE TABLE AS/],
  ['CREATE TABLE c AS WITH w AS (SELECT email AS id FROM users) SELECT id FROM w', /CREATE TABLE AS/],
  ['CREATE TABLE c AS SELECT id FROM orders UNION ALL SELECT email FROM users', /CREATE TABLE AS/],
  ['CREATE TABLE c AS EXECUTE q', /anything but a query/],
  ['EXPLAIN ANALYZE CREATE TABLE c AS SELECT email FROM users', /EXPLAIN of CREATE TABLE AS/],
  ['SELECT id, email INTO c FROM users', /SELECT INTO/],
  ['SELECT id, email INTO TEMP c FROM users', /SELECT INTO/],
  ['CREATE VIEW c AS SELECT email FROM users', /CREATE VIEW/],
  ['CREATE TEMP VIEW c AS SELECT email FROM users', /CREATE VIEW/],
  ['CREATE RECURSIVE VIEW c (e) AS SELECT email FROM users', /CREATE VIEW/],
  ['CREATE MATERIALIZED VIEW c AS SELECT email FROM users', /CREATE MATERIALIZED VIEW/],
  ['REFRESH MATERIALIZED VIEW c', /REFRESH/],
  ['CREATE TABLE c (LIKE users INCLUDING ALL)', /LIKE/],
  ['CREATE TABLE c (extra text) INHERITS (users)', /INHERITS/],
  ['CREATE TABLE c PARTITION OF users FOR VALUES IN (1)', /PARTITION OF/],
  ['CREATE TABLE c PARTITION OF parted FOR VALUES IN (1)', /PARTITION OF/],
  ['ALTER TABLE mailing INHERIT users', /AddInherit/],
  ['ALTER TABLE users INHERIT mailing', /protected columns/],
  ['ALTER TABLE parted ATTACH PARTITION twin FOR VALUES IN (1)', /parted|AttachPartition/],
  ['ALTER TABLE parted ATTACH PARTITION users FOR VALUES IN (1)', /parted|AttachPartition/],
  ["ALTER TABLE users ADD COLUMN c text GENERATED ALWAYS AS (email || '') STORED", /protected columns/],
  ['ALTER TABLE users RENAME COLUMN email TO c', /protected columns/],
  ['ALTER TABLE users ALTER COLUMN email TYPE varchar(3)', /protected columns/],
  // into tables that are there
  ['INSERT INTO mailing SELECT id, email FROM users', /copied into public\.mailing\.address/],
  ['INSERT INTO mailing (address) SELECT upper(email) FROM users', /copied into/],
  ['INSERT INTO mailing (address) TABLE users', /copied into/],
  ['INSERT INTO mailing (address) VALUES ((SELECT email FROM users LIMIT 1))', /mailing\.address/],
  ['INSERT INTO users (id, notes) SELECT id, email FROM users', /copied into public\.users\.notes/],
  ['INSERT INTO users (id, email) SELECT id + 100, email FROM users', /copied into public\.users\.email/],
  ['WITH r AS (DELETE FROM users RETURNING email) INSERT INTO mailing (address) SELECT email FROM r', /copied into/],
  ['UPDATE mailing SET address = u.email FROM users u', /mailing\.address/],
  ['UPDATE mailing SET address = (SELECT email FROM users LIMIT 1)', /mailing\.address/],
  ['UPDATE mailing SET (id, address) = (SELECT id, email FROM users LIMIT 1)', /UPDATE uses/],
  ['UPDATE users SET full_name = email', /full_name would be written from an expression/],
  ['UPDATE users SET id = length(email)', /users\.id/],
  [
    'MERGE INTO mailing m USING users u ON m.id = u.id WHEN MATCHED THEN UPDATE SET address = u.email',
    /mailing\.address/,
  ],
  [
    'MERGE INTO mailing m USING users u ON m.id = u.id WHEN NOT MATCHED THEN INSERT VALUES (u.id, u.email)',
    /mailing\.address/,
  ],
  ["COPY mailing FROM '/tmp/users.csv'", /file or program/],
  ["COPY users TO '/tmp/users.csv'", /file or program/],
  ["COPY users TO PROGRAM 'cat'", /file or program/],
  // into what is no table
  ["SELECT setval('s', salary::bigint) FROM users", /setval/],
  ["SELECT set_config('my.copy', email, false) FROM users", /set_config/],
  ["SELECT pg_notify('c', email) FROM users", /pg_notify/],
  ['SELECT pg_advisory_lock(salary::bigint) FROM users', /pg_advisory_lock/],
  ['SELECT lo_from_bytea(0, email::bytea) FROM users', /lo_from_bytea/],
  ["SELECT pg_logical_emit_message(true, 'c', email) FROM users", /pg_logical_emit_message/],
  ['CREATE INDEX c ON users (email)', /protected columns/],
  ['CREATE INDEX c ON mailing (id) WHERE id IN (SELECT length(email) FROM users)', /./],
  ['CREATE STATISTICS c ON id, email FROM users', /CREATE STATISTICS/],
  ['CREATE TRIGGER c AFTER INSERT ON users EXECUTE FUNCTION f()', /CREATE TRIGGER/],
  ['CREATE RULE c AS ON UPDATE TO users DO ALSO INSERT INTO mailing VALUES (1, new.email)', /CREATE RULE/],
])('is refused, with what would pass: %s', (text, reason) => {
  const { lineage, refusal } = traceOne(text, context);
  expect(lineage).toBe('refused');
  expect(refusal?.reason).toMatch(reason);
  expect(refusal?.hint ?? '').not.toBe('');
});

it.each([
  'CREATE TABLE c AS SELECT id FROM users',
  'CREATE TEMP TABLE c AS SELECT o.id, u.id AS person FROM orders o JOIN users u ON u.id = o.user_id',
  'CREATE TABLE c AS SELECT count(*) FROM users',
  'INSERT INTO mailing SELECT id, label FROM orders',
  "INSERT INTO mailing (id, address) SELECT id, 'to be asked' FROM users",
  'INSERT INTO users (id, email) VALUES (1, $1)',
  'UPDATE mailing SET address = o.label FROM orders o',
  'MERGE INTO mailing m USING orders o ON m.id = o.id WHEN MATCHED THEN UPDATE SET address = o.label',
  'CREATE TABLE c (id int, email text)',
  'COPY mailing FROM STDIN',
])('passes, since nothing protected is copied: %s', (text) => {
  expect(traceOne(text, context).refusal).toBeNull();
});
