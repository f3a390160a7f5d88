import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptIssuerKeys, readIssuerKeys, signToken } from './issuer-keys.js';
import { findPerson } from './people.js';

describe('tokens of the development issuer', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sallyport-issuer-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are not signed with a damaged key', () => {
    writeFileSync(join(folder, 'keys.json'), '{}');
    expect(() => readIssuerKeys(folder)).toThrow('is damaged; remove it');
  });

  it('carry person, agent, purpose and life, signed with a key that is kept', () => {
    const person = findPerson('alice');
    if (person === undefined) throw new Error('alice is gone');
    const keys = keptIssuerKeys(folder);
    const token = signToken(keys, {
      issuer: 'https://127.0.0.1:9443',
      person,
      agent: 'autogen',
      purpose: 'support',
      ttl: 60,
      now: 1_700_000_000_500,
    });
    const [header = '', claims = '', signature = ''] = token.split('.');
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
    expect(read(header)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: keys.jwk.kid });
    expect(read(claims)).toMatchObject({
      iss: 'https://127.0.0.1:9443',
      aud: 'sallyport',
      email: 'alice@example.com',
      email_verified: true,
      groups: ['analysts'],
      act: { sub: 'autogen' },
      purpose: 'support',
      iat: 1_700_000_000,
      exp: 1_700_000_060,
    });
    const kept = keptIssuerKeys(folder);
    const { d: _private, ...publicPart } = kept.jwk;
    const key = createPublicKey({ key: publicPart, format: 'jwk' });
    const signed = Buffer.from(`${header}.${claims}`);
    const bytes = Buffer.from(signature, 'base64url');
    expect(verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, bytes)).toBe(true);
  });
});
