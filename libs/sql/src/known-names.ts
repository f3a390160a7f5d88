import type { KnowledgeIndex } from './resolve.js';

const names = new WeakMap<KnowledgeIndex, ReadonlySet<string>>();

/**
 * Tells names of the catalog (schemas, relations, columns, user-defined functions and types) from other words. For the record only:
 * a word in double quotes that is none of them may be a value, as other databases write them.
 */
export function knowsName(index: KnowledgeIndex): (name: string) => boolean {
  return (name) => {
    let known = names.get(index);
    if (!known) names.set(index, (known = collect(index)));
    return known.has(name);
  };
}

function collect({ catalog }: KnowledgeIndex): ReadonlySet<string> {
  const known = new Set<string>();
  for (const { name } of catalog.schemas) known.add(name);
  for (const { name, columns } of catalog.relations) {
    known.add(name);
    for (const column of columns) known.add(column.name);
  }
  for (const { name } of catalog.userFunctions) known.add(name);
  for (const { name } of catalog.userTypes) known.add(name);
  return known;
}
