import type { Node } from '@pgsql/types';
import { Refused, refusals } from './refusals.js';

/** Levels of JSON that are followed: a binary operator is two of them. */
const MAX_DEPTH = 2000;

/** A tree node as a bag of fields: the walkers compare each field with what they know. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The one key of a node object and its body; the empty node `{}` has kind ''. */
export function nodeParts(node: unknown): readonly [string, Fields] {
  if (!isFields(node)) throw new Refused(refusals.unknownNode('value'));
  const keys = Object.keys(node);
  const kind = keys[0];
  if (kind === undefined) return ['', {}];
  const body = node[kind];
  if (keys.length !== 1 || !isFields(body)) throw new Refused(refusals.unknownNode(kind));
  return [kind, body];
}

/** The body of `node` when it is of `kind`, typed by the caller's choice among the parser's interfaces. */
export function bodyOf<K extends string>(node: Node | undefined, kind: K): Extract<Node, Record<K, unknown>>[K] | null {
  if (node === undefined || !isFields(node)) return null;
  const body = (node as Record<string, unknown>)[kind];
  return isFields(body) ? (body as Extract<Node, Record<K, unknown>>[K]) : null;
}

/** The strings of a list of String nodes; null when anything else is among them. */
export function stringsOf(nodes: readonly Node[] | undefined): string[] | null {
  const strings: string[] = [];
  for (const node of nodes ?? []) {
    const value = bodyOf(node, 'String');
    if (!value) return null;
    strings.push(value.sval ?? '');
  }
  return strings;
}

/** Refuses a body with a field that is neither in `known` nor empty: a newer grammar may have given it a meaning. */
export function onlyFields(kind: string, body: object, known: readonly string[]): void {
  for (const [field, value] of Object.entries(body)) {
    if (known.includes(field) || value === undefined || value === null || value === false) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    throw new Refused(refusals.unknownNode(`${kind}.${field}`));
  }
}

/** Whether the tree is nested deeper than the recursive walkers may follow; iterative, so that it never overflows itself. */
export function isTooDeep(tree: unknown): boolean {
  const pending: { value: unknown; depth: number }[] = [{ value: tree, depth: 0 }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth > MAX_DEPTH) return true;
    for (const value of Object.values(next.value)) pending.push({ value, depth: next.depth + 1 });
  }
  return false;
}

/** UTF-8 byte offsets of every constant in the tree. The caller has checked the depth. */
export function constantLocations(tree: unknown, found: { location: number }[] = []): { location: number }[] {
  if (Array.isArray(tree)) for (const item of tree) constantLocations(item, found);
  else if (isFields(tree)) {
    for (const [key, value] of Object.entries(tree)) {
      if (key === 'A_Const' && isFields(value)) {
        const location = typeof value['location'] === 'number' ? value['location'] : 0;
        if (location >= 0) found.push({ location });
      } else constantLocations(value, found);
    }
  }
  return found;
}
