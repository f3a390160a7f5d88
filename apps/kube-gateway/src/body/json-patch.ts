import type { RequestInfoLike } from './body-facts.js';
import { anything, UnreadableBody } from './document.js';
import type { DocumentMap, DocumentValue } from './document.js';

/** One operation of a JSON Patch (RFC 6902), its pointers split and unescaped. */
export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: readonly string[];
  /** Where a copy or move reads. */
  readonly from: readonly string[] | null;
  readonly value: DocumentValue;
}

/** Keys in a pointer. Those of real objects stay below 30. */
const MAXIMUM_POINTER = 64;
const OPERATIONS: readonly string[] = ['add', 'remove', 'replace', 'move', 'copy', 'test'];
/** Keys whose values may be masked in answers: what is copied from there would come back unmasked. */
const MASKED_KEYS = new Set([
  'data',
  'stringData',
  'binaryData',
  'env',
  'command',
  'args',
  'kubectl.kubernetes.io/last-applied-configuration',
]);
/** Keys below which every key is a name, never the index of a list. */
const NAMED = new Set(['data', 'stringData', 'binaryData', 'labels', 'annotations', 'matchLabels', 'nodeSelector']);

/** @throws UnreadableBody for what is no JSON Patch, or one whose pointers servers read differently */
export function readJsonPatch(document: DocumentValue): PatchOperation[] {
  if (!Array.isArray(document)) throw new UnreadableBody('JSON Patch: not a list');
  return document.map((item) => {
    if (!(item instanceof Map)) throw new UnreadableBody('JSON Patch: an operation is no object');
    const op = item.get('op');
    if (!isOperation(op)) throw new UnreadableBody('JSON Patch: an unknown operation');
    const moves = op === 'copy' || op === 'move';
    return {
      op,
      path: pointer(item.get('path')),
      from: moves ? pointer(item.get('from')) : null,
      value: moves ? anything : (item.get('value') ?? null),
    };
  });
}

/** The part of an object that an operation writes, as an object with only this in it; null if it writes nothing. */
export function written(operation: PatchOperation): DocumentValue {
  if (operation.op === 'remove' || operation.op === 'test') return null;
  return nest(operation.path, operation.value);
}

/** A value at the place that a pointer names, in an object of its own. */
export function nest(path: readonly string[], value: DocumentValue): DocumentValue {
  return path.reduceRight<DocumentValue>((inner, key, index) => {
    const listed = /^(?:-|-?[0-9]+)$/.test(key) && index > 0 && !NAMED.has(path[index - 1] ?? '');
    return listed ? [inner] : (new Map([[key, inner]]) satisfies DocumentMap);
  }, value);
}

/**
 * Whether an operation could show a value that answers mask: by carrying it elsewhere, or by comparing it with a guess.
 * Where fields of the resource are protected, whatever is carried may hold one, or a copy of one as annotations do.
 */
export function exposes(operation: PatchOperation, info: RequestInfoLike): boolean {
  const secret = info.resource === 'secrets';
  if (operation.op === 'test') return secret && touches(operation.path, true);
  return operation.from !== null && (info.protects === true || touches(operation.from, secret));
}

function touches(path: readonly string[], secret: boolean): boolean {
  if (path.some((key) => MASKED_KEYS.has(key))) return true;
  // what holds the value holds it too
  const holders: readonly (readonly string[])[] = secret ? [[], ['metadata'], ['metadata', 'annotations']] : [[]];
  return holders.some((holder) => holder.length === path.length && holder.every((key, index) => key === path[index]));
}

function isOperation(op: DocumentValue | undefined): op is PatchOperation['op'] {
  return typeof op === 'string' && OPERATIONS.includes(op);
}

/** A pointer without a leading slash is refused: the API server drops its first segment. */
function pointer(text: DocumentValue | undefined): string[] {
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/'))) {
    throw new UnreadableBody('JSON Patch: a malformed pointer');
  }
  const keys = text.split('/').slice(1);
  if (keys.length > MAXIMUM_POINTER) throw new UnreadableBody('JSON Patch: a pointer is too long');
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}
