import {
  buildKnowledgeIndex,
  closeProtection,
  describeText,
  loadParser,
  type KnowledgeIndex,
  type StatementDescription,
} from '@app/sql';
import { Client } from 'pg';
import { startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { CATALOG_STATEMENTS, decodeCatalog, DEFINITIONS_STATEMENT } from './catalog-query.js';

let postgres: TestPostgres;
let owner: Client;

beforeAll(async () => {
  postgres = await startPostgres();
  await loadParser();
  owner = await connect();
  await owner.query(SCHEMA);
});

afterAll(async () => {
  await owner.end();
  await postgres.stop();
});

const SCHEMA = `
  CREATE TABLE users(id int PRIMARY KEY, email text, ssn text, city text,
    shout text GENERATED ALWAYS AS (upper(email)) STORED, place text GENERATED ALWAYS AS (lower(city)) STORED,
    pair text GENERATED ALWAYS AS (email || ssn) STORED, always int GENERATED ALWAYS AS (1 + 1) STORED);
  CREATE TABLE orders(id int PRIMARY KEY, user_id int, label text);
  CREATE FUNCTION noise(text) RETURNS text LANGUAGE plpgsql AS $$BEGIN RETURN $1; END$$;
  CREATE SCHEMA other; CREATE TABLE other.users(id int, email text);
  CREATE VIEW v_plain AS SELECT id, label FROM orders;
  CREATE VIEW v_email AS SELECT id, email, city FROM users;
  CREATE VIEW v_renamed(a, b) AS SELECT email, id FROM users;
  CREATE VIEW v_star AS SELECT * FROM users;
  CREATE VIEW v_nested AS SELECT b, a AS c FROM v_renamed WHERE b > 0;
  CREATE VIEW v_count AS SELECT city, count(*) AS n, count(email) AS m FROM users GROUP BY city;
  CREATE VIEW v_joined AS SELECT o.id, o.label, u.email FROM orders o JOIN users u ON u.id = o.user_id;
  CREATE VIEW v_calls AS SELECT id, noise(label) AS label FROM orders;
  CREATE VIEW v_over_calls AS SELECT id FROM v_calls;
  CREATE VIEW v_other AS SELECT id, email FROM other.users;
  CREATE VIEW v_barrier WITH (security_barrier) AS SELECT id, ssn FROM users WHERE city = 'Bonn';
  CREATE VIEW v_named AS SELECT id, label AS secret FROM orders;
  CREATE VIEW v_pg AS SELECT relname FROM pg_class;
  CREATE VIEW v_slow AS SELECT id FROM orders WHERE pg_advisory_lock(id) IS NOT NULL;
  CREATE MATERIALIZED VIEW m_email AS SELECT id, email FROM users;
  CREATE MATERIALIZED VIEW m_plain AS SELECT id FROM users WHERE email IS NOT NULL;
  CREATE MATERIALIZED VIEW m_over AS SELECT c, b FROM v_nested;
  CREATE TABLE fenced(id int, email text); ALTER TABLE fenced ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON fenced USING (email = current_setting('app.user', true));
  CREATE TABLE walled(id int, email text); ALTER TABLE walled ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON walled USING (noise(email) = 'a');
`;

const RULES = [
  { class: 'email', columns: ['public.{users,fenced,walled}.email'] },
  { class: 'ssn', columns: ['public.users.ssn'] },
  { class: 'far', columns: ['public.f_named.*', 'public.f_half.email'] },
  { class: 'name', columns: ['public.v_named.secret', 'public.v_email.email'] },
];

async function connect(): Promise<Client> {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  return client;
}

async function knowledge(client: Client): Promise<KnowledgeIndex> {
  const parts: string[] = [];
  for (const text of [...CATALOG_STATEMENTS, DEFINITIONS_STATEMENT]) {
    const { rows } = await client.query<string[]>({ text, rowMode: 'array', values: [] });
    parts.push(rows[0]?.[0] ?? '');
  }
  const catalog = decodeCatalog(parts, 1);
  const { columns, strict } = closeProtection(catalog, RULES);
  return buildKnowledgeIndex({ id: 1, catalog, protected: columns, strict });
}

function describeOne(text: string, index: KnowledgeIndex): StatementDescription {
  const [statement] = describeText(text, index, ['pg_catalog', 'public']).statements;
  if (!statement) throw new Error('no statement');
  return statement;
}

function inShort({ refusal, outputs }: StatementDescription): string {
  if (refusal !== null) return 'refused';
  return (outputs ?? [])
    .map((output) => {
      if (output.taint === 'column') return output.class;
      return output.taint === 'derived' ? `derived(${output.classes.join(',')})` : output.taint;
    })
    .join(' ');
}

describe('what a read of a view gives', () => {
  it.each([
    ['v_plain', 'clean clean'],
    ['v_email', 'clean derived(email,name) clean'],
    ['v_renamed', 'email clean'],
    ['v_star', 'clean email ssn clean derived(email) clean derived(email,ssn) derived(email,ssn)'],
    ['v_nested', 'clean email'],
    ['v_count', 'clean clean clean'],
    ['v_joined', 'clean clean email'],
    ['v_calls', 'refused'],
    ['v_over_calls', 'refused'],
    ['v_other', 'clean clean'],
    ['v_barrier', 'clean ssn'],
    ['v_named', 'clean name'],
    ['v_pg', 'clean'],
    ['m_email', 'clean email'],
    ['m_plain', 'clean'],
    ['m_over', 'email clean'],
    ['fenced', 'clean email'],
    ['walled', 'refused'],
    ['users', 'clean email ssn clean derived(email) clean derived(email,ssn) derived(email,ssn)'],
  ])('%s: %s', async (name, expected) => {
    const index = await knowledge(owner);
    const described = describeOne(`SELECT * FROM public.${name}`, index);
    expect(inShort(described)).toBe(expected);
    // the server names the view's own columns
    const { fields } = await owner.query(`SELECT * FROM public.${name} LIMIT 0`);
    described.outputs?.forEach((output, i) => {
      if (output.taint === 'column')
        expect(fields[i]).toMatchObject({ tableID: output.relationOid, columnID: output.attnum });
    });
  });

  it('is refused of a foreign table unless rules name all its columns', async () => {
    const admin = new Client({ connectionString: postgres.superuserUrl });
    await admin.connect();
    await admin.query(`BEGIN; CREATE FOREIGN DATA WRAPPER none; CREATE SERVER far FOREIGN DATA WRAPPER none;
      CREATE FOREIGN TABLE f_named(id int, email text) SERVER far; CREATE FOREIGN TABLE f_half(id int, email text) SERVER far;
      CREATE VIEW v_far AS SELECT email FROM f_named; CREATE VIEW v_half AS SELECT email FROM f_half`);
    const index = await knowledge(admin);
    await admin.query('ROLLBACK');
    await admin.end();
    const found = ['f_named', 'f_half', 'v_far', 'v_half'].map((name) =>
      inShort(describeOne(`SELECT * FROM public.${name}`, index)),
    );
    expect(found).toEqual(['far far', 'refused', 'far', 'refused']);
    expect(describeOne('DELETE FROM public.f_named', index).refusal).not.toBeNull();
  });

  it('tells that errors may carry what the view reads, though none of its columns is protected', async () => {
    const index = await knowledge(owner);
    expect(describeOne('SELECT n FROM v_count', index).lineage).toBe('touches');
    expect(describeOne('SELECT id FROM v_plain', index).lineage).toBe('clean');
  });

  it('is proven to be a read where the view and all below it are', async () => {
    const index = await knowledge(owner);
    expect(describeOne('SELECT * FROM v_nested', index)).toMatchObject({ effect: 'read', harmless: true });
    expect(describeOne('SELECT * FROM v_calls', index)).toMatchObject({ effect: 'write', harmless: false });
    expect(describeOne('SELECT * FROM v_slow', index)).toMatchObject({ harmless: false });
  });

  it('says why a definition is not proven', async () => {
    const index = await knowledge(owner);
    expect(describeOne('SELECT id FROM v_over_calls', index).refusal?.reason).toMatch(
      /^What public\.v_over_calls is computed from is not proven: What public\.v_calls is computed from .*noise/,
    );
  });

  it.each([
    'INSERT INTO v_plain VALUES (1)',
    'UPDATE v_email SET city = $1',
    'DELETE FROM v_renamed',
    'DROP VIEW v_email',
  ])('refuses %s', async (text) => {
    expect(describeOne(text, await knowledge(owner)).refusal).not.toBeNull();
  });
});

describe('the definitions', () => {
  it('mean the same whatever search path they were printed under', async () => {
    const client = await connect();
    for (const path of ['other, public', 'public, other', "''", 'pg_catalog', 'public, pg_catalog']) {
      await client.query(`SET search_path = ${path}`);
      const index = await knowledge(client);
      const found = ['v_email', 'v_other', 'v_joined', 'm_over'].map((name) =>
        inShort(describeOne(`SELECT * FROM public.${name}`, index)),
      );
      expect([path, ...found]).toEqual([
        path,
        'clean derived(email,name) clean',
        'clean clean',
        'clean clean email',
        'email clean',
      ]);
    }
    await client.end();
  });

  it('follow what they read when it is renamed, and what takes its name does not', async () => {
    const client = await connect();
    await client.query(`BEGIN; ALTER TABLE users RENAME TO people; ALTER TABLE orders RENAME TO users;
      ALTER TABLE users RENAME label TO email; ALTER VIEW v_renamed RENAME COLUMN a TO address`);
    const index = await knowledge(client);
    await client.query('ROLLBACK');
    await client.end();
    // by name the rules now mean the former orders
    expect(inShort(describeOne('SELECT * FROM v_plain', index))).toBe('clean email');
    expect(inShort(describeOne('SELECT address FROM v_renamed', index))).toBe('clean');
  });

  it('of a view over a table that is being changed are not waited for', async () => {
    const other = await connect();
    await other.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
    const index = await knowledge(owner);
    await other.query('ROLLBACK');
    await other.end();
    expect(index.catalog.definitions?.incomplete).toBe(true);
    expect(inShort(describeOne('SELECT * FROM v_plain', index))).toBe('refused');
    expect(inShort(describeOne('SELECT * FROM v_star', index))).toMatch(/^clean email/);
    expect((await knowledge(owner)).catalog.definitions?.incomplete).toBe(false);
  });
});
