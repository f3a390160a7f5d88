import { Refused, refusals } from './refusals.js';
import type { Field, Item, Scope, Tracer } from './tracer.js';
import { CLEAN, firstTainted } from './tracer.js';

/** System columns carry places and transactions, never values. */
const SYSTEM_COLUMNS = new Set(['ctid', 'xmin', 'cmin', 'xmax', 'cmax', 'tableoid', 'oid']);

export type ColumnMeaning =
  { readonly kind: 'field'; readonly field: Field } | { readonly kind: 'row'; readonly item: Item };

function fieldOf(item: Item, name: string): Field | null {
  const named = item.fields.filter((field) => field.name === name);
  if (named.length > 1) throw new Refused(refusals.ambiguousColumn(name));
  if (named[0]) return named[0];
  if (!item.systemColumns || !SYSTEM_COLUMNS.has(name)) return null;
  return { name, taint: (name === 'tableoid' ? item.place : undefined) ?? CLEAN, plainOnly: null };
}

/** The nearest level that has the column decides, as in the server; two on one level are ambiguous. */
function byColumn(tracer: Tracer, scope: Scope, name: string): Field | null {
  for (let level: Scope | null = scope; level; level = level.parent) {
    const found: { item: Item; field: Field }[] = [];
    for (const item of level.items) {
      const field = item.columnsVisible ? fieldOf(item, name) : null;
      if (field) found.push({ item, field });
    }
    if (found.length > 1) throw new Refused(refusals.ambiguousColumn(name));
    const only = found[0];
    if (only) {
      if (only.item.uncertain) refuseIfHiddenBehind(tracer, level.parent, name);
      return only.field;
    }
  }
  return null;
}

/** The column names of some functions depend on their arguments: then an outer protected column could be meant instead. */
function refuseIfHiddenBehind(tracer: Tracer, outer: Scope | null, name: string): void {
  for (let level = outer; level; level = level.parent) {
    for (const item of level.items) {
      const fields = item.fields.filter((field) => field.name === name);
      if (firstTainted(tracer, fields) !== null) throw new Refused(refusals.ambiguousColumn(name));
    }
  }
}

/** Finds a relation of the query by alias, nearest level first. */
export function itemNamed(scope: Scope, name: string, schema: string | null = null): Item | null {
  for (let level: Scope | null = scope; level; level = level.parent) {
    const found = level.items.filter((item) =>
      schema === null ? item.name === name : item.relation?.schema === schema && item.relation.name === name,
    );
    if (found.length > 1) throw new Refused(refusals.ambiguousColumn(name));
    if (found[0]) return found[0];
  }
  return null;
}

/** `schema.table` or `database.schema.table` or `table`: the item it names. */
function itemOf(tracer: Tracer, scope: Scope, names: readonly string[]): Item {
  const written = names.join('.');
  const [first, second, third] = names;
  const { catalog } = tracer.context.index;
  let item: Item | null = null;
  if (first !== undefined && second === undefined) item = itemNamed(scope, first);
  else if (first !== undefined && second !== undefined && third === undefined) item = itemNamed(scope, second, first);
  else if (names.length === 3 && second !== undefined && third !== undefined && first === catalog.database) {
    item = itemNamed(scope, third, second);
  }
  if (!item) throw new Refused(refusals.unresolvedColumn(written));
  return item;
}

/**
 * What the parts of a column reference mean, `*` left out.
 * @throws Refused when they mean nothing that is known, or more than one thing
 * @see PostgreSQL source, parse_expr.c, transformColumnRef
 */
export function resolveColumn(tracer: Tracer, scope: Scope, names: readonly string[]): ColumnMeaning {
  const last = names.at(-1);
  if (last === undefined) throw new Refused(refusals.unresolvedColumn(''));
  if (names.length === 1) {
    const field = byColumn(tracer, scope, last);
    if (field) return { kind: 'field', field };
    const item = itemNamed(scope, last);
    if (item) return { kind: 'row', item };
    throw new Refused(refusals.unresolvedColumn(last));
  }
  // an unknown field may be a function of the row in attribute notation: refused as not found
  const field = fieldOf(itemOf(tracer, scope, names.slice(0, -1)), last);
  if (!field) throw new Refused(refusals.unresolvedColumn(names.join('.')));
  return { kind: 'field', field };
}

/** The fields of `*` (no names) or `t.*` in server order. */
export function expandStar(tracer: Tracer, scope: Scope, names: readonly string[]): readonly Field[] {
  if (names.length > 0) return itemOf(tracer, scope, names).fields;
  return scope.items.filter((item) => item.columnsVisible).flatMap((item) => item.fields);
}
