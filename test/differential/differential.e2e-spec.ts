import {
  describeText,
  judge,
  type KeyOf,
  type KnowledgeIndex,
  loadParser,
  primaryKeys,
  traceServerTree,
} from '@app/sql';
import type { Client } from 'pg';
import { sampleSchema } from '../../apps/quickstart/src/sample-crm.schema.js';
import { execute, startPostgres, type TestPostgres } from '../support/postgres.js';
import { makeDatabase, openSession, readKnowledge, SEARCH_PATH } from './databases.js';
import { interfere, mayDiffer } from './execution.js';
import { Statements } from './grammar-statements.js';
import {
  ESCAPES_PROTECTED,
  ESCAPES_SCHEMA,
  escapeStatements,
  ownEscapes,
  SAMPLE_PROTECTED,
  sqlsmithStatements,
  usefulStatements,
} from './other-statements.js';
import { PROTECTED, TEMPORARY } from './schema.js';
import { ServerOracle } from './server-oracle.js';
import { Counts } from './tally.js';

// The lineage of statements against the server's own tree of them, and against what they answer on two databases that differ in
// nothing but protected values. `npm run nightly -- differential` compares a hundred times as many, and those of sqlsmith.

const count = Number(process.env['SALLYPORT_DIFFERENTIAL'] ?? 200);
const nightly = process.env['SALLYPORT_DIFFERENTIAL'] !== undefined;
const seed = Number(process.env['SALLYPORT_SEED'] ?? 1);
const fromSqlsmith = Number(process.env['SALLYPORT_SQLSMITH'] ?? 0);
/** every so many statements one is also run twice */
const EVERY = 4;
const limit = 120_000 + count * 100;

/** A database, what lineage knows of it, and how its server is asked. */
interface World {
  readonly oracle: ServerOracle;
  readonly index: KnowledgeIndex;
  readonly keyOf: KeyOf;
}

type Rules = Parameters<typeof readKnowledge>[1];

async function worldOf(oracle: ServerOracle, rules: Rules): Promise<World> {
  const index = await readKnowledge((sql) => oracle.ask(sql), rules);
  return { oracle, index, keyOf: primaryKeys(index.catalog) };
}

let postgres: TestPostgres;
let world: World;
let sides: { left: Client; right: Client };

beforeAll(async () => {
  postgres = await startPostgres({ folder: process.env['SALLYPORT_POSTGRES'] });
  await loadParser();
  await makeDatabase(postgres, 'left');
  await makeDatabase(postgres, 'right');
  const oracle = await ServerOracle.open(postgres, 'left', TEMPORARY);
  world = await worldOf(oracle, PROTECTED);
  sides = { left: await openSession(postgres, 'left'), right: await openSession(postgres, 'right') };
});

afterAll(async () => {
  world?.oracle.close();
  await sides?.left.end();
  await sides?.right.end();
  await postgres?.stop();
});

/** Compares one statement. @param run also run it twice, if lineage lets it through */
async function compare({ oracle, index, keyOf }: World, text: string, counts: Counts, run: boolean): Promise<void> {
  const { statements, error } = describeText(text, index, SEARCH_PATH);
  const [description] = statements;
  if (error || !description || statements.length > 1) {
    counts.silent += 1;
    return;
  }
  const analysed = await oracle.analyse(text);
  if (analysed.tree === null) {
    counts.rejected += 1;
    return;
  }
  const tree = traceServerTree(analysed.tree, keyOf);
  if (tree === 'dump') counts.note(text, [{ difference: 'unread', detail: 'dump' }]);
  if (typeof tree === 'string') {
    counts.silent += 1;
    return;
  }
  counts.compared += 1;
  if (description.lineage === 'refused') counts.refused += 1;
  else if (description.outputs?.some(({ taint }) => taint !== 'clean')) counts.masked += 1;
  else counts.clean += 1;
  counts.note(text, judge(description, tree, analysed.columns, index.protectedByRelation));
  if (!run || description.lineage === 'refused' || mayDiffer(description)) return;
  counts.executed += 1;
  const result = await interfere(sides, text, description);
  if (result.outcome === 'differs') {
    const detail = `answers ${result.left.slice(0, 200)}, then ${result.right.slice(0, 200)}`;
    counts.note(text, [{ difference: 'value', detail }]);
  }
}

function finish(name: string, counts: Counts): void {
  process.stdout.write(`differential: ${name}: ${counts.toString()}\n`);
  for (const line of counts.costs(25)) process.stdout.write(`differential:   ${line}\n`);
  expect(counts.dangerous.slice(0, 20).join('\n\n'), `${counts.dangerous.length} dangerous differences`).toBe('');
}

const progress = (): ((counts: Counts) => void) => {
  let told = Date.now();
  return (counts) => {
    if (Date.now() - told < 5_000) return;
    told = Date.now();
    process.stdout.write(`differential: … ${counts.toString()}\n`);
  };
};

it(
  `finds nothing clean that the server computes from protected columns (seed ${seed})`,
  { timeout: limit },
  async () => {
    const grammar = new Statements(seed);
    const counts = new Counts();
    const tell = progress();
    for (let made = 0; counts.compared < count && made < count * 4; made += 1) {
      await compare(world, grammar.next(), counts, made % EVERY === 0);
      tell(counts);
    }
    finish(`seed ${seed}`, counts);
    expect(counts.compared).toBe(count);
    expect(counts.masked).toBeGreaterThan(count / 50);
    expect(counts.executed).toBeGreaterThan(0);
  },
);

/** Compares statements over a database of their own. */
async function compareOver(
  name: string,
  schema: readonly string[],
  rules: Rules,
  texts: readonly string[],
): Promise<void> {
  const url = await postgres.createDatabase(name);
  for (const sql of schema) await execute(url, sql);
  const oracle = await ServerOracle.open(postgres, name);
  const counts = new Counts();
  try {
    const other = await worldOf(oracle, rules);
    for (const text of texts) await compare(other, text, counts, false);
  } finally {
    oracle.close();
  }
  finish(name, counts);
  expect(counts.compared).toBeGreaterThan(50);
}

it('finds nothing of the kind in the known escapes and what must pass', async () => {
  const texts = [...escapeStatements(), ...(nightly ? await ownEscapes() : [])];
  await compareOver('escapes', ESCAPES_SCHEMA, ESCAPES_PROTECTED, texts);
});

const later = 'skipped here, since `npm run nightly -- differential` takes them';
if (!nightly) process.stdout.write(`differential: ordinary statements: ${later}\n`);
if (fromSqlsmith === 0) process.stdout.write(`differential: sqlsmith: ${later}\n`);

it.runIf(nightly)('finds nothing of the kind in ordinary statements over the sample', async () => {
  await compareOver('ordinary', [sampleSchema], SAMPLE_PROTECTED, await usefulStatements());
});

it.runIf(fromSqlsmith > 0)('finds nothing of the kind in what sqlsmith writes', { timeout: 1_200_000 }, async () => {
  const texts = await sqlsmithStatements(postgres.urlFor('sallyport_migrations', 'left'), seed, fromSqlsmith);
  if (!texts) {
    process.stdout.write('differential: sqlsmith: not installed\n');
    return;
  }
  const counts = new Counts();
  const tell = progress();
  for (const text of texts) {
    await compare(world, text, counts, false);
    tell(counts);
  }
  finish('sqlsmith', counts);
  expect(counts.compared).toBeGreaterThan(0);
});
