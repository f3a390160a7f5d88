import type { BodyFacts, RequestInfoLike } from './body-facts.js';
import { addCapabilities } from './capabilities.js';
import { child, UnreadableBody } from './document.js';
import type { DocumentMap, DocumentValue } from './document.js';
import { MAXIMUM_MARKS, marksIn, marksInBytes } from './find-marks.js';
import { exposes, readJsonPatch, written } from './json-patch.js';
import { groupName } from './known-types.js';
import { mediaTypeOf } from './media-type.js';
import type { BodyType } from './media-type.js';
import { NO_OBJECT, labelsOf, objectFacts } from './object-facts.js';
import { readDocument } from './read-document.js';

/**
 * Says what a request's body asks for.
 * Pure, and never throws: whatever cannot be read as the API server would read it is `readable: false`, for the caller
 * to refuse (415 for kind `other`, else 400). Masks are looked for even then.
 * @param body the whole body, at most the caller's limit (bytes); not changed, not kept
 * @param contentType the header as sent; without one the API server takes the body for JSON
 */
export function readBody(body: Uint8Array, contentType: string | undefined, info: RequestInfoLike): BodyFacts {
  const type = mediaTypeOf(contentType);
  if (body.length === 0) return facts('none', { readable: true });
  // what is proxied into a pod, service or node is no order to the API server: only masks are looked for
  if (info.subresource === 'proxy') return facts('other', { readable: true, marks: marksInBytes(body) });
  const hidden = info.verb === 'patch' && info.resource === 'secrets' && groupName(info.group) === '';
  try {
    return { ...(type.patch === 'json' ? patchFacts(body, type, info) : documentFacts(body, type, info)), hidden };
  } catch {
    // an exhausted stack or a parser's own mistake is a body that cannot be read, like any other
    return facts(type.kind, { readable: false, marks: marksInBytes(body), hidden });
  }
}

function documentFacts(body: Uint8Array, type: BodyType, info: RequestInfoLike): BodyFacts {
  const document = readDocument(body, type, info);
  const object: DocumentMap = document === null ? new Map() : mapOf(document);
  const named = marksIn(document);
  // what was read of JSON is all there is; protobuf has fields, YAML comments that the document does not show
  const marks = named.length > 0 || type.kind === 'json' ? named : marksInBytes(body);
  if (info.verb === 'delete' || info.verb === 'deletecollection') {
    const asked = child(object, 'dryRun');
    return facts(type.kind, { readable: true, marks, dryRun: Array.isArray(asked) && asked.includes('All') });
  }
  const powers = new Set<string>();
  addCapabilities(object, info, powers);
  return facts(type.kind, { ...objectFacts(object, info), readable: true, marks, capabilities: [...powers].sort() });
}

function patchFacts(body: Uint8Array, type: BodyType, info: RequestInfoLike): BodyFacts {
  const operations = readJsonPatch(readDocument(body, type, info));
  const powers = new Set<string>();
  const marks = new Set<string>();
  const labels: Record<string, string>[] = [];
  for (const operation of operations) {
    const part = written(operation);
    addCapabilities(part, info, powers);
    if (exposes(operation, info)) {
      // a dry run asks for no powers, yet its answer would show the value at a place where nothing is masked
      if (info.dryRun === true) throw new UnreadableBody('a masked value is carried elsewhere');
      powers.add('use-secret');
    }
    const set = labelsOf(child(part, 'metadata'));
    if (set !== null) labels.push(set);
    for (const mark of marksIn([...operation.path], 'path')) marks.add(mark);
    for (const mark of marksIn(operation.value, operation.path.join('.'))) marks.add(mark);
  }
  return facts(type.kind, {
    readable: true,
    marks: [...marks].slice(0, MAXIMUM_MARKS),
    capabilities: [...powers].sort(),
    labels: labels.length === 0 ? null : Object.fromEntries(labels.flatMap((set) => Object.entries(set))),
  });
}

function mapOf(document: DocumentValue): DocumentMap {
  if (!(document instanceof Map)) throw new UnreadableBody('not an object');
  return document;
}

function facts(kind: BodyFacts['kind'], said: Partial<BodyFacts> & Pick<BodyFacts, 'readable'>): BodyFacts {
  return { kind, ...NO_OBJECT, capabilities: [], marks: [], dryRun: null, hidden: false, ...said };
}
