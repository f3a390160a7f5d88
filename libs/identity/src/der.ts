import { IdentityError } from './identity.error.js';

/** One value of a DER encoding (X.690 §8.1): its tag and where its content lies. */
export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
}

/** Tags that certificates are made of; context tags are `0x80 | n`, constructed ones `0xa0 | n`. */
export const DER = { sequence: 0x30, set: 0x31, oid: 0x06, octets: 0x04 } as const;

/**
 * The values that fill `bytes`, one behind the other. Definite lengths only, tags of one byte: certificates have no others.
 * @throws IdentityError `malformed` where a value does not fit
 */
export function derValues(bytes: Buffer): readonly DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0x80;
    const more = first < 0x80 ? 0 : first & 0x7f;
    const start = at + 2 + more;
    if ((tag & 0x1f) === 0x1f || (first >= 0x80 && (more === 0 || more > 4)) || start > bytes.length) throw broken();
    const length = more === 0 ? first : bytes.readUIntBE(at + 2, more);
    if (length > bytes.length - start) throw broken();
    values.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return values;
}

/** The parts of a constructed value. @throws IdentityError `malformed` when it is absent or of another tag */
export function derParts(value: DerValue | undefined, tag: number = DER.sequence): readonly DerValue[] {
  if (value?.tag !== tag) throw broken();
  return derValues(value.content);
}

const broken = (): IdentityError => new IdentityError('malformed', 'the certificate is not in DER');
