import type { Chance } from './chance.js';
import { construct, rareAggregate } from './grammar-constructs.js';
import { type Level, type Source, sourceNames, type Type } from './grammar-scope.js';

/** A query that gives columns of these types; null: of any. */
export type WriteQuery = (types: readonly Type[] | null, depth: number, parent: Level | null) => string;

/** Writes expressions of a wanted type over the columns that a level sees. */
export class Expressions {
  constructor(
    private readonly chance: Chance,
    private readonly query: WriteQuery,
  ) {}

  /** a column of that type, as it may be written here; null: there is none */
  column(type: Type, level: Level): string | null {
    const { chance } = this;
    const near = level.sources.flatMap((source) => source.columns.map((column) => ({ source, column })));
    const far = sourceNames(level.parent).flatMap((source) => source.columns.map((column) => ({ source, column })));
    const fitting = (chance.one(6) && far.length > 0 ? far : near).filter(({ column }) => column.type === type);
    const chosen = chance.any(fitting);
    if (!chosen) return null;
    const alone = near.filter(({ column }) => column.name === chosen.column.name).length === 1;
    if (alone && chance.one(3)) return chosen.column.name;
    const { name } = chosen.source;
    if (chance.one(12)) return `(${bare(name)}).${chosen.column.name}`;
    if (chance.one(40) && !chosen.column.name.startsWith('"')) return `${chosen.column.name}(${bare(name)})`;
    return `${chance.one(8) ? name : bare(name)}.${chosen.column.name}`;
  }

  /** a name of a whole row */
  row(level: Level): string | null {
    const source: Source | undefined = this.chance.any(level.sources);
    return source ? bare(source.name) : null;
  }

  of(type: Type, depth: number, level: Level): string {
    if (depth <= 0 || this.chance.one(3)) return this.column(type, level) ?? this.constant(type);
    const inner = (wanted: Type): string => this.of(wanted, depth - 1, level);
    if (this.chance.one(6)) {
      const query = (): string | null => (depth > 1 ? this.query(['t'], depth - 2, level) : null);
      const rare = construct(type, { chance: this.chance, inner, query, row: () => this.row(level) });
      if (rare !== null) return rare;
    }
    const general = this.general(type, depth, level, inner);
    if (general !== null) return general;
    switch (type) {
      case 't':
        return this.text(inner, level);
      case 'n':
        return this.number(inner, depth, level);
      case 'd':
        return this.chance.pick<() => string>([
          () => `(${inner('d')} + 1)`,
          () => `(${inner('d')} - 7)`,
          () => `greatest(${inner('d')}, ${inner('d')})`,
        ])();
      case 'b':
        return this.condition(inner, depth, level);
      case 'j':
        return this.json(inner, level);
      case 'a':
        return this.list(inner, depth, level);
      case 'o':
        return this.constant('o');
    }
  }

  private constant(type: Type): string {
    const constants: Record<Type, readonly [string, ...string[]]> = {
      t: [`'lamp'`, `'x'::text`, `''`, `$1::text`],
      n: ['1', '2.5', '0', '(-3)'],
      d: [`date '2000-01-01'`, 'current_date'],
      b: ['true', 'false'],
      j: [`'{"a": 1}'::jsonb`],
      a: [`ARRAY['x']`, `'{}'::text[]`],
      o: ['NULL'],
    };
    return this.chance.pick(constants[type]);
  }

  /** Ways of any type. */
  private general(type: Type, depth: number, level: Level, inner: (wanted: Type) => string): string | null {
    switch (this.chance.below(12)) {
      case 0:
        return type === 'o' ? null : `coalesce(${inner(type)}, ${inner(type)})`;
      case 1:
        return `CASE WHEN ${inner('b')} THEN ${inner(type)} ELSE ${inner(type)} END`;
      case 2:
        return depth > 1 ? `(${this.query([type], depth - 2, level)} LIMIT 1)` : null;
      case 3:
        return type === 'o' || type === 'j' ? null : `nullif(${inner(type)}, ${inner(type)})`;
      case 4:
        return type === 't' ? `CASE ${inner('t')} WHEN ${inner('t')} THEN ${inner('t')} END` : null;
      case 5:
        return type === 'o' ? null : `(ARRAY[${inner(type)}, ${inner(type)}])[1]`;
      default:
        return null;
    }
  }

  private text(inner: (wanted: Type) => string, level: Level): string {
    const row = this.row(level);
    return this.chance.pick<() => string>([
      () => `upper(${inner('t')})`,
      () => `lower(${inner('t')})`,
      () => `(${inner('t')} || ${inner('t')})`,
      () => `substr(${inner('t')}, 1, 3)`,
      () => `left(${inner('t')}, 2)`,
      () => `replace(${inner('t')}, 'a', ${inner('t')})`,
      () => `concat(${inner('t')}, ${inner('n')}, ${inner('d')})`,
      () => `md5(${inner('t')})`,
      () => `(${inner('n')})::text`,
      () => `(${inner('d')})::text`,
      () => `(${inner('b')})::text`,
      () => `(${inner('t')})::varchar(20)`,
      () => `(${inner('t')})::text`,
      () => `CAST(${inner('t')} AS name)::text`,
      () => `to_char(${inner('d')}, 'YYYY')`,
      () => `(${inner('j')} ->> 'a')`,
      () => `(${inner('a')})[1]`,
      () => `array_to_string(${inner('a')}, ',')`,
      () => `greatest(${inner('t')}, ${inner('t')})`,
      () => `(${inner('t')} COLLATE "C")`,
      () => `to_json(${inner('t')})::text`,
      () => `format('%s-%s', ${inner('t')}, ${inner('n')})`,
      () => `ROW(${inner('t')}, ${inner('n')})::text`,
      () => `quote_literal(${inner('t')})`,
      ...(row === null
        ? []
        : [() => `${row}::text`, () => `row_to_json(${row})::text`, () => `to_jsonb(${row}) ->> 'email'`]),
    ])();
  }

  private number(inner: (wanted: Type) => string, depth: number, level: Level): string {
    return this.chance.pick<() => string>([
      () => `length(${inner('t')})`,
      () => `(${inner('n')} + ${inner('n')})`,
      () => `abs(${inner('n')})`,
      () => `extract(year FROM ${inner('d')})`,
      () => `coalesce(array_length(${inner('a')}, 1), 0)`,
      () => `ascii(${inner('t')})`,
      () => `position(${inner('t')} IN ${inner('t')})`,
      () => `(${inner('d')} - ${inner('d')})`,
      () => `num_nulls(${inner('t')}, ${inner('n')})`,
      () => (depth > 1 ? `(SELECT count(*) FROM (${this.query(null, depth - 2, level)}) c)` : '3'),
    ])();
  }

  private condition(inner: (wanted: Type) => string, depth: number, level: Level): string {
    const row = this.row(level);
    const query = (types: readonly Type[]): string => this.query(types, depth - 2, level);
    return this.chance.pick<() => string>([
      () => `${inner('t')} = ${inner('t')}`,
      () => `(${inner('n')} < ${inner('n')})`,
      () => `(${inner('t')} LIKE 'x%')`,
      () => `(${inner('t')} IS NULL)`,
      () => `(${inner('n')} IS NOT NULL)`,
      () => `(${inner('b')} AND ${inner('b')})`,
      () => `(${inner('b')} OR ${inner('b')})`,
      () => `(NOT ${inner('b')})`,
      () => `(${inner('b')} IS TRUE)`,
      () => `(${inner('d')} BETWEEN ${inner('d')} AND ${inner('d')})`,
      () => `(${inner('t')} = ANY (${inner('a')}))`,
      () => `(${inner('t')} IN ('x', 'lamp', ${inner('t')}))`,
      () => `(${inner('t')} IS DISTINCT FROM ${inner('t')})`,
      () => `((${inner('t')}, ${inner('n')}) = (${inner('t')}, ${inner('n')}))`,
      () => `((${inner('t')}, ${inner('n')}) < (${inner('t')}, ${inner('n')}))`,
      () => `(${inner('t')} = $2)`,
      () => `($1 = ${inner('t')})`,
      ...(row === null ? [] : [() => `(${row} IS NULL)`, () => `(${row} IS NOT NULL)`]),
      ...(depth > 1
        ? [
            () => `EXISTS (${this.query(null, depth - 2, level)})`,
            () => `(${inner('t')} IN (${query(['t'])}))`,
            () => `(${inner('n')} > ALL (${query(['n'])}))`,
            () => `((${inner('t')}, ${inner('n')}) IN (${query(['t', 'n'])}))`,
            () => `(${inner('t')} = (${query(['t'])} LIMIT 1))`,
          ]
        : []),
    ])();
  }

  private json(inner: (wanted: Type) => string, level: Level): string {
    const row = this.row(level);
    return this.chance.pick<() => string>([
      () => `to_jsonb(${inner('t')})`,
      () => `jsonb_build_object('k', ${inner('t')}, 'n', ${inner('n')})`,
      () => `(${inner('j')} -> 'a')`,
      () => `(${inner('j')} || ${inner('j')})`,
      ...(row === null ? [] : [() => `to_jsonb(${row})`, () => `row_to_json(${row})::jsonb`]),
    ])();
  }

  private list(inner: (wanted: Type) => string, depth: number, level: Level): string {
    return this.chance.pick<() => string>([
      () => `ARRAY[${inner('t')}, ${inner('t')}]`,
      () => `(${inner('a')} || ${inner('t')})`,
      () => `string_to_array(${inner('t')}, ',')`,
      () => (depth > 1 ? `ARRAY(${this.query(['t'], depth - 2, level)})` : `ARRAY[${inner('t')}]`),
    ])();
  }

  /** an aggregate of that type over the rows of a level; null: there is none of it */
  aggregate(type: Type, depth: number, level: Level): string | null {
    const inner = (wanted: Type): string => this.of(wanted, depth - 1, level);
    const calls: Record<Type, readonly (() => string)[]> = {
      t: [
        () => `max(${inner('t')})`,
        () => `min(${inner('t')})`,
        () => `string_agg(${inner('t')}, ',' ORDER BY ${inner('n')})`,
        () => `string_agg(DISTINCT ${inner('t')}, ',')`,
        () => `mode() WITHIN GROUP (ORDER BY ${inner('t')})`,
      ],
      n: [
        () => 'count(*)',
        () => `count(${inner('t')})`,
        () => `count(DISTINCT ${inner('t')})`,
        () => `sum(${inner('n')})`,
        () => `avg(${inner('n')})`,
        () => `max(${inner('n')})`,
        () => `percentile_disc(0.5) WITHIN GROUP (ORDER BY ${inner('n')})`,
      ],
      d: [() => `max(${inner('d')})`, () => `min(${inner('d')})`],
      b: [() => `bool_or(${inner('b')})`, () => `every(${inner('b')})`],
      j: [() => `jsonb_agg(${inner('t')})`, () => `jsonb_object_agg(coalesce(${inner('t')}, ''), ${inner('n')})`],
      a: [() => `array_agg(${inner('t')})`],
      o: [],
    };
    const rare = this.chance.one(6) ? rareAggregate(type, this.chance, inner) : null;
    if (rare !== null) return rare;
    const call = this.chance.any(calls[type]);
    if (call === undefined) return null;
    return this.chance.one(6) ? `${call()} FILTER (WHERE ${inner('b')})` : call();
  }

  /** a window function of that type; null: there is none of it */
  window(type: Type, depth: number, level: Level): string | null {
    const inner = (wanted: Type): string => this.of(wanted, depth - 1, level);
    const over = this.chance.pick<() => string>([
      () => `OVER (ORDER BY ${inner('n')})`,
      () => `OVER (PARTITION BY ${inner('t')})`,
      () => `OVER (PARTITION BY ${inner('n')} ORDER BY ${inner('t')} ROWS 1 PRECEDING)`,
      () => 'OVER ()',
    ])();
    const calls: Record<Type, readonly (() => string)[]> = {
      t: [() => `first_value(${inner('t')})`, () => `lag(${inner('t')})`, () => `max(${inner('t')})`],
      n: [
        () => 'row_number()',
        () => 'rank()',
        () => `sum(${inner('n')})`,
        () => `count(${inner('t')})`,
        () => 'ntile(2)',
      ],
      d: [() => `last_value(${inner('d')})`],
      b: [],
      j: [],
      a: [],
      o: [],
    };
    const call = this.chance.any(calls[type]);
    return call === undefined ? null : `${call()} ${over}`;
  }
}

/** The name a relation has inside of a query. */
export function bare(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}
