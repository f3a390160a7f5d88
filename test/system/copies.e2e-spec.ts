import { Client } from 'pg';
import { TestGateway } from '../support/gateway.js';
import { execute, startPostgres, type TestPostgres } from '../support/postgres.js';

// Whatever somebody tries, no protected value comes to stay where nothing protects it: everything in the database is looked through afterwards.

const canary = 'eve.canary@example.com';

let postgres: TestPostgres;
let gateway: TestGateway;
let url: string;

beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.createDatabase('shop');
  await execute(
    url,
    `CREATE ROLE app LOGIN; GRANT ALL ON SCHEMA public TO app; GRANT ALL ON DATABASE shop TO app; GRANT app TO CURRENT_USER;
     SET ROLE app;
     CREATE TABLE users (id int, email text, note text); INSERT INTO users VALUES (1, '${canary}', 'x');
     CREATE TABLE mailing (id int, address text); INSERT INTO mailing VALUES (1, '-');
     CREATE TABLE parted (id int, email text) PARTITION BY LIST (id); CREATE SEQUENCE s`,
  );
  gateway = await TestGateway.start({
    config: JSON.stringify({
      targets: [
        {
          name: 'shop',
          postgres: { host: '127.0.0.1', port: postgres.port, database: 'shop', tls: 'disable' },
          credential: { user: 'app' },
        },
      ],
      protect: [{ class: 'personal', columns: ['shop.public.users.email'] }],
      rules: [{ name: 'everything', who: { groups: ['analysts'] }, on: { target: 'shop' }, effect: 'allow' }],
      listen: { postgres: { workers: 1 } },
    }),
  });
});
afterAll(async () => {
  await gateway?.stop();
  await postgres?.stop();
});

const copies = [
  'CREATE TABLE c1 AS SELECT id, email FROM users',
  'CREATE TEMP TABLE c2 AS SELECT id, email FROM users',
  'CREATE TABLE c3 AS SELECT id, lower(email) AS e FROM users',
  'CREATE TABLE c4 AS SELECT to_jsonb(u) AS doc FROM users u',
  'SELECT id, email INTO c5 FROM users',
  'SELECT id, email INTO TEMP c6 FROM users',
  'CREATE VIEW c7 AS SELECT email FROM users',
  'CREATE MATERIALIZED VIEW c8 AS SELECT email FROM users',
  'CREATE TABLE c9 (LIKE users); INSERT INTO c9 SELECT * FROM users',
  'CREATE TABLE c10 () INHERITS (users)',
  'CREATE TABLE c11 PARTITION OF users FOR VALUES IN (1)',
  'ALTER TABLE parted ATTACH PARTITION users FOR VALUES IN (1)',
  'ALTER TABLE mailing INHERIT users',
  "ALTER TABLE users ADD COLUMN shadow text GENERATED ALWAYS AS (email || '') STORED",
  'ALTER TABLE users RENAME COLUMN email TO mail',
  'ALTER TABLE users RENAME TO people',
  'INSERT INTO mailing SELECT id, email FROM users',
  'INSERT INTO mailing VALUES (2, (SELECT email FROM users LIMIT 1))',
  'INSERT INTO users (id, note) SELECT id, email FROM users',
  'WITH r AS (UPDATE users SET id = 1 RETURNING email) INSERT INTO mailing (address) SELECT email FROM r',
  'UPDATE mailing SET address = u.email FROM users u',
  'UPDATE users SET note = email',
  'MERGE INTO mailing m USING users u ON m.id = u.id WHEN MATCHED THEN UPDATE SET address = u.email',
  'MERGE INTO mailing m USING users u ON m.id <> u.id WHEN NOT MATCHED THEN INSERT VALUES (u.id, u.email)',
  "SELECT set_config('my.copy', email, false) FROM users",
  "SELECT setval('s', length(email)) FROM users",
  "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT email FROM users'",
  'DO $$ BEGIN CREATE TABLE c12 AS SELECT email FROM users; END $$',
  'PREPARE p AS INSERT INTO mailing SELECT id, email FROM users; EXECUTE p',
  'CREATE TABLE c13 AS EXECUTE p',
  'EXPLAIN (ANALYZE) CREATE TABLE c14 AS SELECT email FROM users',
  'CREATE RULE r AS ON INSERT TO mailing DO ALSO INSERT INTO mailing SELECT id, email FROM users',
];

/** Values as the server writes them. */
const asText = { getTypeParser: () => (value: unknown) => value };

/** Everything that is stored in the database but the protected table, its catalogs included. */
async function stored(): Promise<string> {
  const client = new Client({ connectionString: postgres.urlFor('postgres', 'shop') });
  await client.connect();
  try {
    await client.query(`SET bytea_output = 'escape'`);
    const { rows } = await client.query<{ name: string }>(
      `SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relkind IN ('r', 'm', 'S') AND c.oid <> 'users'::regclass
         AND c.relnamespace <> 'information_schema'::regnamespace AND c.relname <> 'pg_statistic'`,
    );
    const all: string[] = [];
    for (const { name } of rows) {
      const held = await client.query<unknown[]>({ text: `SELECT * FROM ${name}`, rowMode: 'array', types: asText });
      all.push(...held.rows.map((row) => row.join('\n')));
    }
    const notes = await client.query<{ note: string }>('SELECT note FROM users');
    return [...all, ...notes.rows.map(({ note }) => note)].join('\n');
  } finally {
    await client.end();
  }
}

describe('copies made through the gateway', () => {
  it('are refused in every way, with what would pass, and leave nothing behind', async () => {
    const passed: string[] = [];
    for (const sql of copies) {
      const wire = await gateway.wire('alice', { database: 'shop' });
      const [error] = (await wire.query(sql)).errors;
      if (error?.code !== '42501') passed.push(`${sql}: ${error?.code ?? 'no error'}`);
      wire.destroy();
    }
    expect(passed).toEqual([]);
    expect(await stored()).not.toContain('canary');
  });

  it('of keys pass, and a join with them shows the protected columns masked', async () => {
    const wire = await gateway.wire('alice', { database: 'shop' });
    expect((await wire.query('CREATE TEMP TABLE picked AS SELECT id FROM users')).errors).toEqual([]);
    const { rows, errors } = await wire.query('SELECT p.id, u.email FROM picked p JOIN users u USING (id)');
    expect(errors).toEqual([]);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.[1]).not.toContain('canary');
    wire.destroy();
  });
});
