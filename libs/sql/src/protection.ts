import type { CatalogRelation, CatalogSnapshot, ProtectedColumn } from './catalog.js';
import { FIRST_USER_OID } from './resolve.js';

/** One `protect` entry of the configuration, for one target. */
export interface ProtectionRule {
  readonly class: string;
  /** globs `schema.table.column` over exact catalog names: `*` is any text, `{a,b}` one of several */
  readonly columns: readonly string[];
}

/** What a set of rules protects in one catalog. */
export interface Protection {
  /** each column once; the earliest rule gives the class */
  readonly columns: readonly ProtectedColumn[];
  /** true as soon as there is any rule, whether or not it matches a column of this catalog */
  readonly strict: boolean;
  /** globs that no column of this catalog matches: mistyped, or meant for a table that is not there yet */
  readonly unmatched: readonly { readonly class: string; readonly glob: string }[];
}

/** relation OID → attnum → class */
type Closure = Map<number, Map<number, string>>;

const WITH_COLUMNS = new Set(['r', 'p', 'v', 'm', 'f']);

function globExpression(glob: string): RegExp {
  let depth = 0;
  const parts = Array.from(glob, (character) => {
    if (character === '*') return '[\\s\\S]*';
    if (character === '{') {
      depth += 1;
      return '(?:';
    }
    if (character === '}' && depth > 0) {
      depth -= 1;
      return ')';
    }
    if (character === ',' && depth > 0) return '|';
    return character.replace(/[\\^$.*+?()[\]{}|/-]/u, '\\$&');
  });
  return new RegExp(`^${parts.join('')}${')'.repeat(depth)}$`, 'u');
}

/** Adds the column unless it is there; whether it was added. */
function protect(closure: Closure, relation: CatalogRelation, attnum: number, className: string): boolean {
  const columns = closure.get(relation.oid) ?? new Map<number, string>();
  if (columns.has(attnum)) return false;
  closure.set(relation.oid, columns.set(attnum, className));
  return true;
}

/** The columns of `from` are protected in `to` by name. */
function carry(closure: Closure, from: CatalogRelation, to: CatalogRelation): boolean {
  let grew = false;
  for (const [attnum, className] of closure.get(from.oid) ?? []) {
    const name = from.columns.find((column) => column.attnum === attnum)?.name;
    const column = to.columns.find((candidate) => candidate.name === name);
    if (column && protect(closure, to, column.attnum, className)) grew = true;
  }
  return grew;
}

/** What a generated column computes from is not known here: with one protected column all of them are protected. */
function protectGenerated(closure: Closure, relation: CatalogRelation): boolean {
  const [className] = closure.get(relation.oid)?.values() ?? [];
  if (className === undefined) return false;
  const generated = relation.columns.filter((column) => column.generated !== '');
  return generated.map((column) => protect(closure, relation, column.attnum, className)).includes(true);
}

/**
 * Finds the columns that rules name, and everything that carries them: the same column in parents, children and partitions,
 * and generated columns beside them. Views and materialised views are not followed; lineage refuses to read them.
 */
export function closeProtection(catalog: CatalogSnapshot, rules: readonly ProtectionRule[]): Protection {
  const closure: Closure = new Map();
  const relations = catalog.relations.filter(
    (relation) => relation.oid >= FIRST_USER_OID && WITH_COLUMNS.has(relation.kind),
  );
  const unmatched: { class: string; glob: string }[] = [];
  for (const rule of rules) {
    const globs = rule.columns.map((glob) => ({ glob, expression: globExpression(glob) }));
    const matched = new Set<string>();
    for (const relation of relations) {
      for (const column of relation.columns) {
        const name = `${relation.schema}.${relation.name}.${column.name}`;
        const matching = globs.filter(({ expression }) => expression.test(name));
        if (matching.length > 0) protect(closure, relation, column.attnum, rule.class);
        for (const { glob } of matching) matched.add(glob);
      }
    }
    for (const { glob } of globs) if (!matched.has(glob)) unmatched.push({ class: rule.class, glob });
  }
  const byOid = new Map(relations.map((relation) => [relation.oid, relation]));
  const edges = relations.flatMap((child) =>
    child.parents.flatMap((oid) => {
      const parent = byOid.get(oid);
      return parent ? [[parent, child] as const, [child, parent] as const] : [];
    }),
  );
  for (let grew = true; grew;) {
    const carried = edges.map(([from, to]) => carry(closure, from, to));
    const generated = relations.map((relation) => protectGenerated(closure, relation));
    grew = carried.includes(true) || generated.includes(true);
  }
  const columns = [...closure].flatMap(([relationOid, attnums]) =>
    [...attnums].map(([attnum, className]) => ({ relationOid, attnum, class: className })),
  );
  return { columns, strict: rules.length > 0, unmatched };
}
