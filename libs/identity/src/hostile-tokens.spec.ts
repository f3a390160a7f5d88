import { createHmac } from 'node:crypto';
import { IdentityError, OidcTokenVerifier } from './index.js';
import { encode, LocalIssuer, newKey, publicJwk, signature, type Json } from './testing/local-issuer-spec.js';

const now = Date.parse('2026-03-10T12:00:00Z');
const seconds = now / 1_000;
const marker = 'canary-5d1e';

const rsa = newKey('rsa', 'RS256');
const pss = newKey('pss', 'PS256');
const ec = newKey('ec', 'ES256');
const ed = newKey('ed', 'EdDSA');
const weak = newKey('weak', 'RS256', 1_024);
const forEncryption = newKey('enc', 'RS256');
const exposed = newKey('exposed', 'ES256');
const stranger = newKey('rsa', 'RS256');
const shared = Buffer.from('an all too well known shared secret');

let issuer: LocalIssuer;
let verifier: OidcTokenVerifier;

beforeAll(async () => {
  issuer = await LocalIssuer.start();
  issuer.keys = [
    ...[rsa, pss, ec, ed, weak].map((key) => publicJwk(key)),
    publicJwk(forEncryption, { use: 'enc' }),
    { ...exposed.privateKey.export({ format: 'jwk' }), kid: 'exposed', use: 'sig' },
    publicJwk(rsa, { kid: 'e1', e: 'AQ' }),
    { kty: 'oct', kid: 'oct', k: shared.toString('base64url'), alg: 'HS256' },
  ];
  verifier = new OidcTokenVerifier({
    issuers: [issuer.settings({ users: '*@example.com' })],
    insecureLoopback: true,
  });
  await verifier.start();
});

afterAll(async () => {
  verifier.close();
  await issuer.stop();
});

const claims = (changes: Json = {}) => issuer.claims(now, changes);
const signed = (changes: Json = {}, header: Json = {}) => issuer.token(rsa, claims(changes), header);
/** A sound signature over whatever header and payload, as exact text. */
const exact = (header: unknown, payload: unknown) => {
  const data = `${encode(header)}.${encode(payload)}`;
  return `${data}.${signature(data, rsa)}`;
};
const sound: Json = { alg: 'RS256', kid: 'rsa', typ: 'JWT' };
const bytes = (payload: Buffer) => {
  const data = `${encode(sound)}.${payload.toString('base64url')}`;
  return `${data}.${signature(data, rsa)}`;
};
const hmac = (header: Json, secret: string | Buffer) => {
  const data = `${encode(header)}.${encode(claims())}`;
  return `${data}.${createHmac('sha256', secret).update(data).digest('base64url')}`;
};
const nested = (depth: number): Json => (depth === 0 ? { sub: 'agent' } : { sub: 'agent', act: nested(depth - 1) });
const withText = (find: string, replace: string) => exact(sound, JSON.stringify(claims()).replace(find, replace));
function tampered(change: (parts: [string, string, string]) => string[]): string {
  const [header = '', payload = '', end = ''] = signed().split('.');
  return change([header, payload, end]).join('.');
}
const flipped = (part: string, at: number) => {
  const all = Buffer.from(part, 'base64url');
  all.writeUInt8(all.readUInt8(at) ^ 1, at);
  return all.toString('base64url');
};

const hostile: Record<string, () => string> = {
  'an empty text': () => '',
  'dots alone': () => '..',
  'two parts': () => tampered(([h, p]) => [h, p]),
  'four parts': () => tampered(([h, p, s]) => [h, p, s, s]),
  'five parts, as of a JWE': () => tampered(([h, p, s]) => [h, '', p, s, s]),
  'the JSON serialization': () => tampered(([h, p, s]) => [JSON.stringify({ protected: h, payload: p, signature: s })]),
  'padding behind a part': () => tampered(([h, p, s]) => [h, p, `${s}==`]),
  'the alphabet of plain base64': () => tampered(([h, p]) => [h, p, '+/'.repeat(171)]),
  'a line break at the end': () => `${signed()}\n`,
  'a space before': () => ` ${signed()}`,
  'a NUL at the end': () => `${signed()}\0`,
  'stray bits at the end of the signature': () =>
    tampered(([h, p, s]) => [h, p, `${s.slice(0, -1)}${s.endsWith('x') ? 'y' : 'x'}`]),
  'two megabytes': () => signed({ filler: 'x'.repeat(2_000_000) }),
  'one character more than is allowed': () => 'x'.repeat(16_385),
  'nesting ten thousand deep': () => exact(sound, `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`),
  'nesting forty deep': () =>
    exact(sound, JSON.stringify(claims({ deep: JSON.parse('['.repeat(40) + ']'.repeat(40)) }))),
  'a payload that is no UTF-8': () =>
    bytes(Buffer.concat([Buffer.from('{"sub":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])),
  'a byte order mark': () => exact(sound, `\ufeff${JSON.stringify(claims())}`),
  'a payload that is a list': () => exact(sound, [claims()]),
  'a payload that is null': () => exact(sound, 'null'),
  'a payload that is no JSON': () => exact(sound, `${JSON.stringify(claims())},`),
  'a header that is a text': () => exact('"RS256"', claims()),

  'alg none without a signature': () => `${encode({ ...sound, alg: 'none' })}.${encode(claims())}.`,
  'alg none with a signature': () => exact({ ...sound, alg: 'none' }, claims()),
  'alg nOnE': () => exact({ ...sound, alg: 'nOnE' }, claims()),
  'no alg': () => exact({ kid: 'rsa' }, claims()),
  'alg as a list': () => exact({ ...sound, alg: ['RS256'] }, claims()),
  'alg in lower case': () => exact({ ...sound, alg: 'rs256' }, claims()),
  'HS256 keyed with the public key in PEM': () =>
    hmac({ ...sound, alg: 'HS256' }, rsa.publicKey.export({ format: 'pem', type: 'spki' })),
  'HS256 keyed with the public key in DER': () =>
    hmac({ ...sound, alg: 'HS256' }, rsa.publicKey.export({ format: 'der', type: 'spki' })),
  'HS256 keyed with a secret the set publishes': () => hmac({ alg: 'HS256', kid: 'oct' }, shared),
  'HS256 keyed with nothing': () => hmac({ alg: 'HS256', kid: 'rsa' }, ''),
  'the alg of another key type': () => exact({ ...sound, alg: 'ES256' }, claims()),
  'an alg the key is not for': () => {
    const data = `${encode({ ...sound, alg: 'RS512' })}.${encode(claims())}`;
    return `${data}.${signature(data, rsa, 'RS512')}`;
  },
  'PSS padding by a key for PKCS 1': () => {
    const data = `${encode({ ...sound, alg: 'PS256' })}.${encode(claims())}`;
    return `${data}.${signature(data, rsa, 'PS256')}`;
  },
  'an ES256 signature of zeros': () => `${encode({ alg: 'ES256', kid: 'ec' })}.${encode(claims())}.${'A'.repeat(86)}`,
  'an EdDSA signature of zeros': () => `${encode({ alg: 'EdDSA', kid: 'ed' })}.${encode(claims())}.${'A'.repeat(86)}`,
  'an ES256 signature in DER': () => {
    const data = `${encode({ alg: 'ES256', kid: 'ec' })}.${encode(claims())}`;
    const raw = Buffer.from(signature(data, ec), 'base64url');
    const whole = (half: Buffer) => Buffer.concat([Buffer.from([2, 33, 0]), half]);
    const body = Buffer.concat([whole(raw.subarray(0, 32)), whole(raw.subarray(32))]);
    return `${data}.${Buffer.concat([Buffer.from([48, body.length]), body]).toString('base64url')}`;
  },

  'a flipped bit in the signature': () => tampered(([h, p, s]) => [h, p, flipped(s, 100)]),
  'a changed payload': () => tampered(([h, , s]) => [h, encode(claims({ sub: 'u-root' })), s]),
  'a changed header': () => tampered(([, p, s]) => [encode({ alg: 'RS256', kid: 'rsa' }), p, s]),
  'the signature of another token': () => tampered(([h, p]) => [h, p, signed({ sub: 'u-bob' }).split('.')[2] ?? '']),
  'a signature cut short': () => tampered(([h, p, s]) => [h, p, s.slice(0, 300)]),
  'the key of a stranger under a known kid': () => issuer.token(stranger, claims()),
  'a key of 1024 bits': () => issuer.token(weak, claims()),
  'a key that is for encryption': () => issuer.token(forEncryption, claims()),
  'a key whose private half is published': () => issuer.token(exposed, claims()),
  'a key with the exponent 1': () => exact({ ...sound, kid: 'e1' }, claims()),
  'a kid nobody has': () => signed({}, { kid: 'nobody' }),
  'a kid that is a path': () => signed({}, { kid: '../../../dev/null' }),
  'a kid that is SQL': () => signed({}, { kid: "x' UNION SELECT 'key" }),
  'a kid of the prototype': () => signed({}, { kid: '__proto__' }),
  'a kid that is a number': () => signed({}, { kid: 0 }),
  'an empty kid': () => signed({}, { kid: '' }),
  'a kid of 257 characters': () => signed({}, { kid: 'k'.repeat(257) }),
  'an embedded jwk': () => issuer.token(stranger, claims(), { jwk: publicJwk(stranger) }),
  'an embedded jwk and no kid': () => issuer.token(stranger, claims(), { kid: undefined, jwk: publicJwk(stranger) }),
  'a jku': () => signed({}, { jku: `${issuer.url}/keys` }),
  'an x5u': () => signed({}, { x5u: `${issuer.url}/cert` }),
  'an x5c': () => signed({}, { x5c: ['MIIB'] }),
  'a crit': () => signed({}, { crit: ['exp'] }),
  'an unencoded payload': () => signed({}, { crit: ['b64'], b64: false }),
  'a zip': () => signed({}, { zip: 'DEF' }),
  'an enc': () => signed({}, { enc: 'A256GCM' }),
  'a nested token': () => signed({}, { cty: 'JWT' }),
  'the typ of a logout token': () => signed({}, { typ: 'logout+jwt' }),
  'the typ of a DPoP proof': () => signed({}, { typ: 'dpop+jwt' }),
  'a typ that is null': () => signed({}, { typ: null }),
  'a second alg in the header': () => exact('{"alg":"none","alg":"RS256","kid":"rsa"}', claims()),

  'the iss of another issuer': () => signed({ iss: 'https://evil.example' }),
  'an iss with a slash more': () => signed({ iss: `${issuer.url}/` }),
  'an iss in other case': () => signed({ iss: issuer.url.toUpperCase() }),
  'an iss that is a list': () => signed({ iss: [issuer.url] }),
  'no iss': () => signed({ iss: undefined }),
  'the iss of the prototype': () => signed({ iss: '__proto__' }),
  'the aud of another service': () => signed({ aud: 'billing' }),
  'an aud that begins alike': () => signed({ aud: 'sallyport-admin' }),
  'an aud list without us': () => signed({ aud: ['billing', 'SALLYPORT'] }),
  'an aud list with a number': () => signed({ aud: ['sallyport', 7] }),
  'an empty aud list': () => signed({ aud: [] }),
  'an aud that is an object': () => signed({ aud: { sallyport: true } }),
  'no aud': () => signed({ aud: undefined }),
  'an exp a second ago': () => signed({ exp: seconds - 1 }),
  'an exp of this very moment': () => signed({ exp: seconds }),
  'no exp': () => signed({ exp: undefined }),
  'an exp that is a text': () => signed({ exp: String(seconds + 60) }),
  'an exp that is null': () => signed({ exp: null }),
  'an infinite exp': () => withText(`"exp":${seconds + 3_600}`, '"exp":1e999'),
  'an exp beyond all calendars': () => signed({ exp: 1e18 }),
  'a negative exp': () => signed({ exp: -1 }),
  'an nbf 61 s ahead': () => signed({ nbf: seconds + 61 }),
  'an nbf that is a text': () => signed({ nbf: '0' }),
  'an iat 61 s ahead': () => signed({ iat: seconds + 61 }),
  'an iat 300 s ahead': () => signed({ iat: seconds + 300 }),
  'an iat that is true': () => signed({ iat: true }),

  'two subs': () => withText('"sub":', '"sub":"u-root","sub":'),
  'two subs, one written with escapes': () => withText('"sub":', '"s\\u0075b":"u-root","sub":'),
  'two exps': () => withText('"exp":', '"exp":1,"exp":'),
  'two subs of an agent': () =>
    exact(sound, JSON.stringify(claims({ act: 1 })).replace('"act":1', '"act":{"sub":"a","sub":"b"}')),
  'no sub': () => signed({ sub: undefined }),
  'an empty sub': () => signed({ sub: '' }),
  'a sub that is a number': () => signed({ sub: 7 }),
  'a sub of 256 characters': () => signed({ sub: 's'.repeat(256) }),
  'a sub with a NUL': () => signed({ sub: 'u\0alice' }),
  'a sub with a line break': () => signed({ sub: 'alice\nu-root' }),
  'a sub of the prototype': () =>
    exact(sound, JSON.stringify(claims({ sub: undefined })).replace('{', '{"__proto__":{"sub":"u-root"},')),
  'no user claim': () => signed({ email: undefined }),
  'an e-mail that is not verified': () => signed({ email_verified: false }),
  'an e-mail that is verified in words': () => signed({ email_verified: 'true' }),
  'an e-mail without a word about it': () => signed({ email_verified: undefined }),
  'a user of another domain': () => signed({ email: 'alice@example.com.evil.org' }),
  'a user with a line break': () => signed({ email: 'root@evil.org\n@example.com' }),
  'a user that is a list': () => signed({ email: ['alice@example.com'] }),
  'groups that are an object': () => signed({ groups: { admins: true } }),
  'a group that is a number': () => signed({ groups: ['analysts', 0] }),
  'a group with a control character': () => signed({ groups: ['analysts\u0000'] }),
  'an act that is a text': () => signed({ act: 'autogen' }),
  'an act that is a list': () => signed({ act: [{ sub: 'autogen' }] }),
  'an act without sub': () => signed({ act: { client_id: 'autogen' } }),
  'an act whose act is null': () => signed({ act: { sub: 'autogen', act: null } }),
  'nine agents': () => signed({ act: nested(8) }),
  'an azp that is a list': () => signed({ azp: ['cli'] }),
  'a purpose that is an object': () => signed({ purpose: { code: 'support' } }),
  'a jti that is a number': () => signed({ jti: 1 }),
  'an empty sid': () => signed({ sid: '' }),
  'a token bound to a key of its sender': () => signed({ cnf: { jkt: 'x' } }),
  'a security event': () => signed({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }),
};

describe('hostile tokens', () => {
  it.each(Object.entries(hostile))('refuses %s', async (_, make) => {
    const error: unknown = await verifier.verify(make(), now).then(
      (principal) => principal,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(IdentityError);
  });

  it('refuses more than a hundred, each a second time as well, and still accepts the sound one', async () => {
    const tokens = Object.values(hostile).map((make) => make());
    const accepted = [];
    for (const token of [...tokens, ...tokens]) {
      const principal = await verifier.verify(token, now).catch(() => null);
      if (principal) accepted.push(token);
    }
    expect(tokens.length).toBeGreaterThan(100);
    expect(accepted).toEqual([]);
    await expect(verifier.verify(signed(), now)).resolves.toMatchObject({ sub: 'u-alice' });
  });

  it('names checks and codes, never what a token holds', async () => {
    const telling = {
      issuer: signed({ iss: `https://${marker}.example` }),
      audience: signed({ aud: marker }),
      claims: signed({ sub: `${marker}\n` }),
      user: signed({ email: `${marker}@evil.example` }),
      key: signed({ sub: marker }, { kid: marker }),
      header: signed({ sub: marker }, { typ: marker }),
      algorithm: exact({ ...sound, alg: marker }, claims({ sub: marker })),
      signature: issuer.token(stranger, claims({ sub: marker })),
      malformed: `${marker}.${marker}.${marker}`,
      expired: signed({ sub: marker, exp: 1 }),
      'not-yet-valid': signed({ sub: marker, nbf: seconds + 100 }),
      'too-large': marker.repeat(2_000),
      'duplicate-member': withText('"sub":', `"sub":"${marker}","sub":`),
    };
    for (const [code, token] of Object.entries(telling)) {
      const error: unknown = await verifier.verify(token, now).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code });
      expect(String(error)).not.toContain(marker);
      expect(String(error)).not.toContain(token.slice(0, 20));
    }
  });
});

describe('sound tokens', () => {
  it.each([rsa, pss, ec, ed])('accepts $alg', async (key) => {
    await expect(verifier.verify(issuer.token(key, claims()), now)).resolves.toMatchObject({
      user: 'alice@example.com',
    });
  });

  it.each(['JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt', undefined])('accepts the typ %s', async (typ) => {
    await expect(verifier.verify(signed({}, { typ }), now)).resolves.toMatchObject({ sub: 'u-alice' });
  });

  it.each([
    ['an nbf 60 s ahead', { nbf: seconds + 60 }],
    ['an iat 30 s ahead', { iat: seconds + 30 }],
    ['no iat', { iat: undefined }],
    ['several audiences', { aud: ['billing', 'sallyport'] }],
    ['a fraction of a second', { exp: seconds + 0.5 }],
    ['eight agents', { act: nested(7) }],
  ])('accepts %s', async (_, changes) => {
    await expect(verifier.verify(signed(changes), now)).resolves.toMatchObject({ sub: 'u-alice' });
  });

  it('makes the whole principal', async () => {
    const token = signed({
      ...{ act: { sub: 'autogen', act: { sub: 'planner' } }, azp: 'sallyport-cli', purpose: 'support' },
      ...{ jti: 'j-1', sid: 's-1', groups: ['analysts', 'eu', 'analysts'] },
    });
    await expect(verifier.verify(token, now)).resolves.toEqual({
      ...{ iss: issuer.url, sub: 'u-alice', user: 'alice@example.com', groups: ['analysts', 'eu'] },
      ...{ act: ['autogen', 'planner'], azp: 'sallyport-cli', purpose: 'support', method: 'oidc' },
      ...{ jti: 'j-1', sid: 's-1', expiresAt: (seconds + 3_600) * 1_000 },
    });
  });

  it('records who asked for the token without taking it for an agent', async () => {
    await expect(verifier.verify(signed({ azp: 'autogen' }), now)).resolves.toMatchObject({ azp: 'autogen', act: [] });
  });
});
