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

/** `code · what`: the check that refuses it matters, or one check could hide that another is gone. */
const hostile: Record<string, () => string> = {
  'malformed · an empty text': () => '',
  'malformed · dots alone': () => '..',
  'malformed · two parts': () => tampered(([h, p]) => [h, p]),
  'malformed · four parts': () => tampered(([h, p, s]) => [h, p, s, s]),
  'malformed · five parts, as of a JWE': () => tampered(([h, p, s]) => [h, '', p, s, s]),
  'malformed · the JSON serialization': () =>
    tampered(([h, p, s]) => [JSON.stringify({ protected: h, payload: p, signature: s })]),
  'malformed · padding behind a part': () => tampered(([h, p, s]) => [h, p, `${s}==`]),
  'malformed · the alphabet of plain base64': () => tampered(([h, p]) => [h, p, '+/'.repeat(171)]),
  'malformed · a line break at the end': () => `${signed()}\n`,
  'malformed · a space before': () => ` ${signed()}`,
  'malformed · a NUL at the end': () => `${signed()}\0`,
  'malformed · stray bits at the end of the signature': () =>
    tampered(([h, p, s]) => [h, p, `${s.slice(0, -1)}${s.endsWith('x') ? 'y' : 'x'}`]),
  'too-large · two megabytes': () => signed({ filler: 'x'.repeat(2_000_000) }),
  'too-large · one character more than is allowed': () => 'x'.repeat(16_385),
  'malformed · nesting ten thousand deep': () => exact(sound, `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`),
  'malformed · nesting forty deep': () =>
    exact(sound, JSON.stringify(claims({ deep: JSON.parse('['.repeat(40) + ']'.repeat(40)) }))),
  'malformed · a payload that is no UTF-8': () =>
    bytes(Buffer.concat([Buffer.from('{"sub":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])),
  'malformed · a byte order mark': () => exact(sound, `\ufeff${JSON.stringify(claims())}`),
  'malformed · a payload that is a list': () => exact(sound, [claims()]),
  'malformed · a payload that is null': () => exact(sound, 'null'),
  'malformed · a payload that is no JSON': () => exact(sound, `${JSON.stringify(claims())},`),
  'malformed · a header that is a text': () => exact('"RS256"', claims()),

  'malformed · alg none without a signature': () => `${encode({ ...sound, alg: 'none' })}.${encode(claims())}.`,
  'algorithm · alg none with a signature': () => exact({ ...sound, alg: 'none' }, claims()),
  'algorithm · alg nOnE': () => exact({ ...sound, alg: 'nOnE' }, claims()),
  'algorithm · no alg': () => exact({ kid: 'rsa' }, claims()),
  'algorithm · alg as a list': () => exact({ ...sound, alg: ['RS256'] }, claims()),
  'algorithm · alg in lower case': () => exact({ ...sound, alg: 'rs256' }, claims()),
  'algorithm · HS256 keyed with the public key in PEM': () =>
    hmac({ ...sound, alg: 'HS256' }, rsa.publicKey.export({ format: 'pem', type: 'spki' })),
  'algorithm · HS256 keyed with the public key in DER': () =>
    hmac({ ...sound, alg: 'HS256' }, rsa.publicKey.export({ format: 'der', type: 'spki' })),
  'algorithm · HS256 keyed with a secret the set publishes': () => hmac({ alg: 'HS256', kid: 'oct' }, shared),
  'algorithm · HS256 keyed with nothing': () => hmac({ alg: 'HS256', kid: 'rsa' }, ''),
  'key · the alg of another key type': () => exact({ ...sound, alg: 'ES256' }, claims()),
  'key · an alg the key is not for': () => {
    const data = `${encode({ ...sound, alg: 'RS512' })}.${encode(claims())}`;
    return `${data}.${signature(data, rsa, 'RS512')}`;
  },
  'key · PSS padding by a key for PKCS 1': () => {
    const data = `${encode({ ...sound, alg: 'PS256' })}.${encode(claims())}`;
    return `${data}.${signature(data, rsa, 'PS256')}`;
  },
  'signature · an ES256 signature of zeros': () =>
    `${encode({ alg: 'ES256', kid: 'ec' })}.${encode(claims())}.${'A'.repeat(86)}`,
  'signature · an EdDSA signature of zeros': () =>
    `${encode({ alg: 'EdDSA', kid: 'ed' })}.${encode(claims())}.${'A'.repeat(86)}`,
  'signature · an ES256 signature in DER': () => {
    const data = `${encode({ alg: 'ES256', kid: 'ec' })}.${encode(claims())}`;
    const raw = Buffer.from(signature(data, ec), 'base64url');
    const whole = (half: Buffer) => Buffer.concat([Buffer.from([2, 33, 0]), half]);
    const body = Buffer.concat([whole(raw.subarray(0, 32)), whole(raw.subarray(32))]);
    return `${data}.${Buffer.concat([Buffer.from([48, body.length]), body]).toString('base64url')}`;
  },

  'signature · a flipped bit in the signature': () => tampered(([h, p, s]) => [h, p, flipped(s, 100)]),
  'signature · a changed payload': () => tampered(([h, , s]) => [h, encode(claims({ sub: 'u-root' })), s]),
  'signature · a changed header': () => tampered(([, p, s]) => [encode({ alg: 'RS256', kid: 'rsa' }), p, s]),
  'signature · the signature of another token': () =>
    tampered(([h, p]) => [h, p, signed({ sub: 'u-bob' }).split('.')[2] ?? '']),
  'signature · a signature cut short': () => tampered(([h, p, s]) => [h, p, s.slice(0, 300)]),
  'signature · the key of a stranger under a known kid': () => issuer.token(stranger, claims()),
  'key · a key of 1024 bits': () => issuer.token(weak, claims()),
  'key · a key that is for encryption': () => issuer.token(forEncryption, claims()),
  'key · a key whose private half is published': () => issuer.token(exposed, claims()),
  'key · a key with the exponent 1': () => exact({ ...sound, kid: 'e1' }, claims()),
  'key · a kid nobody has': () => signed({}, { kid: 'nobody' }),
  'key · a kid that is a path': () => signed({}, { kid: '../../../dev/null' }),
  'key · a kid that is SQL': () => signed({}, { kid: "x' UNION SELECT 'key" }),
  'key · a kid of the prototype': () => signed({}, { kid: '__proto__' }),
  'header · a kid that is a number': () => signed({}, { kid: 0 }),
  'header · an empty kid': () => signed({}, { kid: '' }),
  'header · a kid of 257 characters': () => signed({}, { kid: 'k'.repeat(257) }),
  'header · an embedded jwk': () => issuer.token(stranger, claims(), { jwk: publicJwk(stranger) }),
  'header · an embedded jwk and no kid': () =>
    issuer.token(stranger, claims(), { kid: undefined, jwk: publicJwk(stranger) }),
  'header · a jku': () => signed({}, { jku: `${issuer.url}/keys` }),
  'header · an x5u': () => signed({}, { x5u: `${issuer.url}/cert` }),
  'header · an x5c': () => signed({}, { x5c: ['MIIB'] }),
  'header · a crit': () => signed({}, { crit: ['exp'] }),
  'header · an unencoded payload': () => signed({}, { crit: ['b64'], b64: false }),
  'header · a zip': () => signed({}, { zip: 'DEF' }),
  'header · an enc': () => signed({}, { enc: 'A256GCM' }),
  'header · a nested token': () => signed({}, { cty: 'JWT' }),
  'header · the typ of a logout token': () => signed({}, { typ: 'logout+jwt' }),
  'header · the typ of a DPoP proof': () => signed({}, { typ: 'dpop+jwt' }),
  'header · a typ that is null': () => signed({}, { typ: null }),
  'duplicate-member · a second alg in the header': () => exact('{"alg":"none","alg":"RS256","kid":"rsa"}', claims()),

  'issuer · the iss of another issuer': () => signed({ iss: 'https://evil.example' }),
  'issuer · an iss with a slash more': () => signed({ iss: `${issuer.url}/` }),
  'issuer · an iss in other case': () => signed({ iss: issuer.url.toUpperCase() }),
  'issuer · an iss that is a list': () => signed({ iss: [issuer.url] }),
  'issuer · no iss': () => signed({ iss: undefined }),
  'issuer · the iss of the prototype': () => signed({ iss: '__proto__' }),
  'audience · the aud of another service': () => signed({ aud: 'billing' }),
  'audience · an aud that begins alike': () => signed({ aud: 'sallyport-admin' }),
  'audience · an aud list without us': () => signed({ aud: ['billing', 'SALLYPORT'] }),
  'audience · an aud list with a number': () => signed({ aud: ['sallyport', 7] }),
  'audience · an empty aud list': () => signed({ aud: [] }),
  'audience · an aud that is an object': () => signed({ aud: { sallyport: true } }),
  'audience · no aud': () => signed({ aud: undefined }),
  'expired · an exp a second ago': () => signed({ exp: seconds - 1 }),
  'expired · an exp of this very moment': () => signed({ exp: seconds }),
  'claims · no exp': () => signed({ exp: undefined }),
  'claims · an exp that is a text': () => signed({ exp: String(seconds + 60) }),
  'claims · an exp that is null': () => signed({ exp: null }),
  'claims · an infinite exp': () => withText(`"exp":${seconds + 3_600}`, '"exp":1e999'),
  'claims · an exp beyond all calendars': () => signed({ exp: 1e18 }),
  'claims · a negative exp': () => signed({ exp: -1 }),
  'not-yet-valid · an nbf 61 s ahead': () => signed({ nbf: seconds + 61 }),
  'claims · an nbf that is a text': () => signed({ nbf: '0' }),
  'not-yet-valid · an iat 61 s ahead': () => signed({ iat: seconds + 61 }),
  'not-yet-valid · an iat 300 s ahead': () => signed({ iat: seconds + 300 }),
  'claims · an iat that is true': () => signed({ iat: true }),

  'duplicate-member · two subs': () => withText('"sub":', '"sub":"u-root","sub":'),
  'duplicate-member · two subs, one written with escapes': () => withText('"sub":', '"s\\u0075b":"u-root","sub":'),
  'duplicate-member · two exps': () => withText('"exp":', '"exp":1,"exp":'),
  'duplicate-member · two subs of an agent': () =>
    exact(sound, JSON.stringify(claims({ act: 1 })).replace('"act":1', '"act":{"sub":"a","sub":"b"}')),
  'claims · no sub': () => signed({ sub: undefined }),
  'claims · an empty sub': () => signed({ sub: '' }),
  'claims · a sub that is a number': () => signed({ sub: 7 }),
  'claims · a sub of 256 characters': () => signed({ sub: 's'.repeat(256) }),
  'claims · a sub with a NUL': () => signed({ sub: 'u\0alice' }),
  'claims · a sub with a line break': () => signed({ sub: 'alice\nu-root' }),
  'claims · a sub of the prototype': () =>
    exact(sound, JSON.stringify(claims({ sub: undefined })).replace('{', '{"__proto__":{"sub":"u-root"},')),
  'user · no user claim': () => signed({ email: undefined }),
  'user · an e-mail that is not verified': () => signed({ email_verified: false }),
  'user · an e-mail that is verified in words': () => signed({ email_verified: 'true' }),
  'user · an e-mail without a word about it': () => signed({ email_verified: undefined }),
  'user · a user of another domain': () => signed({ email: 'alice@example.com.evil.org' }),
  'claims · a user with a line break': () => signed({ email: 'root@evil.org\n@example.com' }),
  'claims · a user that is a list': () => signed({ email: ['alice@example.com'] }),
  'claims · groups that are an object': () => signed({ groups: { admins: true } }),
  'claims · a group that is a number': () => signed({ groups: ['analysts', 0] }),
  'claims · a group with a control character': () => signed({ groups: ['analysts\u0000'] }),
  'claims · an act that is a text': () => signed({ act: 'autogen' }),
  'claims · an act that is a list': () => signed({ act: [{ sub: 'autogen' }] }),
  'claims · an act without sub': () => signed({ act: { client_id: 'autogen' } }),
  'claims · an act whose act is null': () => signed({ act: { sub: 'autogen', act: null } }),
  'claims · nine agents': () => signed({ act: nested(8) }),
  'claims · an azp that is a list': () => signed({ azp: ['cli'] }),
  'claims · a purpose that is an object': () => signed({ purpose: { code: 'support' } }),
  'claims · a jti that is a number': () => signed({ jti: 1 }),
  'claims · an empty sid': () => signed({ sid: '' }),
  'claims · a token bound to a key of its sender': () => signed({ cnf: { jkt: 'x' } }),
  'claims · a security event': () => signed({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }),
};

describe('hostile tokens', () => {
  it.each(Object.entries(hostile))('refuses %s', async (name, make) => {
    const error: unknown = await verifier.verify(make(), now).then(
      (principal) => principal,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(IdentityError);
    expect(error).toMatchObject({ code: name.split(' · ')[0] });
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
      act: { sub: 'autogen', act: { sub: 'planner' } },
      azp: 'sallyport-cli',
      purpose: 'support',
      jti: 'j-1',
      sid: 's-1',
      groups: ['analysts', 'eu', 'analysts'],
    });
    await expect(verifier.verify(token, now)).resolves.toEqual({
      iss: issuer.url,
      sub: 'u-alice',
      user: 'alice@example.com',
      groups: ['analysts', 'eu'],
      act: ['autogen', 'planner'],
      azp: 'sallyport-cli',
      purpose: 'support',
      method: 'oidc',
      acr: null,
      authTime: null,
      claims: {},
      jti: 'j-1',
      sid: 's-1',
      expiresAt: (seconds + 3_600) * 1_000,
    });
  });

  it('records who asked for the token without taking it for an agent', async () => {
    await expect(verifier.verify(signed({ azp: 'autogen' }), now)).resolves.toMatchObject({ azp: 'autogen', act: [] });
  });
});
