/** What `scratch` has: a table to copy, and one that a rule closes. Programs make what else they need in schemas of their own. */
export const scratchTables = [
  'CREATE TABLE forbidden (id int)',
  'CREATE TABLE numbers (id int PRIMARY KEY, name text NOT NULL, amount numeric(12,2), at timestamptz, data jsonb, raw bytea)',
  `INSERT INTO numbers SELECT i, 'number ' || i, i * 1.25, timestamptz '2026-01-01 00:00:00+00' + i * interval '1 minute',
     jsonb_build_object('i', i), decode(lpad(to_hex(i), 8, '0'), 'hex') FROM generate_series(1, 5000) i`,
  'ANALYZE numbers',
];

/** One protected column of each type that drivers decode in their own way. Only `id` and `city` are not protected. */
export const guardedTable = [
  `CREATE TABLE people (id int PRIMARY KEY, email text NOT NULL, full_name varchar(40) NOT NULL, phone text NOT NULL,
     born date NOT NULL, salary numeric(12,2) NOT NULL, badge uuid NOT NULL, score int NOT NULL, big bigint NOT NULL,
     ratio float8 NOT NULL, active bool NOT NULL, tags text[] NOT NULL, extra jsonb NOT NULL, address inet NOT NULL,
     seen timestamptz NOT NULL, photo bytea NOT NULL, city text NOT NULL)`,
  `INSERT INTO people SELECT i, 'someone' || i || '@example.org', 'Zoe Young', '+49 30 000' || (1000 + i), date '1985-06-15',
     4200.50, '0b5e9a8e-7d1c-4c7e-9a53-3a6f0c1d2e3f', 77, 9007199254740993, 3.25, true, '{secret,tag}', '{"secret": 1}',
     '10.1.2.3', '2026-01-02 03:04:05+00', '\\xdeadbeef', 'Paris' FROM generate_series(1, 500) i`,
  'GRANT SELECT, INSERT, UPDATE, DELETE ON people TO app',
  'ANALYZE people',
];

const column = (name) => `guarded.public.people.${name}`;

export const protect = [
  { class: 'email', columns: [column('email')], mask: { keep: 'domain' } },
  { class: 'name', columns: [column('full_name')], mask: { keep: 'initials' } },
  { class: 'phone', columns: [column('phone')], mask: { keep: 'last4' } },
  { class: 'birth', columns: [column('born')], mask: { keep: 'year' } },
  { class: 'product', columns: ['guarded-shop.public.products.name'] },
  {
    class: 'personal',
    columns: [column('{salary,badge,score,big,ratio,active,tags,extra,address,seen,photo}')],
  },
];

/** A shop with one of everything that a dump has to carry. */
export const shop = [
  "CREATE TYPE status AS ENUM ('new', 'paid', 'sent')",
  'CREATE DOMAIN cents AS bigint CHECK (VALUE >= 0)',
  `CREATE TABLE products (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, price cents,
     label text GENERATED ALWAYS AS (name || '!') STORED, picture bytea, data jsonb)`,
  `CREATE TABLE orders (id bigserial PRIMARY KEY, product int REFERENCES products, state status DEFAULT 'new', note text,
     amount numeric(12,2), at timestamptz, tags text[], span int4range)`,
  "CREATE INDEX ON orders (state, at DESC) WHERE state <> 'sent'",
  "CREATE VIEW paid AS SELECT id, amount FROM orders WHERE state = 'paid'",
  'CREATE MATERIALIZED VIEW totals AS SELECT state, count(*) FROM orders GROUP BY state',
  `CREATE FUNCTION twice(x int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 2 * x; END $$`,
  `CREATE TABLE parted (id int, at date) PARTITION BY RANGE (at)`,
  `CREATE TABLE parted_2026 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')`,
  "COMMENT ON TABLE orders IS 'what people want; it''s theirs'",
  `INSERT INTO products (name, price, picture, data) SELECT 'product ' || i, i * 100, decode(repeat(lpad(to_hex(i), 2, '0'), 300), 'hex'),
     jsonb_build_object('i', i, 'text', E'tab\\there\nand \\\\ there') FROM generate_series(1, 200) i`,
  `INSERT INTO orders (product, state, note, amount, at, tags, span) SELECT 1 + i % 200, (enum_range(NULL::status))[1 + i % 3],
     CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN E'\\.' WHEN 3 THEN E'line\nbreak\ttab' ELSE 'ä🙂' END, i / 3.0,
     '2026-01-01 00:00+00'::timestamptz + i * interval '1 hour', ARRAY['a', NULL, 'c,"d"'], int4range(i, i + 2)
     FROM generate_series(1, 2000) i`,
  "INSERT INTO parted SELECT i, '2026-02-03' FROM generate_series(1, 10) i",
  'REFRESH MATERIALIZED VIEW totals',
];
