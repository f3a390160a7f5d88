import { createHash } from 'node:crypto';
import { compactVerify, errors } from 'jose';
import { issuerOf, principalFrom, type ClaimLimits } from './claims.js';
import { readCompactJws } from './compact-jws.js';
import { IdentityError } from './identity.error.js';
import { IssuerDocuments } from './issuer-documents.js';
import { FetchIssuerHttp, type IssuerHttp } from './issuer-http.js';
import { defaultKeyTimes, IssuerKeys, type KeyTimes } from './issuer-keys.js';
import { readIssuers, type Issuer, type IssuerSettings } from './issuer-settings.js';
import type { Principal } from './principal.js';
import type { SigningKey } from './signing-key.js';
import { TokenVerifier } from './token-verifier.js';
import { VerifiedTokens } from './verified-tokens.js';

/** What an {@link OidcTokenVerifier} is made of; all but the issuers has a default. */
export interface OidcOptions {
  readonly issuers: readonly IssuerSettings[];
  /** fetches documents. Default: `fetch`, and an own `ca` alone where an issuer has one */
  readonly http?: IssuerHttp | undefined;
  /** accept issuers with `http:` on loopback. Default: no */
  readonly insecureLoopback?: boolean | undefined;
  /** longest token, in characters. Default: 16 384 */
  readonly tokenBytes?: number | undefined;
  /** how far ahead of our clock `iat` and `nbf` may be, ms. Default: 60 000 */
  readonly skew?: number | undefined;
  /** oldest token by `iat`, ms. Default: no limit but `exp` */
  readonly maxAge?: number | undefined;
  /** verified tokens kept. Default: 10 000 */
  readonly cachedTokens?: number | undefined;
  readonly times?: Partial<KeyTimes> | undefined;
  /** monotonic clock, ms. Default: `performance.now` */
  readonly monotonic?: (() => number) | undefined;
}

/** How an issuer stands, for health checks. */
export interface IssuerHealth {
  readonly url: string;
  /** keys at hand; tokens are verified while there are some */
  readonly keys: number;
  /** why the last fetch failed; null when it did not */
  readonly problem: string | null;
}

const tick = 15_000;
// more keys of one id than this are a mistake of the issuer; each costs a signature check
const maxCandidates = 4;

/**
 * Verifies JWTs of the configured OpenID Connect issuers. Everything about a token is checked before a key is looked for, so that an
 * invented one costs little; a verified one is kept until it expires or its key is withdrawn.
 * @see RFC 8725 (best practices), RFC 9068 (access tokens), OpenID Connect Discovery 1.0
 */
export class OidcTokenVerifier extends TokenVerifier {
  readonly #issuers: ReadonlyMap<string, Issuer>;
  readonly #keys = new Map<Issuer, IssuerKeys>();
  readonly #limits: ClaimLimits;
  readonly #tokenBytes: number;
  readonly #verified: VerifiedTokens;
  #timer: NodeJS.Timeout | null = null;

  /** @throws IdentityError `configuration`: no issuer, a bad URL, overlapping user patterns */
  constructor(options: OidcOptions) {
    super();
    const insecureLoopback = options.insecureLoopback ?? false;
    this.#issuers = readIssuers(options.issuers, insecureLoopback);
    const http = options.http ?? new FetchIssuerHttp();
    const times = { ...defaultKeyTimes, ...options.times };
    const clock = options.monotonic ?? (() => performance.now());
    for (const issuer of this.#issuers.values()) {
      const documents = new IssuerDocuments(issuer.settings, http, insecureLoopback);
      this.#keys.set(issuer, new IssuerKeys(documents, times, clock));
    }
    this.#limits = { skew: options.skew ?? 60_000, maxAge: options.maxAge ?? null };
    this.#tokenBytes = options.tokenBytes ?? 16_384;
    this.#verified = new VerifiedTokens(options.cachedTokens ?? 10_000);
  }

  /**
   * Fetches all keys and keeps them fresh in the background until {@link close}.
   * @returns a sentence for each issuer that cannot be reached; its tokens are refused until it can, which needs no restart
   */
  async start(): Promise<readonly string[]> {
    await this.#refresh();
    this.#timer ??= setInterval(() => void this.#refresh(), tick).unref();
    return this.health().flatMap(({ problem }) => problem ?? []);
  }

  /** Ends the work in the background; verifying still works. */
  close(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** How each issuer stands. */
  health(): readonly IssuerHealth[] {
    return [...this.#keys].map(([{ settings }, keys]) => ({
      url: settings.url,
      keys: keys.count,
      problem: keys.problem?.message ?? null,
    }));
  }

  override async verify(token: string, now: number): Promise<Principal> {
    // before anything reads it
    if (token.length > this.#tokenBytes)
      throw new IdentityError('too-large', `the token is longer than ${this.#tokenBytes} characters`);
    const digest = createHash('sha256').update(token).digest('base64');
    const known = this.#verified.get(digest, now);
    if (known) {
      await this.#keys.get(known.issuer)?.fresh();
      if (known.key.alive) return known.principal;
      this.#verified.delete(digest);
    }
    const { algorithm, kid, claims } = readCompactJws(token);
    const issuer = issuerOf(claims, this.#issuers);
    const principal = principalFrom(claims, issuer, now, this.#limits);
    const candidates = (await this.#keys.get(issuer)?.find(kid, algorithm)) ?? [];
    const key = await signer(token, algorithm, candidates);
    return this.#verified.add(digest, { principal, issuer, key }).principal;
  }

  override stillGood(principal: Principal, now: number): boolean {
    if (!super.stillGood(principal, now)) return false;
    // what was not proven by a token has no key of an issuer that could be withdrawn
    return principal.method !== 'oidc' || this.#verified.keyOf(principal)?.alive === true;
  }

  async #refresh(): Promise<void> {
    await Promise.all([...this.#keys.values()].map((keys) => keys.refreshIfDue()));
  }
}

/** @returns the key that signed the token. @throws IdentityError `signature` */
async function signer(token: string, algorithm: string, candidates: readonly SigningKey[]): Promise<SigningKey> {
  for (const key of candidates.slice(0, maxCandidates)) {
    try {
      await compactVerify(token, key.jwk, { algorithms: [algorithm] });
      // it may have been withdrawn while we computed
      if (key.alive) return key;
    } catch (error) {
      if (!(error instanceof errors.JOSEError))
        throw new IdentityError('signature', 'the signature cannot be checked', { cause: error });
    }
  }
  throw new IdentityError('signature', 'the signature of the token is not one of the issuer');
}
