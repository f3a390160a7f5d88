import type { KeyObject } from 'node:crypto';
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';

const RAW_BYTES = 32;
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

function headText(epoch: string, n: number, leaf: string): Buffer {
  return Buffer.from(`sallyport/head/v1\n${epoch}\n${n}\n${leaf}\n`);
}

/** The Ed25519 key of one writer epoch. It lives in memory only and dies with the process: nobody can continue the epoch. */
export class EpochKey {
  private readonly secret: KeyObject;
  /** raw public key, base64 */
  readonly public: string;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    this.secret = privateKey;
    this.public = publicKey.export({ type: 'spki', format: 'der' }).subarray(-RAW_BYTES).toString('base64');
  }

  /** Signs "event n of this epoch has this leaf hash and nothing is after it". @returns base64 */
  signHead(epoch: string, n: number, leaf: string): string {
    return sign(null, headText(epoch, n, leaf), this.secret).toString('base64');
  }
}

/**
 * Checks `sig` of a `heartbeat` or `epoch.close` line.
 * @param publicKey `pub` of the epoch's `epoch.open` line, base64 @param n, leaf the line's `head`
 */
export function verifyHead(publicKey: string, epoch: string, n: number, leaf: string, signature: string): boolean {
  const raw = Buffer.from(publicKey, 'base64');
  if (raw.length !== RAW_BYTES) return false;
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
  return verify(null, headText(epoch, n, leaf), key, Buffer.from(signature, 'base64'));
}
