import { FetchIssuerHttp, IssuerHttp, OidcTokenVerifier, type IssuerRequest, type OidcOptions } from './index.js';
import { encode, LocalIssuer, newKey, publicJwk } from './testing/local-issuer-spec.js';

const now = Date.parse('2026-03-10T12:00:00Z');
const minute = 60_000;
const first = newKey('k1', 'ES256');
const second = newKey('k2', 'ES256');

let clock = 0;
let issuer: LocalIssuer;
let verifier: OidcTokenVerifier;
const started: OidcTokenVerifier[] = [];
const others: LocalIssuer[] = [];

function verifierOf(changes: Partial<OidcOptions> = {}): OidcTokenVerifier {
  const made = new OidcTokenVerifier({
    issuers: [issuer.settings()],
    insecureLoopback: true,
    monotonic: () => clock,
    ...changes,
  });
  started.push(made);
  return made;
}

async function anotherIssuer(path = ''): Promise<LocalIssuer> {
  const another = await LocalIssuer.start(path);
  others.push(another);
  return another;
}

beforeEach(async () => {
  clock = 0;
  issuer = await LocalIssuer.start();
  issuer.keys = [publicJwk(first)];
  verifier = verifierOf();
  expect(await verifier.start()).toEqual([]);
});

afterEach(async () => {
  for (const each of started.splice(0)) each.close();
  await Promise.all([issuer, ...others.splice(0)].map((each) => each.stop()));
});

const token = (key = first, changes = {}, header = {}) => issuer.token(key, issuer.claims(now, changes), header);

describe('keys of an issuer', () => {
  it('are fetched once for a flood of ten thousand unknown key ids, and once more half a minute later', async () => {
    // the key is looked for before the signature is checked, so one signature serves all
    const [, payload = '', end = ''] = token().split('.');
    const flood = async (from: number) => {
      const kids = Array.from({ length: 5_000 }, (_, n) => encode({ alg: 'ES256', kid: `no-${from + n}` }));
      const results = await Promise.allSettled(
        kids.map((header) => verifier.verify(`${header}.${payload}.${end}`, now)),
      );
      return results.filter(({ status }) => status === 'fulfilled').length;
    };
    const before = issuer.requests.keys;
    expect(await flood(0)).toBe(0);
    clock += 29_000;
    expect(await flood(5_000)).toBe(0);
    expect(issuer.requests.keys - before).toBe(1);
    clock += 1_000;
    await expect(verifier.verify(token(first, {}, { kid: 'no' }), now)).rejects.toMatchObject({ code: 'key' });
    expect(issuer.requests.keys - before).toBe(2);
    expect(issuer.requests.discovery).toBe(1);
  }, 20_000);

  it('are fetched again for a new key id, which is accepted at once', async () => {
    issuer.keys = [publicJwk(first), publicJwk(second)];
    const fresh = token(second);
    const principals = await Promise.all(Array.from({ length: 20 }, () => verifier.verify(fresh, now)));
    expect(new Set(principals).size).toBe(1);
    expect(issuer.requests.keys).toBe(2);
  });

  it('die when the issuer withdraws them, and take the tokens they signed with them', async () => {
    const principal = await verifier.verify(token(), now);
    expect(verifier.stillGood(principal, now)).toBe(true);
    issuer.keys = [publicJwk(second)];
    clock += 9 * minute + 30_000;
    await expect(verifier.verify(token(), now)).rejects.toMatchObject({ code: 'key' });
    expect(verifier.stillGood(principal, now)).toBe(false);
  });

  it('that were withdrawn die within ten minutes without a login as well', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const timed = verifierOf();
      await timed.start();
      const principal = await timed.verify(token(), now);
      issuer.keys = [];
      for (let at = 0; at < 10 * minute && timed.stillGood(principal, now); at += 15_000) {
        clock += 15_000;
        await vi.advanceTimersByTimeAsync(15_000);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await vi.waitFor(() => expect(timed.stillGood(principal, now)).toBe(false));
      expect(clock).toBeLessThan(10 * minute);
    } finally {
      vi.useRealTimers();
    }
  });

  it('serve on while the issuer is down, without delay, and are withdrawn once it is back', async () => {
    const known = token();
    await verifier.verify(known, now);
    const { port } = issuer;
    await issuer.stop();
    for (let hour = 0; hour < 3; hour += 1) {
      clock += 60 * minute;
      await expect(verifier.verify(known, now)).resolves.toMatchObject({ sub: 'u-alice' });
      await expect(verifier.verify(token(first, { sub: `u-${hour}` }), now)).resolves.toMatchObject({
        sub: `u-${hour}`,
      });
    }
    expect(verifier.health()).toEqual([{ url: issuer.url, keys: 1, problem: expect.stringContaining('ECONNREFUSED') }]);
    issuer = await LocalIssuer.startAt(port);
    issuer.keys = [publicJwk(second)];
    clock += minute;
    await vi.waitFor(() => expect(verifier.verify(known, now)).rejects.toMatchObject({ code: 'key' }));
  });

  it('serve on while the issuer answers nonsense', async () => {
    for (const nonsense of ['', 'null', '{"keys":7}', '<html>', '{}']) {
      issuer.answer = (_, response) => Boolean(response.end(nonsense));
      clock += 10 * minute;
      await expect(verifier.verify(token(first, { jti: nonsense || 'none' }), now)).resolves.toMatchObject({
        sub: 'u-alice',
      });
    }
    for (const status of [204, 301, 404, 500]) {
      issuer.answer = (_, response) => Boolean(response.writeHead(status, { location: `${issuer.url}/keys` }).end());
      // An answer to an earlier question may still be on its way, and while it is nobody asks again.
      await vi.waitFor(async () => {
        clock += 10 * minute;
        const principal = await verifier.verify(token(first, { jti: `${status} ${clock}` }), now);
        expect(principal.sub).toBe('u-alice');
        expect(verifier.health()[0]?.problem).toContain(`answered ${status}`);
      });
    }
  });

  it('remain the same objects for tokens verified before when a key is added', async () => {
    const known = token();
    const principal = await verifier.verify(known, now);
    issuer.keys = [publicJwk(second), publicJwk(first)];
    clock += 10 * minute;
    expect(await verifier.verify(known, now)).toBe(principal);
    expect(issuer.requests.keys).toBe(2);
  });

  it('are tried all when two have one id, and none is guessed without an id', async () => {
    const twin = newKey('k1', 'ES256');
    issuer.keys = [publicJwk(twin), publicJwk(first)];
    clock += 10 * minute;
    await expect(verifier.verify(token(), now)).resolves.toMatchObject({ sub: 'u-alice' });
    await expect(verifier.verify(token(first, {}, { kid: undefined }), now)).rejects.toMatchObject({ code: 'key' });
    issuer.keys = [publicJwk(first)];
    clock += 10 * minute;
    await expect(verifier.verify(token(first, {}, { kid: undefined }), now)).resolves.toMatchObject({ sub: 'u-alice' });
  });
});

describe('discovery', () => {
  const problemOf = async (changes: Partial<OidcOptions> = {}) => (await verifierOf(changes).start()).join();

  it.each<[string, object, RegExp]>([
    ['another issuer', { issuer: 'https://evil.example' }, /does not match|another issuer/],
    ['the issuer with a slash more', { issuer: undefined }, /another issuer/],
    ['no jwks_uri', { jwks_uri: undefined }, /names no jwks_uri/],
    ['keys without TLS elsewhere', { jwks_uri: 'http://keys.example/jwks' }, /jwks_uri: the url must start with https/],
    ['keys in a file', { jwks_uri: 'file:///etc/passwd' }, /jwks_uri: the url must start with https/],
    ['keys behind a password', { jwks_uri: 'https://a:b@keys.example/jwks' }, /must hold no credential/],
  ])('refuses a document that names %s', async (_, changes, problem) => {
    issuer.discovery = { ...changes, ...('issuer' in changes && !changes.issuer ? { issuer: `${issuer.url}/` } : {}) };
    expect(await problemOf()).toMatch(problem);
  });

  it('says which issuer cannot be reached and why, and accepts its tokens once it can be, without a restart', async () => {
    issuer.answer = (_, response) => Boolean(response.writeHead(503).end());
    const late = verifierOf();
    expect((await late.start()).join()).toMatch(new RegExp(`^issuer ${issuer.url}: .*answered 503`));
    await expect(late.verify(token(), now)).rejects.toMatchObject({ code: 'issuer-unavailable' });
    issuer.answer = null;
    await expect(late.verify(token(), now)).rejects.toMatchObject({ code: 'issuer-unavailable' });
    clock += 5_000;
    await expect(late.verify(token(), now)).resolves.toMatchObject({ sub: 'u-alice' });
  });

  it('follows no redirect', async () => {
    const elsewhere = await anotherIssuer();
    issuer.answer = (request, response) =>
      Boolean(response.writeHead(302, { location: `${elsewhere.url}${request.url ?? ''}` }).end());
    expect(await problemOf()).toContain('answered 302');
    expect(elsewhere.requests).toEqual({ discovery: 0, keys: 0 });
  });

  it('reads no document beyond a mebibyte', async () => {
    issuer.answer = (_, response) => Boolean(response.end(Buffer.alloc(1_048_577, 0x20)));
    expect(await problemOf()).toContain('longer than 1048576 bytes');
  });

  it('gives an issuer up that does not answer, within its five seconds', async () => {
    issuer.answer = () => true;
    const begun = performance.now();
    expect(await problemOf()).toMatch(/cannot be fetched/);
    expect(performance.now() - begun).toBeLessThan(6_000);
  }, 10_000);

  it('asks a realm below its own path', async () => {
    const realm = await anotherIssuer('/realms/prod');
    realm.keys = [publicJwk(first)];
    const made = verifierOf({ issuers: [realm.settings()] });
    expect(await made.start()).toEqual([]);
    await expect(made.verify(realm.token(first, realm.claims(now)), now)).resolves.toMatchObject({ iss: realm.url });
  });

  it("hands the issuer's own certificate authority to what fetches, for both documents", async () => {
    const asked: (string | null)[] = [];
    class Recording extends IssuerHttp {
      readonly #fetch = new FetchIssuerHttp();
      override get(request: IssuerRequest) {
        asked.push(request.ca);
        return this.#fetch.get({ ...request, ca: null });
      }
    }
    const issuers = [issuer.settings({ ca: 'PEM' })];
    expect(await verifierOf({ issuers, http: new Recording() }).start()).toEqual([]);
    expect(asked).toEqual(['PEM', 'PEM']);
  });
});

describe('several issuers', () => {
  it('are a configuration error without patterns, with overlapping ones, or twice the same', async () => {
    const other = await anotherIssuer();
    const make = (one?: string, two?: string) => () =>
      verifierOf({ issuers: [issuer.settings({ users: one }), other.settings({ users: two })] });
    expect(make('*@a.com')).toThrow(/users is required/);
    expect(make('*@a.com', '*@{b,a}.com')).toThrow(/overlap/);
    expect(make('*@a.com', '{*')).toThrow(/does not close/);
    expect(() => verifierOf({ issuers: [issuer.settings({ users: 'a' }), issuer.settings({ users: 'b' })] })).toThrow(
      /two issuers/,
    );
    expect(() => verifierOf({ issuers: [] })).toThrow(/no issuer/);
    expect(() => verifierOf({ insecureLoopback: false })).toThrow(/https/);
    expect(() => verifierOf({ issuers: [issuer.settings({ url: 'http://login.example' })] })).toThrow(/https/);
  });

  it('speak for their own users only, and one cannot use the keys of the other', async () => {
    const other = await anotherIssuer();
    other.keys = [publicJwk(second)];
    const both = verifierOf({
      issuers: [issuer.settings({ users: '*@example.com' }), other.settings({ users: '*@partner.example' })],
    });
    await both.start();
    const bob = { email: 'bob@partner.example' };
    await expect(both.verify(other.token(second, other.claims(now)), now)).rejects.toMatchObject({ code: 'user' });
    await expect(both.verify(issuer.token(first, issuer.claims(now, bob)), now)).rejects.toMatchObject({
      code: 'user',
    });
    await expect(both.verify(other.token(first, other.claims(now, bob)), now)).rejects.toMatchObject({ code: 'key' });
    await expect(both.verify(other.token(second, other.claims(now, bob)), now)).resolves.toMatchObject({
      iss: other.url,
    });
    await expect(both.verify(token(), now)).resolves.toMatchObject({ iss: issuer.url });
  });

  it('keep working when one of them is down from the start', async () => {
    const other = await anotherIssuer();
    other.answer = (_, response) => Boolean(response.destroy());
    const both = verifierOf({
      issuers: [other.settings({ users: '*@partner.example' }), issuer.settings({ users: '*@example.com' })],
    });
    expect(await both.start()).toHaveLength(1);
    await expect(both.verify(token(), now)).resolves.toMatchObject({ sub: 'u-alice' });
  });
});

describe('verified tokens', () => {
  it('are the same principal until they expire, then nobody', async () => {
    const known = token(first, { exp: now / 1_000 + 60 });
    const principal = await verifier.verify(known, now);
    expect(await verifier.verify(known, now + 59_999)).toBe(principal);
    expect(verifier.stillGood(principal, now + 60_000)).toBe(false);
    await expect(verifier.verify(known, now + 60_000)).rejects.toMatchObject({ code: 'expired' });
  });

  it('are not found by a token that differs in its last bit', async () => {
    const known = token();
    await verifier.verify(known, now);
    const [header, payload, end = ''] = known.split('.');
    const bytes = Buffer.from(end, 'base64url');
    bytes.writeUInt8(bytes.readUInt8(63) ^ 1, 63);
    const changed = `${header}.${payload}.${bytes.toString('base64url')}`;
    await expect(verifier.verify(changed, now)).rejects.toMatchObject({ code: 'signature' });
  });

  it('are forgotten beyond the bound, the least recently used first', async () => {
    const small = verifierOf({ cachedTokens: 2 });
    const [a, b, c] = ['a', 'b', 'c'].map((sub) => token(first, { sub }));
    const principalA = await small.verify(a ?? '', now);
    const principalB = await small.verify(b ?? '', now);
    await small.verify(a ?? '', now);
    await small.verify(c ?? '', now);
    expect(await small.verify(a ?? '', now)).toBe(principalA);
    expect(await small.verify(b ?? '', now)).not.toBe(principalB);
    expect(small.stillGood(principalB, now)).toBe(true);
  });

  it('end with the greatest age, counted from iat, where one is set', async () => {
    const strict = verifierOf({ maxAge: 10 * minute });
    const known = token(first, { iat: now / 1_000 - 300 });
    await expect(strict.verify(token(first, { iat: undefined }), now)).rejects.toMatchObject({ code: 'claims' });
    await expect(strict.verify(known, now)).resolves.toMatchObject({ expiresAt: now + 5 * minute });
    await expect(strict.verify(known, now + 5 * minute)).rejects.toMatchObject({ code: 'expired' });
  });
});

describe('users and groups', () => {
  const claims = (changes: object) => ({
    claims: { user: 'preferred_username', groups: 'roles', purpose: 'why', ...changes },
  });

  it('come from the configured claims', async () => {
    const made = verifierOf({ issuers: [issuer.settings(claims({}))] });
    const known = token(first, { preferred_username: 'alice', roles: 'analysts', why: 'audit', email_verified: false });
    await expect(made.verify(known, now)).resolves.toMatchObject({
      user: 'alice',
      groups: ['analysts'],
      purpose: 'audit',
    });
    await expect(made.verify(token(first, { preferred_username: undefined }), now)).rejects.toMatchObject({
      code: 'user',
    });
  });

  it('come from the configuration for an issuer that sends no groups, and only then', async () => {
    const groups = { 'alice@example.com': ['analysts'], 'bob@example.com': ['admins'] };
    const made = verifierOf({ issuers: [issuer.settings({ groups })] });
    const groupsOf = async (changes: object) => (await made.verify(token(first, changes), now)).groups;
    expect(await groupsOf({ groups: undefined })).toEqual(['analysts']);
    expect(await groupsOf({ groups: [] })).toEqual([]);
    expect(await groupsOf({ groups: undefined, email: 'carol@example.com' })).toEqual([]);
    expect(await groupsOf({ groups: undefined, email: 'constructor' })).toEqual([]);
  });
});
