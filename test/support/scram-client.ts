import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { frame } from './wire-frames.js';

// A SCRAM-SHA-256 client written from RFC 5802, apart from the code under test, with a handle on everything it says.

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text, 'latin1').digest();
const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** SASLInitialResponse; null: the client has nothing to say yet. */
export function saslInitial(mechanism: string, data: string | null): Buffer {
  const bytes = Buffer.from(data ?? '', 'latin1');
  return frame('p', Buffer.from(`${mechanism}\0`), int32(data === null ? -1 : bytes.length), bytes);
}

export const saslResponse = (data: string): Buffer => frame('p', Buffer.from(data, 'latin1'));

/** One exchange of a client. */
export class ScramClient {
  readonly #secret: string;
  readonly #header: string;
  readonly #bound: Buffer;
  readonly bare: string;
  #expected = '';

  /** @param header gs2 header: `n,,`, `y,,` or `p=tls-server-end-point,,` @param bound what the client believes the channel to be */
  constructor(secret: string, header = 'n,,', bound: Buffer = Buffer.alloc(0)) {
    this.#secret = secret;
    this.#header = header;
    this.#bound = bound;
    this.bare = `n=,r=${randomBytes(18).toString('base64')}`;
  }

  get first(): string {
    return this.#header + this.bare;
  }

  final(serverFirst: string): string {
    const [, nonce = '', salt = '', rounds = ''] = /^r=([^,]*),s=([^,]*),i=(\d+)$/u.exec(serverFirst) ?? [];
    const salted = pbkdf2Sync(this.#secret, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256');
    const clientKey = hmac(salted, 'Client Key');
    const binding = Buffer.concat([Buffer.from(this.#header, 'latin1'), this.#bound]).toString('base64');
    const withoutProof = `c=${binding},r=${nonce}`;
    const message = `${this.bare},${serverFirst},${withoutProof}`;
    const signature = hmac(sha256(clientKey), message);
    this.#expected = `v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}`;
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0)));
    return `${withoutProof},p=${proof.toString('base64')}`;
  }

  /** Whether the server has proven that it knows the verifier. */
  isProven(serverFinal: string): boolean {
    return this.#expected !== '' && serverFinal === this.#expected;
  }
}

/** What a server keeps of a secret, as PostgreSQL writes it. */
export function scramSecretFor(secret: string, salt = randomBytes(16), rounds = 4_096): string {
  const salted = pbkdf2Sync(secret, salt, rounds, 32, 'sha256');
  const stored = sha256(hmac(salted, 'Client Key')).toString('base64');
  return `SCRAM-SHA-256$${rounds}:${salt.toString('base64')}$${stored}:${hmac(salted, 'Server Key').toString('base64')}`;
}
