import type { Chance } from './chance.js';
import type { Column, Level, Type } from './grammar-scope.js';

/** What a construct is put together from. */
export interface Parts {
  readonly chance: Chance;
  readonly inner: (type: Type) => string;
  /** a query that gives one text, as deep as it may be here; null: none may stand here */
  readonly query: () => string | null;
  /** a name of a whole row, null where there is none */
  readonly row: () => string | null;
}

type Ways = readonly (() => string)[];

/** Rarer ways to write an expression of that type: one for each kind of node that columns, calls and operators do not reach. */
export function construct(type: Type, { chance, inner, query, row }: Parts): string | null {
  const whole = row();
  const ways: Record<Type, Ways> = {
    t: [
      () => `xmlserialize(CONTENT xmlelement(name k, ${inner('t')}) AS text)`,
      () => `xmlserialize(CONTENT xmlforest(${inner('t')} AS a, ${inner('n')} AS b) AS text)`,
      () => `xmlconcat(xmlelement(name k, xmlattributes(${inner('n')} AS a)), xmlcomment(${inner('t')}))::text`,
      () => `JSON_SERIALIZE(JSON_OBJECT('k': ${inner('t')}) RETURNING text)`,
      () => `JSON_VALUE(${inner('j')}, '$.a' RETURNING text)`,
      () => `JSON_QUERY(${inner('j')}, '$.a' WITH WRAPPER)::text`,
      () => `JSON_ARRAY(${inner('t')}, ${inner('n')} NULL ON NULL)::text`,
      () => `overlay(${inner('t')} PLACING ${inner('t')} FROM 2)`,
      () => `trim(BOTH 'x' FROM ${inner('t')})`,
      () => `substring(${inner('t')} FROM 1 FOR 2)`,
      () => `(${inner('j')})['a']::text`,
      () => `make_interval(days => length(${inner('t')}))::text`,
      () => `(current_user || ${inner('t')})`,
      () => `(ROW(${inner('t')}, ${inner('t')})::place).city`,
      () => `ROW(${inner('t')}, ${inner('t')})::place::text`,
      () => `string_agg(${inner('t')}, ',') OVER ()`,
      () => `(${inner('b')})::int::text`,
      ...(whole === null
        ? []
        : [() => `(${whole}.*)::text`, () => `to_json((${whole}))::text`, () => `concat_ws(',', ${whole})`]),
    ],
    n: [
      () => `width_bucket(${inner('n')}, 0, 100, 5)`,
      () => `cardinality(${inner('a')})`,
      () => `date_part('year', ${inner('d')})`,
      () => `(${inner('n')})::numeric(9, 2)`,
      () => `(${inner('b')})::int`,
      () => `jsonb_array_length(jsonb_build_array(${inner('t')}, ${inner('j')}))`,
      () => `num_nonnulls(${inner('t')}, ${inner('d')})`,
      () => `octet_length(${inner('t')})`,
      () => `count(*) FILTER (WHERE ${inner('b')}) OVER (PARTITION BY ${inner('t')})`,
      () => `sum(${inner('n')}) OVER (ORDER BY ${inner('n')} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES)`,
    ],
    d: [
      () => `date_trunc('month', ${inner('d')})::date`,
      () => `make_date(2000, 1, 1)`,
      () => `least(${inner('d')}, current_date)`,
    ],
    b: [
      () => `((${inner('b')}) IS UNKNOWN)`,
      () => `((${inner('b')}) IS NOT FALSE)`,
      () => `(${inner('t')} ILIKE ${inner('t')})`,
      () => `(${inner('t')} SIMILAR TO 'x%')`,
      () => `(${inner('n')} BETWEEN SYMMETRIC ${inner('n')} AND ${inner('n')})`,
      () => `((${inner('d')}, ${inner('d')}) OVERLAPS (${inner('d')}, ${inner('d')}))`,
      () => `(${inner('a')} && ${inner('a')})`,
      () => `(${inner('j')} ? 'a')`,
      () => `(${inner('t')} IS JSON)`,
      () => `(${inner('t')} IS NOT NORMALIZED)`,
      () => `JSON_EXISTS(${inner('j')}, '$.a')`,
      () => `(${inner('t')} < ALL (${inner('a')}))`,
      () => `((${inner('t')}, ${inner('n')}) IS NOT DISTINCT FROM (${inner('t')}, ${inner('n')}))`,
      ...(whole === null ? [] : [() => `(${whole} IS NOT DISTINCT FROM ${whole})`, () => `(${whole} = ${whole})`]),
    ],
    j: [
      () => `JSON_OBJECT('k': ${inner('t')}, 'n' VALUE ${inner('n')} ABSENT ON NULL RETURNING jsonb)`,
      () => `JSON_ARRAY(${inner('t')}, ${inner('j')} RETURNING jsonb)`,
      () => `JSON_SCALAR(${inner('t')})::jsonb`,
      () => `jsonb_set(${inner('j')}, '{a}', to_jsonb(${inner('t')}))`,
      () => `jsonb_strip_nulls(${inner('j')})`,
      () => `(${inner('j')})['a']`,
      () => `jsonb_path_query_first(${inner('j')}, '$.a')`,
      () => `(${inner('j')} #> ARRAY[${inner('t')}])`,
      () => {
        const rows = query();
        return rows === null ? `to_jsonb(${inner('a')})` : `JSON_ARRAY(${rows} RETURNING jsonb)`;
      },
      ...(whole === null ? [] : [() => `jsonb_build_object('row', ${whole})`, () => `jsonb_agg(${whole}) OVER ()`]),
    ],
    a: [
      () => `(${inner('a')})[1:2]`,
      () => `(${inner('a')})[:cardinality(${inner('a')})]`,
      () => `array_remove(${inner('a')}, ${inner('t')})`,
      () => `array_cat(${inner('a')}, ARRAY[${inner('t')}])`,
      () => `regexp_split_to_array(${inner('t')}, ',')`,
    ],
    o: [() => `ROW(${inner('t')}, ${inner('n')})`, () => `ROW(${inner('t')}, ${inner('t')})::place`],
  };
  return chance.any(ways[type])?.() ?? null;
}

/** Aggregates that have nodes of their own, or compare. */
export function rareAggregate(type: Type, chance: Chance, inner: (type: Type) => string): string | null {
  const ways: Record<Type, Ways> = {
    t: [
      () => `xmlagg(xmlelement(name k, ${inner('t')}))::text`,
      () => `JSON_ARRAYAGG(${inner('t')} ORDER BY ${inner('n')})::text`,
      () => `any_value(${inner('t')})`,
    ],
    n: [
      () => `rank(${inner('n')}) WITHIN GROUP (ORDER BY ${inner('n')})`,
      () => `regr_count(${inner('n')}, ${inner('n')})`,
      () => `stddev(${inner('n')})`,
      () => `sum(DISTINCT ${inner('n')})`,
    ],
    d: [() => `min(DISTINCT ${inner('d')})`],
    b: [() => `bool_and(${inner('b')})`],
    j: [
      () => `JSON_ARRAYAGG(${inner('t')} NULL ON NULL RETURNING jsonb)`,
      () => `JSON_OBJECTAGG(coalesce(${inner('t')}, ''): ${inner('n')} RETURNING jsonb)`,
    ],
    a: [() => `array_agg(DISTINCT ${inner('t')})`, () => `array_agg(${inner('t')} ORDER BY ${inner('d')} DESC)`],
    o: [],
  };
  return chance.any(ways[type])?.() ?? null;
}

/** Things in FROM that are no relations: their text, and the columns that may be named of it. */
export function rareSource(
  chance: Chance,
  alias: string,
  inner: (type: Type) => string,
): { readonly text: string; readonly columns: readonly Column[] } {
  const email: Column = { name: 'email', type: 't' };
  const id: Column = { name: 'id', type: 'n' };
  return chance.pick<() => { text: string; columns: readonly Column[] }>([
    () => ({
      text: `JSON_TABLE(${inner('j')}, '$[*]' COLUMNS (id FOR ORDINALITY, email text PATH '$.a' DEFAULT ${inner('t')} ON EMPTY)) AS ${alias}`,
      columns: [id, email],
    }),
    () => ({
      text: `JSON_TABLE(${inner('j')}, '$' COLUMNS (email text PATH '$.a', NESTED PATH '$.b' COLUMNS (id int PATH '$'))) AS ${alias}`,
      columns: [email, id],
    }),
    () => ({
      text: `XMLTABLE('/k' PASSING xmlelement(name k, ${inner('t')}) COLUMNS email text PATH '.', id int PATH '@id') AS ${alias}`,
      columns: [email, id],
    }),
    () => ({
      text: `unnest(${inner('a')}, ${inner('a')}) AS ${alias}(email, x)`,
      columns: [email, { name: 'x', type: 't' }],
    }),
    () => ({ text: `upper(${inner('t')}) AS ${alias}(email)`, columns: [email] }),
    () => ({ text: `jsonb_to_record(${inner('j')}) AS ${alias}(id int, email text)`, columns: [id, email] }),
    () => ({
      text: `jsonb_populate_record(NULL::public.users, ${inner('j')}) AS ${alias}`,
      columns: [id, email, { name: 'dob', type: 'd' }],
    }),
    () => ({ text: `jsonb_array_elements_text(${inner('j')}) AS ${alias}(email)`, columns: [email] }),
    () => ({ text: `generate_subscripts(${inner('a')}, 1) AS ${alias}(id)`, columns: [id] }),
    () => ({ text: `string_to_table(${inner('t')}, ',') AS ${alias}(email)`, columns: [email] }),
    () => ({
      text: `generate_series(1, length(${inner('t')})) WITH ORDINALITY AS ${alias}(id, x)`,
      columns: [id, { name: 'x', type: 'n' }],
    }),
  ])();
}

/** GROUP BY of several sets of keys. */
export function groupingOf(chance: Chance, keys: readonly string[]): string {
  const all = keys.join(', ');
  if (keys.length === 0) return chance.one(2) ? '()' : '';
  return chance.pick([
    `ROLLUP (${all})`,
    `CUBE (${all})`,
    `GROUPING SETS ((${all}), ())`,
    `GROUPING SETS (${keys.map((key) => `(${key})`).join(', ')})`,
    `DISTINCT ${keys[0] ?? ''}, ROLLUP (${all})`,
    `GROUPING SETS (ROLLUP (${all}), (${all}))`,
  ]);
}

/** What RETURNING may name besides the columns of its level; `names` are those of the row before and after the change. */
export function returnedRow(
  chance: Chance,
  level: Level,
  merge: boolean,
): { readonly names: string; readonly part: string } {
  const renamed = chance.one(3);
  const [before, after] = renamed ? ['was', 'became'] : ['old', 'new'];
  const column = chance.any(level.sources[0]?.columns ?? []);
  const row = chance.pick([before ?? '', after ?? '']);
  const parts: [string, ...string[]] = [
    `${row}.${column?.name ?? '*'}`,
    `${row}.*`,
    row,
    `row_to_json(${row})::text`,
    `${row}::text`,
  ];
  return {
    names: renamed ? `WITH (OLD AS was, NEW AS became) ` : '',
    part: merge && chance.one(4) ? 'merge_action()' : chance.pick(parts),
  };
}
