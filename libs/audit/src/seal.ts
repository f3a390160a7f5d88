import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What `seal` adds to the clear text, in bytes. */
const SEAL_OVERHEAD = NONCE_BYTES + TAG_BYTES;

// One call to the random generator per 256 nonces: it costs more than the cipher for short texts.
const nonces = Buffer.alloc(NONCE_BYTES * 256);
let nextNonce = nonces.length;

function takeNonce(): Buffer {
  if (nextNonce === nonces.length) {
    randomFillSync(nonces);
    nextNonce = 0;
  }
  const nonce = nonces.subarray(nextNonce, nextNonce + NONCE_BYTES);
  nextNonce += NONCE_BYTES;
  return nonce;
}

/**
 * AES-256-GCM under a random nonce.
 * @param key 32 bytes, used for fewer than 2³² texts
 * @param context additional data: where the text belongs, so that it cannot be moved elsewhere
 * @returns nonce (12) ‖ ciphertext ‖ tag (16)
 */
export function seal(key: Uint8Array, context: string, ...clear: readonly Uint8Array[]): Buffer {
  const nonce = takeNonce();
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(context));
  const parts: Uint8Array[] = [nonce];
  for (const part of clear) parts.push(cipher.update(part));
  parts.push(cipher.final());
  parts.push(cipher.getAuthTag());
  return Buffer.concat(parts);
}

/** Undoes `seal`. @returns null if key, context or any byte is not the one it was sealed with */
export function unseal(key: Uint8Array, context: string, sealed: Uint8Array): Buffer | null {
  if (sealed.length < SEAL_OVERHEAD) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}
