import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Person } from './people.js';
import { QuickstartError } from './quickstart.error.js';
import { writePrivate } from './secrets.js';

/** Key material of the development issuer, kept in the home: tokens outlive a restart. */
export interface IssuerKeys {
  readonly jwk: SigningKey;
  readonly cookieKey: string;
}

/** A private ES256 key as JWK (RFC 7518 §6.2). */
interface SigningKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly d: string;
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
}

/** What a token says beyond the person; `ttl` in seconds, `now` in ms since 1970. */
export interface TokenRequest {
  readonly issuer: string;
  readonly person: Person;
  readonly agent: string | null;
  readonly purpose: string | null;
  readonly ttl: number;
  readonly now: number;
}

export const audience = 'sallyport';
export const clientId = 'sallyport-cli';
const fileName = 'keys.json';

/** The keys in `folder`, made the first time. */
export function keptIssuerKeys(folder: string): IssuerKeys {
  return readIssuerKeys(folder) ?? makeIssuerKeys(folder);
}

/** The keys in `folder`, or null when the development issuer has never run there. */
export function readIssuerKeys(folder: string): IssuerKeys | null {
  const file = join(folder, fileName);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const keys = JSON.parse(text) as IssuerKeys;
    if (typeof keys.jwk.d === 'string' && typeof keys.cookieKey === 'string') return keys;
  } catch {
    // answered below, with what to do
  }
  throw new QuickstartError(`${file} is damaged; remove it, and tokens given out so far become invalid`);
}

function makeIssuerKeys(folder: string): IssuerKeys {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '', d = '' } = privateKey.export({ format: 'jwk' });
  // thumbprint of RFC 7638: the same key has the same name everywhere
  const kid = createHash('sha256')
    .update(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }))
    .digest('base64url');
  const jwk: SigningKey = { kty: 'EC', crv: 'P-256', x, y, d, kid, alg: 'ES256', use: 'sig' };
  const keys = { jwk, cookieKey: randomBytes(32).toString('base64url') };
  writePrivate(join(folder, fileName), `${JSON.stringify(keys)}\n`);
  return keys;
}

/** The claims that say who somebody is; the same in a printed token and in one from a login. */
export function personClaims(person: Person): Record<string, unknown> {
  return { email: person.user, email_verified: true, name: person.name, groups: person.groups };
}

/** The stable subject of a person at this issuer. */
export const subjectOf = (name: string): string => `person-${name}`;

/** A JWT access token (RFC 9068), signed with the issuer's key as a login would get it; `act` as RFC 8693 §4.1. */
export function signToken(keys: IssuerKeys, request: TokenRequest): string {
  const issuedAt = Math.floor(request.now / 1000);
  const header = { alg: 'ES256', typ: 'at+jwt', kid: keys.jwk.kid };
  const claims = {
    iss: request.issuer,
    sub: subjectOf(request.person.name),
    aud: audience,
    client_id: clientId,
    jti: randomUUID(),
    iat: issuedAt,
    exp: issuedAt + request.ttl,
    ...personClaims(request.person),
    ...(request.purpose === null ? {} : { purpose: request.purpose }),
    ...(request.agent === null ? {} : { act: { sub: request.agent } }),
  };
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');
  const input = `${part(header)}.${part(claims)}`;
  const key = createPrivateKey({ key: { ...keys.jwk }, format: 'jwk' });
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}
