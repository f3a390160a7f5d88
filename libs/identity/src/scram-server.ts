import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ScramVerifier } from './scram-verifier.js';

/** The two mechanisms; -PLUS ties the exchange to the TLS connection it runs in. */
export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-256-PLUS';

/** Why an exchange failed; the message is safe for log and record. */
export class ScramError extends Error {
  constructor(
    readonly code: 'malformed' | 'downgraded' | 'channel-binding' | 'nonce' | 'proof',
    message: string,
  ) {
    super(message);
    this.name = 'ScramError';
  }
}

/** What an exchange needs; `known` false: the verifier is a mock, and no proof is good enough. */
export interface ScramSubject {
  readonly verifier: ScramVerifier;
  readonly known: boolean;
}

/** Longest message of a client, bytes. */
export const SCRAM_MESSAGE_BYTES = 1_024;

const bindingType = 'tls-server-end-point';
const printable = /^[\x21-\x2b\x2d-\x7e]+$/u;
const zero = Buffer.alloc(0);

/**
 * The server's side of one SCRAM-SHA-256(-PLUS) exchange, pure: texts in, texts out. The name inside the exchange is not looked at, as
 * PostgreSQL does not: the connection named its user before. An authorization identity is refused, as it refuses it.
 * Texts are latin1, so that every byte of a message counts as it came.
 * @see RFC 5802 (SCRAM), RFC 7677 (SHA-256), RFC 5929 (tls-server-end-point)
 */
export class ScramServer {
  readonly #subject: ScramSubject;
  readonly #binding: Buffer | null;
  readonly #nonce: string;
  #expected: { readonly header: string; readonly bare: string; readonly first: string; readonly nonce: string } | null =
    null;
  #plus = false;
  #state: 'fresh' | 'asked' | 'over' = 'fresh';

  /**
   * @param binding hash of our certificate where -PLUS is offered; null: it is not
   * @param nonce our half, printable ASCII without a comma: 18 or more fresh random bytes in base64 for each exchange
   */
  constructor(subject: ScramSubject, binding: Buffer | null, nonce: string) {
    this.#subject = subject;
    this.#binding = binding;
    this.#nonce = nonce;
  }

  /** The mechanisms to offer, the stronger one first. */
  get mechanisms(): readonly ScramMechanism[] {
    return this.#binding === null ? ['SCRAM-SHA-256'] : ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'];
  }

  /** Takes client-first-message. @returns server-first-message. @throws ScramError */
  first(mechanism: string, message: Buffer): string {
    if (this.#state !== 'fresh') throw malformed('the exchange had begun');
    this.#state = 'over';
    const text = bounded(message);
    if (!this.mechanisms.some((offered) => offered === mechanism))
      throw malformed('the client chose a mechanism that was not offered');
    this.#plus = mechanism === 'SCRAM-SHA-256-PLUS';
    const [, flag = '', authorization = '', bare = ''] = /^([^,]*),([^,]*),(.*)$/su.exec(text) ?? [];
    this.#checkFlag(flag);
    if (authorization !== '') throw malformed('the client asks for an authorization identity');
    const [name = '', random = ''] = bare.split(',');
    if (!name.startsWith('n=')) throw malformed('the client’s first message does not begin with a name');
    if (!random.startsWith('r=') || !printable.test(random.slice(2)))
      throw malformed('the client’s first message has no nonce');
    const nonce = random.slice(2) + this.#nonce;
    const { salt, iterations } = this.#subject.verifier;
    const first = `r=${nonce},s=${salt.toString('base64')},i=${iterations}`;
    this.#expected = { header: `${flag},,`, bare, first, nonce };
    this.#state = 'asked';
    return first;
  }

  /** Takes client-final-message. @returns server-final-message, for a client that knows the secret alone. @throws ScramError */
  final(message: Buffer): string {
    const expected = this.#expected;
    if (this.#state !== 'asked' || expected === null) throw malformed('the exchange has not come to its end');
    this.#state = 'over';
    const text = bounded(message);
    const [, withoutProof = '', binding = '', nonce = '', proofText = ''] =
      /^(c=([^,]*),r=([^,]*)(?:,[^,]*)*),p=([^,]*)$/su.exec(text) ?? [];
    if (withoutProof === '') throw malformed('the client’s final message is not one');
    if (!equal(Buffer.from(nonce, 'latin1'), Buffer.from(expected.nonce, 'latin1')))
      throw new ScramError('nonce', 'the nonce is not the one of this exchange');
    const data = Buffer.concat([Buffer.from(expected.header, 'latin1'), this.#plus ? (this.#binding ?? zero) : zero]);
    if (!equal(Buffer.from(binding, 'latin1'), Buffer.from(data.toString('base64'), 'latin1')))
      throw new ScramError('channel-binding', 'the channel binding is not the one of this connection');
    const proof = Buffer.from(proofText, 'base64');
    if (proof.length !== 32 || proof.toString('base64') !== proofText) throw malformed('the proof is not one');
    return this.#judge(`${expected.bare},${expected.first},${withoutProof}`, proof);
  }

  #checkFlag(flag: string): void {
    if (this.#plus) {
      if (flag === `p=${bindingType}`) return;
      throw flag.startsWith('p=')
        ? new ScramError('channel-binding', 'the client wants a type of channel binding that is not supported')
        : malformed('the client chose channel binding and sent none');
    }
    if (flag === 'n') return;
    if (flag !== 'y') throw malformed('the client’s first message does not begin with a flag');
    // the client could have bound and believes that we cannot: somebody in between took it out of our list
    if (this.#binding !== null)
      throw new ScramError('downgraded', 'the client believes that channel binding was not offered, and it was');
  }

  #judge(authMessage: string, proof: Buffer): string {
    const { verifier, known } = this.#subject;
    const signature = hmac(verifier.storedKey, authMessage);
    const clientKey = Buffer.from(proof.map((byte, at) => byte ^ (signature[at] ?? 0)));
    const good = timingSafeEqual(createHash('sha256').update(clientKey).digest(), verifier.storedKey);
    const answer = `v=${hmac(verifier.serverKey, authMessage).toString('base64')}`;
    if (good && known) return answer;
    throw new ScramError('proof', 'the client does not know the secret');
  }
}

function bounded(message: Buffer): string {
  if (message.length > SCRAM_MESSAGE_BYTES) throw malformed('the message is longer than SCRAM messages are');
  return message.toString('latin1');
}

function equal(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text, 'latin1').digest();
const malformed = (message: string): ScramError => new ScramError('malformed', message);
