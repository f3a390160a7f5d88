import type { DocumentMap, DocumentValue } from './body/document.js';
import { anything } from './body/document.js';

/** What became of an object. */
export interface ObjectDiff {
  /** `- path: value` and `+ path: value`, in the order of the paths' first mention */
  readonly lines: readonly string[];
  /** paths that differ */
  readonly changed: ReadonlySet<string>;
}

/** The server's own book-keeping: different each time, or following from the rest. */
const bookKeeping = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp', 'selfLink'];
/** A copy of the object that clients keep for themselves. */
const COPY = 'kubectl.kubernetes.io/last-applied-configuration';
/** What tells the elements of a list apart, where every element has it once. */
const names = ['name', 'key', 'ip', 'containerPort', 'port', 'mountPath', 'uid', 'type'];

/**
 * The fields in which two states of an object differ, one line each. `status` and the server's book-keeping are left out, elements of
 * lists are matched by their names where they have some.
 * @param before null: there was none @param after null: there is none any more
 */
export function diffObjects(before: DocumentMap | null, after: DocumentMap | null): ObjectDiff {
  const found: Found = { lines: [], changed: new Set() };
  compare(found, '', stripped(before), stripped(after));
  return found;
}

interface Found {
  readonly lines: string[];
  readonly changed: Set<string>;
}

function stripped(object: DocumentMap | null): DocumentMap | undefined {
  if (object === null) return undefined;
  const kept: DocumentMap = new Map(object);
  kept.delete('status');
  const metadata = kept.get('metadata');
  if (metadata instanceof Map)
    kept.set('metadata', new Map([...metadata].filter(([key]) => !bookKeeping.includes(key))));
  return kept;
}

type Maybe = DocumentValue | undefined;

function compare(found: Found, path: string, before: Maybe, after: Maybe): void {
  if (path === `metadata.annotations[${JSON.stringify(COPY)}]`) {
    if (textOf(before) !== textOf(after)) {
      found.changed.add(path);
      found.lines.push(`~ ${path}: what kubectl applied last (a copy, not shown)`);
    }
    return;
  }
  const kind = before === undefined ? kindOf(after) : kindOf(before);
  const same = before === undefined || after === undefined || kindOf(after) === kind;
  const empty = path !== '' && kind !== 'leaf' && (isEmpty(before) || isEmpty(after));
  if (!same || empty) return replaced(found, path, before, after);
  if (kind === 'list') return lists(found, path, (before ?? []) as DocumentValue[], (after ?? []) as DocumentValue[]);
  if (kind === 'object') {
    const keys = new Set([...keysOf(before), ...keysOf(after)]);
    for (const key of keys) compare(found, join(path, key), childOf(before, key), childOf(after, key));
    return;
  }
  if (before !== after) leaf(found, path, before, after);
}

function kindOf(value: Maybe): 'leaf' | 'list' | 'object' {
  if (Array.isArray(value)) return 'list';
  return value instanceof Map ? 'object' : 'leaf';
}

function isEmpty(value: Maybe): boolean {
  if (value instanceof Map) return value.size === 0;
  return Array.isArray(value) && value.length === 0;
}

/** Containers of different kinds, or empty ones: each leaf of both. */
function replaced(found: Found, path: string, before: Maybe, after: Maybe): void {
  if (textOf(before) === textOf(after)) return;
  found.changed.add(path);
  each(found, '-', path, before);
  each(found, '+', path, after);
}

function each(found: Found, sign: '-' | '+', path: string, value: Maybe): void {
  if (value === undefined) return;
  if (value instanceof Map && value.size > 0) for (const [key, item] of value) each(found, sign, join(path, key), item);
  else if (Array.isArray(value) && value.length > 0)
    value.forEach((item, index) => each(found, sign, `${path}[${index}]`, item));
  else found.lines.push(`${sign} ${path}: ${textOf(value)}`);
}

function leaf(found: Found, path: string, before: Maybe, after: Maybe): void {
  found.changed.add(path);
  if (before !== undefined) found.lines.push(`- ${path}: ${textOf(before)}`);
  if (after !== undefined) found.lines.push(`+ ${path}: ${textOf(after)}`);
}

function lists(found: Found, path: string, before: readonly DocumentValue[], after: readonly DocumentValue[]): void {
  const by = names.find((name) => isNamed(before, name) && isNamed(after, name));
  if (by === undefined) {
    for (let i = 0; i < Math.max(before.length, after.length); i++)
      compare(found, `${path}[${i}]`, before[i], after[i]);
    return;
  }
  const nameOf = (item: DocumentValue): string => textOf(childOf(item, by));
  const old = new Map<string, DocumentValue>(before.map((item) => [nameOf(item), item]));
  const now = new Map<string, DocumentValue>(after.map((item) => [nameOf(item), item]));
  for (const name of new Set([...old.keys(), ...now.keys()]))
    compare(found, `${path}[${by}=${name}]`, old.get(name), now.get(name));
  const stay = (items: ReadonlyMap<string, unknown>, others: ReadonlyMap<string, unknown>): string =>
    [...items.keys()].filter((name) => others.has(name)).join(',');
  if (stay(old, now) !== stay(now, old)) {
    found.changed.add(path);
    found.lines.push(`~ ${path}: in another order`);
  }
}

/** Whether every element is an object with such a key, and no two have the same. */
function isNamed(items: readonly DocumentValue[], name: string): boolean {
  const values = items.map((item): Maybe => childOf(item, name));
  return (
    values.every((value) => typeof value === 'string' || typeof value === 'number') &&
    new Set(values.map((value) => textOf(value))).size === items.length
  );
}

function keysOf(value: Maybe): Iterable<string> {
  return value instanceof Map ? value.keys() : [];
}

function childOf(value: Maybe, key: string): Maybe {
  return value instanceof Map ? value.get(key) : undefined;
}

function join(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w-]*$/u.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** JSON of a value; equal for equal values whatever the order of their keys. */
function textOf(value: Maybe): string {
  if (value === undefined) return '';
  if (value === anything) return '?';
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
  if (value instanceof Map)
    return `{${[...value]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${textOf(item)}`)
      .join(',')}}`;
  return JSON.stringify(value);
}
