import { describeText } from '../describe.js';
import { loadParser } from '../parse.js';
import { contextOf, traceOne } from './testing/known-database-spec.js';

beforeAll(loadParser);

/** Taints of the outputs, in short; kinds of the oracles; or why it is refused. */
function found(sql: string): string {
  const { outputs, oracles, refusal, lineage } = traceOne(sql, contextOf());
  if (refusal) return `refused: ${refusal.reason}`;
  const taints = (outputs ?? []).map((output) =>
    output.taint === 'definition' && output.names ? 'name' : output.taint,
  );
  const kinds = [...new Set(oracles.map(({ kind }) => kind))];
  const shown = [...taints, ...kinds.map((kind) => `(${kind})`)].join(' ');
  return lineage === 'clean' ? `${shown} unscrubbed` : shown;
}

const CASES: Readonly<Record<string, readonly (readonly [sql: string, found: string])[]>> = {
  'definitions as they are printed': [
    ['SELECT pg_get_viewdef(oid), relname FROM pg_class', 'definition clean'],
    ['SELECT pg_catalog.pg_get_expr(adbin, adrelid, true) AS d FROM pg_catalog.pg_attrdef', 'definition'],
    [
      "SELECT pg_get_indexdef('i'::regclass), pg_get_functiondef(1), pg_get_function_arguments(1)",
      'definition definition definition',
    ],
    ['SELECT d FROM (SELECT pg_get_viewdef(oid) AS d FROM pg_class) s', 'definition'],
    ['SELECT (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef LIMIT 1)', 'definition'],
    ['SELECT ARRAY(SELECT pg_get_viewdef(oid) FROM pg_class)', 'definition'],
    ['SELECT array_agg(pg_get_viewdef(oid) ORDER BY oid) FROM pg_class', 'definition'],
    ["SELECT coalesce(pg_get_viewdef(1), ''), CASE WHEN true THEN pg_get_viewdef(1) END", 'definition definition'],
    ['SELECT left(pg_get_viewdef(1), 9), substring(pg_get_viewdef(1) for 9)', 'definition definition'],
    ["SELECT trim(trailing ';' from pg_get_ruledef(1))", 'definition'],
    [`SELECT trim(both '"' from pg_get_indexdef(1, 1, false))`, 'name'],
    ['SELECT pg_get_viewdef(1) UNION ALL SELECT relname::text FROM pg_class', 'definition'],
  ],
  'what is computed from them': [
    ["SELECT 'x' || pg_get_viewdef(1), upper(pg_get_viewdef(1)), md5(pg_get_viewdef(1))", 'opaque opaque opaque'],
    ['SELECT substring(pg_get_viewdef(1) from 5), right(pg_get_viewdef(1), 5)', 'opaque opaque'],
    [
      "SELECT ltrim(pg_get_viewdef(1), ' S'), btrim(pg_get_viewdef(1), 'S'), btrim(pg_get_viewdef(1))",
      'opaque opaque opaque',
    ],
    ["SELECT array_to_string(ARRAY(SELECT pg_get_viewdef(oid) FROM pg_class), ',')", 'opaque'],
    ['SELECT adbin, adbin::text FROM pg_attrdef', 'definition opaque'],
    ['SELECT column_default FROM information_schema.columns', 'definition'],
    ['SELECT * FROM pg_class', 'clean clean clean clean clean clean definition'],
  ],
  'whether they are there': [
    ['SELECT pg_get_viewdef(1) IS NULL, count(adbin) FROM pg_attrdef GROUP BY 1', 'clean clean'],
    ['SELECT adrelid FROM pg_attrdef WHERE adbin IS NOT NULL', 'clean'],
  ],
  'what their author could learn': [
    ["SELECT 1 FROM pg_class WHERE pg_get_viewdef(oid) LIKE '%alice%'", 'clean (predicate)'],
    ["SELECT 1 FROM pg_class WHERE pg_get_viewdef(oid) ~ 'alice'", 'clean (evaluation) (predicate)'],
    ['SELECT 1 FROM pg_class WHERE length(pg_get_viewdef(oid)) > 9', 'clean (predicate)'],
    ["SELECT 1 FROM pg_class WHERE pg_get_viewdef(oid) < 'b'", 'clean (predicate)'],
    ['SELECT relname FROM pg_class ORDER BY pg_get_viewdef(oid)', 'clean (ordering)'],
    ["SELECT 'a' UNION ALL SELECT pg_get_function_arguments(1) ORDER BY 1", 'definition (ordering)'],
    ["SELECT pg_get_viewdef(oid) = 'x' FROM pg_class ORDER BY pg_get_viewdef(oid) <> 'y'", 'clean (equality)'],
    ['SELECT DISTINCT pg_get_viewdef(oid) FROM pg_class', 'definition (equality)'],
    ['SELECT pg_get_viewdef(oid) FROM pg_class GROUP BY 1', 'definition (equality)'],
    ["SELECT 'x' UNION SELECT pg_get_viewdef(1)", 'definition (equality)'],
    ["SELECT pg_get_expr(adbin, adrelid) LIKE 'nextval(%' FROM pg_attrdef", 'clean'],
    [
      'SELECT proname, pg_get_function_arguments(oid) FROM (SELECT oid, relname AS proname FROM pg_class) p ORDER BY 1, 2',
      'clean definition',
    ],
    ['SELECT pg_get_viewdef(length(email)) FROM users', 'opaque (evaluation)'],
    ['SELECT pg_get_viewdef(1)::int', 'opaque (evaluation)'],
  ],
  values: [
    ['SELECT * FROM pg_stats', 'opaque'],
    ['SELECT s::text, row_to_json(s), s FROM pg_stats s', 'opaque opaque opaque'],
    ["SELECT 1 FROM pg_stats WHERE most_common_vals::text LIKE 'a%'", 'clean (predicate)'],
    ['SELECT attmissingval FROM pg_attribute', 'opaque'],
    ['SELECT typdefault FROM pg_type', 'opaque'],
    ['SELECT c FROM pg_class c', 'opaque'],
    ['SELECT old_row FROM history', 'opaque'],
    ['SELECT upper(adbin::text) FROM pg_attrdef', 'opaque'],
    ['SELECT query FROM (SELECT most_common_vals AS query FROM pg_stats) s', 'opaque'],
  ],
  plans: [
    ['EXPLAIN VERBOSE SELECT * FROM orders', 'clean unscrubbed'],
    ['EXPLAIN SELECT * FROM fenced', 'definition'],
    ['EXPLAIN (FORMAT text) SELECT * FROM fenced', 'definition'],
    ['EXPLAIN (FORMAT json) SELECT * FROM fenced', 'opaque'],
    ["EXPLAIN (FORMAT 'YAML') SELECT * FROM fenced", 'opaque'],
    ['EXPLAIN INSERT INTO orders(id) VALUES (1)', 'clean unscrubbed'],
    ['EXPLAIN VERBOSE INSERT INTO orders(id) VALUES (1)', 'definition'],
    ['EXPLAIN (VERBOSE, FORMAT yaml) UPDATE orders SET label = DEFAULT', 'opaque'],
    ['EXPLAIN VERBOSE WITH w AS (INSERT INTO orders(id) VALUES (1) RETURNING id) SELECT id FROM w', 'definition'],
  ],
  'ways around': [
    [
      'SELECT public.pg_get_viewdef(1)',
      'refused: The function public.pg_get_viewdef is not known to be free of side effects and of access to protected values',
    ],
    ['CREATE TABLE t AS SELECT pg_get_viewdef(1) AS d', 'refused: '],
    ['CREATE TABLE t AS SELECT * FROM pg_stats', 'refused: '],
    ['EXPLAIN ANALYZE SELECT pg_get_viewdef(1)', 'clean (evaluation)'],
    ['INSERT INTO orders (label) SELECT pg_get_viewdef(1)', 'refused: '],
    ['UPDATE orders SET label = pg_get_viewdef(1)', 'refused: '],
    ["SELECT set_config('application_name', pg_get_viewdef(1), false)", 'refused: '],
    ['SELECT pg_advisory_lock(hashtext(pg_get_viewdef(1)))', 'refused: '],
  ],
};

describe.each(Object.entries(CASES))('%s', (_, cases) => {
  it.each(cases)('%s', (sql, expected) => {
    if (expected === 'refused: ') expect(found(sql)).toMatch(/^refused: /u);
    else expect(found(sql)).toBe(expected);
  });
});

describe('what drivers and tools ask of the catalog', () => {
  it('takes keys apart by the function of the information schema, which has to be written in full', () => {
    const keys = 'SELECT (k.keys).n FROM (SELECT information_schema._pg_expandarray(ARRAY[1, 2]) AS keys) k';
    expect(traceOne(keys, contextOf())).toMatchObject({ lineage: 'clean', refusal: null });
    for (const name of ['_pg_expandarray', 'pg_catalog._pg_expandarray', 'information_schema.lower'])
      expect(traceOne(`SELECT ${name}(ARRAY[1])`, contextOf()).refusal?.reason).toContain(`${name} is not known`);
  });

  it('sets jit by a parameter, and nothing else', () => {
    expect(traceOne("SELECT set_config('jit', $1, false)", contextOf()).refusal).toBeNull();
    for (const call of [
      "set_config('jit', $1, $2)",
      "set_config('search_path', $1, false)",
      "set_config($1, 'off', false)",
    ])
      expect(traceOne(`SELECT ${call}`, contextOf()).refusal?.reason).toContain('not constants');
  });

  it('takes several arrays apart at once, a column each', () => {
    const sql = 'SELECT k, o, n FROM unnest(ARRAY[1], ARRAY[2]) WITH ORDINALITY u(k, o, n)';
    expect(traceOne(sql, contextOf())).toMatchObject({ lineage: 'clean', refusal: null });
  });
});

describe('COPY of catalogs and of columns that hold whole rows', () => {
  const hidden = (sql: string) => {
    const { index, searchPath } = contextOf();
    const [statement] = describeText(sql, index, searchPath).statements;
    return statement?.copy?.columns?.map((column) => (column.hidden ? `${column.name} hidden` : column.name));
  };

  it('is NULL where a SELECT of it would be masked or NULL', () => {
    expect(hidden('COPY pg_catalog.pg_attrdef TO STDOUT')).toEqual(['oid', 'adrelid', 'adbin hidden']);
    expect(hidden('COPY pg_attrdef (adbin, oid) TO STDOUT')).toEqual(['adbin hidden', 'oid']);
    expect(hidden('COPY pg_statistic TO STDOUT')).toEqual(['starelid', 'stavalues1 hidden']);
    expect(hidden('COPY (SELECT oid, pg_get_viewdef(oid) AS d FROM pg_class) TO STDOUT')).toEqual(['oid', 'd hidden']);
    expect(hidden('COPY history TO STDOUT')).toContain('old_row hidden');
  });
});
