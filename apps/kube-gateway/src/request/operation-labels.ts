import type { BodySaid } from './body-said.js';
import type { RequestInfo } from './request-info.js';

/**
 * The labels of the object a request names, as it stands at the target: all of them (absent keys are absent), with
 * every value it may have; null: not known.
 */
export type Labels = Readonly<Record<string, string | readonly string[]>> | null;

/**
 * The attributes `label:<key>`. Unless all labels are known, `label:*` says that any other may be there with any value.
 * For writes the labels an object has and those it is given both count.
 */
export function labelAttributes(info: RequestInfo, body: BodySaid | null, labels: Labels): Record<string, string[]> {
  if (!info.isResource) return {};
  if (info.synthetic === 'list' || info.synthetic === 'watch' || info.synthetic === 'deletecollection') {
    return { ...named(info.selected), 'label:*': ['*'] };
  }
  const readable = body?.readable === true && body.kind !== 'none' && body.kind !== 'other';
  const said = readable ? Object.entries(body.labels ?? {}) : null;
  if (info.verb === 'create' && info.subresource === '') {
    return said === null ? { 'label:*': ['*'] } : named(said.map(([key, value]) => [key, [value]]));
  }
  if (labels === null) return { 'label:*': ['*'] };
  const all = new Map<string, string[]>();
  for (const [key, value] of Object.entries(labels)) all.set(key, typeof value === 'string' ? [value] : [...value]);
  if (info.verb === 'update' || info.verb === 'patch') {
    for (const [key, value] of said ?? []) all.set(key, [...new Set([...(all.get(key) ?? []), value])]);
  }
  return named(all);
}

function named(labels: Iterable<readonly [string, readonly string[]]>): Record<string, string[]> {
  return Object.fromEntries([...labels].map(([key, values]) => [`label:${key}`, [...values]]));
}
