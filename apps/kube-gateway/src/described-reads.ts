import type { DescribedRequest } from './described-request.js';

/** How long a description is used; the key of its HMAC changes with the month. */
const KEPT_MS = 60_000;
const KEPT_MOST = 1_000;
/** Longer targets come once: programs, long selectors. */
const TARGET_LENGTH = 1_024;

/**
 * Descriptions of GETs without a body: clients ask for the same again and again, and decisions are cached by the identity of what is
 * described. Nothing of the head is in a description, so heads are checked each time.
 */
export class DescribedReads {
  readonly #known = new Map<string, DescribedRequest>();
  #until = 0;

  /** @param rest the request's target as it came, behind the prefix. @param now ms */
  get(target: string, rest: string, now: number): DescribedRequest | undefined {
    if (now >= this.#until) this.#known.clear();
    return this.#known.get(`${target} ${rest}`);
  }

  /** @param request described without a body, a content type or labels */
  keep(target: string, rest: string, request: DescribedRequest, now: number): void {
    if (rest.length > TARGET_LENGTH) return;
    if (this.#known.size >= KEPT_MOST) this.#known.clear();
    if (this.#known.size === 0) this.#until = now + KEPT_MS;
    this.#known.set(`${target} ${rest}`, request);
  }
}
