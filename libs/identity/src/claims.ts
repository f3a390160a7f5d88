import { isObject } from './compact-jws.js';
import { IdentityError } from './identity.error.js';
import type { Issuer } from './issuer-settings.js';
import type { Principal } from './principal.js';

type Claims = Readonly<Record<string, unknown>>;

/** How times of a token are judged; ms. */
export interface ClaimLimits {
  /** how far ahead of our clock `iat` and `nbf` may be; nothing is added to `exp` */
  readonly skew: number;
  /** how old a token may be by its `iat`, which is then required; null: as old as it likes */
  readonly maxAge: number | null;
}

const maxText = 255;
const maxAgents = 8;
// the last time JavaScript's Date can name, in seconds
const lastSecond = 8_640_000_000_000;

/** The issuer that a token names. @throws IdentityError `issuer` when it is none of ours, byte for byte */
export function issuerOf(claims: Claims, issuers: ReadonlyMap<string, Issuer>): Issuer {
  const iss = own(claims, 'iss');
  const issuer = typeof iss === 'string' ? issuers.get(iss) : undefined;
  if (!issuer) throw new IdentityError('issuer', 'the iss of the token is none of the configured issuers');
  return issuer;
}

/**
 * Reads a principal out of the claims of a token; it may be used only once the signature is proven. Pure.
 * @param now ms since the epoch
 * @throws IdentityError `audience`, `expired`, `not-yet-valid`, `claims` or `user`
 * @see RFC 7519 section 4.1, RFC 8693 section 4.1, OpenID Connect Core section 5.1
 */
export function principalFrom(claims: Claims, issuer: Issuer, now: number, limits: ClaimLimits): Principal {
  const { settings } = issuer;
  checkUse(claims);
  checkAudience(claims, settings.audience);
  const expiresAt = expiryOf(claims, now, limits);
  const sub = text(claims, 'sub');
  if (sub === null) throw new IdentityError('claims', 'the token has no sub');
  const user = userOf(claims, issuer);
  return Object.freeze({
    iss: settings.url,
    sub,
    user,
    groups: Object.freeze(groupsOf(claims, issuer, user)),
    act: Object.freeze(agentsOf(claims)),
    azp: text(claims, 'azp'),
    purpose: text(claims, settings.claims.purpose),
    method: 'oidc',
    acr: acrOf(claims),
    authTime: authTimeOf(claims, now, limits),
    claims: Object.freeze(furtherClaims(claims, settings.claims.also ?? [])),
    jti: text(claims, 'jti'),
    sid: text(claims, 'sid'),
    expiresAt,
  });
}

/** What is no text says nothing: no rule that asks for strength is met by it. */
function acrOf(claims: Claims): string | null {
  const acr = own(claims, 'acr');
  return isText(acr) ? acr : null;
}

/** A time that is none, or that is still to come, says nothing. @returns ms */
function authTimeOf(claims: Claims, now: number, limits: ClaimLimits): number | null {
  const value = own(claims, 'auth_time');
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return null;
  const at = value * 1_000;
  return at > now + limits.skew ? null : at;
}

function furtherClaims(claims: Claims, names: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(
    names.flatMap((name): [string, readonly string[]][] => {
      const value = own(claims, name);
      return value === undefined ? [] : [[name, Object.freeze(valuesOf(name, value))]];
    }),
  );
}

function valuesOf(name: string, value: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = all.map((each) => (typeof each === 'number' || typeof each === 'boolean' ? String(each) : each));
  if (!texts.every(isText))
    throw new IdentityError(
      'claims',
      `the claim ${name} is neither a text, a number, true or false, nor a list of them`,
    );
  return [...new Set(texts)];
}

function own(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

/** Tokens made for something else that carry the same signature. */
function checkUse(claims: Claims): void {
  if (Object.hasOwn(claims, 'cnf'))
    throw new IdentityError('claims', 'the token is bound to a key of its sender (cnf), which a password cannot prove');
  if (Object.hasOwn(claims, 'events'))
    throw new IdentityError('claims', 'the token is a security event (events), not an access token');
}

function checkAudience(claims: Claims, audience: string): void {
  const aud = own(claims, 'aud');
  const all: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!all.every((each) => typeof each === 'string') || !all.includes(audience))
    throw new IdentityError('audience', `the aud of the token does not name ${JSON.stringify(audience)}`);
}

function expiryOf(claims: Claims, now: number, limits: ClaimLimits): number {
  const exp = seconds(claims, 'exp');
  if (exp === null) throw new IdentityError('claims', 'the token has no exp');
  if (now >= exp) throw new IdentityError('expired', 'the token has expired');
  for (const name of ['nbf', 'iat']) {
    const from = seconds(claims, name);
    if (from !== null && from > now + limits.skew)
      throw new IdentityError('not-yet-valid', `the ${name} of the token lies in the future`);
  }
  if (limits.maxAge === null) return exp;
  const iat = seconds(claims, 'iat');
  if (iat === null) throw new IdentityError('claims', 'the token has no iat, so its age is unknown');
  if (now >= iat + limits.maxAge) throw new IdentityError('expired', 'the token is older than tokens may be');
  return Math.min(exp, iat + limits.maxAge);
}

/** @returns ms */
function seconds(claims: Claims, name: string): number | null {
  const value = own(claims, name);
  if (value === undefined) return null;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value > lastSecond)
    throw new IdentityError('claims', `the ${name} of the token is not a time in seconds`);
  return value * 1_000;
}

function text(claims: Claims, name: string): string | null {
  const value = own(claims, name);
  if (value === undefined) return null;
  if (isText(value)) return value;
  throw new IdentityError(
    'claims',
    `the claim ${name} is not a text of 1 to ${maxText} characters without control characters`,
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxText && !/[\p{Cc}\p{Surrogate}]/u.test(value);
}

function userOf(claims: Claims, { settings, users }: Issuer): string {
  const name = settings.claims.user;
  const user = text(claims, name);
  if (user === null) throw new IdentityError('user', `the token has no claim ${name}, which names the user`);
  // anyone may type any address into a profile; only a verified one is a name
  if (name === 'email' && own(claims, 'email_verified') !== true)
    throw new IdentityError('user', 'the token does not say that the email is verified (email_verified)');
  if (users && !users.matches(user))
    throw new IdentityError('user', `the user of the token does not match the users of issuer ${settings.url}`);
  return user;
}

function groupsOf(claims: Claims, { settings }: Issuer, user: string): readonly string[] {
  const value = own(claims, settings.claims.groups);
  if (value === undefined) {
    const mapped = settings.groups && Object.hasOwn(settings.groups, user) ? settings.groups[user] : undefined;
    // a person without groups and one with too many for a token must not be taken for one another: rules deny by group, too
    if (mapped === undefined && leavesOutGroups(claims, settings.claims.groups))
      throw new IdentityError(
        'claims',
        `the token leaves out the groups, since there are too many for it (_claim_names or hasgroups): let the issuer name in the claim ${settings.claims.groups} only groups that are assigned to the application, or use its roles`,
      );
    return [...(mapped ?? [])];
  }
  const groups: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (!groups.every(isText))
    throw new IdentityError('claims', `the claim ${settings.claims.groups} is not a list of group names`);
  return [...new Set(groups)];
}

/** Whether the token says that its groups are elsewhere. @see OpenID Connect Core section 5.6.2 (distributed claims), Entra ID (groups overage) */
function leavesOutGroups(claims: Claims, name: string): boolean {
  const elsewhere = own(claims, '_claim_names');
  const hasGroups = own(claims, 'hasgroups');
  // hasgroups is about the claim of this name, whatever other one rules go by
  const implicit = name === 'groups' && (hasGroups === true || hasGroups === 'true');
  return implicit || (isObject(elsewhere) && Object.hasOwn(elsewhere, name));
}

/** The chain of `act`, the current actor first. */
function agentsOf(claims: Claims): readonly string[] {
  const agents: string[] = [];
  for (let act = own(claims, 'act'); act !== undefined; act = own(act, 'act')) {
    if (!isObject(act)) throw new IdentityError('claims', 'an act of the token is not an object');
    if (agents.length === maxAgents) throw new IdentityError('claims', `the token names more than ${maxAgents} agents`);
    const sub = text(act, 'sub');
    if (sub === null) throw new IdentityError('claims', 'an act of the token has no sub');
    agents.push(sub);
  }
  return agents;
}
