import { findMemberProblem } from './duplicate-members.js';
import { IdentityError } from './identity.error.js';

/** Signature algorithms that are accepted: asymmetric ones only, so that a public key can never be mistaken for a shared secret. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

/** A token taken apart; nothing in it is proven yet. */
export interface UnverifiedToken {
  readonly algorithm: string;
  readonly kid: string | null;
  readonly claims: Readonly<Record<string, unknown>>;
}

const maxDepth = 32;
const maxKid = 256;
// a key that comes with the token proves nothing; the others change what is signed or how it is read
const forbidden = ['crit', 'jku', 'x5u', 'jwk', 'x5c', 'zip', 'b64', 'enc', 'cty'];
const types = new Set(['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt']);

/**
 * Takes a compact JWS apart and checks everything that can be checked without a key. Pure.
 * @throws IdentityError `malformed`, `duplicate-member`, `header` or `algorithm`
 * @see RFC 7515 sections 4.1 and 7.1, RFC 8725, RFC 9068 section 4
 */
export function readCompactJws(token: string): UnverifiedToken {
  const [headerPart, claimsPart, signaturePart, ...rest] = token.split('.', 4);
  if (headerPart === undefined || claimsPart === undefined || signaturePart === undefined || rest.length > 0)
    throw new IdentityError('malformed', 'the token is not a compact JWS of three parts');
  decode(signaturePart, 'signature');
  const header = readObject(headerPart, 'header');
  checkHeader(header);
  return {
    algorithm: algorithmOf(header),
    kid: kidOf(header),
    claims: readObject(claimsPart, 'payload'),
  };
}

function decode(part: string, name: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  // Node skips what is not base64url; writing it again shows padding, white space, other alphabets and stray last bits
  if (part === '' || bytes.toString('base64url') !== part)
    throw new IdentityError('malformed', `the ${name} of the token is not base64url without padding`);
  return bytes;
}

function readObject(part: string, name: string): Readonly<Record<string, unknown>> {
  const bytes = decode(part, name);
  let value: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw new IdentityError('malformed', `the ${name} of the token is not JSON in UTF-8`);
  }
  if (!isObject(value)) throw new IdentityError('malformed', `the ${name} of the token is not a JSON object`);
  const problem = findMemberProblem(text, maxDepth);
  if (problem === 'duplicate')
    throw new IdentityError('duplicate-member', `the ${name} of the token names a member twice`);
  if (problem === 'too-deep') throw new IdentityError('malformed', `the ${name} of the token is nested too deeply`);
  return value;
}

/** Whether a value is a JSON object; narrows it. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkHeader(header: Readonly<Record<string, unknown>>): void {
  for (const name of forbidden)
    if (Object.hasOwn(header, name)) throw new IdentityError('header', `the header of the token has ${name}`);
  if (!Object.hasOwn(header, 'typ')) return;
  const { typ } = header;
  if (typeof typ !== 'string' || !types.has(typ.toLowerCase()))
    throw new IdentityError('header', 'the typ of the token is neither JWT nor at+jwt');
}

function algorithmOf(header: Readonly<Record<string, unknown>>): string {
  const algorithm = Object.hasOwn(header, 'alg') ? header['alg'] : undefined;
  const known = algorithms.find((each) => each === algorithm);
  if (known === undefined)
    throw new IdentityError('algorithm', `the alg of the token is none of ${algorithms.join(', ')}`);
  return known;
}

function kidOf(header: Readonly<Record<string, unknown>>): string | null {
  if (!Object.hasOwn(header, 'kid')) return null;
  const { kid } = header;
  if (typeof kid !== 'string' || kid === '' || kid.length > maxKid)
    throw new IdentityError('header', `the kid of the token is not a text of 1 to ${maxKid} characters`);
  return kid;
}
