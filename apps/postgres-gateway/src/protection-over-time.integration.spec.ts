import { buildKnowledgeIndex, describeText, type FunctionRule, loadParser } from '@app/sql';
import { Client } from 'pg';
import { startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { ColumnsFile } from './bound-columns.js';
import { decodeFunctions, functionsStatement } from './catalog-query.js';
import { KnowledgeRegistry } from './knowledge-registry.js';
import type { Ask } from './question.js';

const RULES = [{ class: 'email', columns: ['public.users.email'] }];

let postgres: TestPostgres;
let client: Client;
let admin: Client;
let warnings: string[];
let registry: KnowledgeRegistry;

beforeAll(async () => {
  postgres = await startPostgres();
  client = new Client({ connectionString: postgres.url });
  admin = new Client({ connectionString: postgres.superuserUrl });
  await Promise.all([client.connect(), admin.connect()]);
});
afterAll(async () => {
  await client.end();
  await admin.end();
  await postgres.stop();
});

/** @param functions functions of users that may be called; left out: none */
function registryOf(functions: readonly FunctionRule[] = []): KnowledgeRegistry {
  return new KnowledgeRegistry(
    { learn: () => undefined, forget: () => undefined },
    () => RULES,
    Date.now,
    () => undefined,
    (text) => warnings.push(text),
    new ColumnsFile(null, () => undefined),
    () => functions,
  );
}

beforeEach(() => {
  warnings = [];
  registry = registryOf();
});

const ask: Ask = async (...statements) => {
  const rows: (string | null)[][] = [];
  for (const text of statements) {
    const answer = await client.query<(string | null)[]>({ text, rowMode: 'array', values: [] });
    rows.push(...answer.rows);
  }
  return rows;
};

/** `schema.table.column` of what is protected now. */
async function protectedNow(): Promise<string[]> {
  const { knowledge } = await registry.current('crm', ask, null);
  registry.release(knowledge);
  return knowledge.protected.map(({ relationOid, attnum }) => {
    const relation = knowledge.catalog.relations.find(({ oid }) => oid === relationOid);
    const column = relation?.columns.find((each) => each.attnum === attnum);
    return `${relation?.schema}.${relation?.name}.${column?.name}`;
  });
}

it('is told of a rule that names nothing, once, and protects what it names as soon as that is there', async () => {
  expect(await protectedNow()).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('"public.users.email"')]);
  await client.query('CREATE TABLE users (id int, email text)');
  expect(await protectedNow()).toEqual(['public.users.email']);
  expect(warnings).toHaveLength(1);
  await client.query('DROP TABLE users');
});

it('follows tables and columns that are renamed or moved, and what is made anew in their place', async () => {
  await client.query('CREATE TABLE users (id int, email text); CREATE SCHEMA old');
  expect(await protectedNow()).toEqual(['public.users.email']);
  await client.query('ALTER TABLE users RENAME email TO mail');
  expect(await protectedNow()).toEqual(['public.users.mail']);
  expect(warnings).toEqual([expect.stringContaining('is now called "public.users.mail"')]);
  await client.query('ALTER TABLE users RENAME TO people; ALTER TABLE people SET SCHEMA old');
  expect(await protectedNow()).toEqual(['old.people.mail']);
  await client.query('CREATE TABLE users (email text)');
  expect((await protectedNow()).sort()).toEqual(['old.people.mail', 'public.users.email']);
  await client.query('DROP TABLE users; DROP TABLE old.people');
  expect(await protectedNow()).toEqual([]);
  await client.query('CREATE TABLE users (id int, other text, email text)');
  expect(await protectedNow()).toEqual(['public.users.email']);
  await client.query('DROP TABLE users; DROP SCHEMA old');
});

it.each(['pg_attribute', 'pg_rewrite'])('refuses sessions where %s cannot be read', async (catalog) => {
  await admin.query(`REVOKE SELECT ON pg_catalog.${catalog} FROM PUBLIC`);
  try {
    await expect(registry.begin('crm', ask, null)).rejects.toThrow('permission denied');
  } finally {
    await admin.query(`GRANT SELECT ON pg_catalog.${catalog} TO PUBLIC`);
  }
});

it('lets a function be called that was allowed until it is changed, whatever the search path, and tells of that', async () => {
  await loadParser();
  await client.query(`CREATE TABLE users (id int, email text);
    CREATE FUNCTION slug(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN lower($1); END';
    CREATE SCHEMA evil; CREATE OPERATOR evil.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = oidne);
    SET search_path = evil, pg_catalog, public`);
  const entry = { schema: 'public', name: 'slug', arguments: ['text'], result: 'arguments', total: true } as const;
  const [row] = await ask(functionsStatement([{ ...entry, definition: '' }]));
  const [now] = decodeFunctions(row?.[0] ?? '[]');
  registry = registryOf([{ ...entry, definition: now?.definition ?? '' }]);
  const described = async () => {
    const { knowledge } = await registry.current('crm', ask, null);
    const index = buildKnowledgeIndex(knowledge);
    const sql = 'SELECT public.slug(email), public.slug($1) FROM public.users';
    registry.release(knowledge);
    return describeText(sql, index, ['pg_catalog']).statements[0];
  };
  expect(await described()).toMatchObject({
    effect: 'read',
    outputs: [{ taint: 'derived', classes: ['email'] }, { taint: 'clean' }],
  });
  expect(warnings).toEqual([]);
  await client.query(`CREATE OR REPLACE FUNCTION public.slug(text) RETURNS text LANGUAGE sql AS 'SELECT $1'`);
  expect(await described()).toMatchObject({ effect: 'write', lineage: 'refused' });
  expect(warnings).toEqual([expect.stringContaining('is not the one that was allowed')]);
  await client.query('RESET search_path; DROP TABLE users; DROP SCHEMA evil CASCADE; DROP FUNCTION slug');
});
