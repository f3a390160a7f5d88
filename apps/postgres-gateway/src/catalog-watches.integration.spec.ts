import { Client } from 'pg';
import { ConfiguredCredentials, type PostgresTarget } from '@app/targets';
import { execute, startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { ColumnsFile } from './bound-columns.js';
import { CatalogWatches } from './catalog-watches.js';
import { type CurrentKnowledge, KnowledgeRegistry } from './knowledge-registry.js';
import { OwnConnection } from './own-connection.js';
import { UpstreamConnection } from './upstream-connection.js';

let postgres: TestPostgres;
let target: PostgresTarget;
let registry: KnowledgeRegistry;
let watches: CatalogWatches;

beforeAll(async () => {
  postgres = await startPostgres();
  await execute(postgres.superuserUrl, 'CREATE ROLE sp_watched LOGIN; CREATE TABLE first (id int)');
  target = {
    kind: 'postgres',
    name: 'crm',
    postgres: { host: '127.0.0.1', port: postgres.port, database: 'watched', tls: 'disable' },
    credential: { user: 'sp_watched', password: null },
    release: 'durable',
    record: 'none',
  };
  await postgres.createDatabase('watched');
  await inWatched('CREATE TABLE one (id int)');
  registry = new KnowledgeRegistry(
    { learn: () => undefined, forget: () => undefined },
    () => [],
    Date.now,
    () => undefined,
    () => undefined,
    new ColumnsFile(null, () => undefined),
  );
  watches = new CatalogWatches(
    registry,
    async (of, at, onGone) => new OwnConnection(await open('sallyport catalog', of, at), onGone),
  );
});
afterAll(async () => {
  watches?.close();
  await postgres?.stop();
});

function open(name: string, of = target, at?: UpstreamConnection['address']): Promise<UpstreamConnection> {
  return UpstreamConnection.open({
    target: of,
    vault: new ConfiguredCredentials([of]),
    settings: new Map([['application_name', name]]),
    limits: { messageBytes: 1 << 20, backendMessageBytes: 1 << 26 },
    timeoutMs: 30_000,
    ...(at && { at }),
  });
}

const superuserOf = (database: string): string => postgres.urlFor('postgres', database);
const inWatched = (sql: string): Promise<void> => execute(superuserOf('watched'), sql);

async function count(sql: string): Promise<number> {
  const client = new Client({ connectionString: postgres.superuserUrl });
  await client.connect();
  try {
    return Number((await client.query<{ n: string }>(`SELECT count(*) AS n FROM ${sql}`)).rows[0]?.n);
  } finally {
    await client.end();
  }
}
const watching = (): Promise<number> => count("pg_stat_activity WHERE application_name = 'sallyport catalog'");

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await holds()); await new Promise((resolve) => setTimeout(resolve, 50)))
    if (Date.now() > end) throw new Error(`not within 30 s: ${what}`);
}

/** A session as the gateway begins one. */
async function session(): Promise<{ read: CurrentKnowledge; asked: string[]; end: () => void }> {
  const connection = await open('sp:test');
  const own = new OwnConnection(connection);
  const watch = watches.of(target, connection.address);
  const leave = watch?.join();
  const asked: string[] = [];
  const ask: typeof own.ask = (...statements) => {
    asked.push(...statements);
    return own.ask(...statements);
  };
  const read = await registry.begin('crm', ask, watch);
  const end = (): void => {
    registry.release(read.knowledge);
    leave?.();
    connection.end();
  };
  return { read, asked, end };
}

const tables = ({ knowledge }: CurrentKnowledge): string[] =>
  knowledge.catalog.relations.filter(({ schema }) => schema === 'public').map(({ name }) => name);

describe('sessions at one server', () => {
  it('see at their start what was changed beside the gateway, by one connection that compares for all', async () => {
    const first = await session();
    expect(tables(first.read)).toEqual(['one']);
    const second = await session();
    expect(second.read.knowledge).toBe(first.read.knowledge);
    expect(second.asked).toHaveLength(1);
    await until('the watch is there', async () => (await watching()) === 1);
    await inWatched('CREATE TABLE two (id int)');
    const later = await Promise.all([session(), session(), session(), session()]);
    for (const { read } of later) expect(tables(read).toSorted()).toEqual(['one', 'two']);
    expect(await watching()).toBe(1);
    expect(registry.stale('crm', first.read.version, first.read.seen)).toBe(true);
    for (const { end } of [first, second, ...later]) end();
  });

  it('outlive a database that is dropped and made anew under the same name, and never take the old for it', async () => {
    const before = [await session(), await session()];
    await until('the watch is there', async () => (await watching()) === 1);
    await execute(postgres.superuserUrl, 'DROP DATABASE watched WITH (FORCE)');
    await postgres.createDatabase('watched');
    await inWatched('CREATE TABLE one (name text)');
    const after = [await session(), await session()];
    for (const { read } of after) {
      expect(read.knowledge.catalog.databaseOid).not.toBe(before[0]?.read.knowledge.catalog.databaseOid);
      expect(read.knowledge.catalog.relations.find(({ name }) => name === 'one')?.columns[0]?.name).toBe('name');
    }
    await until('the watch is back', async () => (await watching()) === 1);
    const last = await session();
    expect(last.read.knowledge).toBe(after[0]?.read.knowledge);
    for (const { end } of [...before, ...after, last]) end();
    await until('the watch has gone after the last session', async () => (await watching()) === 0);
    await execute(postgres.superuserUrl, 'DROP DATABASE watched');
  });
});
