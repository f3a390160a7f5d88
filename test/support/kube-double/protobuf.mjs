import { Refused } from './status.mjs';

// Protobuf as Kubernetes frames it: `k8s\0`, then runtime.Unknown { typeMeta = 1 { apiVersion = 1, kind = 2 }, raw = 2 }.
// Kinds with few fields only: metadata, and for Secret and ConfigMap their data.

const magic = Buffer.from('k8s\0');
const speaks = new Set(['secrets', 'configmaps', 'namespaces', 'serviceaccounts']);

/** Whether a type has a protobuf form here; custom resources have none at the real server either. */
export const speaksProtobuf = (type) => type !== undefined && type.group === '' && speaks.has(type.resource);

function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}
const field = (number, bytes) => Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
const text = (number, value) => (value ? field(number, Buffer.from(value)) : Buffer.alloc(0));
const map = (number, entries, bytesOf) =>
  Buffer.concat(
    Object.entries(entries ?? {}).map(([key, value]) =>
      field(number, Buffer.concat([field(1, Buffer.from(key)), field(2, bytesOf(value))])),
    ),
  );
const utf8 = (value) => Buffer.from(value);
const base64 = (value) => Buffer.from(value, 'base64');

function metadataOf(metadata) {
  const stamp = Date.parse(metadata.creationTimestamp) / 1000;
  return Buffer.concat([
    text(1, metadata.name),
    text(2, metadata.generateName),
    text(3, metadata.namespace),
    text(5, metadata.uid),
    text(6, metadata.resourceVersion),
    ...(Number.isFinite(stamp) ? [field(8, Buffer.concat([varint(8), varint(stamp)]))] : []),
    map(11, metadata.labels, utf8),
    map(12, metadata.annotations, utf8),
  ]);
}

function rawOf(object, kind) {
  const parts = [field(1, metadataOf(object.metadata))];
  if (kind === 'Secret') parts.push(map(2, object.data, base64), text(3, object.type));
  if (kind === 'ConfigMap') parts.push(map(2, object.data, utf8), map(3, object.binaryData, base64));
  return Buffer.concat(parts);
}

/** An object or list as protobuf. */
export function protobufOf(object, type) {
  const raw = Array.isArray(object.items)
    ? Buffer.concat([
        field(1, text(2, object.metadata.resourceVersion)),
        ...object.items.map((item) => field(2, rawOf(item, type.kind))),
      ])
    : rawOf(object, type.kind);
  const typeMeta = Buffer.concat([text(1, object.apiVersion), text(2, object.kind)]);
  return Buffer.concat([magic, field(1, typeMeta), field(2, raw)]);
}

function* fieldsOf(bytes) {
  for (let at = 0; at < bytes.length;) {
    const number = () => {
      let value = 0;
      for (let factor = 1; ; factor *= 128) {
        const byte = bytes[at++];
        if (byte === undefined) throw new Refused(400, 'protobuf: unexpected EOF');
        value += (byte & 127) * factor;
        if (byte < 128) return value;
      }
    };
    const tag = number();
    const id = Math.floor(tag / 8);
    if (tag % 8 === 0) yield [id, number()];
    else if (tag % 8 === 2) {
      const end = number() + at;
      if (end > bytes.length) throw new Refused(400, 'protobuf: unexpected EOF');
      yield [id, bytes.subarray(at, end)];
      at = end;
    } else throw new Refused(400, `protobuf: wire type ${tag % 8}`);
  }
}
const first = (bytes, id) => [...fieldsOf(bytes)].find(([number]) => number === id)?.[1];
const string = (bytes, id) => first(bytes, id)?.toString('utf8');

function entries(bytes, id, valueOf) {
  const found = [...fieldsOf(bytes)].filter(([number]) => number === id).map(([, entry]) => entry);
  if (found.length === 0) return undefined;
  return Object.fromEntries(
    found.map((entry) => [string(entry, 1) ?? '', valueOf(first(entry, 2) ?? Buffer.alloc(0))]),
  );
}
const asText = (bytes) => bytes.toString('utf8');
const asBase64 = (bytes) => bytes.toString('base64');

// What is only asked: the fields that an answer here depends on.
const attributesOf = (bytes, names) =>
  bytes && Object.fromEntries(names.map((name, i) => [name, string(bytes, i + 1) ?? '']));
const accessSpec = (spec) => ({
  resourceAttributes: attributesOf(first(spec, 1), [
    'namespace',
    'verb',
    'group',
    'version',
    'resource',
    'subresource',
    'name',
  ]),
  nonResourceAttributes: attributesOf(first(spec, 2), ['path', 'verb']),
});
const specs = {
  SelfSubjectReview: () => ({}),
  SelfSubjectRulesReview: () => ({}),
  SelfSubjectAccessReview: accessSpec,
  TokenRequest: (spec) => ({
    audiences: [...fieldsOf(spec)].filter(([number]) => number === 1).map(([, name]) => name.toString('utf8')),
    expirationSeconds: first(spec, 4),
  }),
};

/** The object in a protobuf body. @throws Refused 400 for a broken one, 415 for kinds that have no protobuf form here */
export function fromProtobuf(body) {
  if (!body.subarray(0, 4).equals(magic))
    throw new Refused(400, 'provided data does not appear to be a protobuf message');
  const unknown = body.subarray(4);
  const typeMeta = first(unknown, 1) ?? Buffer.alloc(0);
  const raw = first(unknown, 2) ?? Buffer.alloc(0);
  const [apiVersion, kind] = [string(typeMeta, 1), string(typeMeta, 2)];
  if (kind in specs) return { apiVersion, kind, spec: specs[kind](first(raw, 2) ?? Buffer.alloc(0)) };
  if (!['Namespace', 'ServiceAccount', 'Secret', 'ConfigMap'].includes(kind))
    throw new Refused(415, `the double reads no protobuf of kind ${kind}`);
  const meta = first(raw, 1) ?? Buffer.alloc(0);
  const metadata = plain({
    name: string(meta, 1),
    generateName: string(meta, 2),
    namespace: string(meta, 3),
    uid: string(meta, 5),
    resourceVersion: string(meta, 6),
    labels: entries(meta, 11, asText),
    annotations: entries(meta, 12, asText),
  });
  const object = { apiVersion, kind, metadata };
  if (kind === 'Secret')
    Object.assign(
      object,
      plain({ data: entries(raw, 2, asBase64), type: string(raw, 3), stringData: entries(raw, 4, asText) }),
    );
  if (kind === 'ConfigMap')
    Object.assign(object, plain({ data: entries(raw, 2, asText), binaryData: entries(raw, 3, asBase64) }));
  return object;
}

const plain = (object) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== ''));
