/**
 * A database of many shapes, half of it protected: tables of every kind, views over views, rows inside of columns, functions in SQL, and
 * names that mean one thing here and another there.
 */
export const SCHEMA: readonly string[] = [
  `CREATE SCHEMA app`,
  `CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')`,
  `CREATE TYPE place AS (street text, city text)`,
  `CREATE DOMAIN mail_address AS text`,
  `CREATE TABLE users(id int PRIMARY KEY, email text, ssn text, salary numeric, dob date, label text)`,
  `CREATE TABLE users_eu() INHERITS (users)`,
  `CREATE TABLE orders(id int PRIMARY KEY, user_id int, label text, email text, amount numeric, placed date)`,
  `CREATE TABLE people(id int PRIMARY KEY, note text, tags text[], extra jsonb, born date, ratio float8, flag boolean,
     kinds text[], facts jsonb)`,
  `CREATE TABLE homes(id int PRIMARY KEY, state mood, home place, work mail_address, pin int4range)`,
  `CREATE TABLE events(id int, day date, who text, what text) PARTITION BY RANGE (id)`,
  `CREATE TABLE events_low PARTITION OF events FOR VALUES FROM (0) TO (100)`,
  `CREATE TABLE events_high PARTITION OF events FOR VALUES FROM (100) TO (1000)`,
  `CREATE TABLE computed(id int PRIMARY KEY, first text, shout text GENERATED ALWAYS AS (first || '!') STORED, n int)`,
  // before version 18 there are no virtual ones
  `DO $$ BEGIN EXECUTE 'CREATE TABLE virtuals(id int PRIMARY KEY, first text, loud text GENERATED ALWAYS AS (first || ''!'') ' ||
     CASE WHEN current_setting('server_version_num')::int < 180000 THEN 'STORED' ELSE 'VIRTUAL' END ||
     ', n int, twice int GENERATED ALWAYS AS (n * 2) STORED)'; END $$`,
  `CREATE TABLE "Users"("Email" text, id int, "select" text)`,
  `CREATE TABLE notes(id int, email text)`,
  `CREATE TABLE app.notes(id int, email text)`,
  `CREATE TABLE app.orders(id int, email text)`,
  `CREATE VIEW v_clean AS SELECT id, label FROM users`,
  `CREATE VIEW v_mixed AS SELECT id, email AS contact, label, upper(ssn) AS code FROM users`,
  `CREATE VIEW v_deep AS SELECT m.id, m.contact AS who, o.label, o.amount FROM v_mixed m JOIN orders o ON o.user_id = m.id`,
  `CREATE VIEW v_rows AS SELECT u.id, row_to_json(u) AS doc, o.label FROM users u LEFT JOIN orders o USING (id)`,
  `CREATE VIEW v_union AS SELECT id, label FROM orders UNION ALL SELECT id, email FROM users`,
  `CREATE VIEW v_count AS SELECT label, count(*) AS n, max(salary) AS most FROM users GROUP BY label`,
  `CREATE MATERIALIZED VIEW m_users AS SELECT id, email, label FROM users`,
  `CREATE FUNCTION label_of(int) RETURNS text LANGUAGE sql STABLE AS 'SELECT label FROM users WHERE id = $1'`,
  `CREATE FUNCTION email_of(int) RETURNS text LANGUAGE sql STABLE AS 'SELECT email FROM users WHERE id = $1'`,
  `CREATE FUNCTION all_users() RETURNS SETOF users LANGUAGE sql STABLE AS 'SELECT * FROM users'`,
];

/** Objects of the session itself; `labels` exists nowhere else, `notes` hides the protected table. */
export const TEMPORARY: readonly string[] = [
  `CREATE TEMP TABLE labels(id int, label text)`,
  `CREATE TEMP TABLE notes(id int, email text)`,
];

/** As the configuration names them, without the target. */
export const PROTECTED = [
  { class: 'personal', columns: ['public.{users,users_eu}.{email,ssn,dob}', 'public.{notes,Users}.{email,Email}'] },
  { class: 'pay', columns: ['public.users.salary'] },
  { class: 'profile', columns: ['public.people.{note,tags,extra,born,ratio,flag}', 'public.homes.{home,work,pin}'] },
  { class: 'log', columns: ['public.events.who', 'public.{computed,virtuals}.first'] },
];

/** Two sets of values that differ in nothing but what is protected. */
export const VALUES = {
  left: [
    `INSERT INTO users VALUES (1, 'lamp', '1', 10, '1990-01-01', 'lamp'), (2, 'b@x', NULL, 20, '1991-01-01', 'b')`,
    `INSERT INTO users_eu VALUES (3, 'x', '33', 30, '1992-02-02', 'c')`,
    `INSERT INTO people VALUES (1, 'lamp', '{a,b}', '{"a": 1}', '1980-01-01', 1.5, true, '{k,l}', '{"f": 1}'),
       (2, NULL, '{c}', NULL, '1981-01-01', 2.5, false, '{m}', NULL)`,
    `INSERT INTO homes VALUES (1, 'ok', ROW('street', 'city'), 'w@x', '[1,5)'), (2, 'sad', NULL, NULL, NULL)`,
    `INSERT INTO events VALUES (1, '2020-01-01', 'anna', 'in'), (200, '2020-01-02', 'bert', 'out')`,
    `INSERT INTO computed(id, first, n) VALUES (1, 'one', 1), (2, 'two', 2)`,
    `INSERT INTO virtuals(id, first, n) VALUES (1, 'one', 1), (2, 'two', 2)`,
    `INSERT INTO "Users" VALUES ('q@x', 1, 'lamp')`,
    `INSERT INTO public.notes VALUES (1, 'n@x')`,
  ],
  right: [
    `INSERT INTO users VALUES (1, 'zed', '777', 5, '2001-09-09', 'lamp'), (2, 'chair', NULL, 99, '1971-01-01', 'b')`,
    `INSERT INTO users_eu VALUES (3, 'a', '2', 1, '1999-12-31', 'c')`,
    `INSERT INTO people VALUES (1, 'desk', '{x,y}', '{"a": 2}', '1990-05-05', 9.5, false, '{k,l}', '{"f": 1}'),
       (2, NULL, '{z}', NULL, '1961-01-01', 0.5, true, '{m}', NULL)`,
    `INSERT INTO homes VALUES (1, 'ok', ROW('road', 'town'), 'v@y', '[2,9)'), (2, 'sad', NULL, NULL, NULL)`,
    `INSERT INTO events VALUES (1, '2020-01-01', 'carl', 'in'), (200, '2020-01-02', 'dora', 'out')`,
    `INSERT INTO computed(id, first, n) VALUES (1, 'uno', 1), (2, 'due', 2)`,
    `INSERT INTO virtuals(id, first, n) VALUES (1, 'uno', 1), (2, 'due', 2)`,
    `INSERT INTO "Users" VALUES ('r@y', 1, 'lamp')`,
    `INSERT INTO public.notes VALUES (1, 'm@y')`,
  ],
} as const;

/** What is the same in both. */
export const COMMON: readonly string[] = [
  `INSERT INTO orders VALUES (1, 1, 'lamp', 'x', 5, '2020-01-01'), (2, 2, 'chair', NULL, 7, NULL), (3, 3, 'desk', 'z', 9, '2020-03-03')`,
  `INSERT INTO app.notes VALUES (1, 'app')`,
  `INSERT INTO app.orders VALUES (1, 'app')`,
  `REFRESH MATERIALIZED VIEW m_users`,
];
