import type { Masks } from './masks.js';
import { MASKED, type ResourceShape } from './resource-shape.js';

/**
 * A key of `fieldsV1`: `f:name` is the name of a field, `k:{…}` holds the key fields of a list's element, `v:…` a member of a set. The last
 * two are values of the object, masked where the fields that they come from are; patterns look at all of them.
 * @param state the object's own place that the key is about
 * @param path the way to the key, for its mark
 */
export function maskFieldKey(
  key: string,
  state: number,
  shape: ResourceShape,
  masks: Masks,
  path: () => string,
): string {
  const kind = key.slice(0, 2);
  if (kind !== 'k:' && kind !== 'v:') return key;
  const value = parsed(key.slice(2));
  const masked = (at: number, text: string): string => {
    const rule = at === 0 ? null : shape.ruleOf(at);
    if (rule !== null && (shape.usesOf(at) & MASKED) !== 0 && text !== '')
      return masks.markText(rule.name, path(), text);
    return masks.patterned(text);
  };
  if (kind === 'v:' && typeof value === 'string') return rebuilt(key, value, masked(state, value));
  if (kind === 'k:' && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const fields = Object.entries(value).map(([name, field]): [string, unknown] => [
      name,
      typeof field === 'string' ? masked(shape.automaton.named(state, name), field) : field,
    ]);
    return rebuilt(key, value, Object.fromEntries(fields));
  }
  if (value !== undefined && typeof value !== 'object') return key;
  // no such key is known: what it says is masked where anything below is
  return state === 0 ? masks.patterned(key) : `${kind}${JSON.stringify(masks.markText('managedFields', path(), key))}`;
}

function rebuilt(key: string, before: unknown, after: unknown): string {
  const text = JSON.stringify(after);
  return text === JSON.stringify(before) ? key : `${key.slice(0, 2)}${text}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
