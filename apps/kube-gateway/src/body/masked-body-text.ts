import type { BodyFacts } from './body-facts.js';
import { MAXIMUM_DEPTH, toJson } from './document.js';
import type { DocumentMap, DocumentValue } from './document.js';
import { nest, readJsonPatch } from './json-patch.js';
import { parseJson } from './parse-json.js';
import { bodyText, readYaml } from './read-document.js';

const HIDDEN = '[masked]';

/**
 * The body as the record shows it, as JSON text: an object or a patch through `redact`, each value of a JSON Patch as if
 * it stood in the object, every string of a Secret's patch hidden. Protobuf, and what could not be read, is a summary.
 * @param facts what `readBody` said of this very body
 * @param redact takes the JSON text of an object of the request's resource and answers the masked one
 * @throws what `redact` throws
 */
export function maskedBodyText(body: Uint8Array, facts: BodyFacts, redact: (json: Uint8Array) => Uint8Array): string {
  if (facts.kind === 'none') return '';
  if (!facts.readable || facts.kind === 'protobuf' || facts.kind === 'other') return summary(body, facts);
  const text = bodyText(body);
  const document = facts.kind === 'json' ? parseJson(text) : readYaml(text);
  if (document === null) return 'null';
  if (facts.hidden === true) return toJson(Array.isArray(document) ? document.map(hiddenOperation) : hide(document));
  if (Array.isArray(document)) return toJson(maskedPatch(document, redact));
  return Buffer.from(redact(facts.kind === 'json' ? body : Buffer.from(toJson(document)))).toString('utf8');
}

function summary(body: Uint8Array, facts: BodyFacts): string {
  return JSON.stringify({
    ...(facts.apiVersion === null ? {} : { apiVersion: facts.apiVersion }),
    ...(facts.objectKind === null ? {} : { kind: facts.objectKind }),
    ...(facts.name === null && facts.namespace === null
      ? {}
      : { metadata: { name: facts.name ?? undefined, namespace: facts.namespace ?? undefined } }),
    ...(facts.dryRun === true ? { dryRun: ['All'] } : {}),
    // no hash: guesses at a short secret could be tried on one that has no key
    bytes: body.length,
  });
}

function hide(value: DocumentValue): DocumentValue {
  if (typeof value === 'string') return HIDDEN;
  if (Array.isArray(value)) return value.map(hide);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, hide(item)]));
  return value;
}

/** Of an operation only the pointers stay: they name keys, never values. */
function hiddenOperation(operation: DocumentValue): DocumentValue {
  if (!(operation instanceof Map)) return hide(operation);
  const shown = ['op', 'path', 'from'];
  return new Map([...operation].map(([key, item]) => [key, shown.includes(key) ? item : hide(item)]));
}

/** The values of a patch, each put into an object of its own so that the rules for the object's places fit. */
function maskedPatch(document: DocumentValue[], redact: (json: Uint8Array) => Uint8Array): DocumentValue[] {
  const operations = readJsonPatch(document);
  return document.map((shown, index) => {
    const operation = operations[index];
    if (!(shown instanceof Map) || operation === undefined || !shown.has('value')) return shown;
    const masked: DocumentMap = new Map(shown);
    const place = nest(operation.path, shown.get('value') ?? null);
    const whole = place instanceof Map;
    masked.set('value', whole ? valueAt(readBack(redact(Buffer.from(toJson(place)))), operation.path) : hide(place));
    return masked;
  });
}

function valueAt(document: DocumentValue, path: readonly string[]): DocumentValue {
  return path.reduce<DocumentValue>((value, key) => {
    if (Array.isArray(value)) return value[0] ?? null;
    return value instanceof Map ? (value.get(key) ?? null) : null;
  }, document);
}

/** A value at the end of a pointer stands deeper than it does in the patch. */
function readBack(json: Uint8Array): DocumentValue {
  return parseJson(Buffer.from(json).toString('utf8'), 2 * MAXIMUM_DEPTH);
}
