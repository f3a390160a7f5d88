import type { Prepared } from './prepared-names.js';

/** Bytes of Close messages that are kept back; more than that goes to the target at once. */
const KEPT_BYTES = 64 * 1024;

interface KeptClose {
  readonly send: () => void;
  readonly drop: () => void;
}

/**
 * Messages kept back until what follows them is known, in the order they came: the Close messages that begin a cycle, since behind
 * them the target could be asked nothing before it is told to answer; and a Parse of a statement that will be held, so that the target
 * takes no locks for it before its Bind. The target answers none of them before a message that does not wait here.
 */
export class KeptMessages {
  #closes: KeptClose[] = [];
  #bytes = 0;
  #parse: { readonly prepared: Prepared; readonly send: () => void } | null = null;

  /** what a Parse that is kept back prepares; undefined: none is */
  get prepared(): Prepared | undefined {
    return this.#parse?.prepared;
  }

  /** The Parse is the last message: what was kept before it stays before it. */
  keepParse(prepared: Prepared, send: () => void): void {
    this.#parse = { prepared, send };
  }

  /**
   * A Close that nothing but others of its kind precede in its cycle.
   * @param drop takes it back when the target will not read it
   */
  keepClose(bytes: number, send: () => void, drop: () => void): void {
    this.#closes.push({ send, drop });
    this.#bytes += bytes;
    if (this.#bytes > KEPT_BYTES) this.send();
  }

  /** The target would skip them. */
  drop(): void {
    for (const { drop } of this.#taken()) drop();
    this.#parse = null;
  }

  send(): void {
    for (const { send } of this.#taken()) send();
    const parse = this.#parse;
    this.#parse = null;
    parse?.send();
  }

  #taken(): readonly KeptClose[] {
    const closes = this.#closes;
    this.#closes = [];
    this.#bytes = 0;
    return closes;
  }
}
