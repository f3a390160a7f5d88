import type { AccessQuestion } from './access-question.js';

/** `k8s\0`, then runtime.Unknown: what client-go's typed clients send. */
const magic = Buffer.from('k8s\0', 'latin1');

/**
 * Reads the question of a SelfSubjectAccessReview in protobuf. Fields: Unknown.raw 2; SelfSubjectAccessReview.spec 2;
 * spec.resourceAttributes 1, spec.nonResourceAttributes 2.
 * @returns null where it asks nothing that can be read
 * @see k8s.io/api authorization/v1/generated.proto
 */
export function questionOfProtobuf(body: Uint8Array): AccessQuestion | null {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (!bytes.subarray(0, 4).equals(magic)) return null;
  const spec = lastOf(lastOf(lastOf(bytes.subarray(4), 2), 2), 0, true);
  const resource = spec === null ? null : lastOf(spec, 1);
  const path = spec === null ? null : lastOf(spec, 2);
  if ((path === null) === (resource === null)) return null;
  if (path !== null) return { ...empty, path: text(path, 1), verb: text(path, 2) };
  return {
    path: null,
    namespace: text(resource, 1),
    verb: text(resource, 2),
    group: text(resource, 3),
    version: text(resource, 4),
    resource: text(resource, 5),
    subresource: text(resource, 6),
    name: text(resource, 7),
  };
}

const empty = { namespace: '', verb: '', group: '', version: '', resource: '', subresource: '', name: '' };

function text(message: Buffer | null, field: number): string {
  return lastOf(message, field)?.toString('utf8') ?? '';
}

/** The last occurrence of a length-delimited field; `whole`: the message itself, if it can be read to its end. */
function lastOf(message: Buffer | null, field: number, whole = false): Buffer | null {
  if (message === null) return null;
  let found: Buffer | null = null;
  let at = 0;
  while (at < message.length) {
    const tag = varint(message, at);
    if (tag === null) return null;
    const wire = tag.value & 7;
    const size = varint(message, tag.next);
    if (size === null || (wire !== 0 && wire !== 2)) return null;
    at = wire === 2 ? size.next + size.value : size.next;
    if (at > message.length) return null;
    if (wire === 2 && tag.value >>> 3 === field) found = message.subarray(size.next, at);
  }
  return whole ? message : found;
}

/** At most five bytes: a length beyond 2^31 is none in a body of 4 MiB. */
function varint(message: Buffer, at: number): { value: number; next: number } | null {
  let value = 0;
  for (let index = 0; index < 5; index += 1) {
    const byte = message[at + index];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, next: at + index + 1 };
  }
  return null;
}
