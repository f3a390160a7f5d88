import type { Node } from '@pgsql/types';
import { Client } from 'pg';
import type { CatalogSnapshot } from '../../libs/sql/src/catalog.js';
import { type LineageContext, traceStatement } from '../../libs/sql/src/lineage/index.js';
import { CATALOG, relation } from '../../libs/sql/src/lineage/testing/known-database-spec.js';
import { loadParser, parseText } from '../../libs/sql/src/parse.js';
import { closeProtection } from '../../libs/sql/src/protection.js';
import { buildKnowledgeIndex } from '../../libs/sql/src/resolve.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { EXTREME_VALUES } from './extreme-values.js';

/** A type with the tables of its extreme values: `x_n.v` is protected, `y_n.v` is not. */
interface Probed {
  readonly oid: number;
  readonly place: number;
  readonly sql: string;
}

/** A function of the server: the types of its arguments, 0 for any. */
interface Signature {
  readonly name: string;
  readonly kind: string;
  readonly types: readonly number[];
  readonly sorted: boolean;
}

let server: TestPostgres;
let client: Client;
let types: readonly Probed[];
/** some that become one another without a word, and some that do not */
let mixed: readonly Probed[];
let signatures: readonly Signature[];
let operators: readonly string[];
let context: LineageContext;

beforeAll(async () => {
  await loadParser();
  server = await startPostgres();
  client = new Client({ connectionString: server.superuserUrl });
  await client.connect();
  await client.query("SET timezone = 'UTC'");
  await client.query(TRY);
  const found: Probed[] = [];
  for (const [place, [sql, values]] of Object.entries(EXTREME_VALUES).entries()) {
    for (const table of ['x', 'y']) {
      await client.query(`CREATE TABLE ${table}_${place} (v ${sql})`);
      for (const value of values) await client.query(`INSERT INTO ${table}_${place} VALUES ($1)`, [value]);
    }
    const { rows } = await client.query<{ oid: number }>(
      `SELECT atttypid::int8::int AS oid FROM pg_attribute WHERE attrelid = 'x_${place}'::regclass AND attname = 'v'`,
    );
    found.push({ oid: rows[0]?.oid ?? 0, place, sql });
  }
  types = found;
  const names = new Set(MIXED.split(' '));
  mixed = types.filter(({ sql }) => names.has(sql));
  await client.query("CREATE TABLE secret (v text); INSERT INTO secret VALUES ('b')");
  signatures = await listSignatures();
  operators = (await client.query<{ oprname: string }>('SELECT DISTINCT oprname FROM pg_operator')).rows.map(
    ({ oprname }) => oprname,
  );
  context = contextOfTypes();
}, 300_000);

afterAll(async () => {
  await client?.end();
  await server?.stop();
});

/**
 * Runs each statement to its end; which of them raise while they run, rather than when they are read, and not for each row of the table
 * whose alias is said: what fails for all of them tells of none.
 */
const TRY = `CREATE FUNCTION raising(statements text[], aliases text[]) RETURNS TABLE (statement text, message text) LANGUAGE plpgsql AS $$
  DECLARE
    place tid;
    passes bool;
  BEGIN
    FOR n IN 1 .. cardinality(statements) LOOP
      statement := statements[n];
      BEGIN
        EXECUTE statement;
        CONTINUE;
      EXCEPTION WHEN OTHERS THEN message := SQLERRM;
      END;
      BEGIN
        EXECUTE 'PREPARE tried AS ' || statement;
        DEALLOCATE tried;
      EXCEPTION WHEN OTHERS THEN CONTINUE;
      END;
      passes := aliases[n] IS NULL;
      IF NOT passes THEN
        FOR place IN EXECUTE 'SELECT ' || aliases[n] || '.ctid' || substr(statement, strpos(statement, ' FROM ')) LOOP
          BEGIN
            EXECUTE format('%s WHERE %s.ctid = %L', statement, aliases[n], place);
            passes := true;
          EXCEPTION WHEN OTHERS THEN NULL;
          END;
        END LOOP;
      END IF;
      IF passes THEN RETURN NEXT; END IF;
    END LOOP;
  END $$`;

async function listSignatures(): Promise<readonly Signature[]> {
  const { rows } = await client.query<Signature>(`
    SELECT proname AS name, prokind AS kind, coalesce(aggkind <> 'n', false) AS sorted,
      ARRAY(SELECT CASE WHEN typtype = 'p' THEN 0 ELSE t::int8::int END FROM unnest(proargtypes) WITH ORDINALITY AS a(t, n)
            JOIN pg_type ON pg_type.oid = t ORDER BY n) AS types
    FROM pg_proc LEFT JOIN pg_aggregate ON aggfnoid = pg_proc.oid
    WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind <> 'p' AND pronargs BETWEEN 1 AND 4
      AND NOT proargtypes::oid[] && ARRAY['internal'::regtype, 'cstring'::regtype, 'trigger'::regtype]::oid[]`);
  return rows;
}

function contextOfTypes(): LineageContext {
  const relations = types.flatMap(({ oid, place }) => [
    relation(30_000 + place, `public.x_${place}`, [['v', oid]]),
    relation(31_000 + place, `public.y_${place}`, [['v', oid]]),
  ]);
  const catalog: CatalogSnapshot = {
    ...CATALOG,
    relations: [...relations, relation(32_000, 'public.secret', [['v', 25]])],
    userFunctions: [],
    userOperators: [],
    userTypes: [],
    userCasts: [],
  };
  const { columns, strict } = closeProtection(catalog, [{ class: 'extreme', columns: ['public.{x_*,secret}.v'] }]);
  return {
    index: buildKnowledgeIndex({ id: 1, catalog, protected: columns, strict }),
    searchPath: ['pg_catalog', 'public'],
  };
}

const BATCH = 200;

/** Those of the statements of which lineage says that nothing is told by whether they fail. */
function saidNeverToFail(statements: readonly string[]): string[] {
  const batches = Array.from({ length: Math.ceil(statements.length / BATCH) }, (_, at) =>
    statements.slice(at * BATCH, (at + 1) * BATCH),
  );
  return batches.flatMap((batch) => {
    const parsed = parseText(batch.join(';\n'));
    if (parsed.error) throw new Error(parsed.error.message);
    return batch.filter((_, at) => {
      const { lineage, oracles } = traceStatement((parsed.statements[at]?.node ?? {}) as Node, context);
      return lineage !== 'refused' && !oracles.some(({ kind }) => kind === 'evaluation');
    });
  });
}

const CONSTANTS: Readonly<Record<number, readonly string[]>> = {
  23: ['0', '1', '2147483647'],
  20: ['1', '9223372036854775807'],
  25: ["''", "'year'", "'999D99'"],
  16: ['true'],
  701: ['0.5', '2'],
  1700: ['0.5'],
};

/** The places of a call: a column of the table, or a constant. */
type Place = Probed | string;

/** An expression over the columns of tables, with the tables. */
function statementOf(
  places: readonly Place[],
  write: (written: readonly string[]) => string,
  table: 'x' | 'y',
): string {
  const written = places.map((place, at) => (typeof place === 'string' ? place : `t${at}.v`));
  const from = places.flatMap((place, at) => (typeof place === 'string' ? [] : [`${table}_${place.place} t${at}`]));
  return table === 'x'
    ? `SELECT ${write(written)} FROM ${from.join(', ')}`
    : `SELECT CASE WHEN secret.v > 'a' THEN ${write(written)} END FROM ${['secret', ...from].join(', ')}`;
}

function placesOf({ types: wanted }: Signature): Place[][] {
  const columns: (readonly Probed[])[] = wanted.map((oid) =>
    oid === 0 ? types : types.filter((type) => type.oid === oid),
  );
  const found: Place[][] = [];
  for (const [at, candidates] of columns.entries())
    for (const type of candidates) {
      const others = wanted.map((oid, place): readonly Place[] =>
        place === at ? [type] : (CONSTANTS[oid] ?? [`'1'`, 'NULL']),
      );
      found.push(...product<Place>(others));
    }
  if (wanted.length === 2) {
    const [first = [], second = []] = columns;
    if (!wanted.includes(0)) found.push(...product<Place>([first, second]));
    else found.push(...mixed.map((type) => [type, type]));
  }
  return found;
}

function product<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((found, list) => found.flatMap((each) => list.map((next) => [...each, next])), [[]]);
}

function callOf({ name, kind, sorted }: Signature, written: readonly string[]): string {
  const quoted = `pg_catalog."${name}"`;
  if (sorted) return `${quoted}(${written.slice(0, -1).join(', ')}) WITHIN GROUP (ORDER BY ${written.at(-1) ?? ''})`;
  return `${quoted}(${written.join(', ')})${kind === 'w' ? ' OVER ()' : ''}`;
}

async function raising(statements: readonly string[]): Promise<string[]> {
  const alone = statements.map((statement) => {
    const [first, ...more] = statement.startsWith('SELECT CASE WHEN secret')
      ? []
      : (statement.match(/ t\d(?=,|$)/gu) ?? []);
    return first === undefined || more.length > 0 ? null : first.trim();
  });
  const { rows } = await client.query<{ statement: string; message: string }>('SELECT * FROM raising($1, $2)', [
    statements,
    alone,
  ]);
  return rows.map(({ statement, message }) => `${statement} → ${message}`).filter((each) => !isFarAway(each));
}

/** Of columns as they are stored dates are taken to be moments, and numbers to be no larger than floats: nobody put such there to learn. */
function isFarAway(failure: string): boolean {
  return (
    !failure.includes('secret') &&
    / → (?:date|timestamp) out of range| is out of range for type (?:real|double)/u.test(failure)
  );
}

/** Once as they are on protected values, and once by the answer of a protected value. */
function both(places: readonly (readonly Place[])[], write: (written: readonly string[]) => string): string[] {
  return places.flatMap((each) => [statementOf(each, write, 'x'), statementOf(each, write, 'y')]);
}

const MIXED =
  'text int4 int8 oid float4 float8 numeric date time timestamp timestamptz interval json jsonb box macaddr macaddr8 text[]';

const infix =
  (name: string) =>
  ([a, b]: readonly string[]): string =>
    `${a ?? ''} ${name} ${b ?? ''}`;

describe('what is said to fail for no value fails for none at the edges of its type', () => {
  it('calls of functions, aggregates and window functions', async () => {
    const known = saidNeverToFail(['SELECT 1', ...signatures.map(bareCall)]);
    const listed = new Set(known);
    const statements = signatures
      .filter((signature) => listed.has(bareCall(signature)))
      .flatMap((signature) => both(placesOf(signature), (written) => callOf(signature, written)));
    const said = saidNeverToFail(statements);
    expect(said.length).toBeGreaterThan(500);
    expect(await raising(said)).toEqual([]);
  }, 300_000);

  it('operators of any two types', async () => {
    const pairs = product<Probed>([mixed, mixed]);
    const own = types.map((type) => [type, type]);
    const statements = operators.flatMap((name) =>
      both(name === '=' || name === '<' ? [...pairs, ...own] : own, infix(name)),
    );
    const said = saidNeverToFail([...statements, ...jsonSelections()]);
    expect(said.length).toBeGreaterThan(500);
    expect(await raising(said)).toEqual([]);
  }, 300_000);

  it('casts', async () => {
    const statements = types.flatMap(({ sql }) =>
      both(
        types.map((type) => [type]),
        ([a]) => `${a ?? ''}::${sql}`,
      ),
    );
    const said = saidNeverToFail(statements);
    expect(said.length).toBeGreaterThan(100);
    expect(await raising(said)).toEqual([]);
  }, 300_000);

  it('what makes one type of two', async () => {
    const forms = [
      'CASE WHEN random() < 0.5 THEN A ELSE B END',
      'CASE A WHEN B THEN 1 END',
      'COALESCE(A, B)',
      'NULLIF(A, B)',
      'GREATEST(A, B)',
      'A IN (B, B)',
      'A BETWEEN B AND B',
      '(A, 1) < (B, 2)',
      'ARRAY[A, B]',
      'A = ANY (ARRAY[B])',
      'A IS DISTINCT FROM B',
      'A IN (SELECT B)',
      'ARRAY(SELECT A UNION ALL SELECT B)',
      'ARRAY(VALUES (A), (B))',
      'lag(A, 1, B) OVER ()',
    ];
    const statements = forms.flatMap((form) =>
      both(product<Probed>([mixed, mixed]), ([a, b]) =>
        form.replace(/\b[AB]\b/gu, (name) => (name === 'A' ? a : b) ?? ''),
      ),
    );
    const said = saidNeverToFail(statements);
    expect(said.length).toBeGreaterThan(500);
    expect(await raising(said)).toEqual([]);
  }, 300_000);
});

function bareCall(signature: Signature): string {
  return `SELECT ${callOf(
    signature,
    signature.types.map(() => "'1'"),
  )}`;
}

function jsonSelections(): string[] {
  const texts = types.filter(({ sql }) => sql === 'text' || sql === 'int4' || sql === 'text[]');
  const documents = types.filter(({ sql }) => sql === 'json' || sql === 'jsonb');
  return ['->', '->>', '#>', '#>>', '?', '?|', '||'].flatMap((name) =>
    both(product<Probed>([[...documents, ...texts], texts]), infix(name)),
  );
}
