import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

/** What a server keeps of a password for SCRAM-SHA-256: enough to check it, not enough to use it (RFC 5802 §3). */
export interface ScramVerifier {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** Rounds for secrets of 32 random bytes, which no number of rounds makes harder to guess; PostgreSQL's own default. */
export const SCRAM_ITERATIONS = 4_096;
/** Bytes of salt; PostgreSQL's own number. */
export const SCRAM_SALT_BYTES = 16;

const most = 1_000_000;
const keyBytes = 32;
const shape = /^SCRAM-SHA-256\$(\d{1,7}):([A-Za-z0-9+/]+={0,2})\$([A-Za-z0-9+/]{43}=):([A-Za-z0-9+/]{43}=)$/u;

/**
 * The verifier of a secret.
 * @param secret printable ASCII: that is what SASLprep (RFC 4013) leaves as it is, so client and server agree about its bytes
 * @param salt random, {@link SCRAM_SALT_BYTES}
 * @throws RangeError for any other secret, or fewer than 4 096 iterations
 */
export function scramVerifier(secret: string, salt: Buffer, iterations = SCRAM_ITERATIONS): ScramVerifier {
  if (!/^[\x20-\x7e]+$/u.test(secret)) throw new RangeError('a secret for SCRAM must be printable ASCII');
  if (iterations < SCRAM_ITERATIONS || iterations > most) throw new RangeError('too few or too many SCRAM iterations');
  const salted = pbkdf2Sync(secret, salt, iterations, keyBytes, 'sha256');
  const clientKey = hmac(salted, 'Client Key');
  return { iterations, salt, storedKey: sha256(clientKey), serverKey: hmac(salted, 'Server Key') };
}

/** The text PostgreSQL keeps in `pg_authid`: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`, base64. */
export function formatScramVerifier({ iterations, salt, storedKey, serverKey }: ScramVerifier): string {
  const [saltText, stored, server] = [salt, storedKey, serverKey].map((part) => part.toString('base64'));
  return `SCRAM-SHA-256$${iterations}:${saltText}$${stored}:${server}`;
}

/** The reverse of {@link formatScramVerifier}. @returns null for anything else */
export function parseScramVerifier(text: string): ScramVerifier | null {
  const [, digits = '', salt = '', stored = '', server = ''] = shape.exec(text) ?? [];
  const iterations = Number(digits);
  if (iterations < SCRAM_ITERATIONS || iterations > most) return null;
  const [saltBytes, storedKey, serverKey] = [salt, stored, server].map((part) => Buffer.from(part, 'base64'));
  if (!saltBytes || !storedKey || !serverKey || saltBytes.length < 8) return null;
  return { iterations, salt: saltBytes, storedKey, serverKey };
}

/**
 * A verifier that no password opens and that looks like any other, for a user who does not exist: the same salt each time one asks.
 * @param seed 32 secret bytes, the same for this user whenever and of whichever process one asks
 */
export function mockScramVerifier(seed: Buffer): ScramVerifier {
  return {
    iterations: SCRAM_ITERATIONS,
    salt: hmac(seed, 'salt').subarray(0, SCRAM_SALT_BYTES),
    storedKey: hmac(seed, 'stored key'),
    serverKey: hmac(seed, 'server key'),
  };
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
