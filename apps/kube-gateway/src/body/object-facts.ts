import type { BodyFacts, RequestInfoLike } from './body-facts.js';
import { anything, child, textOf, UnreadableBody } from './document.js';
import type { DocumentValue } from './document.js';
import { bodyIsObject } from './known-types.js';

/** What a body says of the object it is about. */
export type ObjectFacts = Pick<BodyFacts, 'apiVersion' | 'objectKind' | 'name' | 'namespace' | 'labels'>;

/** The facts of a body that says nothing. */
export const NO_OBJECT: ObjectFacts = { apiVersion: null, objectKind: null, name: null, namespace: null, labels: null };

/** Reads type, name and labels of an object or of an object-like patch. */
export function objectFacts(object: DocumentValue, info: RequestInfoLike): ObjectFacts {
  const metadata = child(object, 'metadata');
  const whole = info.subresource === '' && (info.verb === 'create' || info.verb === 'update');
  return {
    apiVersion: textOf(object, 'apiVersion'),
    objectKind: textOf(object, 'kind'),
    name: textOf(metadata, 'name'),
    namespace: textOf(metadata, 'namespace'),
    // the metadata of a Scale or an Eviction are not those of the object that it changes
    labels: bodyIsObject(info) ? (labelsOf(metadata) ?? (whole ? {} : null)) : null,
  };
}

/** Labels that metadata speak of; null where they do not. A label set to null is one that a patch takes away. */
export function labelsOf(metadata: DocumentValue | undefined): Record<string, string> | null {
  const labels = child(metadata, 'labels');
  if (metadata === anything || labels === anything) throw new UnreadableBody('labels are copied from elsewhere');
  if (!(labels instanceof Map)) return labels === null ? {} : null;
  const entries: [string, string][] = [];
  for (const [key, value] of labels) {
    if (value === anything) throw new UnreadableBody('a label is copied from elsewhere');
    if (typeof value === 'string') entries.push([key, value]);
  }
  return Object.fromEntries(entries);
}
