-- Blocks, savepoints, isolation, cursors, prepared statements, settings, locks.
CREATE TABLE t (a int PRIMARY KEY)
BEGIN
INSERT INTO t VALUES (1)
COMMIT
BEGIN
INSERT INTO t VALUES (2)
ROLLBACK
SELECT * FROM t
COMMIT
ROLLBACK
END
ABORT
START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE
SHOW transaction_isolation
SHOW transaction_read_only
INSERT INTO t VALUES (3)
SELECT 1
ROLLBACK
BEGIN ISOLATION LEVEL REPEATABLE READ
BEGIN
SET TRANSACTION READ ONLY
SELECT count(*) FROM t
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE
COMMIT
BEGIN READ ONLY
CREATE TABLE u (a int)
COMMIT
SET TRANSACTION READ ONLY
BEGIN
INSERT INTO t VALUES (10)
SAVEPOINT one
INSERT INTO t VALUES (10)
SELECT 1
ROLLBACK TO one
INSERT INTO t VALUES (11)
SAVEPOINT two
INSERT INTO t VALUES (12)
RELEASE SAVEPOINT one
ROLLBACK TO SAVEPOINT two
RELEASE nothing
ROLLBACK
SELECT * FROM t
SAVEPOINT outside
ROLLBACK TO outside
RELEASE outside
BEGIN
SAVEPOINT a
SAVEPOINT a
INSERT INTO t VALUES (20)
ROLLBACK TO a
RELEASE a
RELEASE a
COMMIT
BEGIN
SELECT 1 / 0
SELECT 1
SAVEPOINT s
COMMIT
BEGIN
INSERT INTO t VALUES (30)
COMMIT AND CHAIN
INSERT INTO t VALUES (31)
ROLLBACK AND CHAIN
SELECT * FROM t ORDER BY a
COMMIT AND NO CHAIN
COMMIT AND CHAIN
BEGIN; INSERT INTO t VALUES (40); COMMIT; BEGIN; INSERT INTO t VALUES (41)
SELECT max(a) FROM t
ROLLBACK
BEGIN
DECLARE c CURSOR FOR SELECT n FROM generate_series(1, 10) n
DECLARE c CURSOR FOR SELECT 1
ROLLBACK
DECLARE c CURSOR FOR SELECT 1
BEGIN
DECLARE c SCROLL CURSOR FOR SELECT n, n::text FROM generate_series(1, 10) n
FETCH c
FETCH 3 FROM c
FETCH BACKWARD 2 FROM c
FETCH ABSOLUTE 5 FROM c
FETCH RELATIVE -1 FROM c
FETCH FIRST FROM c
FETCH LAST FROM c
FETCH PRIOR FROM c
FETCH ALL FROM c
FETCH NEXT FROM c
FETCH 0 FROM c
MOVE ABSOLUTE 2 FROM c
MOVE 3 IN c
MOVE BACKWARD ALL IN c
SELECT name, statement, is_scrollable FROM pg_cursors WHERE name = 'c'
CLOSE c
FETCH c
ROLLBACK
BEGIN
DECLARE n NO SCROLL CURSOR FOR SELECT 1
FETCH n
FETCH BACKWARD 1 FROM n
ROLLBACK
DECLARE held CURSOR WITH HOLD FOR SELECT a FROM t ORDER BY a
FETCH 1 FROM held
FETCH ALL FROM held
CLOSE held
CLOSE held
CLOSE ALL
BEGIN
DECLARE b BINARY CURSOR FOR SELECT 1, 'x'::text, now() - now()
FETCH b
COMMIT
BEGIN
DECLARE w CURSOR FOR SELECT a FROM t FOR UPDATE
FETCH w
UPDATE t SET a = a + 1000 WHERE CURRENT OF w RETURNING a
DELETE FROM t WHERE CURRENT OF nothing
ROLLBACK
PREPARE p (int, text) AS SELECT $1 + 1 AS n, $2 AS t
PREPARE p AS SELECT 1
EXECUTE p (1, 'x')
EXECUTE p (1)
EXECUTE p ('x', 'y')
EXECUTE p (2, 3)
SELECT name, statement, parameter_types, result_types, from_sql FROM pg_prepared_statements WHERE name = 'p'
EXPLAIN (COSTS OFF) EXECUTE p (1, 'x')
CREATE TABLE from_p AS EXECUTE p (5, 'five')
TABLE from_p
DEALLOCATE p
EXECUTE p (1, 'x')
DEALLOCATE p
PREPARE ins AS INSERT INTO t VALUES ($1) RETURNING a
EXECUTE ins (100)
EXECUTE ins (100)
DEALLOCATE PREPARE ALL
SET work_mem = '5MB'
SHOW work_mem
SET LOCAL work_mem = '6MB'
RESET work_mem
SET work_mem TO 'lots'
SET nothing = 1
SET my.own = 'value'
SHOW my.own
SELECT current_setting('my.own'), current_setting('my.other', true)
SELECT set_config('my.own', 'other', false)
RESET my.own
SHOW nothing
SHOW server_version_num
SET TIME ZONE 'Europe/Berlin'
SELECT timestamptz '2024-07-01 00:00Z'
SHOW TimeZone
SET TIME ZONE INTERVAL '+02:00' HOUR TO MINUTE
SET TIME ZONE LOCAL
SET TimeZone = 'Nowhere/Nothing'
SET DateStyle = 'German, DMY'
SELECT date '2024-02-01', timestamp '2024-02-01 12:00'
SET DateStyle = 'SQL, MDY'
SELECT date '2024-02-01', timestamptz '2024-02-01 12:00Z'
SET DateStyle = 'Postgres'
SELECT date '2024-02-01', timestamp '2024-02-01 12:00'
RESET DateStyle
SET IntervalStyle = 'iso_8601'
SELECT interval '1 year 2 days 3 hours'
SET IntervalStyle = 'sql_standard'
SELECT interval '1 year 2 days 3 hours'
SET IntervalStyle = 'postgres_verbose'
SELECT interval '-1 day 3 hours'
RESET IntervalStyle
SET extra_float_digits = 0
SELECT 0.1::float8 + 0.2, 1::float4 / 3
SET extra_float_digits = 3
SELECT 0.1::float8 + 0.2
RESET extra_float_digits
SET bytea_output = 'escape'
SELECT '\x00ff41'::bytea
RESET bytea_output
SET application_name = 'renamed'
SET client_min_messages = debug1
SET client_min_messages = warning
DO $$ BEGIN RAISE NOTICE 'not seen'; RAISE WARNING 'seen'; END $$
RESET client_min_messages
SET search_path = pg_catalog, public
SHOW search_path
SELECT current_schemas(true)
SET search_path = ''
SELECT 1
RESET search_path
SELECT set_config('search_path', 'public', false)
BEGIN
SET LOCAL search_path = pg_catalog
SET LOCAL TimeZone = 'Asia/Tokyo'
SHOW search_path
ROLLBACK
SHOW search_path
BEGIN
SET DateStyle = 'German'
ROLLBACK
SET statement_timeout = 50
SELECT pg_sleep(5)
RESET statement_timeout
SET lock_timeout = '1s'
SET idle_in_transaction_session_timeout = '1h'
SET default_transaction_read_only = on
CREATE TABLE not_now (a int)
RESET default_transaction_read_only
SET default_transaction_isolation = 'serializable'
SHOW transaction_isolation
RESET default_transaction_isolation
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY
SHOW default_transaction_read_only
SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE
SET xmloption = document
RESET xmloption
SET standard_conforming_strings = on
SET client_encoding = 'UTF8'
SET NAMES 'utf-8'
SET backslash_quote = off
SET max_connections = 5
SET fsync = off
SET is_superuser = on
SET plpgsql.check_asserts = off
RESET ALL
SHOW search_path
SET CONSTRAINTS ALL DEFERRED
SET CONSTRAINTS nothing IMMEDIATE
BEGIN
LOCK TABLE public.nothing
ROLLBACK
SELECT pg_advisory_lock(1), pg_advisory_lock_shared(2)
SELECT pg_try_advisory_lock(1), pg_advisory_unlock(1), pg_advisory_unlock(1), pg_advisory_unlock_shared(2)
SELECT pg_advisory_unlock(1)
SELECT pg_advisory_unlock(1)
SELECT pg_advisory_unlock_all()
DISCARD PLANS
DISCARD SEQUENCES
DISCARD TEMP
BEGIN
DISCARD ALL
ROLLBACK
DISCARD ALL
PREPARE TRANSACTION 'two'
COMMIT PREPARED 'two'
LOAD 'nothing'
SET ROLE app
SET SESSION AUTHORIZATION app
RESET ROLE
SET session_replication_role = replica
SET client_encoding = 'LATIN1'
SET standard_conforming_strings = off
SHOW ALL NOTHING
