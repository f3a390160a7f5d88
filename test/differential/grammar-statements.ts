import { Chance } from './chance.js';
import { returnedRow } from './grammar-constructs.js';
import { bare } from './grammar-expressions.js';
import { Queries } from './grammar-queries.js';
import { type Level, RELATIONS, type Source } from './grammar-scope.js';

/** Statements of every kind that has a tree, from one seed. */
export class Statements {
  readonly #chance: Chance;
  readonly #queries: Queries;

  constructor(seed: number) {
    this.#chance = new Chance(Math.imul(seed, 2654435761));
    this.#queries = new Queries(this.#chance);
  }

  next(): string {
    const chance = this.#chance;
    const depth = chance.below(4);
    if (!chance.one(5)) return this.#queries.query(null, depth, null);
    const change = this.#modification(depth);
    if (!chance.one(4)) return change;
    const name = chance.pick(['w', 'users', 'orders']);
    return `WITH ${name} AS (${change}) SELECT ${chance.pick(['*', `${name}.*`, name, `row_to_json(${name})`, 'count(*)'])} FROM ${name}`;
  }

  #modification(depth: number): string {
    const chance = this.#chance;
    const target = chance.any(RELATIONS.filter(({ writable }) => writable)) ?? { name: 'orders', columns: [] };
    switch (chance.below(5)) {
      case 0:
      case 1:
        return this.#insert(target, depth);
      case 2:
        return this.#update(target, depth);
      case 3:
        return this.#delete(target, depth);
      default:
        return this.#merge(target, depth);
    }
  }

  #returning(level: Level, depth: number, merge = false): string {
    const chance = this.#chance;
    if (chance.one(3)) return '';
    const name = bare(level.sources[0]?.name ?? '');
    const changed = chance.one(4) ? returnedRow(chance, level, merge) : null;
    const parts = chance.many(1, 2, () =>
      chance.one(4)
        ? chance.pick(['*', `${name}.*`, name])
        : this.#queries.expressions.of(chance.pick(['t', 'n', 'd']), depth, level),
    );
    return ` RETURNING ${changed?.names ?? ''}${[...parts, ...(changed ? [changed.part] : [])].join(', ')}`;
  }

  #insert(target: Source, depth: number): string {
    const chance = this.#chance;
    const columns = target.columns.filter(() => !chance.one(3));
    const chosen = columns.length > 0 ? columns : target.columns;
    const types = chosen.map(({ type }) => type);
    const rows = chance.one(2)
      ? this.#queries.query(types, depth, null)
      : `VALUES (${types.map((type) => this.#queries.expressions.of(type, 1, { sources: [], parent: null, ctes: [] })).join(', ')})`;
    const level: Level = { sources: [{ name: bare(target.name), columns: target.columns }], parent: null, ctes: [] };
    const list = chosen.map(({ name }) => name).join(', ');
    return `INSERT INTO ${target.name} (${list}) ${rows}${this.#conflict(target, level)}${this.#returning(level, depth)}`;
  }

  #conflict(target: Source, level: Level): string {
    const chance = this.#chance;
    if (!chance.one(4) || !['users', 'orders', 'people'].includes(target.name)) return '';
    if (chance.one(3)) return ' ON CONFLICT DO NOTHING';
    const both: Level = { ...level, sources: [...level.sources, { name: 'excluded', columns: target.columns }] };
    const column = target.columns[1 + chance.below(target.columns.length - 1)];
    if (!column) return '';
    const where = chance.one(3) ? ` WHERE ${this.#queries.expressions.of('b', 1, both)}` : '';
    return ` ON CONFLICT (id) DO UPDATE SET ${column.name} = ${this.#queries.expressions.of(column.type, 1, both)}${where}`;
  }

  #update(target: Source, depth: number): string {
    const chance = this.#chance;
    const level: Level = { sources: [{ name: bare(target.name), columns: target.columns }], parent: null, ctes: [] };
    const other = chance.one(2) ? chance.any(RELATIONS) : undefined;
    if (other) level.sources.push({ name: 'f', columns: other.columns });
    const from = other ? ` FROM ${other.name} AS f` : '';
    const [first, second] = target.columns.slice(1);
    if (first && second && chance.one(4)) {
      const query = this.#queries.query([first.type, second.type], depth - 1, level);
      return `UPDATE ${target.name} SET (${first.name}, ${second.name}) = (${query} LIMIT 1)${from}${this.#where(level)}${this.#returning(level, depth)}`;
    }
    const sets = target.columns
      .slice(1)
      .filter(() => chance.one(3))
      .map(({ name, type }) => `${name} = ${this.#queries.expressions.of(type, depth, level)}`);
    const assigned = sets.length > 0 ? sets : [`${target.columns[0]?.name ?? 'id'} = DEFAULT`];
    return `UPDATE ${target.name} SET ${assigned.join(', ')}${from}${this.#where(level)}${this.#returning(level, depth)}`;
  }

  #where(level: Level): string {
    const { expressions } = this.#queries;
    return ` WHERE ${this.#chance.one(2) ? `${expressions.column('n', level) ?? '1'} = $1` : expressions.of('b', 1, level)}`;
  }

  #delete(target: Source, depth: number): string {
    const level: Level = { sources: [{ name: bare(target.name), columns: target.columns }], parent: null, ctes: [] };
    const other = this.#chance.one(2) ? this.#chance.any(RELATIONS) : undefined;
    if (other) level.sources.push({ name: 'f', columns: other.columns });
    return `DELETE FROM ${target.name}${other ? ` USING ${other.name} AS f` : ''}${this.#where(level)}${this.#returning(level, depth)}`;
  }

  #merge(target: Source, depth: number): string {
    const chance = this.#chance;
    const { expressions } = this.#queries;
    const other = chance.any(RELATIONS) ?? target;
    const into: Source = { name: 't', columns: target.columns };
    const from: Source = { name: 's', columns: other.columns };
    const level: Level = { sources: [into, from], parent: null, ctes: [] };
    const alone: Level = { sources: [from], parent: null, ctes: [] };
    const column = target.columns.at(-1);
    if (!column) return 'SELECT 1';
    const on = `${expressions.column('n', { ...level, sources: [into] }) ?? '1'} = ${expressions.column('n', alone) ?? '1'}`;
    const when = chance.one(3) ? ` AND ${expressions.of('b', 1, level)}` : '';
    const matched = chance.pick([
      `UPDATE SET ${column.name} = ${expressions.of(column.type, 1, level)}`,
      'DELETE',
      'DO NOTHING',
    ]);
    const missing = chance.one(2)
      ? ` WHEN NOT MATCHED THEN INSERT (${column.name}) VALUES (${expressions.of(column.type, 1, alone)})`
      : '';
    const gone = chance.one(4) ? ` WHEN NOT MATCHED BY SOURCE THEN ${chance.pick(['DELETE', 'DO NOTHING'])}` : '';
    const returning = this.#returning(level, depth, true);
    return `MERGE INTO ${target.name} AS t USING ${other.name} AS s ON ${on} WHEN MATCHED${when} THEN ${matched}${missing}${gone}${returning}`;
  }
}
