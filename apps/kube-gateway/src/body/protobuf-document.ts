import type { RequestInfoLike } from './body-facts.js';
import { anything, MAXIMUM_DEPTH, UnreadableBody } from './document.js';
import type { DocumentMap, DocumentValue } from './document.js';
import { kindOfResource, knowledgeOfKind } from './known-types.js';
import { parseJson } from './parse-json.js';
import { MESSAGES, WITHOUT_METADATA } from './protobuf-schema.js';
import type { FieldSchema, MessageSchema } from './protobuf-schema.js';
import { wireFields } from './protobuf-wire.js';

const PREFIX = [0x6b, 0x38, 0x73, 0x00];
const NO_FIELDS: MessageSchema = new Map();

/** What surrounds every protobuf body: `k8s\0`, then runtime.Unknown. */
interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

/**
 * Reads a protobuf body as the document that its JSON would be, as far as `MESSAGES` know it. What cannot be known
 * stands under the key '' as `anything`. A field that is not repeated may occur once: Go would merge two of them.
 * @throws UnreadableBody
 */
export function readProtobuf(body: Uint8Array, info: RequestInfoLike): DocumentMap {
  const { apiVersion, kind, raw } = envelopeOf(body);
  const ofResource = kindOfResource(info);
  const name = kind === '' ? (ofResource ?? '') : kind;
  const document = decode(raw, schemaOf(apiVersion, name), 0);
  // the API server decodes into the type that the path names; a body that claims another one is read as both
  if (ofResource !== null && name !== ofResource && name !== 'DeleteOptions') {
    document.set('', decode(raw, schemaOf('', ofResource), 0));
  }
  if (!isKnown(apiVersion, name)) document.set('', anything);
  if (apiVersion !== '') document.set('apiVersion', apiVersion);
  if (kind !== '') document.set('kind', kind);
  return document;
}

function isKnown(apiVersion: string, kind: string): boolean {
  return kind !== '' && (knowledgeOfKind(apiVersion, kind) === 'plain' || Object.hasOwn(MESSAGES, kind));
}

function schemaOf(apiVersion: string, kind: string): MessageSchema {
  const schema = Object.hasOwn(MESSAGES, kind) && /^[A-Z]/.test(kind) ? MESSAGES[kind] : undefined;
  if (schema !== undefined) return schema;
  const plain = isKnown(apiVersion, kind) && !WITHOUT_METADATA.has(kind) && !kind.endsWith('List');
  return (plain ? MESSAGES['Plain'] : undefined) ?? NO_FIELDS;
}

function envelopeOf(body: Uint8Array): Envelope {
  if (PREFIX.some((byte, index) => body[index] !== byte)) throw new UnreadableBody('protobuf: no Kubernetes message');
  const found = new Map<number, Uint8Array>();
  for (const field of wireFields(body.subarray(PREFIX.length))) {
    if (field.number > 4) continue;
    if (field.wire !== 2 || found.has(field.number)) throw new UnreadableBody('protobuf: a malformed envelope');
    found.set(field.number, field.bytes);
  }
  if (bytesText(found.get(3)) !== '') throw new UnreadableBody('protobuf: an encoded message');
  if (!['', 'application/vnd.kubernetes.protobuf'].includes(bytesText(found.get(4)))) {
    throw new UnreadableBody('protobuf: another type inside');
  }
  const typeMeta = new Map<number, string>();
  for (const field of wireFields(found.get(1) ?? new Uint8Array())) {
    if (field.wire !== 2 || typeMeta.has(field.number)) throw new UnreadableBody('protobuf: a malformed type');
    typeMeta.set(field.number, bytesText(field.bytes));
  }
  return { apiVersion: typeMeta.get(1) ?? '', kind: typeMeta.get(2) ?? '', raw: found.get(2) ?? new Uint8Array() };
}

function decode(message: Uint8Array, schema: MessageSchema, depth: number): DocumentMap {
  if (depth > MAXIMUM_DEPTH) throw new UnreadableBody('protobuf: nested too deeply');
  const document: DocumentMap = new Map();
  for (const field of wireFields(message)) {
    const known = schema.get(field.number);
    if (known === undefined) continue;
    const value = field.wire === 0 ? field.varint !== 0n : 'bytes' in field ? valueOf(field.bytes, known, depth) : null;
    if (value === null || (field.wire === 0) !== (known.type === 'bool')) {
      throw new UnreadableBody('protobuf: a field of another type');
    }
    const before = document.get(known.key);
    if (known.type === 'map' || known.type === 'octets') {
      document.set(known.key, joined(before, value));
    } else if (known.many) {
      document.set(known.key, Array.isArray(before) ? [...before, value] : [value]);
    } else if (before === undefined) {
      document.set(known.key, value);
    } else {
      throw new UnreadableBody('protobuf: a field occurs twice');
    }
  }
  return document;
}

function valueOf(bytes: Uint8Array, known: FieldSchema, depth: number): DocumentValue {
  switch (known.type) {
    case 'string':
      return bytesText(bytes);
    case 'present':
      return new Map();
    case 'map':
    case 'octets':
      return entryOf(bytes, known.type === 'octets');
    case 'json':
      return rawJson(bytes);
    default:
      return decode(bytes, MESSAGES[known.type] ?? NO_FIELDS, depth + 1);
  }
}

/** One entry of a map: field 1 is the key, field 2 the value. */
function entryOf(bytes: Uint8Array, octets: boolean): DocumentMap {
  const parts = new Map<number, Uint8Array>();
  for (const field of wireFields(bytes)) {
    if (field.wire !== 2 || parts.has(field.number)) throw new UnreadableBody('protobuf: a malformed entry');
    parts.set(field.number, field.bytes);
  }
  const value = parts.get(2) ?? new Uint8Array();
  return new Map([[bytesText(parts.get(1)), octets ? Buffer.from(value).toString('latin1') : bytesText(value)]]);
}

function joined(before: DocumentValue | undefined, entry: DocumentValue): DocumentMap {
  const all: DocumentMap = before instanceof Map ? before : new Map();
  if (entry instanceof Map) {
    for (const [key, value] of entry) {
      if (all.has(key)) throw new UnreadableBody('protobuf: a key occurs twice');
      all.set(key, value);
    }
  }
  return all;
}

/** A RawExtension holds JSON, or something that only its reader knows. */
function rawJson(extension: Uint8Array): DocumentValue {
  for (const field of wireFields(extension)) {
    if (field.number !== 1 || field.wire !== 2) continue;
    const text = bytesText(field.bytes);
    return text.startsWith('{') ? parseJson(text) : anything;
  }
  return anything;
}

function bytesText(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return '';
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new UnreadableBody('protobuf: a text is not UTF-8', { cause });
  }
}
