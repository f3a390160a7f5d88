import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

/** What a client shows to cancel what its session does (BackendKeyData). Nothing of it opens anything at the target. */
export interface CancelKey {
  readonly pid: number;
  readonly secret: Buffer;
}

/** What a cancel request ends; resolves once whoever runs it was told. */
export type Cancel = () => Promise<void>;

/** Bytes of a secret by full protocol number: 3.2 carries more than the four of 3.0. @see PostgreSQL 18 manual, "BackendKeyData" */
export function secretBytes(version: number): 4 | 32 {
  return version >= 0x3_0002 ? 32 : 4;
}

interface Issued {
  readonly secret: Buffer;
  readonly cancel: Cancel;
  /** words that were obeyed: one that comes on two ways, or is said again by a stranger, cancels once */
  readonly taken: Set<string>;
}

/** Words remembered per session; the oldest is forgotten first. */
const REMEMBERED = 1_000;
const WORD = /^(\d{1,10}) ([0-9a-f]{32}) ([0-9a-f]{64})$/;
const WORD_LENGTH = 10 + 1 + 32 + 1 + 64;
const NOBODY = Buffer.alloc(4);

/**
 * Cancel keys of the sessions of one worker. A request for a session of another worker or replica is handed round as a word: the pid, a
 * number of its own and a MAC over both and the secret, never the secret. The MAC's key is what gateways share and the database that
 * carries the word does not have: the four bytes of protocol 3.0 could be guessed from a plain digest.
 */
export class CancelKeys {
  readonly #sessions = new Map<number, Issued>();
  readonly #mac: (text: string) => Buffer;

  /** @param mac 32 bytes, the same in all gateways of the installation */
  constructor(mac: (text: string) => Buffer) {
    this.#mac = mac;
  }

  /** @param cancel called for each request with the right secret @param bytes length of the secret */
  issue(cancel: Cancel, bytes: 4 | 32): CancelKey {
    let pid = randomInt(1, 2 ** 31);
    while (this.#sessions.has(pid)) pid = randomInt(1, 2 ** 31);
    const secret = randomBytes(bytes);
    this.#sessions.set(pid, { secret, cancel, taken: new Set() });
    return { pid, secret };
  }

  drop({ pid }: CancelKey): void {
    this.#sessions.delete(pid);
  }

  /** A cancel request as gateways tell it each other; another one each time. */
  word({ pid, secret }: CancelKey): string {
    const number = randomBytes(16).toString('hex');
    return `${pid} ${number} ${this.#digest(pid, number, secret).toString('hex')}`;
  }

  /**
   * @param word from anywhere: only one with the right secret does anything, once
   * @returns null: no session of this worker is meant. Takes as long for an unknown pid or a wrong secret as for the right one
   */
  take(word: string): Cancel | null {
    if (word.length > WORD_LENGTH) return null;
    const match = WORD.exec(word);
    if (match === null) return null;
    const [, pid = '', number = '', digest = ''] = match;
    const issued = this.#sessions.get(Number(pid));
    const expected = this.#digest(Number(pid), number, issued?.secret ?? NOBODY);
    const same = timingSafeEqual(expected, Buffer.from(digest, 'hex'));
    if (issued === undefined || !same || issued.taken.has(number)) return null;
    issued.taken.add(number);
    const [oldest] = issued.taken;
    if (oldest !== undefined && issued.taken.size > REMEMBERED) issued.taken.delete(oldest);
    return issued.cancel;
  }

  #digest(pid: number, number: string, secret: Buffer): Buffer {
    return this.#mac(`sallyport/cancel/v1\n${pid}\n${number}\n${secret.toString('hex')}\n`);
  }
}
