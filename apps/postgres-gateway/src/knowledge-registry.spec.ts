import { ColumnsFile } from './bound-columns.js';
import {
  CATALOG_STATEMENTS,
  DEFINITIONS_STATEMENT,
  FINGERPRINT_STATEMENT,
  STANDING_STATEMENT,
} from './catalog-query.js';
import { KnowledgeRegistry, type SharedComparison } from './knowledge-registry.js';
import type { Ask } from './question.js';

/** A database whose catalog is a number: what sessions ask of it is answered as PostgreSQL would. */
class Database {
  catalog = 1;
  snapshot = 'a';
  place = 'sp 5 180000 1 0';
  incomplete = false;
  readonly asked: string[] = [];

  readonly ask: Ask = (statement) => {
    switch (statement) {
      case STANDING_STATEMENT:
        this.asked.push('standing');
        return Promise.resolve([[this.place, this.snapshot, '2026-01-01T00:00:00.000000Z', 'public', '0']]);
      case FINGERPRINT_STATEMENT:
        this.asked.push('fingerprint');
        return Promise.resolve([[`${this.place} ${this.catalog}/1`, this.snapshot, this.place]]);
      case DEFINITIONS_STATEMENT:
        this.asked.push('definitions');
        return Promise.resolve([[JSON.stringify({ searchPath: [], views: [], incomplete: this.incomplete })]]);
      case CATALOG_STATEMENTS[0]:
        return Promise.resolve([[JSON.stringify({ schemas: [], relations: [] })]]);
      default:
        this.asked.push('catalog');
        return Promise.resolve([
          [
            JSON.stringify({
              databaseOid: 5,
              database: 'crm',
              serverVersion: 180_000,
              role: 'sp',
              schemas: [],
              relations: [],
              functions: [],
              operators: [],
              types: [],
              casts: [],
              eventTriggers: [],
            }),
          ],
        ]);
    }
  };

  takeAsked(): string[] {
    return this.asked.splice(0);
  }
}

let now: number;
let database: Database;
let registry: KnowledgeRegistry;
const nobody: SharedComparison = { compared: () => Promise.resolve(null) };

beforeEach(() => {
  now = 1_000;
  database = new Database();
  registry = new KnowledgeRegistry(
    { learn: () => undefined, forget: () => undefined },
    () => [],
    () => now,
    () => undefined,
    () => undefined,
    new ColumnsFile(null, () => undefined),
  );
});

describe('a session that begins', () => {
  const begin = (shared: SharedComparison | null = null) => registry.begin('crm', database.ask, shared);

  it('reads the catalog that nobody has read yet', async () => {
    await begin();
    expect(database.takeAsked()).toEqual(['standing', 'fingerprint', 'catalog', 'fingerprint']);
  });

  it('compares nothing as long as no transaction was there since somebody did', async () => {
    const { knowledge } = await begin();
    database.takeAsked();
    expect((await begin()).knowledge).toBe(knowledge);
    expect(database.takeAsked()).toEqual(['standing']);
  });

  it('compares when there was one, and finds what it changed', async () => {
    const { knowledge } = await begin();
    database.snapshot = 'b';
    expect((await begin()).knowledge).toBe(knowledge);
    database.takeAsked();
    database.snapshot = 'c';
    database.catalog = 2;
    expect((await begin()).knowledge).not.toBe(knowledge);
    expect(database.takeAsked()).toEqual(['standing', 'fingerprint', 'catalog', 'fingerprint']);
  });

  it('compares always where the server does not tell of transactions, as a standby', async () => {
    database.snapshot = '';
    await begin();
    database.takeAsked();
    await begin();
    expect(database.takeAsked()).toEqual(['standing', 'fingerprint']);
  });

  it.each([
    ['another database of the same name', 'sp 6 180000 1 0'],
    ['another role', 'other 5 180000 1 0'],
    ['another server', 'sp 5 180000 2 0'],
    ['temporary tables of its own', 'sp 5 180000 1 77'],
  ])('takes nothing over from a session with %s', async (_, place) => {
    const { knowledge } = await begin();
    database.takeAsked();
    database.place = place;
    expect((await begin()).knowledge).not.toBe(knowledge);
    expect(database.takeAsked()).toContain('catalog');
  });

  it('goes by what was compared for all who asked, and compares itself where that was elsewhere, or nobody did', async () => {
    const { knowledge } = await begin();
    const shared = await registry.current('crm', database.ask, null);
    database.snapshot = 'b';
    database.takeAsked();
    expect((await begin({ compared: () => Promise.resolve(shared) })).knowledge).toBe(knowledge);
    expect(database.takeAsked()).toEqual(['standing']);
    await begin({ compared: () => Promise.resolve({ ...shared, place: 'sp 5 180000 9 0' }) });
    expect(database.takeAsked()).toEqual(['standing', 'fingerprint']);
    database.snapshot = 'c';
    await begin(nobody);
    expect(database.takeAsked()).toEqual(['standing', 'fingerprint']);
  });

  it('has to compare again when a change was told of while it did', async () => {
    await begin();
    let tell = true;
    const slow: Ask = async (...statements) => {
      const answer = await database.ask(...statements);
      if (statements[0] === FINGERPRINT_STATEMENT && tell) {
        tell = false;
        registry.changedElsewhere('crm');
      }
      return answer;
    };
    const read = await registry.current('crm', slow, null);
    expect(registry.stale('crm', read.version, read.seen)).toBe(true);
    const again = await registry.current('crm', slow, read.fingerprint);
    expect(registry.stale('crm', again.version, again.seen)).toBe(false);
  });

  it('has to compare again after 5 s, unless somebody else did', async () => {
    const { version, seen, fingerprint } = await begin();
    now += 5_000;
    expect(registry.stale('crm', version, seen)).toBe(false);
    now += 1;
    expect(registry.stale('crm', version, seen)).toBe(true);
    await registry.current('crm', database.ask, fingerprint, true);
    expect(registry.stale('crm', version, seen)).toBe(false);
  });

  it('is told when somebody else found a change', async () => {
    const { version, seen, fingerprint } = await begin();
    database.catalog = 2;
    await registry.current('crm', database.ask, fingerprint, true);
    expect(registry.stale('crm', version, seen)).toBe(true);
  });
});

describe('definitions of views', () => {
  const rules = [{ class: 'email', columns: ['*.email'] }];
  const strict = (): KnowledgeRegistry =>
    new KnowledgeRegistry(
      { learn: () => undefined, forget: () => undefined },
      () => rules,
      () => now,
      () => undefined,
      () => undefined,
      new ColumnsFile(null, () => undefined),
    );

  it('are asked for where something is protected, and nowhere else', async () => {
    await registry.current('crm', database.ask, null);
    expect(database.takeAsked()).not.toContain('definitions');
    await strict().current('crm', database.ask, null);
    expect(database.takeAsked()).toContain('definitions');
  });

  it('that could not be printed are asked for again after a while, though nothing else has changed', async () => {
    const guarded = strict();
    database.incomplete = true;
    const first = await guarded.current('crm', database.ask, null);
    now += 1_000;
    expect((await guarded.current('crm', database.ask, first.fingerprint)).knowledge).toBe(first.knowledge);
    database.incomplete = false;
    now += 15_000;
    const second = await guarded.current('crm', database.ask, first.fingerprint);
    expect(second.knowledge).not.toBe(first.knowledge);
    expect(second.fingerprint).toBe(first.fingerprint);
    now += 60_000;
    expect((await guarded.current('crm', database.ask, first.fingerprint)).knowledge).toBe(second.knowledge);
  });
});
