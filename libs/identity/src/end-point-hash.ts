import { createHash } from 'node:crypto';
import { DER, derParts, derValues, type DerValue } from './der.js';

// object identifiers by their content bytes, hex
const hashOfSignature: Readonly<Record<string, string>> = {
  // MD5 and SHA-1 count as SHA-256 (RFC 5929 §4.1)
  '2a864886f70d010104': 'sha256',
  '2a864886f70d010105': 'sha256',
  '2a8648ce3d0401': 'sha256',
  '2a864886f70d01010e': 'sha224',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040301': 'sha224',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
};
const rsaPss = '2a864886f70d01010a';
const hashOfPss: Readonly<Record<string, string>> = {
  '2b0e03021a': 'sha256',
  '608648016503040204': 'sha224',
  '608648016503040201': 'sha256',
  '608648016503040202': 'sha384',
  '608648016503040203': 'sha512',
};

/**
 * Channel binding data of type `tls-server-end-point` for a server that shows this certificate: its hash, by the hash function of its
 * own signature.
 * @param certificate DER
 * @returns null where the signature has no hash function of its own (Ed25519) or one that is not known: no channel binding then
 * @throws IdentityError `malformed`
 * @see RFC 5929 section 4.1
 */
export function endPointHash(certificate: Buffer): Buffer | null {
  const [, algorithm] = derParts(derValues(certificate)[0]);
  const [oid, parameters] = derParts(algorithm);
  const name = hex(oid);
  const hash = name === rsaPss ? pssHash(parameters) : hashOfSignature[name];
  return hash === undefined ? null : createHash(hash).update(certificate).digest();
}

/** `[0]` of the parameters names the hash; absent, it is SHA-1 (RFC 4055 §3.1). */
function pssHash(parameters: DerValue | undefined): string | undefined {
  const named = derParts(parameters).find(({ tag }) => tag === 0xa0);
  if (!named) return 'sha256';
  const [oid] = derParts(derValues(named.content)[0]);
  return hashOfPss[hex(oid)];
}

function hex(oid: DerValue | undefined): string {
  return oid?.tag === DER.oid ? oid.content.toString('hex') : '';
}
