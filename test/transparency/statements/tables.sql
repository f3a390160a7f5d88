-- Tables, views, sequences, indexes and the rest of what CREATE, ALTER and DROP know, with what goes wrong.
CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, born date, height numeric(5,2) CHECK (height > 0))
CREATE TABLE people (id int)
CREATE TABLE IF NOT EXISTS people (id int)
SELECT * FROM people
INSERT INTO people VALUES (1, 'Ada', '1815-12-10', 165.5), (2, 'Grace', '1906-12-09', NULL)
TABLE people
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person int NOT NULL REFERENCES people ON DELETE CASCADE, placed timestamptz DEFAULT '2024-01-01 00:00Z', total numeric DEFAULT 0, doubled numeric GENERATED ALWAYS AS (total * 2) STORED)
INSERT INTO orders (person, total) VALUES (1, 10), (2, 20.5) RETURNING *
INSERT INTO orders (id, person) VALUES (7, 1)
INSERT INTO orders (id, person) OVERRIDING SYSTEM VALUE VALUES (7, 1) RETURNING id, doubled
INSERT INTO orders (person, doubled) VALUES (1, 1)
INSERT INTO orders (person) VALUES (99)
CREATE TABLE copied (LIKE people INCLUDING ALL)
CREATE TABLE of_query AS SELECT id, upper(name) AS loud FROM people
CREATE TABLE of_query_empty AS SELECT * FROM people WITH NO DATA
CREATE TABLE IF NOT EXISTS of_query AS SELECT 1
SELECT id, name INTO of_into FROM people
SELECT * FROM of_query ORDER BY id
CREATE UNLOGGED TABLE fast (a int) WITH (fillfactor = 70)
CREATE TEMPORARY TABLE passing (a int) ON COMMIT DELETE ROWS
INSERT INTO passing VALUES (1)
SELECT * FROM passing
CREATE TEMP TABLE passing (a int)
DROP TABLE passing
CREATE TABLE parts (id int, day date) PARTITION BY RANGE (day)
CREATE TABLE parts_2024 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
CREATE TABLE parts_overlap PARTITION OF parts FOR VALUES FROM ('2024-06-01') TO ('2025-01-01')
CREATE TABLE parts_rest PARTITION OF parts DEFAULT
INSERT INTO parts VALUES (1, '2024-05-05'), (2, '1999-01-01')
SELECT tableoid::regclass, * FROM parts ORDER BY id
ALTER TABLE parts DETACH PARTITION parts_rest
ALTER TABLE parts ATTACH PARTITION parts_rest FOR VALUES FROM ('1990-01-01') TO ('2000-01-01')
INSERT INTO parts VALUES (3, '2030-01-01')
CREATE TABLE by_list (a text) PARTITION BY LIST (a)
CREATE TABLE by_list_x PARTITION OF by_list FOR VALUES IN ('x', 'y')
CREATE TABLE by_hash (a int) PARTITION BY HASH (a)
CREATE TABLE by_hash_0 PARTITION OF by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0)
CREATE TABLE parent (a int, b text)
CREATE TABLE child (c date) INHERITS (parent)
INSERT INTO child VALUES (1, 'x', '2024-01-01')
SELECT * FROM parent
SELECT * FROM ONLY parent
ALTER TABLE people ADD COLUMN note text DEFAULT 'none'
ALTER TABLE people ADD COLUMN note text
ALTER TABLE people ADD COLUMN IF NOT EXISTS note text
ALTER TABLE people ALTER COLUMN note SET NOT NULL, ALTER COLUMN note DROP DEFAULT
ALTER TABLE people ALTER COLUMN note TYPE varchar(10) USING note::varchar(10)
ALTER TABLE people ALTER COLUMN note SET STATISTICS 100
ALTER TABLE people ALTER COLUMN note SET STORAGE EXTERNAL
ALTER TABLE people ADD CONSTRAINT name_is_short CHECK (length(name) < 10) NOT VALID
ALTER TABLE people VALIDATE CONSTRAINT name_is_short
ALTER TABLE people ADD CONSTRAINT name_is_short CHECK (true)
ALTER TABLE people ADD CONSTRAINT one_name UNIQUE (name)
ALTER TABLE people RENAME COLUMN note TO remark
ALTER TABLE people RENAME CONSTRAINT one_name TO unique_name
ALTER TABLE people RENAME TO persons
ALTER TABLE persons RENAME TO people
ALTER TABLE people DROP CONSTRAINT unique_name
ALTER TABLE people DROP COLUMN remark
ALTER TABLE people DROP COLUMN remark
ALTER TABLE people DROP COLUMN IF EXISTS remark
ALTER TABLE people SET (autovacuum_enabled = false)
ALTER TABLE people RESET (autovacuum_enabled)
ALTER TABLE people REPLICA IDENTITY FULL
ALTER TABLE people CLUSTER ON people_pkey
ALTER TABLE people ENABLE ROW LEVEL SECURITY
ALTER TABLE people DISABLE ROW LEVEL SECURITY
ALTER TABLE people OWNER TO app
ALTER TABLE people SET TABLESPACE nowhere
ALTER TABLE nowhere ADD COLUMN a int
COMMENT ON TABLE people IS 'Who they are'
COMMENT ON COLUMN people.name IS NULL
COMMENT ON COLUMN people.nothing IS 'x'
SELECT obj_description('people'::regclass)
CREATE INDEX people_name ON people (name)
CREATE INDEX people_name ON people (name)
CREATE INDEX IF NOT EXISTS people_name ON people (name)
CREATE UNIQUE INDEX people_lower ON people (lower(name)) WHERE id > 0
CREATE INDEX people_many ON people USING btree (born DESC NULLS LAST, name COLLATE "C" text_pattern_ops) INCLUDE (height)
CREATE INDEX CONCURRENTLY people_later ON people (born)
CREATE INDEX people_hash ON people USING hash (name)
CREATE INDEX people_gin ON people USING gin (to_tsvector('english', name))
CREATE INDEX people_brin ON people USING brin (born)
CREATE INDEX people_nothing ON people USING nothing (born)
CREATE INDEX people_bad ON people (no_such_column)
ALTER INDEX people_name RENAME TO people_by_name
ALTER INDEX people_by_name SET (fillfactor = 80)
REINDEX INDEX people_by_name
REINDEX TABLE people
REINDEX TABLE CONCURRENTLY people
DROP INDEX CONCURRENTLY people_later
DROP INDEX people_by_name, people_lower
DROP INDEX people_by_name
DROP INDEX IF EXISTS people_by_name
CLUSTER people USING people_pkey
CLUSTER people
CREATE SEQUENCE counter INCREMENT 5 MINVALUE 0 START 10 CACHE 1 CYCLE
CREATE SEQUENCE counter
SELECT nextval('counter'), nextval('counter')
SELECT currval('counter'), lastval()
SELECT setval('counter', 100, false)
SELECT nextval('counter')
SELECT last_value, is_called FROM counter
ALTER SEQUENCE counter RESTART WITH 3 INCREMENT BY 2 MAXVALUE 7 NO CYCLE
SELECT nextval('counter'), nextval('counter'), nextval('counter')
SELECT nextval('counter')
SELECT currval('nowhere')
ALTER SEQUENCE counter OWNED BY people.id
DROP SEQUENCE counter
CREATE VIEW adults AS SELECT id, name FROM people WHERE born < '2000-01-01'
CREATE VIEW adults AS SELECT 1
CREATE OR REPLACE VIEW adults AS SELECT id, name, born FROM people WHERE born < '2000-01-01' WITH CASCADED CHECK OPTION
CREATE OR REPLACE VIEW adults AS SELECT name FROM people
SELECT * FROM adults ORDER BY id
INSERT INTO adults VALUES (3, 'Alan', '1912-06-23')
INSERT INTO adults VALUES (4, 'Kim', '2012-06-23')
UPDATE adults SET name = 'Alan T.' WHERE id = 3 RETURNING *
ALTER VIEW adults ALTER COLUMN name SET DEFAULT 'somebody'
ALTER VIEW adults RENAME TO grown
CREATE RECURSIVE VIEW countdown (n) AS VALUES (3) UNION ALL SELECT n - 1 FROM countdown WHERE n > 0
SELECT * FROM countdown
DROP VIEW countdown
DROP VIEW grown
CREATE MATERIALIZED VIEW totals AS SELECT person, sum(total) AS sum FROM orders GROUP BY person
SELECT * FROM totals ORDER BY person
CREATE UNIQUE INDEX ON totals (person)
REFRESH MATERIALIZED VIEW totals
REFRESH MATERIALIZED VIEW CONCURRENTLY totals
REFRESH MATERIALIZED VIEW totals WITH NO DATA
SELECT * FROM totals
INSERT INTO totals VALUES (1, 1)
DROP MATERIALIZED VIEW totals
DROP MATERIALIZED VIEW totals
CREATE RULE silent AS ON DELETE TO of_into DO INSTEAD NOTHING
DELETE FROM of_into
CREATE RULE also AS ON INSERT TO of_into DO ALSO INSERT INTO fast VALUES (NEW.id)
INSERT INTO of_into VALUES (9, 'x')
SELECT * FROM fast
ALTER RULE also ON of_into RENAME TO as_well
DROP RULE as_well ON of_into
DROP RULE as_well ON of_into
CREATE STATISTICS both (dependencies, ndistinct, mcv) ON id, name FROM people
ALTER STATISTICS both SET STATISTICS 10
DROP STATISTICS both
CREATE POLICY own ON people FOR SELECT TO PUBLIC USING (id = 1)
ALTER POLICY own ON people USING (id = 2)
ALTER TABLE people FORCE ROW LEVEL SECURITY
ALTER TABLE people ENABLE ROW LEVEL SECURITY
SELECT * FROM people
UPDATE people SET name = 'x'
ALTER TABLE people NO FORCE ROW LEVEL SECURITY
DROP POLICY own ON people
DROP POLICY own ON people
CREATE SCHEMA s_inner_things CREATE TABLE t (a int) CREATE VIEW v AS SELECT a FROM t
CREATE SCHEMA s_inner_things
CREATE SCHEMA IF NOT EXISTS s_inner_things
SELECT * FROM s_inner_things.v
ALTER TABLE of_query SET SCHEMA s_inner_things
ALTER SCHEMA s_inner_things RENAME TO s_inner_others
DROP SCHEMA s_inner_others
DROP SCHEMA s_inner_others CASCADE
DROP SCHEMA s_inner_others
TRUNCATE orders
TRUNCATE people
TRUNCATE people, orders RESTART IDENTITY
TRUNCATE people CASCADE
DROP TABLE people
DROP TABLE people CASCADE
DROP TABLE people
DROP TABLE IF EXISTS people, orders
DROP VIEW IF EXISTS nothing
DROP TABLE parts, by_list, by_hash, parent, child
CREATE TABLE twice (a int, a int)
CREATE TABLE no_type (a nothing)
CREATE TABLE (a int)
CREATE TABLE two_keys (a int PRIMARY KEY, b int PRIMARY KEY)
CREATE TABLE bad_default (a int DEFAULT 'x')
CREATE TABLE bad_check (a int CHECK (b > 0))
CREATE TABLE bad_reference (a int REFERENCES nowhere)
CREATE TABLE excluded (during int4range, EXCLUDE USING gist (during WITH &&))
INSERT INTO excluded VALUES ('[1,5)'), ('[5,9)')
INSERT INTO excluded VALUES ('[4,6)')
CREATE TABLE deferred (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)
INSERT INTO deferred VALUES (1), (1)
