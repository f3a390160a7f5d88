import { randomBytes, randomInt } from 'node:crypto';
import { formatScramVerifier, SCRAM_SALT_BYTES, scramVerifier } from '@app/identity';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** characters behind `sp_`: 131 bits, so that nobody meets a name by guessing */
const nameLength = 22;
const secretBytes = 32;

/** What a credential consists of. The secret is told once and kept nowhere. */
export interface Minted {
  /** `sp_` and 22 base62 characters */
  readonly name: string;
  /** 32 random bytes, base64url */
  readonly secret: string;
  /** `SCRAM-SHA-256$…`, which proves the secret and does not tell it */
  readonly verifier: string;
}

/** A name, a secret and its verifier, all random. */
export function mint(): Minted {
  const name = `sp_${Array.from({ length: nameLength }, () => base62[randomInt(base62.length)]).join('')}`;
  const secret = randomBytes(secretBytes).toString('base64url');
  return { name, secret, verifier: formatScramVerifier(scramVerifier(secret, randomBytes(SCRAM_SALT_BYTES))) };
}
