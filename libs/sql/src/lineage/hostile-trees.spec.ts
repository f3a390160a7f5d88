import type { Node } from '@pgsql/types';
import { loadParser, parseText } from '../parse.js';
import { collectRelations, traceStatement } from './index.js';
import { contextOf } from './testing/known-database-spec.js';

beforeAll(loadParser);

/** A small linear congruential generator: the same trees in every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const SEEDS = [
  'SELECT u.email, count(u.ssn), upper(o.label) FROM users u JOIN orders o ON o.user_id = u.id WHERE u.email = $1 ORDER BY 2',
  'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT *, email IS NULL FROM t, users, LATERAL (SELECT t.n) l',
  "INSERT INTO users(id, email) VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET email = excluded.email RETURNING *",
  'UPDATE users SET (id, notes) = (SELECT 1, 2), email = $1 FROM orders WHERE ssn = $2 RETURNING old.email',
  'DELETE FROM orders USING users WHERE users.id = orders.id',
  "CREATE TABLE t (a int REFERENCES orders (id) DEFAULT 1, b text CHECK (b <> 'x'))",
  'ALTER TABLE orders ADD COLUMN a int, DROP COLUMN label',
  "SELECT CASE WHEN a THEN ARRAY[1] END, (ROW(1)).f, x[1], 'a'::text COLLATE \"C\", EXISTS (SELECT 1) FROM json_each('{}') AS x(a, b) WINDOW w AS (ORDER BY a)",
  'DROP TABLE a.b, c',
  'EXPLAIN (ANALYZE) SELECT 1 UNION SELECT id FROM orders',
  'SET search_path = a, b',
  'GRANT SELECT ON users TO PUBLIC',
  'COMMENT ON COLUMN users.email IS NULL',
  'SELECT xmlelement(name a, 1), GREATEST(1, 2), CURRENT_DATE, GROUPING(id) FROM orders GROUP BY ROLLUP (id)',
];

function treeOf(sql: string): Node {
  const { statements, error } = parseText(sql);
  if (error || !statements[0]) throw new Error(`the text of the test does not parse: ${sql}`);
  return statements[0].node;
}

type Holder = Record<string, unknown> | unknown[];

/** Every object and array of a tree. */
function holders(tree: unknown, found: Holder[] = []): Holder[] {
  if (typeof tree !== 'object' || tree === null) return found;
  found.push(tree as Holder);
  for (const value of Object.values(tree)) holders(value, found);
  return found;
}

/** Changes one place of the tree: drops, doubles, replaces or renames a part. */
function mutate(tree: Node, random: (below: number) => number, parts: readonly Holder[]): void {
  const all = holders(tree);
  const holder = all[random(all.length)];
  if (!holder) return;
  const keys = Object.keys(holder);
  const key = keys[random(keys.length)];
  if (key === undefined) return;
  const place = holder as Record<string, unknown>;
  const scrap: unknown[] = [
    null,
    undefined,
    0,
    -1,
    'email',
    [],
    {},
    true,
    { String: {} },
    { Unknown: {} },
    structuredClone(parts[random(parts.length)]),
  ];
  switch (random(4)) {
    case 0:
      delete place[key];
      break;
    case 1:
      place[`${key}_${random(10)}`] = place[key];
      break;
    case 2: {
      const kinds = [
        'ColumnRef',
        'A_Star',
        'FuncCall',
        'RangeVar',
        'SubLink',
        'A_Expr',
        'ResTarget',
        'SelectStmt',
        'CopyStmt',
        'JoinExpr',
      ];
      place[kinds[random(kinds.length)] ?? 'A_Star'] = place[key];
      delete place[key];
      break;
    }
    default:
      place[key] = scrap[random(scrap.length)];
  }
}

describe('trees that no parser made', () => {
  it('are answered, never thrown at, and pass only with a whole answer', () => {
    const context = contextOf();
    const random = randomNumbers(20_261_122);
    const trees = SEEDS.map(treeOf);
    const parts = trees.flatMap((tree) => holders(tree));
    const counts = { clean: 0, touches: 0, refused: 0 };
    for (let round = 0; round < 2500; round += 1) {
      const tree = structuredClone(trees[random(trees.length)]) as Node;
      for (let changes = 1 + random(3); changes > 0; changes -= 1) mutate(tree, random, parts);
      const result = traceStatement(tree, context);
      counts[result.lineage] += 1;
      expect(result.refusal === null).toBe(result.lineage !== 'refused');
      if (result.lineage === 'refused') expect(result.outputs).toBeNull();
      expect(collectRelations(tree, context).objects.length).toBeLessThan(50);
    }
    expect(Math.min(counts.clean, counts.touches, counts.refused)).toBeGreaterThan(50);
  });

  it.each([
    null,
    undefined,
    0,
    '',
    [],
    {},
    { SelectStmt: null },
    { SelectStmt: [] },
    { A: {}, B: {} },
    { __proto__: {} },
  ])('refuses %j', (tree) => {
    expect(traceStatement(tree as unknown as Node, contextOf()).lineage).toBe('refused');
  });

  it('are refused when they never end', () => {
    const tree: Record<string, unknown> = {};
    tree['SelectStmt'] = tree;
    expect(traceStatement(tree as Node, contextOf()).refusal?.reason).toMatch(/nested too deeply/);
  });
});

describe('every node and field of the grammar', () => {
  it('is refused where it is not known: a field that a newer grammar adds changes what a node means', () => {
    const context = contextOf();
    const passed: string[] = [];
    for (const sql of SEEDS) {
      const before = traceStatement(treeOf(sql), context);
      if (before.lineage === 'refused') continue;
      const count = holders(treeOf(sql)).length;
      for (let position = 0; position < count; position += 1) {
        const tree = treeOf(sql);
        const holder = holders(tree)[position];
        if (!holder || Array.isArray(holder) || isWord(holder)) continue;
        holder['added_by_a_newer_grammar'] = { Integer: { ival: 1 } };
        const { lineage } = traceStatement(tree, context);
        if (lineage !== 'refused') passed.push(`${sql.slice(0, 30)} … ${Object.keys(holder).join()}`);
      }
    }
    expect(passed).toEqual([]);
  });
});

/** Nodes and bodies that are words and numbers only: nothing in them is followed. */
function isWord(holder: Record<string, unknown>): boolean {
  const [key = ''] = Object.keys(holder);
  const words = [
    'String',
    'Integer',
    'sval',
    'ival',
    'isnull',
    'option',
    'aliasname',
    'roletype',
    'RoleSpec',
    'priv_name',
    'AccessPriv',
    'DefElem',
    'defname',
    'A_Star',
    'alias',
    'relname',
    'fval',
    'boolval',
    'typmod',
  ];
  return words.includes(key) || Object.keys(holder).length === 0;
}
