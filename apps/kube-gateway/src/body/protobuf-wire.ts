import { UnreadableBody } from './document.js';

/** One field of a message. `bytes` is a view into the message (wire type 2), `varint` holds the low 64 bits (0). */
export type WireField =
  | { readonly number: number; readonly wire: 0; readonly varint: bigint }
  | { readonly number: number; readonly wire: 1 | 5 }
  | { readonly number: number; readonly wire: 2; readonly bytes: Uint8Array };

const MAXIMUM_FIELD = (1 << 29) - 1;

/**
 * The fields of a protobuf message, in order.
 * @throws UnreadableBody for a cut message, groups (no Kubernetes type has them) and field numbers out of range, which
 *   Go's generated decoders would wrap around to another field
 */
export function* wireFields(message: Uint8Array): Generator<WireField> {
  let at = 0;
  const varint = (bytes: number): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < BigInt(bytes * 7); shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new UnreadableBody('protobuf: a cut number');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new UnreadableBody('protobuf: a number is too long');
  };
  const take = (length: number): Uint8Array => {
    if (length > message.length - at) throw new UnreadableBody('protobuf: a cut field');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(varint(5));
    const number = Math.floor(tag / 8);
    if (number === 0 || number > MAXIMUM_FIELD) throw new UnreadableBody('protobuf: a field number out of range');
    const wire = tag % 8;
    if (wire === 0) {
      yield { number, wire, varint: varint(10) };
    } else if (wire === 2) {
      const length = varint(10);
      if (length > BigInt(message.length)) throw new UnreadableBody('protobuf: a cut field');
      yield { number, wire, bytes: take(Number(length)) };
    } else if (wire === 1 || wire === 5) {
      take(wire === 1 ? 8 : 4);
      yield { number, wire };
    } else {
      throw new UnreadableBody('protobuf: an unknown wire type');
    }
  }
}
