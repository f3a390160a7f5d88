import type { OutputColumn } from '../description.js';
import type { KnowledgeIndex } from '../resolve.js';
import type { Tracer } from './tracer.js';
import { CLEAN } from './tracer.js';

const classesByIndex = new WeakMap<KnowledgeIndex, readonly string[]>();

/** Every class of the database: what is not known may be of any. */
function everyClass(index: KnowledgeIndex): readonly string[] {
  let classes = classesByIndex.get(index);
  if (!classes) {
    const found = [...index.protectedByRelation.values()].flatMap((columns) => [...columns.values()]);
    classesByIndex.set(index, (classes = [...new Set(found)].sort()));
  }
  return classes;
}

/** The protected classes that a value may tell of, sorted; none for a clean one. */
export function classesOf(tracer: Tracer, taint: OutputColumn): readonly string[] {
  switch (taint.taint) {
    case 'clean':
      return [];
    case 'column':
      return [taint.class];
    case 'derived':
      return taint.classes;
    case 'definition':
    case 'opaque':
      return everyClass(tracer.context.index);
  }
}

function union(tracer: Tracer, taints: readonly OutputColumn[]): OutputColumn {
  const classes = new Set<string>();
  for (const taint of taints) for (const name of classesOf(tracer, taint)) classes.add(name);
  return classes.size === 0 ? CLEAN : { taint: 'derived', classes: [...classes].sort() };
}

/** What is computed from values: nothing of a mask fits any longer. */
export function computed(tracer: Tracer, taints: readonly OutputColumn[]): OutputColumn {
  const tainted = taints.filter(({ taint }) => taint !== 'clean');
  if (tainted.some(({ taint }) => taint === 'opaque' || taint === 'definition')) return { taint: 'opaque' };
  return union(tracer, tainted);
}

/** A value as it was, from a place that the server does not name any longer. */
export function unnamed(taint: OutputColumn): OutputColumn {
  if (taint.taint === 'column') return { ...taint, anonymous: true };
  return taint.taint === 'clean' ? CLEAN : taint;
}

/** A column's value, or in its place one that the author of the statement may have made up. */
function mixed(first: OutputColumn & { readonly taint: 'column' }, taints: readonly OutputColumn[]): OutputColumn {
  const some = taints.some((each) => each.taint === 'clean' || (each.taint === 'column' && each.mixed === true));
  return some ? { ...first, anonymous: true, mixed: true } : unnamed(first);
}

/** One of several values, as it was, chosen by nothing that is protected: the mask of a class fits all values of the class. */
export function chosen(tracer: Tracer, taints: readonly OutputColumn[]): OutputColumn {
  const tainted = taints.filter(({ taint }) => taint !== 'clean');
  const [first] = tainted;
  if (first === undefined) return CLEAN;
  if (tainted.some(({ taint }) => taint === 'opaque')) return { taint: 'opaque' };
  if (first.taint === 'column' && tainted.every((each) => each.taint === 'column' && each.class === first.class))
    return mixed(first, taints);
  const definitions = tainted.filter(({ taint }) => taint === 'definition').length;
  if (definitions > 0) return definitions === tainted.length ? chosenDefinition(tainted) : { taint: 'opaque' };
  return union(tracer, tainted);
}

/** What of one shows names alone shows no more of the others. */
function chosenDefinition(definitions: readonly OutputColumn[]): OutputColumn {
  const names = definitions.some((each) => each.taint === 'definition' && each.names === true);
  return names ? { taint: 'definition', names } : { taint: 'definition' };
}

/** Whether two taints mask the same. */
export function sameTaint(a: OutputColumn, b: OutputColumn): boolean {
  if (a.taint === 'derived' && b.taint === 'derived') return a.classes.join('\0') === b.classes.join('\0');
  if (a.taint === 'column' && b.taint === 'column') return a.class === b.class && a.mixed === b.mixed;
  if (a.taint === 'definition' && b.taint === 'definition') return a.names === b.names;
  return a.taint === b.taint;
}
