import { describeText, loadParser, type Knowledge, type KnowledgeIndex, type StatementDescription } from '@app/sql';
import { buildKnowledgeIndex, closeProtection } from '@app/sql';
import { Client } from 'pg';
import { startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { CATALOG_STATEMENTS, decodeCatalog } from './catalog-query.js';
import { QuestionError, type Inspect } from './question.js';
import { askOpinion, knownOpinion, unasked, wantsOpinion } from './second-opinion.js';

let postgres: TestPostgres;
let client: Client;
let knowledge: Knowledge;
let index: KnowledgeIndex;

beforeAll(async () => {
  postgres = await startPostgres();
  await loadParser();
  client = new Client({ connectionString: await postgres.createDatabase('opinions') });
  await client.connect();
  await client.query('CREATE TABLE users (id int, email text, label text)');
  const parts: string[] = [];
  for (const text of CATALOG_STATEMENTS) {
    parts.push((await client.query<string[]>({ text, rowMode: 'array' })).rows[0]?.[0] ?? '');
  }
  const catalog = decodeCatalog(parts, 1);
  const { columns, strict } = closeProtection(catalog, [{ class: 'personal', columns: ['public.users.email'] }]);
  knowledge = { id: 1, catalog, protected: columns, strict };
  index = buildKnowledgeIndex(knowledge);
});
afterAll(async () => {
  await client?.end();
  await postgres?.stop();
});

/** Asks as the session does, with PREPARE where it sends a Parse: the server prints the wrapper too, which is left out. */
const ask: Inspect = async (...statements) => {
  const rows: (string | null)[][] = [];
  const hear = ({ message, detail }: { message?: string | undefined; detail?: string | undefined }): void => {
    if (message === 'rewritten parse tree:' && detail?.includes('PREPARESTMT') === false) rows.push([detail]);
  };
  await client.query('BEGIN');
  try {
    for (const asked of statements) {
      if (typeof asked === 'string')
        rows.push(...(await client.query<string[]>({ text: asked, rowMode: 'array' })).rows);
      else {
        client.on('notice', hear);
        await client.query(`PREPARE asked AS ${asked.analyse}`);
        client.off('notice', hear);
        await client.query('DEALLOCATE asked');
      }
    }
    return rows;
  } catch (error) {
    client.off('notice', hear);
    throw new QuestionError(new Map([['M', String(error)]]));
  } finally {
    await client.query('ROLLBACK');
  }
};

function described(text: string): StatementDescription {
  const [statement] = describeText(text, index, ['pg_temp', 'pg_catalog', 'public']).statements;
  if (!statement) throw new Error('no statement');
  return { ...statement };
}

const about = () => ({ types: [], inBlock: false, knowledge });

describe('a second opinion', () => {
  it('refuses where lineage calls clean what the server reads from a protected column', async () => {
    const text = 'SELECT id, email FROM users';
    const mistaken = described(text);
    const clean = { taint: 'clean', source: null } as const;
    const opinion = await askOpinion(ask, text, { ...mistaken, outputs: [clean, clean] }, about());
    expect(opinion?.message).toMatch(/another way/);
    expect(opinion?.code).toBe('masking');
    expect(opinion?.differs).toEqual(['value column 2: personal']);
  });

  it('refuses where a use that shows nothing was not seen, or a statement is said to touch nothing', async () => {
    const text = "SELECT id FROM users WHERE email LIKE 'a%'";
    const seen = described(text);
    expect(await askOpinion(ask, text, { ...seen, oracles: [], filters: [] }, about())).not.toBeNull();
    expect(
      await askOpinion(
        ask,
        'SELECT label FROM users',
        { ...described('SELECT label FROM users'), lineage: 'clean' },
        about(),
      ),
    ).not.toBeNull();
  });

  it('is asked once for a statement, and for each declaration of types', async () => {
    const text = 'SELECT id, email FROM users WHERE id = 7';
    const statement = described(text);
    expect(knownOpinion(statement, [])).toBeUndefined();
    expect(await askOpinion(ask, text, statement, about())).toBeNull();
    expect(knownOpinion(statement, [])).toBeNull();
    expect(knownOpinion(statement, [23])).toBeUndefined();
  });

  it('is none where the server is of another version, prints nothing, or refuses the text', async () => {
    const text = 'SELECT label FROM users WHERE id = 8';
    const old = { ...knowledge, catalog: { ...knowledge.catalog, serverVersion: 140_000 } };
    expect(await askOpinion(ask, text, described(text), { ...about(), knowledge: old })).not.toBeNull();
    expect(await askOpinion(() => Promise.resolve([['']]), text, described(text), about())).not.toBeNull();
    const failed = await askOpinion(ask, 'SELECT nothing FROM users', described(text), about());
    expect(failed?.message).toContain('nothing');
  });

  it('is wanted of everything but what is about the session', () => {
    expect(wantsOpinion(described('SELECT 1'))).toBe(true);
    expect(wantsOpinion(described('DELETE FROM users'))).toBe(true);
    expect(wantsOpinion(described('EXPLAIN SELECT label FROM users'))).toBe(true);
    for (const text of ['BEGIN', 'COMMIT', 'SET work_mem = 4000', 'SHOW work_mem'])
      expect(wantsOpinion(described(text)), text).toBe(false);
    expect(unasked.code).toBe('masking');
  });
});
