-- Types, functions, triggers, operators, roles, rights and what only a superuser may.
CREATE TYPE mood AS ENUM ('sad', 'ok')
ALTER TYPE mood ADD VALUE 'happy' AFTER 'ok'
ALTER TYPE mood ADD VALUE 'happy'
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'happy'
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'
SELECT enum_range(NULL::mood), 'blue'::mood < 'ok'::mood
SELECT 'sad'::mood
CREATE TYPE pair AS (a int, b text)
ALTER TYPE pair ADD ATTRIBUTE c date, DROP ATTRIBUTE b
SELECT ROW(1, '2024-01-01')::pair
SELECT (ROW(1, '2024-01-01')::pair).c
SELECT (ROW(1, '2024-01-01')::pair).*
DROP TYPE pair
CREATE DOMAIN small AS int CHECK (VALUE < 10)
SELECT 10::small
ALTER DOMAIN small ADD CONSTRAINT even CHECK (VALUE % 2 = 0)
SELECT 3::small
ALTER DOMAIN small DROP CONSTRAINT even
ALTER DOMAIN small SET DEFAULT 1
DROP DOMAIN small
CREATE FUNCTION add(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b'
CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT a'
CREATE OR REPLACE FUNCTION add(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b'
SELECT add(1), add(1, 5), add(b => 3, a => 4)
SELECT add('x')
SELECT add(1, 2, 3)
CREATE FUNCTION standard(a int) RETURNS int RETURN a * 2
CREATE FUNCTION atomic(a int) RETURNS SETOF int BEGIN ATOMIC SELECT a; SELECT a + 1; END
SELECT standard(4), atomic(1)
CREATE FUNCTION rows_of(n int) RETURNS TABLE (i int, label text) LANGUAGE plpgsql AS $$
  BEGIN
    FOR i IN 1..n LOOP label := 'row ' || i; RETURN NEXT; END LOOP;
  END $$
SELECT * FROM rows_of(3)
SELECT rows_of(2)
CREATE FUNCTION out_of(IN a int, OUT b int, OUT c text) LANGUAGE plpgsql AS $$ BEGIN b := a * 2; c := 'x'; END $$
SELECT out_of(2)
SELECT * FROM out_of(2)
CREATE FUNCTION say(what text) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    RAISE NOTICE 'heard %', what USING DETAIL = 'a detail', HINT = 'a hint';
    RAISE WARNING 'warned' USING ERRCODE = '01ABC';
    RAISE INFO 'told';
    RAISE LOG 'logged';
    RAISE DEBUG 'not seen';
  END $$
SELECT say('hello')
CREATE FUNCTION fail(code text) RETURNS int LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION 'failed with %', code USING ERRCODE = code, DETAIL = 'why', HINT = 'what', COLUMN = 'c', CONSTRAINT = 'k', DATATYPE = 'd', TABLE = 't', SCHEMA = 's';
  END $$
SELECT fail('P0001')
SELECT fail('22012')
SELECT fail('ABCDE')
CREATE FUNCTION inside() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM fail('23505'); RETURN 1; END $$
SELECT inside()
CREATE FUNCTION caught() RETURNS text LANGUAGE plpgsql AS $$
  DECLARE said text;
  BEGIN
    PERFORM 1 / 0;
  EXCEPTION WHEN division_by_zero THEN
    GET STACKED DIAGNOSTICS said = MESSAGE_TEXT;
    RETURN said;
  END $$
SELECT caught()
CREATE FUNCTION dynamic() RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SELECT no_such_column'; RETURN 1; END $$
SELECT dynamic()
CREATE FUNCTION broken() RETURNS int LANGUAGE plpgsql AS $$ BEGIN SELEC 1; END $$
CREATE FUNCTION no_return() RETURNS int LANGUAGE plpgsql AS $$ BEGIN END $$
SELECT no_return()
CREATE FUNCTION bad_language() RETURNS int LANGUAGE klingon AS ''
CREATE FUNCTION untrusted() RETURNS int LANGUAGE c AS 'nothing'
CREATE FUNCTION wrong_body() RETURNS int LANGUAGE sql AS 'SELECT ''x'''
CREATE FUNCTION poly(anyelement) RETURNS anyarray LANGUAGE sql AS 'SELECT ARRAY[$1]'
SELECT poly(1), poly('x'::text)
CREATE FUNCTION variadic_sum(VARIADIC numbers int[]) RETURNS bigint LANGUAGE sql AS 'SELECT sum(n) FROM unnest(numbers) n'
SELECT variadic_sum(1, 2, 3), variadic_sum(VARIADIC ARRAY[4, 5])
ALTER FUNCTION add(int, int) STABLE PARALLEL SAFE COST 10
ALTER FUNCTION add(int, int) RENAME TO plus
ALTER FUNCTION nothing() STABLE
SELECT prosrc FROM pg_proc WHERE proname = 'plus' AND pronamespace = current_schema()::regnamespace
DROP FUNCTION plus(int, int)
DROP FUNCTION plus(int, int)
DROP FUNCTION IF EXISTS plus(int, int)
CREATE PROCEDURE doing(INOUT n int) LANGUAGE plpgsql AS $$ BEGIN n := n + 1; COMMIT; n := n + 1; END $$
CALL doing(1)
CALL nothing(1)
DROP PROCEDURE doing
DO 'BEGIN RAISE NOTICE ''done''; END'
DO LANGUAGE plpgsql $$ BEGIN RAISE EXCEPTION USING MESSAGE = 'undone', ERRCODE = 'P0002'; END $$
DO $$ BEGIN NULL; END $$
DO LANGUAGE sql 'SELECT 1'
CREATE TABLE watched (a int, b text)
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE NOTICE '% % % %', TG_WHEN, TG_OP, TG_LEVEL, TG_NAME;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    IF NEW.a < 0 THEN RAISE EXCEPTION 'negative'; END IF;
    RETURN NEW;
  END $$
CREATE TRIGGER before_all BEFORE INSERT OR UPDATE OR DELETE ON watched FOR EACH ROW EXECUTE FUNCTION watch()
INSERT INTO watched VALUES (1, 'x'), (2, 'y')
UPDATE watched SET a = -1 WHERE a = 2
DELETE FROM watched WHERE a = 1
ALTER TABLE watched DISABLE TRIGGER before_all
INSERT INTO watched VALUES (-5, 'z')
ALTER TRIGGER before_all ON watched RENAME TO earlier
DROP TRIGGER earlier ON watched
DROP TRIGGER earlier ON watched
CREATE CONSTRAINT TRIGGER at_end AFTER INSERT ON watched DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION watch()
INSERT INTO watched VALUES (4, 'd')
CREATE TRIGGER bad BEFORE INSERT ON watched EXECUTE FUNCTION nothing()
CREATE FUNCTION same_mod_10(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 10 = $2 % 10'
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = same_mod_10, COMMUTATOR = ===)
SELECT 13 === 23, 13 === 24
SELECT 'x' === 1
ALTER OPERATOR === (int, int) SET (RESTRICT = eqsel)
DROP OPERATOR === (int, int)
CREATE AGGREGATE product(int) (SFUNC = int4mul, STYPE = int, INITCOND = '1')
SELECT product(n) FROM generate_series(1, 5) n
ALTER AGGREGATE product(int) RENAME TO times
DROP AGGREGATE times(int)
CREATE CAST (mood AS int) WITHOUT FUNCTION
CREATE FUNCTION mood_number(mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT length($1::text)'
CREATE CAST (mood AS int) WITH FUNCTION mood_number(mood)
SELECT 'happy'::mood::int
DROP CAST (mood AS int)
CREATE COLLATION german (provider = libc, locale = 'C')
SELECT 'a' < 'B' COLLATE german
DROP COLLATION german
CREATE TEXT SEARCH CONFIGURATION mine (COPY = simple)
ALTER TEXT SEARCH CONFIGURATION mine ADD MAPPING FOR asciiword WITH simple
ALTER TEXT SEARCH CONFIGURATION mine ALTER MAPPING FOR asciiword WITH english_stem
SELECT to_tsvector('mine', 'running cats')
DROP TEXT SEARCH CONFIGURATION mine
CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = simple)
DROP TEXT SEARCH DICTIONARY plain
CREATE OPERATOR FAMILY fam USING btree
CREATE OPERATOR CLASS cls FOR TYPE mood USING btree AS OPERATOR 1 <
DROP OPERATOR FAMILY fam USING btree
CREATE CONVERSION conv FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1
DROP CONVERSION conv
CREATE ACCESS METHOD heap3 TYPE TABLE HANDLER heap_tableam_handler
CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION int4recv(internal))
CREATE LANGUAGE plklingon
CREATE EXTENSION nothing
CREATE EXTENSION plpgsql
CREATE EXTENSION IF NOT EXISTS plpgsql
COMMENT ON EXTENSION plpgsql IS 'x'
ALTER EXTENSION plpgsql UPDATE
DROP EXTENSION plpgsql
CREATE EVENT TRIGGER seen ON ddl_command_start EXECUTE FUNCTION watch()
CREATE FOREIGN DATA WRAPPER wrapper
CREATE SERVER elsewhere FOREIGN DATA WRAPPER wrapper
CREATE USER MAPPING FOR app SERVER elsewhere
CREATE FOREIGN TABLE far (a int) SERVER elsewhere
IMPORT FOREIGN SCHEMA public FROM SERVER elsewhere INTO public
DROP SERVER elsewhere
CREATE PUBLICATION news FOR TABLE watched
ALTER PUBLICATION news SET (publish = 'insert')
SELECT pubname, pubinsert, pubdelete FROM pg_publication
DROP PUBLICATION news
CREATE PUBLICATION everything FOR ALL TABLES
CREATE SUBSCRIPTION old CONNECTION 'host=nowhere' PUBLICATION news WITH (connect = false)
DROP SUBSCRIPTION old
CREATE TABLESPACE space LOCATION '/nowhere'
DROP TABLESPACE space
SECURITY LABEL ON TABLE watched IS 'secret'
CREATE ROLE reader NOLOGIN
CREATE ROLE reader
CREATE USER writer IN ROLE reader
CREATE GROUP readers
ALTER ROLE reader CONNECTION LIMIT 5
ALTER ROLE reader SET work_mem = '8MB'
ALTER ROLE reader RESET ALL
ALTER ROLE reader SUPERUSER
ALTER ROLE reader RENAME TO viewer
ALTER GROUP readers ADD USER viewer
GRANT SELECT, INSERT (a) ON watched TO viewer
GRANT ALL ON SCHEMA public TO viewer WITH GRANT OPTION
GRANT viewer TO writer WITH ADMIN OPTION
GRANT EXECUTE ON FUNCTION caught() TO PUBLIC
GRANT USAGE ON TYPE mood TO viewer
GRANT SELECT ON ALL TABLES IN SCHEMA public TO viewer
GRANT nothing ON watched TO viewer
GRANT SELECT ON watched TO nobody
SELECT relacl IS NOT NULL, has_table_privilege('viewer', 'watched', 'select') FROM pg_class WHERE oid = 'watched'::regclass
REVOKE INSERT (a) ON watched FROM viewer
REVOKE ALL ON watched FROM viewer CASCADE
REVOKE ALL ON SCHEMA public FROM viewer
REVOKE USAGE ON TYPE mood FROM viewer
REVOKE viewer FROM writer
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO viewer
ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM viewer
REASSIGN OWNED BY viewer TO app
DROP OWNED BY viewer
DROP ROLE viewer, writer
DROP GROUP readers
DROP ROLE IF EXISTS viewer
CREATE DATABASE other TEMPLATE nothing
CREATE DATABASE other IS_TEMPLATE nothing
ALTER DATABASE crm SET work_mem = '5MB'
ALTER DATABASE crm RESET work_mem
ALTER DATABASE nowhere RENAME TO somewhere
DROP DATABASE nowhere
DROP DATABASE IF EXISTS nowhere
DROP DATABASE crm
ALTER SYSTEM SET work_mem = '5MB'
SELECT lo_create(1234567) = 1234567
COMMENT ON LARGE OBJECT 1234567 IS 'large'
ALTER LARGE OBJECT 1234567 OWNER TO app
SELECT lo_put(1234567, 0, '\x010203'), lo_get(1234567, 1, 2)
SELECT lo_unlink(1234567)
SELECT lo_unlink(1234567)
