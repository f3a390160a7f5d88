import { importJWK, type JWK } from 'jose';
import { isObject } from './compact-jws.js';

/** A public key of an issuer. `alive` turns false for good once the issuer lists it no more. */
export interface SigningKey {
  readonly kid: string | null;
  /** what it may sign: its own `alg`, or all that its type can */
  readonly algorithms: readonly string[];
  /** the public members alone */
  readonly jwk: JWK;
  /** equal for equal keys */
  readonly identity: string;
  alive: boolean;
}

const maxKeys = 100;
const minModulusBits = 2_048;
// larger ones take milliseconds each: a way to burn our time
const maxModulusBits = 16_384;
const curves: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' };

/**
 * The usable keys of a JWK set: public, for signatures, of a type and size that is accepted. Others are left out silently, sets
 * hold keys for other purposes too.
 * @returns null when the document is no JWK set
 * @see RFC 7517 section 5, RFC 7518 section 6
 */
export async function readKeySet(document: unknown): Promise<readonly SigningKey[] | null> {
  if (!isObject(document) || !Array.isArray(document['keys'])) return null;
  const listed: readonly unknown[] = document['keys'].slice(0, maxKeys);
  const keys = await Promise.all(listed.map(readKey));
  return keys.filter((key) => key !== null);
}

async function readKey(value: unknown): Promise<SigningKey | null> {
  if (!isObject(value)) return null;
  const { use, key_ops: operations, alg, kid } = value;
  if (use !== undefined && use !== 'sig') return null;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return null;
  if (kid !== undefined && typeof kid !== 'string') return null;
  const described = describe(value);
  if (!described) return null;
  // RFC 9864 gives EdDSA with this curve a name of its own
  const named = alg === 'Ed25519' ? 'EdDSA' : alg;
  const algorithms = named === undefined ? described.algorithms : described.algorithms.filter((each) => each === named);
  const [first] = algorithms;
  if (first === undefined) return null;
  try {
    await importJWK(described.jwk, first);
  } catch {
    return null;
  }
  const identity = JSON.stringify([kid ?? null, algorithms, described.jwk]);
  return { kid: kid ?? null, algorithms, jwk: described.jwk, identity, alive: true };
}

function describe(key: Readonly<Record<string, unknown>>): { jwk: JWK; algorithms: readonly string[] } | null {
  // a set that publishes private members is not one whose signatures prove anything
  if (key['d'] !== undefined || key['k'] !== undefined) return null;
  const { kty, crv, n, e, x, y } = key;
  if (kty === 'RSA' && typeof n === 'string' && typeof e === 'string') {
    if (!soundRsa(n, e)) return null;
    return { jwk: { kty, n, e }, algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] };
  }
  if (kty === 'EC' && typeof crv === 'string' && typeof x === 'string' && typeof y === 'string') {
    const algorithm = Object.hasOwn(curves, crv) ? curves[crv] : undefined;
    return algorithm === undefined ? null : { jwk: { kty, crv, x, y }, algorithms: [algorithm] };
  }
  if (kty === 'OKP' && crv === 'Ed25519' && typeof x === 'string')
    return { jwk: { kty, crv, x }, algorithms: ['EdDSA'] };
  return null;
}

function soundRsa(modulus: string, exponent: string): boolean {
  const bits = bitLength(modulus);
  const e = Buffer.from(exponent, 'base64url');
  // with an exponent of 1 every message is its own signature
  const isOdd = ((e.at(-1) ?? 0) & 1) === 1;
  return (
    bits >= minModulusBits && bits <= maxModulusBits && isOdd && bitLength(exponent) >= 2 && bitLength(exponent) <= 64
  );
}

function bitLength(base64url: string): number {
  const hex = Buffer.from(base64url, 'base64url').toString('hex').replace(/^0+/u, '');
  return hex === '' ? 0 : (hex.length - 1) * 4 + Number.parseInt(hex.slice(0, 1), 16).toString(2).length;
}
