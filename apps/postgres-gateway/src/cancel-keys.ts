import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

/** Bytes of a secret: as many as every version of the protocol can carry. */
const SECRET_BYTES = 4;

/** What a client shows to cancel what its session does (BackendKeyData). Nothing of it opens anything at the target. */
export interface CancelKey {
  readonly pid: number;
  readonly secret: Buffer;
}

/** What a cancel request ends; resolves once whoever runs it was told. */
export type Cancel = () => Promise<void>;

/** Cancel keys of the sessions of one worker. A request that comes to another worker is handed round ({@link cancelWord}). */
export class CancelKeys {
  readonly #sessions = new Map<number, { readonly secret: Buffer; readonly cancel: Cancel }>();

  /** @param cancel called for each request with the right secret */
  issue(cancel: Cancel): CancelKey {
    let pid = randomInt(1, 2 ** 31);
    while (this.#sessions.has(pid)) pid = randomInt(1, 2 ** 31);
    const secret = randomBytes(SECRET_BYTES);
    this.#sessions.set(pid, { secret, cancel });
    return { pid, secret };
  }

  drop({ pid }: CancelKey): void {
    this.#sessions.delete(pid);
  }

  /** @returns null: no session of this worker has this key. Takes as long for a wrong secret as for the right one */
  find({ pid, secret }: CancelKey): Cancel | null {
    const session = this.#sessions.get(pid);
    if (session === undefined || secret.length !== session.secret.length) return null;
    return timingSafeEqual(session.secret, secret) ? session.cancel : null;
  }
}

const WORD = /^(\d{1,10}) ([0-9a-f]{8})$/;

/** A cancel request as workers tell it each other. */
export function cancelWord({ pid, secret }: CancelKey): string {
  return `${pid} ${secret.toString('hex')}`;
}

/** @returns null for anything that {@link cancelWord} does not give */
export function readCancelWord(word: string): CancelKey | null {
  const match = WORD.exec(word);
  return match === null ? null : { pid: Number(match[1]), secret: Buffer.from(match[2]!, 'hex') };
}
