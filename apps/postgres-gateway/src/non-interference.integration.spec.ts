import {
  buildKnowledgeIndex,
  closeProtection,
  describeText,
  loadParser,
  type KnowledgeIndex,
  type OutputColumn,
} from '@app/sql';
import { Client, DatabaseError } from 'pg';
import { startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { CATALOG_STATEMENTS, decodeCatalog } from './catalog-query.js';

/**
 * Two databases that differ in nothing but protected values. Whatever a statement that lineage lets through, and of which it says that
 * its author learns nothing more, answers in its clean columns, it must answer the same on both: row count, values, SQLSTATE, and the whole error where nothing is touched. Statistics
 * are never gathered: they would give one of the two another plan half-way, and which row an unordered DISTINCT ON keeps follows the plan.
 */
const SCHEMA = `
  CREATE TABLE users(id int PRIMARY KEY, email text, ssn text, salary numeric, dob date, label text) WITH (autovacuum_enabled = off);
  CREATE TABLE users_eu() INHERITS (users) WITH (autovacuum_enabled = off);
  CREATE TABLE orders(id int PRIMARY KEY, user_id int, label text, email text) WITH (autovacuum_enabled = off);
  INSERT INTO orders VALUES (1, 1, 'lamp', 'x'), (2, 2, 'chair', NULL), (3, 3, 'desk', 'z')`;

const SECRETS = {
  left: "INSERT INTO users VALUES (1, 'lamp', '1', 10, '1990-01-01', 'lamp'), (2, 'b@x', NULL, 20, '1991-01-01', 'b'); INSERT INTO users_eu VALUES (3, 'x', '33', 30, '1992-02-02', 'c')",
  right:
    "INSERT INTO users VALUES (1, 'zed', '777', 5, '2001-09-09', 'lamp'), (2, 'chair', NULL, 99, '1971-01-01', 'b'); INSERT INTO users_eu VALUES (3, 'a', '2', 1, '1999-12-31', 'c')",
};

const PATH = ['pg_temp', 'pg_catalog', 'public'];

let postgres: TestPostgres;
let left: Client;
let right: Client;
let index: KnowledgeIndex;

beforeAll(async () => {
  postgres = await startPostgres();
  await loadParser();
  left = await database('left');
  right = await database('right');
  const parts: string[] = [];
  for (const text of CATALOG_STATEMENTS) {
    parts.push((await left.query<string[]>({ text, rowMode: 'array' })).rows[0]?.[0] ?? '');
  }
  const catalog = decodeCatalog(parts, 1);
  const { columns, strict } = closeProtection(catalog, [
    { class: 'personal', columns: ['public.users.{email,ssn,salary,dob}'] },
  ]);
  index = buildKnowledgeIndex({ id: 1, catalog, protected: columns, strict });
});

afterAll(async () => {
  await left.end();
  await right.end();
  await postgres.stop();
});

async function database(name: 'left' | 'right'): Promise<Client> {
  const client = new Client({ connectionString: await postgres.createDatabase(name) });
  await client.connect();
  await client.query(`${SCHEMA}; ${SECRETS[name]}; SET statement_timeout = '3s'; SET client_min_messages = error`);
  return client;
}

/** Random SELECTs whose names collide on purpose: columns, aliases and tables share one small set of words. */
class Generator {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  private random(below: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * below);
  }

  private pick(choices: readonly string[]): string {
    return choices[this.random(choices.length)] ?? '';
  }

  private name(): string {
    return this.pick(['email', 'ssn', 'salary', 'dob', 'id', 'label', 'user_id', 'x', 'u', 'o', 'users', 'orders']);
  }

  private alias(): string {
    return this.pick(['u', 'o', 's', 'users', 'orders', 'email', 'id', 'x']);
  }

  private column(): string {
    // half of the names mean something in the most frequent FROM: the rest is for confusion
    if (this.random(2))
      return this.pick(['u.id', 'o.id', 'u.label', 'o.label', 'o.email', 'u.email', 'user_id', 'ssn', 'u.*']);
    const qualified = this.pick(['u.', 'o.', 's.', 'users.', 'orders.', '', '', '']);
    return `${qualified}${this.random(20) === 0 ? '*' : this.name()}`;
  }

  private expression(depth: number): string {
    const inner = (): string => this.expression(depth - 1);
    if (depth <= 0) return this.random(3) ? this.column() : this.pick(['1', "'lamp'", 'NULL', "'x'::text"]);
    switch (this.random(40)) {
      case 0:
        return `upper(${inner()})`;
      case 1:
        return `coalesce(${inner()}, ${inner()})`;
      case 2:
        return `(${inner()} || ${inner()})`;
      case 3:
        return `(${inner()} = ${inner()})`;
      case 4:
        return `(${inner()})::text`;
      case 5:
        return `CASE WHEN ${inner()} IS NULL THEN ${inner()} ELSE ${inner()} END`;
      case 6:
        return `(${inner()} IS NULL)`;
      case 7:
        return `(${this.query(depth - 1)})`;
      case 8:
        return `EXISTS (${this.query(depth - 1)})`;
      case 9:
        return `ARRAY(${this.query(depth - 1)})`;
      case 10:
        return `count(${inner()})`;
      case 11:
        return `max(${inner()})`;
      case 12:
        return `row_to_json(${this.alias()})`;
      case 13:
        return `ROW(${inner()}, ${inner()})`;
      case 14:
        return `(${inner()} IN (${this.query(depth - 1)}))`;
      case 15:
        return `to_json(${inner()})`;
      case 16:
        return `rank() OVER (ORDER BY ${inner()})`;
      case 17:
        return `(${this.alias()}).${this.name()}`;
      case 18:
        return `greatest(${inner()}, ${inner()})`;
      case 19:
        return `nullif(${inner()}, ${inner()})`;
      case 20:
        return `CASE ${inner()} WHEN ${inner()} THEN ${inner()} ELSE ${inner()} END`;
      case 21:
        return `CASE WHEN ${inner()} = ${inner()} THEN ${inner()} WHEN ${inner()} IS NULL THEN ${inner()} END`;
      case 22:
        return `(${inner()} BETWEEN ${inner()} AND ${inner()})`;
      case 23:
        return `(${inner()} LIKE ${this.pick(["'b%'", "'%x'", "'l_mp'"])})`;
      case 24:
        return `(${inner()} IN (${inner()}, 'lamp', ${inner()}))`;
      case 25:
        return `${this.pick(['count', 'min', 'array_agg', 'json_agg', 'string_agg'])}(${inner()}) FILTER (WHERE ${inner()} IS NOT NULL)`;
      case 26:
        return `count(DISTINCT ${inner()})`;
      case 27:
        return `${this.pick(['first_value', 'last_value', 'lag', 'lead', 'count'])}(${inner()}) OVER (${this.pick(['', 'PARTITION BY id ', 'PARTITION BY label '])}ORDER BY ${this.pick(['1', 'id', inner()])})`;
      case 28:
        return `(${inner()} ${this.pick(['AND', 'OR'])} ${inner()} IS NULL)`;
      case 29:
        return `(CASE WHEN ${inner()} = ${inner()} THEN 1 / 0 ELSE 1 END)`;
      case 30:
        return `substr(${inner()}, ${this.pick(['1', 'id', 'length(ssn)'])}, 2)`;
      case 31:
        return `(${inner()})::${this.pick(['int', 'numeric', 'date', 'varchar', 'varchar(3)', 'json'])}`;
      case 32:
        return `(${inner()} + ${inner()})`;
      case 33:
        return `JSON_OBJECT('a': ${inner()}, 'b': ${inner()})`;
      case 34:
        return `(ARRAY[${inner()}, ${inner()}])[${this.pick(['1', 'id'])}]`;
      case 35:
        return `percentile_disc(0.5) WITHIN GROUP (ORDER BY ${inner()})`;
      case 36:
        return `(${inner()} IS DISTINCT FROM ${inner()})`;
      case 37:
        return `extract(year FROM ${this.pick(['dob', inner()])})`;
      default:
        return this.column();
    }
  }

  private source(depth: number): string {
    const alias = this.random(3) ? ` AS ${this.alias()}` : '';
    const columns =
      alias && this.random(4) === 0
        ? `(${this.pick(['a', 'x', 'email', 'id'])}, ${this.pick(['b', 'label', 'email'])})`
        : '';
    if (depth > 0) {
      switch (this.random(9)) {
        case 0:
          return `(${this.query(depth - 1)}) AS ${this.alias()}${columns}`;
        case 1:
          return `LATERAL (${this.query(depth - 1)}) AS ${this.alias()}${columns}`;
        case 2:
          return `(${this.source(depth - 1)} JOIN ${this.source(depth - 1)} USING (${this.pick(['id', 'email', 'label'])}))${alias}${columns}`;
        case 3:
          return `(${this.source(depth - 1)} NATURAL LEFT JOIN ${this.source(depth - 1)})${alias}${columns}`;
        case 4:
          return `(${this.source(depth - 1)} FULL JOIN ${this.source(depth - 1)} ON ${this.pick(['true', 'u.id = o.user_id', 'u.email = o.email', 'id = 1'])})`;
        case 5:
          return `${this.pick(['generate_series(1, 2)', "json_each('{}')", 'upper(u.email)', "unnest(ARRAY['a'])"])}${alias}`;
        default:
      }
    }
    return `${this.pick(['users', 'orders', 'users', 'orders', 'users_eu', 'w', 'public.users'])}${alias}${columns}`;
  }

  query(depth: number): string {
    const targets = Array.from({ length: 1 + this.random(2) }, () => {
      if (this.random(3) === 0) return this.column();
      const name = this.random(4) === 0 ? ` AS ${this.pick(['email', 'id', 'label', 'x'])}` : '';
      return this.random(8) === 0 ? '*' : this.expression(depth) + name;
    });
    const clause = (chance: number, text: () => string): string => (this.random(chance) === 0 ? text() : '');
    const conditions = [
      ...(this.random(4) ? [] : [`${this.expression(depth - 1)} IS NOT NULL`]),
      ...(this.random(5) ? [] : [`id = ${this.expression(depth - 1)}`]),
    ];
    const sources = this.random(2)
      ? this.pick(['users u', 'orders o', 'users u, orders o', 'users u JOIN orders o ON o.user_id = u.id'])
      : `${this.source(depth)}${clause(3, () => `, ${this.source(depth)}`)}`;
    const once =
      `SELECT ${this.pick(['', '', '', '', '', '', '', 'DISTINCT ', 'DISTINCT ON (1) '])}${targets.join(', ')} FROM ${sources}` +
      (conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '') +
      clause(10, () => ` GROUP BY ${this.pick(['1', 'id', 'email', 'u.id', 'label'])}`) +
      clause(
        6,
        () => ` ORDER BY ${this.random(2) ? this.pick(['1', 'email', 'id', 'label']) : this.expression(depth - 1)}`,
      );
    if (depth > 0 && this.random(12) === 0)
      return `(${once}) ${this.pick(['UNION ALL', 'UNION ALL', 'UNION', 'EXCEPT', 'INTERSECT ALL'])} (${this.query(depth - 1)})`;
    if (depth > 0 && this.random(20) === 0)
      return `WITH RECURSIVE r(a, b, n) AS (SELECT ${this.expression(0)}, ${this.expression(0)}, 1 FROM users u, orders o UNION ALL SELECT b, a, n + 1 FROM r WHERE n < 3) SELECT a, ${this.pick(['b', 'n', 'b IS NULL'])} FROM r`;
    if (depth > 0 && this.random(6) === 0) {
      const name = this.pick(['w', 'users', 'orders', 'u']);
      return `WITH ${this.pick(['', 'RECURSIVE '])}${name}${this.pick(['', '(email, x)', '(id)'])} AS (${this.query(depth - 1)}) ${once}`;
    }
    return once;
  }
}

/** What a client learns of a result: clean columns of all rows, in any order, or the error. */
async function learned(
  client: Client,
  text: string,
  outputs: readonly OutputColumn[],
  exact: boolean,
): Promise<unknown> {
  try {
    const { rows, fields } = await client.query<unknown[]>({ text, rowMode: 'array' });
    expect(fields).toHaveLength(outputs.length);
    return rows.map((row) => JSON.stringify(row.filter((_, position) => outputs[position]?.taint === 'clean'))).sort();
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return exact ? `${error.code ?? ''} ${error.message}` : (error.code ?? '');
  }
}

/** All that a statement answers. */
async function everything(client: Client, text: string): Promise<string> {
  try {
    return JSON.stringify((await client.query<unknown[]>({ text, rowMode: 'array' })).rows);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return `${error.code ?? ''} ${error.message}`;
  }
}

describe('random statements that lineage lets through', () => {
  it.each([1, 2, 3])('tell nothing of protected values (seed %i)', { timeout: 180_000 }, async (seed) => {
    const generator = new Generator(seed * 7919);
    const counts = { refused: 0, failed: 0, answered: 0, masked: 0, unparsable: 0, telling: 0, derived: 0, asked: 0 };
    for (let round = 0; round < 4000; round += 1) {
      const text = generator.query(round % 3);
      const { statements, error } = describeText(text, index, PATH);
      const [description] = statements;
      if (error || !description) {
        counts.unparsable += 1;
        continue;
      }
      if (description.lineage === 'refused' || description.oracles.length > 0) {
        counts[description.lineage === 'refused' ? 'refused' : 'asked'] += 1;
        // the databases can be told apart: that no other statement does it means something
        if (round % 2 === 0 && (await everything(left, text)) !== (await everything(right, text))) counts.telling += 1;
        continue;
      }
      const outputs = description.outputs ?? [];
      const exact = description.lineage === 'clean';
      const onLeft = await learned(left, text, outputs, exact);
      const onRight = await learned(right, text, outputs, exact);
      expect([text, onLeft]).toEqual([text, onRight]);
      counts[typeof onLeft === 'string' ? 'failed' : 'answered'] += 1;
      if (outputs.some((output) => output.taint === 'column')) counts.masked += 1;
      if (outputs.some((output) => output.taint === 'derived')) counts.derived += 1;
    }
    expect(counts.telling).toBeGreaterThan(5);
    expect(counts.answered).toBeGreaterThan(200);
    expect(counts.masked).toBeGreaterThan(50);
    expect(counts.derived).toBeGreaterThan(10);
    expect(counts.asked).toBeGreaterThan(50);
    expect(counts.refused).toBeGreaterThan(300);
  });
});
