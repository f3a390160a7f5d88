import { hash } from 'node:crypto';

/** What `p` of an epoch's first line says: there is no line before it. */
export const NO_PREVIOUS = '0'.repeat(64);

/** Bytes of the salt that stands before a body wherever a body stands. */
export const SALT_BYTES = 32;

/**
 * Leaf hash of one line: SHA-256(0x00 ‖ line).
 * @param line exact bytes @returns 32 bytes
 * @see RFC 6962 §2.1
 */
export function leafHash(line: Uint8Array): Buffer {
  const leaf = Buffer.allocUnsafe(line.length + 1);
  leaf[0] = 0;
  leaf.set(line, 1);
  return hash('sha256', leaf, 'buffer');
}

/** `bh` of a line: SHA-256 (64 hex digits) of salt (32 bytes) ‖ body. @see evidence §2.5 */
export function bodyHash(salt: Uint8Array, body: Uint8Array): string {
  return hash('sha256', Buffer.concat([salt, body]), 'hex');
}

/**
 * The one step of an epoch's chain: what the next line's `p` must be after `line`, given that `line` names `previous`.
 * @param previous leaf hash (64 hex digits) of the line before, `NO_PREVIOUS` at n = 0
 * @returns 64 hex digits, or null when `line` does not name `previous` as its own `p`: the chain is broken here
 */
export function chainDigest(previous: string, line: Uint8Array): string | null {
  const head = Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, 256)).toString('latin1');
  const found = /^\{"v":1,"e":"[0-9a-f]{32}","n":\d{1,16},"p":"([0-9a-f]{64})",/.exec(head);
  return found?.[1] === previous ? leafHash(line).toString('hex') : null;
}
