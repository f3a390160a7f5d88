import { IdentityError } from './identity.error.js';
import { compileGlob, GlobError, patternsOverlap, type Glob } from './glob.js';

/** One entry of `identity.issuers`. */
export interface IssuerSettings {
  /** the issuer, byte for byte as in `iss` */
  readonly url: string;
  /** what `aud` must contain */
  readonly audience: string;
  readonly claims: {
    readonly user: string;
    readonly groups: string;
    readonly purpose: string;
    /** further claims that rules ask for */
    readonly also?: readonly string[] | undefined;
  };
  /** glob that the user must match; required with several issuers */
  readonly users?: string | undefined;
  /** groups by user, used where a token has no groups claim */
  readonly groups?: Readonly<Record<string, readonly string[]>> | undefined;
  /** PEM certificates that sign the issuer's TLS certificate; absent: the system's */
  readonly ca?: string | undefined;
}

/** An issuer ready for use. */
export interface Issuer {
  readonly settings: IssuerSettings;
  readonly users: Glob | null;
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * @param insecureLoopback accept `http:` on loopback, for development and tests
 * @returns the issuers by their `iss`
 * @throws IdentityError `configuration` naming the issuer: two of one URL, a bad URL, a missing pattern, patterns that overlap
 */
export function readIssuers(all: readonly IssuerSettings[], insecureLoopback: boolean): ReadonlyMap<string, Issuer> {
  if (all.length === 0) throw wrong('identity.issuers names no issuer');
  const issuers = new Map<string, Issuer>();
  for (const settings of all) {
    if (issuers.has(settings.url)) throw wrong(`two issuers have the url ${settings.url}`);
    checkUrl(settings.url, `issuer ${settings.url}`, insecureLoopback);
    if (settings.audience === '') throw wrong(`issuer ${settings.url}: audience must not be empty`);
    if (all.length > 1 && settings.users === undefined)
      throw wrong(`issuer ${settings.url}: users is required where there are several issuers`);
    issuers.set(settings.url, { settings, users: usersOf(settings) });
  }
  checkOverlap(all);
  return issuers;
}

/** @throws IdentityError `configuration` unless it is https, or http on loopback where that is allowed */
export function checkUrl(text: string, what: string, insecureLoopback: boolean): URL {
  if (!URL.canParse(text)) throw wrong(`${what}: the url is none`);
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') throw wrong(`${what}: the url must hold no credential`);
  if (url.protocol === 'https:') return url;
  if (url.protocol === 'http:' && insecureLoopback && loopback.has(url.hostname)) return url;
  throw wrong(`${what}: the url must start with https://`);
}

function usersOf(settings: IssuerSettings): Glob | null {
  if (settings.users === undefined) return null;
  try {
    return compileGlob(settings.users);
  } catch (error) {
    if (error instanceof GlobError) throw wrong(`issuer ${settings.url}: users: ${error.message}`);
    throw error;
  }
}

function checkOverlap(all: readonly IssuerSettings[]): void {
  for (const [at, one] of all.entries())
    for (const other of all.slice(at + 1))
      if (one.users !== undefined && other.users !== undefined && patternsOverlap(one.users, other.users))
        throw wrong(
          `the users ${JSON.stringify(one.users)} of ${one.url} and ${JSON.stringify(other.users)} of ${other.url} overlap: ` +
            'each user must belong to one issuer',
        );
}

function wrong(message: string): IdentityError {
  return new IdentityError('configuration', message);
}
