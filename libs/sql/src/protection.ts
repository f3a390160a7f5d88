import type { CatalogRelation, CatalogSnapshot, ProtectedColumn } from './catalog.js';
import { FIRST_USER_OID } from './resolve.js';

/** One `protect` entry of the configuration, for one target. */
export interface ProtectionRule {
  readonly class: string;
  /** globs `schema.table.column` over exact catalog names: `*` is any text, `{a,b}` one of several */
  readonly columns: readonly string[];
}

/** A column that a glob of a rule meant by name at some time; its numbers stay when it is renamed. */
export interface BoundColumn {
  readonly relationOid: number;
  readonly attnum: number;
  readonly class: string;
  readonly glob: string;
}

/** A glob that names nothing: one of a rule, or one with a single choice of its `{a,b}`. */
interface Unmatched {
  readonly class: string;
  readonly glob: string;
  /** the glob as the rule has it */
  readonly of: string;
}

/** What a set of rules protects in one catalog. */
export interface Protection {
  /** each column once; the earliest rule gives the class */
  readonly columns: readonly ProtectedColumn[];
  /** true as soon as there is any rule, whether or not it matches a column of this catalog */
  readonly strict: boolean;
  /** what no column of this catalog matches: mistyped, or meant for a table that is not there yet */
  readonly unmatched: readonly Unmatched[];
  /** columns that a glob meant by name before and still protects, though they are called otherwise now */
  readonly renamed: readonly { readonly class: string; readonly glob: string; readonly now: string }[];
  /** what globs mean by name in this catalog; columns of temporary tables, which nobody renames behind the gateway, are left out */
  readonly bound: readonly BoundColumn[];
}

interface Found {
  readonly class: string;
  /** classes it is computed from; null: it is a protected column itself */
  readonly derived: ReadonlySet<string> | null;
}

/** relation OID → attnum */
type Closure = Map<number, Map<number, Found>>;

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

/** The glob with each choice of each of its braces, one at a time: `{a,b}.{c,d}` as `a.{c,d}`, `b.{c,d}`, `{a,b}.c`, `{a,b}.d`. */
function choicesOf(glob: string): readonly string[] {
  return Array.from(glob.matchAll(/\{([^{}]*)\}/gu)).flatMap(({ 0: braces, 1: inner = '', index }) =>
    inner.split(',').map((choice) => `${glob.slice(0, index)}${choice}${glob.slice(index + braces.length)}`),
  );
}

function classesOf(found: Found): readonly string[] {
  return found.derived ? [...found.derived] : [found.class];
}

/** Adds the column unless it is there; whether it was added. */
function protect(closure: Closure, relation: CatalogRelation, attnum: number, found: Found): boolean {
  const columns = closure.get(relation.oid) ?? new Map<number, Found>();
  if (columns.has(attnum)) return false;
  closure.set(relation.oid, columns.set(attnum, found));
  return true;
}

/** The column is computed from protected ones: of its value no mask of a class fits; whether anything of that is new. */
function derive(closure: Closure, relation: CatalogRelation, attnum: number, from: readonly string[]): boolean {
  const columns = closure.get(relation.oid) ?? new Map<number, Found>();
  const before = columns.get(attnum);
  const classes = new Set([...(before ? classesOf(before) : []), ...from]);
  if (before?.derived?.size === classes.size || classes.size === 0) return false;
  const [first = ''] = [...classes].sort();
  closure.set(relation.oid, columns.set(attnum, { class: first, derived: classes }));
  return true;
}

/** The columns of `from` are protected in `to` by name. */
function carry(closure: Closure, from: CatalogRelation, to: CatalogRelation): boolean {
  let grew = false;
  for (const [attnum, found] of Array.from(closure.get(from.oid) ?? [])) {
    const name = from.columns.find((column) => column.attnum === attnum)?.name;
    const column = to.columns.find((candidate) => candidate.name === name);
    if (!column) continue;
    const { derived } = found;
    const added = derived
      ? derive(closure, to, column.attnum, [...derived])
      : protect(closure, to, column.attnum, found);
    if (added) grew = true;
  }
  return grew;
}

/** Generated columns are computed from the columns that the server says, or from any where it is not known. */
function deriveGenerated(closure: Closure, relation: CatalogRelation): boolean {
  const columns = closure.get(relation.oid);
  if (columns === undefined) return false;
  let grew = false;
  for (const { attnum, generated, sources } of relation.columns) {
    if (generated === '') continue;
    const read = sources ?? [...columns.keys()];
    const classes = read.flatMap((source) => {
      const found = columns.get(source);
      return found === undefined || source === attnum ? [] : classesOf(found);
    });
    if (derive(closure, relation, attnum, classes)) grew = true;
  }
  return grew;
}

/**
 * Finds the columns that rules name, and everything that carries them: the same column in parents, children and partitions,
 * and generated columns computed from them. Views and materialised views are followed by lineage, when a statement names them.
 * @param before what globs meant by name at earlier times in the same database: whatever they are called now, these columns stay
 */
export function closeProtection(
  catalog: CatalogSnapshot,
  rules: readonly ProtectionRule[],
  before: readonly BoundColumn[] = [],
): Protection {
  const closure: Closure = new Map();
  const relations = catalog.relations.filter(
    (relation) => relation.oid >= FIRST_USER_OID && WITH_COLUMNS.has(relation.kind),
  );
  const temporary = catalog.schemas.find((schema) => schema.temporary)?.name ?? null;
  const unmatched: Unmatched[] = [];
  const renamed: { class: string; glob: string; now: string }[] = [];
  const bound: BoundColumn[] = [];
  for (const rule of rules) {
    const globs = rule.columns.map((glob) => ({ glob, expression: globExpression(glob) }));
    const matched = new Map<string, string[]>(globs.map(({ glob }) => [glob, []]));
    for (const relation of relations) {
      for (const column of relation.columns) {
        const name = `${relation.schema}.${relation.name}.${column.name}`;
        const matching = globs.filter(({ expression }) => expression.test(name));
        if (matching.length > 0) protect(closure, relation, column.attnum, { class: rule.class, derived: null });
        for (const { glob } of matching) {
          matched.get(glob)?.push(name);
          if (relation.schema !== temporary)
            bound.push({ relationOid: relation.oid, attnum: column.attnum, class: rule.class, glob });
        }
      }
    }
    for (const [of, names] of matched)
      for (const glob of names.length === 0 ? [of] : choicesOf(of))
        if (!names.some((name) => globExpression(glob).test(name))) unmatched.push({ class: rule.class, glob, of });
  }
  const byOid = new Map(relations.map((relation) => [relation.oid, relation]));
  for (const { relationOid, attnum, class: name, glob } of before) {
    const relation = byOid.get(relationOid);
    const column = relation?.columns.find((candidate) => candidate.attnum === attnum);
    if (!relation || !column) continue;
    // a rule that is gone protects nothing any more
    if (!rules.some((rule) => rule.class === name && rule.columns.includes(glob))) continue;
    protect(closure, relation, attnum, { class: name, derived: null });
    const now = `${relation.schema}.${relation.name}.${column.name}`;
    if (!globExpression(glob).test(now)) renamed.push({ class: name, glob, now });
  }
  const edges = relations.flatMap((child) =>
    child.parents.flatMap((oid) => {
      const parent = byOid.get(oid);
      return parent ? [[parent, child] as const, [child, parent] as const] : [];
    }),
  );
  for (let grew = true; grew;) {
    const carried = edges.map(([from, to]) => carry(closure, from, to));
    const generated = relations.map((relation) => deriveGenerated(closure, relation));
    grew = carried.includes(true) || generated.includes(true);
  }
  const columns = [...closure].flatMap(([relationOid, attnums]) =>
    [...attnums].map(([attnum, found]) => ({
      relationOid,
      attnum,
      class: found.class,
      ...(found.derived && { derived: [...found.derived].sort() }),
    })),
  );
  return {
    columns,
    strict: rules.length > 0,
    unmatched: unmatched.filter(({ of }) => !renamed.some((each) => each.glob === of)),
    renamed,
    bound,
  };
}
