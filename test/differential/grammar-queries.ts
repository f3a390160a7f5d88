import { Chance } from './chance.js';
import { groupingOf, rareSource } from './grammar-constructs.js';
import { bare, Expressions } from './grammar-expressions.js';
import { type Column, CONFUSING, type Level, RELATIONS, type Source, type Type } from './grammar-scope.js';

const TYPES: readonly [Type, ...Type[]] = ['t', 't', 't', 'n', 'n', 'd', 'b', 'j', 'a'];

/** What stands in FROM: its text, and what may be named of it. */
interface Entry {
  readonly text: string;
  readonly sources: readonly Source[];
}

/** Writes queries whose names exist, whose types fit, and whose names mean several things at once. */
export class Queries {
  readonly expressions: Expressions;
  #names = 0;

  constructor(readonly chance: Chance) {
    this.expressions = new Expressions(chance, (types, depth, parent) => this.query(types, Math.max(0, depth), parent));
  }

  /** a query; types of its columns, or null for any */
  query(types: readonly Type[] | null, depth: number, parent: Level | null): string {
    const { chance } = this;
    if (depth > 0 && chance.one(7)) return this.withQueries(types, depth, parent);
    if (depth > 0 && chance.one(8)) {
      const wanted = types ?? chance.many(1, 3, () => chance.pick(TYPES));
      const operation = chance.pick([
        'UNION',
        'UNION ALL',
        'UNION ALL',
        'EXCEPT',
        'INTERSECT',
        'EXCEPT ALL',
        'INTERSECT ALL',
      ]);
      const sorted = chance.one(4) ? ` ORDER BY ${1 + chance.below(wanted.length)}` : '';
      return `(${this.query(wanted, depth - 1, parent)}) ${operation} (${this.query(wanted, depth - 1, parent)})${sorted}`;
    }
    return this.select(types, depth, parent);
  }

  private select(types: readonly Type[] | null, depth: number, parent: Level | null): string {
    const { chance } = this;
    const level: Level = { sources: [], parent, ctes: parent?.ctes ?? [] };
    const from = chance.many(1, chance.one(4) ? 2 : 1, () => {
      const entry = this.entry(depth, level);
      level.sources.push(...entry.sources);
      return entry.text;
    });
    if (types === null && chance.one(5)) return this.grouped(null, from, depth, level);
    if (types !== null && chance.one(6)) return this.grouped(types, from, depth, level);
    const targets = types ? types.map((type) => this.target(type, depth, level)) : this.targets(depth, level);
    const count = types?.length ?? 1;
    const distinct = chance.one(10) ? chance.pick(['DISTINCT ', 'DISTINCT ', 'DISTINCT ON (1) ']) : '';
    return (
      `SELECT ${distinct}${targets.join(', ')} FROM ${from.join(', ')}${this.where(depth, level)}` +
      this.sorting(distinct === '' ? level : null, count, depth) +
      (distinct === '' && chance.one(30) ? ` FOR ${chance.pick(['UPDATE', 'SHARE', 'KEY SHARE'])}` : '')
    );
  }

  private where(depth: number, level: Level): string {
    if (!this.chance.one(3)) return '';
    // a comparison with a parameter is what applications write
    const column = this.expressions.column('t', level) ?? this.expressions.column('n', level);
    if (column !== null && this.chance.one(2)) return ` WHERE ${column} = $1`;
    return ` WHERE ${this.expressions.of('b', depth - 1, level)}`;
  }

  private sorting(level: Level | null, count: number, depth: number): string {
    const { chance } = this;
    const by = chance.one(6)
      ? ` ORDER BY ${level && chance.one(2) ? this.expressions.of(chance.pick(['t', 'n']), depth - 1, level) : 1 + chance.below(count)}${chance.pick(['', ' DESC', ' NULLS FIRST'])}`
      : '';
    return by + (chance.one(8) ? ` LIMIT ${1 + chance.below(5)}` : '') + (chance.one(25) ? ' OFFSET 1' : '');
  }

  private target(type: Type, depth: number, level: Level): string {
    const window = this.chance.one(12) ? this.expressions.window(type, depth, level) : null;
    const text = window ?? this.expressions.of(type, depth, level);
    return this.chance.one(4) ? `${text} AS ${this.chance.pick(CONFUSING)}` : text;
  }

  private targets(depth: number, level: Level): string[] {
    const { chance } = this;
    return chance.many(1, 3, () => {
      const source = chance.any(level.sources);
      switch (source ? chance.below(14) : 99) {
        case 0:
          return '*';
        case 1:
          return `${bare(source?.name ?? '')}.*`;
        case 2:
          return bare(source?.name ?? '');
        case 3:
          return `(${bare(source?.name ?? '')}).*`;
        case 4:
          return this.target('o', depth, level);
        default:
          return this.target(chance.pick(TYPES), depth, level);
      }
    });
  }

  private grouped(types: readonly Type[] | null, from: readonly string[], depth: number, level: Level): string {
    const { chance, expressions } = this;
    const wanted = types ?? chance.many(1, 3, () => chance.pick(TYPES));
    const keys: string[] = [];
    const targets = wanted.map((type) => {
      const aggregate = chance.one(2) ? expressions.aggregate(type, depth, level) : null;
      if (aggregate !== null) return aggregate;
      const key = expressions.column(type, level) ?? expressions.of(type, 1, level);
      if (!/^[\d'(]/.test(key)) keys.push(key);
      return chance.one(3) ? `${key} AS ${chance.pick(CONFUSING)}` : key;
    });
    const unique = [...new Set(keys)];
    const sets = chance.one(6);
    const group = sets ? groupingOf(chance, unique) : unique.join(', ');
    if (sets && types === null && unique.length > 0 && chance.one(2)) targets.push(`GROUPING(${unique.join(', ')})`);
    const having = chance.one(6) ? ` HAVING ${expressions.aggregate('b', 1, level) ?? 'true'}` : '';
    return `SELECT ${targets.join(', ')} FROM ${from.join(', ')}${this.where(depth, level)}${group === '' ? '' : ` GROUP BY ${group}`}${having}`;
  }

  /** one of CONFUSING, with a number where it would be taken twice */
  private alias(level: Level): string {
    const name = this.chance.pick(CONFUSING);
    if (!level.sources.some((source) => bare(source.name) === name)) return name;
    this.#names += 1;
    return `${name}${this.#names}`;
  }

  private entry(depth: number, level: Level): Entry {
    const { chance } = this;
    if (depth > 0 && chance.one(5)) return this.joined(depth, level);
    if (depth > 0 && chance.one(5)) return this.subquery(depth, level);
    if (chance.one(12)) return this.called(depth, level);
    const cte = chance.one(3) ? chance.any(level.ctes) : undefined;
    const source = cte ?? chance.any(RELATIONS) ?? { name: 'orders', columns: [] };
    const taken = level.sources.some((each) => bare(each.name) === bare(source.name));
    if (!taken && chance.one(2)) return { text: source.name, sources: [source] };
    const alias = this.alias(level);
    const renamed = chance.one(6) ? this.renamed(source.columns) : source.columns;
    const list = renamed === source.columns ? '' : `(${renamed.map(({ name }) => name).join(', ')})`;
    const sample = chance.one(40) && !cte ? ' TABLESAMPLE bernoulli (50) REPEATABLE (1)' : '';
    const only = chance.one(20) && !cte ? 'ONLY ' : '';
    return { text: `${only}${source.name} AS ${alias}${list}${sample}`, sources: [{ name: alias, columns: renamed }] };
  }

  private renamed(columns: readonly Column[]): Column[] {
    return columns.map((column, position) => ({ ...column, name: `c${position}` }));
  }

  private subquery(depth: number, level: Level): Entry {
    const { chance } = this;
    const types = chance.many(1, 3, () => chance.pick(TYPES));
    const lateral = chance.one(2) && level.sources.length > 0;
    const parent = lateral ? level : { sources: [], parent: level.parent, ctes: level.ctes };
    const alias = this.alias(level);
    const names = this.distinctNames(types);
    if (chance.one(8)) {
      const rows = chance.many(
        1,
        2,
        () => `(${types.map((type) => this.expressions.of(type, depth - 1, parent)).join(', ')})`,
      );
      const list = names.map(({ name }) => name).join(', ');
      return {
        text: `${lateral ? 'LATERAL ' : ''}(VALUES ${rows.join(', ')}) AS ${alias}(${list})`,
        sources: [{ name: alias, columns: names }],
      };
    }
    const text = `${lateral ? 'LATERAL ' : ''}(${this.query(types, depth - 1, parent)}) AS ${alias}(${names.map(({ name }) => name).join(', ')})`;
    return { text, sources: [{ name: alias, columns: names }] };
  }

  private distinctNames(types: readonly Type[]): Column[] {
    const free = CONFUSING.filter((name) => !['users', 'orders', 'u', 'o'].includes(name) || this.chance.one(2));
    return types.map((type, position) => ({ name: free[position] ?? `n${position}`, type }));
  }

  private joined(depth: number, level: Level): Entry {
    const { chance } = this;
    const kind = chance.pick(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'JOIN']);
    const left = this.entry(depth - 1, level);
    const seen: Level = { ...level, sources: [...level.sources, ...left.sources] };
    const right = this.entry(depth - 1, seen);
    const inside: Level = { sources: [...left.sources, ...right.sources], parent: level.parent, ctes: level.ctes };
    const names = (sources: readonly Source[]): string[] =>
      sources.flatMap(({ columns }) => columns.map(({ name }) => name));
    const common = names(left.sources).filter((name) => names(right.sources).includes(name));
    const only = common.filter((name) => names(left.sources).filter((other) => other === name).length === 1);
    if (only.length > 0 && chance.one(3)) {
      const chosen = chance.any(only) ?? 'id';
      const alias = chance.one(5) ? ` AS ${this.alias(inside)}` : '';
      return { text: `${left.text} ${kind} ${right.text} USING (${chosen})${alias}`, sources: inside.sources };
    }
    if (chance.one(8)) return { text: `${left.text} NATURAL ${kind} ${right.text}`, sources: inside.sources };
    if (chance.one(8)) return { text: `${left.text} CROSS JOIN ${right.text}`, sources: inside.sources };
    // a join of equal numbers is what a FULL JOIN can do
    const numbers = [left, right].map(
      (side) => this.expressions.column('n', { ...inside, sources: [...side.sources] }) ?? '1',
    );
    const on =
      chance.one(2) || kind === 'FULL JOIN' ? numbers.join(' = ') : this.expressions.of('b', depth - 1, inside);
    const text = `${left.text} ${kind} ${right.text} ON ${on}`;
    if (!chance.one(10)) return { text, sources: inside.sources };
    const alias = this.alias(level);
    const columns = inside.sources
      .flatMap((source) => source.columns)
      .map(({ type }, position) => ({ name: `j${position}`, type }));
    return {
      text: `(${text}) AS ${alias}(${columns.map(({ name }) => name).join(', ')})`,
      sources: [{ name: alias, columns }],
    };
  }

  private called(depth: number, level: Level): Entry {
    const { chance, expressions } = this;
    const inner = (type: Type): string => expressions.of(type, depth - 1, level);
    const alias = this.alias(level);
    if (chance.one(2)) {
      const rare = rareSource(chance, alias, inner);
      return { text: rare.text, sources: [{ name: alias, columns: rare.columns }] };
    }
    const [text, columns] = chance.pick<() => readonly [string, readonly Column[]]>([
      () => [`generate_series(1, 3) AS ${alias}(n)`, [{ name: 'n', type: 'n' }]],
      () => [`unnest(${inner('a')}) AS ${alias}(email)`, [{ name: 'email', type: 't' }]],
      () => [
        `unnest(${inner('a')}) WITH ORDINALITY AS ${alias}(label, id)`,
        [
          { name: 'label', type: 't' },
          { name: 'id', type: 'n' },
        ],
      ],
      () => [
        `jsonb_each_text(${inner('j')}) AS ${alias}(x, email)`,
        [
          { name: 'x', type: 't' },
          { name: 'email', type: 't' },
        ],
      ],
      () => [
        `ROWS FROM (unnest(${inner('a')}), generate_series(1, 2)) AS ${alias}(email, id)`,
        [
          { name: 'email', type: 't' },
          { name: 'id', type: 'n' },
        ],
      ],
      () => [
        `jsonb_to_recordset(${inner('j')}) AS ${alias}(id int, email text)`,
        [
          { name: 'id', type: 'n' },
          { name: 'email', type: 't' },
        ],
      ],
      () => [
        `all_users() AS ${alias}`,
        [
          { name: 'email', type: 't' },
          { name: 'id', type: 'n' },
        ],
      ],
      () => [`regexp_split_to_table(${inner('t')}, ',') AS ${alias}(x)`, [{ name: 'x', type: 't' }]],
    ])();
    return { text, sources: [{ name: alias, columns }] };
  }

  private withQueries(types: readonly Type[] | null, depth: number, parent: Level | null): string {
    const { chance } = this;
    const recursive = chance.one(4);
    const ctes: Source[] = [...(parent?.ctes ?? [])];
    const written: string[] = [];
    for (let left = 1 + chance.below(2); left > 0; left -= 1) {
      const name = chance.pick(['w', 'users', 'orders', 'notes', 'email', 'v']);
      if (written.some((text) => text.startsWith(`${name}(`))) continue;
      const level: Level = { sources: [], parent: parent && { ...parent, ctes }, ctes };
      const columns = this.distinctNames(chance.many(1, 3, () => chance.pick(TYPES)));
      const list = columns.map((column) => column.name).join(', ');
      const wanted = columns.map(({ type }) => type);
      const kept = chance.pick(['', '', '', 'MATERIALIZED ', 'NOT MATERIALIZED ']);
      const own: Source = { name, columns };
      const body = recursive ? this.recursive(own, wanted, depth - 1, level) : this.query(wanted, depth - 1, level);
      written.push(`${name}(${list}) AS ${kept}(${body})`);
      const before = ctes.findIndex((each) => each.name === name);
      if (before >= 0) ctes.splice(before, 1);
      ctes.push(own);
    }
    const outer: Level = { sources: parent?.sources ?? [], parent: parent?.parent ?? null, ctes };
    return `WITH ${recursive ? 'RECURSIVE ' : ''}${written.join(', ')} ${this.select(types, depth - 1, outer)}`;
  }

  private recursive(own: Source, wanted: readonly Type[], depth: number, level: Level): string {
    const { chance } = this;
    if (chance.one(3)) return this.query(wanted, depth, level);
    const first = this.select(wanted, 0, { sources: [], parent: level.parent, ctes: level.ctes });
    const inside: Level = { sources: [own], parent: level.parent, ctes: level.ctes };
    const more = chance.one(2) ? this.entry(0, inside) : null;
    if (more) inside.sources.push(...more.sources);
    const targets = wanted.map((type) => this.expressions.of(type, 1, inside));
    const from = more ? `${own.name}, ${more.text}` : own.name;
    return `(${first}) UNION${chance.one(2) ? ' ALL' : ''} SELECT ${targets.join(', ')} FROM ${from} WHERE ${this.expressions.of('b', 1, inside)}`;
  }
}
