import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Knowledge } from '@app/sql';
import ts from 'typescript';
import { ParserPool, type ParserPoolOptions } from './parser-pool.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Threads run JavaScript: the sources as they are now, next to the packages they import. */
function transpileSqlRoom(): { workerUrl: URL; remove: () => void } {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache', 'sql-'));
  const source = join(root, 'libs/sql/src');
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name.endsWith('.spec.ts')) continue;
    const file = join(folder, name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(file), { recursive: true });
    const { outputText } = ts.transpileModule(readFileSync(join(source, name), 'utf8'), { compilerOptions: options });
    writeFileSync(file, outputText);
  }
  return {
    workerUrl: pathToFileURL(join(folder, 'parser.worker.js')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const knowledge = (id: number): Knowledge => ({
  id,
  protected: [],
  strict: false,
  catalog: {
    id,
    databaseOid: 16400,
    database: 'shop',
    serverVersion: 180000,
    role: 'app',
    schemas: [{ oid: 2200, name: 'public', temporary: false, usable: true }],
    relations: [
      {
        oid: 16501,
        schema: 'public',
        name: 'users',
        kind: 'r',
        parents: [],
        active: [],
        columns: [{ attnum: 1, name: 'id', typeOid: 20, typmod: -1, generated: '' }],
      },
    ],
    userFunctions: [],
    userOperators: [],
    userTypes: [],
    userCasts: [],
    eventTriggers: [],
  },
});

const context = { knowledgeId: 1, searchPath: ['public'] };
/** Deeper than the stack of a thread: the parser of that thread is lost. */
const killer = (i: number): string => `SELECT ${'1+'.repeat(600_000)}${i}`;
const slow = `INSERT INTO users VALUES ${'(1),'.repeat(3_500_000)}(1)`;

let built: ReturnType<typeof transpileSqlRoom>;
let pool: ParserPool;
let replaced: string[];

function start(options: Partial<ParserPoolOptions> = {}): ParserPool {
  replaced = [];
  pool = new ParserPool({
    workers: 2,
    workerUrl: built.workerUrl,
    onReplaced: (reason) => replaced.push(reason),
    ...options,
  });
  pool.learn(knowledge(1));
  return pool;
}

beforeAll(() => {
  built = transpileSqlRoom();
});
afterEach(() => pool.close());
afterAll(() => built.remove());

describe('the pool of parsers', () => {
  it('refuses a text above the limit, in bytes, without asking a thread', async () => {
    start({ maxTextBytes: 20 });
    await expect(pool.describe(`SELECT '${'é'.repeat(10)}'`, context)).rejects.toMatchObject({ code: 'too-large' });
    await expect(pool.describe(`SELECT '${'e'.repeat(10)}'`, context)).resolves.toMatchObject({ error: null });
  });

  it('refuses a text against a catalog that is not known, or no longer', async () => {
    start();
    await expect(pool.describe('SELECT 1', { ...context, knowledgeId: 9 })).rejects.toMatchObject({
      code: 'unknown-knowledge',
    });
    await pool.describe('SELECT 1', context);
    pool.forget(1);
    expect(pool.cached('SELECT 1', context)).toBeUndefined();
    await expect(pool.describe('SELECT 1', context)).rejects.toMatchObject({ code: 'unknown-knowledge' });
  });

  it('refuses what waits when it is closed, and everything after', async () => {
    start({ workers: 1 });
    const waiting = [1, 2, 3].map((n) => pool.describe(`SELECT ${n}`, context));
    pool.close();
    for (const answer of await Promise.allSettled(waiting))
      expect(answer).toMatchObject({ reason: { code: 'closed' } });
    await expect(pool.describe('SELECT 1', context)).rejects.toMatchObject({ code: 'closed' });
  });

  it('refuses more than may wait', async () => {
    start({ workers: 1, maxWaiting: 2 });
    const answers = await Promise.allSettled([1, 2, 3, 4].map((n) => pool.describe(`SELECT ${n}`, context)));
    expect(answers.filter((answer) => answer.status === 'rejected')).toMatchObject([
      { reason: { code: 'busy' } },
      { reason: { code: 'busy' } },
    ]);
  });

  it('refuses a text that does not parse by saying so', async () => {
    start();
    await expect(pool.describe('SELEC 1', context)).resolves.toMatchObject({ statements: [], error: { position: 1 } });
  });

  it('a text that kills its parser loses only itself', async () => {
    start();
    const others = Array.from({ length: 40 }, (_, n) => pool.describe(`SELECT id FROM users WHERE id = ${n}`, context));
    const dead = pool.describe(killer(1), context);
    const later = Array.from({ length: 40 }, (_, n) => pool.describe(`SELECT ${n} FROM users`, context));
    await expect(dead).rejects.toMatchObject({ code: 'died' });
    for (const description of await Promise.all([...others, ...later])) {
      expect(description.statements[0]).toMatchObject({ effect: 'read', objects: [{ oid: 16501 }] });
    }
    expect(replaced).toEqual(['died']);
  });

  it('outlives more killers than it has threads, and each new thread knows the catalogs', async () => {
    start();
    for (let i = 0; i < 5; i++) await expect(pool.describe(killer(i), context)).rejects.toMatchObject({ code: 'died' });
    await expect(pool.describe('SELECT id FROM users', context)).resolves.toMatchObject({
      statements: [{ effect: 'read' }],
    });
    expect(replaced).toHaveLength(5);
  });

  it('ends a thread that is at one text for too long', async () => {
    start({ workers: 1, timeoutMs: 1000 });
    await pool.describe('SELECT 0', context);
    const stuck = pool.describe(slow, context);
    const behind = pool.describe('SELECT id FROM users', context);
    await expect(stuck).rejects.toMatchObject({ code: 'timeout' });
    await expect(behind).resolves.toMatchObject({ statements: [{ effect: 'read' }] });
    expect(replaced).toEqual(['timeout']);
  });

  it('does not let anybody wait for threads that never come up', async () => {
    start({ workerUrl: pathToFileURL(join(root, 'no-such-worker.js')), timeoutMs: 100 });
    await expect(pool.describe('SELECT 1', context)).rejects.toMatchObject({ code: 'timeout' });
  });

  it('replaces a thread that has read much, and loses nothing by it', async () => {
    start({ workers: 1, recycleAfter: 1000 });
    for (let n = 0; n < 200; n++) {
      await expect(pool.describe(`SELECT ${n} FROM users`, context)).resolves.toMatchObject({ error: null });
    }
    expect(replaced.length).toBeGreaterThan(1);
    expect(new Set(replaced)).toEqual(new Set(['recycled']));
  });

  it('answers from the cache at once, by text, catalog and search path', async () => {
    start();
    pool.learn(knowledge(2));
    const description = await pool.describe('SELECT id FROM users', context);
    expect(pool.cached('SELECT id FROM users', { knowledgeId: 1, searchPath: ['public'] })).toBe(description);
    expect(pool.cached('SELECT id FROM users ', context)).toBeUndefined();
    expect(pool.cached('SELECT id FROM users', { ...context, searchPath: [] })).toBeUndefined();
    expect(pool.cached('SELECT id FROM users', { ...context, searchPath: null })).toBeUndefined();
    expect(pool.cached('SELECT id FROM users', { ...context, knowledgeId: 2 })).toBeUndefined();
  });

  it('warms up in the background and answers meanwhile', async () => {
    start();
    pool.warmUp(20);
    await expect(pool.describe('SELECT 1', context)).resolves.toMatchObject({ error: null });
  });
});
