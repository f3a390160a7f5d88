import { FrameCursor } from './frame-cursor.js';
import { ProtocolError } from './protocol.error.js';
import { SQLSTATE } from './sqlstate.js';

/** What a client chose from the mechanisms that were offered. */
export interface SaslInitialResponse {
  readonly mechanism: string;
  /** null: it has nothing to say yet; an empty challenge has to follow */
  readonly data: Buffer | null;
}

/**
 * Decodes the body of a password message as SASLInitialResponse. (A SASLResponse is its body.)
 * @throws ProtocolError 08P01, fatal
 * @see PostgreSQL 18 manual, "Message Formats", SASLInitialResponse
 */
export const readSaslInitialResponse = (body: Buffer): SaslInitialResponse => {
  const cursor = new FrameCursor(body, 0, body.length);
  const mechanism = cursor.cstringBytes().toString('latin1');
  const length = cursor.int32();
  if (length < -1) throw cursor.violation('invalid length of SASL initial response');
  const data = length === -1 ? null : cursor.bytes(length);
  cursor.finish();
  return { mechanism, data };
};

/** The separator of RFC 7628; a client sends it alone to end an exchange that failed. */
export const OAUTH_SEPARATOR = 0x01;

const separator = String.fromCharCode(OAUTH_SEPARATOR);
const header = /^[ny],([^,]*),$/u;
const pair = /^([A-Za-z]+)=([\x20-\x7e\t\r\n]*)$/u;
const bearer = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/iu;

/**
 * Decodes the client's message of OAUTHBEARER.
 * @returns the token; '' where the client sends none, to be told where it gets one; null for credentials that are no bearer token
 * @throws ProtocolError 08P01, fatal, for a message of another shape, channel binding, an authorization identity, none or two `auth`
 * @see RFC 7628 section 3.1, RFC 6750 section 2.1
 */
export const readOAuthBearer = (message: Buffer): string | null => {
  const [first = '', ...rest] = message.toString('latin1').split(separator);
  const authorization = header.exec(first)?.[1];
  // a separator behind each pair and one behind all of them
  if (authorization === undefined || rest.pop() !== '' || rest.pop() !== '')
    throw malformed('malformed OAUTHBEARER message');
  if (authorization !== '') throw malformed('OAUTHBEARER does not take an authorization identity');
  const given: string[] = [];
  for (const text of rest) {
    const [, key, value = ''] = pair.exec(text) ?? [];
    if (key === undefined) throw malformed('malformed key-value pair in an OAUTHBEARER message');
    if (key === 'auth') given.push(value);
  }
  const [auth, ...more] = given;
  if (auth === undefined || more.length > 0) throw malformed('an OAUTHBEARER message has exactly one auth');
  return auth === '' ? '' : (bearer.exec(auth)?.[1] ?? null);
};

const malformed = (message: string): ProtocolError => new ProtocolError(SQLSTATE.protocolViolation, message);
