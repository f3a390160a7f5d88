import { request } from 'node:http';
import { join } from 'node:path';
import { testAuthority } from '../../../../test/support/certificates.js';
import { whoamiCommand } from '../commands/whoami.command.js';
import { runCli } from '../run-cli.js';
import { AnsweringApi } from '../testing/answering-api.js';
import { presented, whichToken } from './current-token.js';
import { openLoopback } from './loopback.js';
import { signInFolder, type StoredSignIn, writeSignIn } from './stored-sign-in.js';

/** A token as far as it is read: its claims, unsigned. */
const tokenWith = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

describe('a sign-in', () => {
  let api: AnsweringApi;
  beforeEach(async () => {
    api = await AnsweringApi.start(testAuthority('Sign-ins'), {
      '/v1/whoami': { user: 'alice@example.com', groups: [], roles: ['requester'], act: ['\u001b[2Jagent'] },
    });
  });
  afterEach(() => api.stop());

  const signedIn = (over: Partial<StoredSignIn> = {}): StoredSignIn => ({
    version: 1,
    issuer: 'https://127.0.0.1:1',
    clientId: 'sallyport-cli',
    clientSecret: null,
    scope: 'openid',
    issuerCa: null,
    use: 'access',
    token: 't',
    expiresAt: null,
    refreshToken: null,
    url: api.url,
    ca: join(api.folder, 'ca.pem'),
    ...over,
  });
  const whoami = async (stored: StoredSignIn, args: string[] = [], env: NodeJS.ProcessEnv = {}) => {
    const surroundings = { env: { SALLYPORT_HOME: api.folder, ...env }, cwd: api.folder };
    writeSignIn(signInFolder(undefined, { ...surroundings, out: () => undefined, err: () => undefined }), stored);
    let [out, err] = ['', ''];
    const code = await runCli([whoamiCommand], ['whoami', ...args], {
      ...surroundings,
      out: (text) => void (out += text),
      err: (text) => void (err += text),
    });
    return { code, out, err };
  };

  it('is enough to be somebody, at the control API it is for, whose words do not drive the terminal', async () => {
    const { code, out } = await whoami(signedIn());
    expect(code).toBe(0);
    expect(out).toContain('user     alice@example.com\n');
    expect(out).toContain('groups   (none)\n');
    expect(out).toContain('\\u{1b}[2Jagent');
  });

  it('goes to no other control API, whoever names it', async () => {
    const elsewhere = signedIn({ url: 'https://sallyport.example.com' });
    expect(await whoami(elsewhere, ['--url', api.url])).toMatchObject({
      code: 2,
      err: expect.stringContaining(`run "sallyport login --url ${api.url}"`) as string,
    });
    expect(await whoami(signedIn({ url: null }), [], { SALLYPORT_URL: api.url })).toMatchObject({ code: 2 });
    expect(api.asked).toEqual([]);
  });

  it('that has ended says so, and that its issuer cannot be asked is no end', async () => {
    expect((await whoami(signedIn({ expiresAt: 1 }))).err).toBe(
      'sallyport: the sign-in has ended; run "sallyport login" again\n',
    );
    expect((await whoami(signedIn({ expiresAt: 1, refreshToken: 'r' }))).err).toContain('cannot be renewed now');
    // half a minute is left, and the issuer is away
    expect(await whoami(signedIn({ expiresAt: Date.now() + 30_000, refreshToken: 'r' }))).toMatchObject({ code: 0 });
  });

  it('counts less than a token that is given, and an empty one is none', async () => {
    const { err } = await whoami(signedIn(), [], { SALLYPORT_TOKEN: 'other' });
    expect(err).toContain('Not found');
    expect(await whoami(signedIn(), [], { SALLYPORT_TOKEN: '' })).toMatchObject({ code: 0 });
  });
});

describe('the token that is presented', () => {
  const answer = (accessToken: string, idToken: string | null) => ({
    accessToken,
    idToken,
    refreshToken: null,
    expiresIn: 60_000,
  });
  const [ours, theirs, id] = [tokenWith({ aud: 'sallyport' }), tokenWith({ aud: ['x'] }), tokenWith({ aud: 'c' })];

  it.each([
    ['an access token for the audience', answer(ours, id), 'sallyport', 'access'],
    ['an access token for somebody else', answer(theirs, id), 'sallyport', 'id'],
    ['an opaque access token', answer('ya29.opaque', id), null, 'id'],
    ['a JWT, where the audience is not known', answer(theirs, id), null, 'access'],
    ['all there is', answer('opaque', null), 'sallyport', 'access'],
  ] as const)('of %s', (_, tokens, audience, which) => {
    expect(whichToken(tokens, audience)).toBe(which);
  });

  it('ends when it says, or when the issuer says', () => {
    expect(presented(answer(tokenWith({ exp: 7 }), null), 'access').expiresAt).toBe(7_000);
    expect(presented(answer('opaque', null), 'access').expiresAt).toBeGreaterThan(Date.now());
    expect(() => presented(answer('opaque', null), 'id')).toThrow('gave no ID token');
  });
});

describe('where the browser comes back', () => {
  const get = (url: string): Promise<number> =>
    new Promise((resolve, reject) => {
      request(url, { agent: false }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      })
        .on('error', reject)
        .end();
    });

  it.each(['https://127.0.0.1/callback', 'http://example.com/callback', 'http://0.0.0.0/callback', 'nowhere'])(
    'is never %s',
    async (redirect) => {
      await expect(openLoopback(redirect)).rejects.toThrow('must be http:// on 127.0.0.1');
    },
  );

  it('takes the one answer that was asked for, and sends all others away', async () => {
    const loopback = await openLoopback('http://127.0.0.1/callback');
    try {
      expect(await get(`${loopback.redirect}?code=x`)).toBe(404);
      const came = loopback.came('wanted', 60_000);
      expect(await get(`${loopback.redirect}?code=x&state=other`)).toBe(404);
      expect(await get(`${new URL('/', loopback.redirect).href}?code=x&state=wanted`)).toBe(404);
      expect(await get(`${loopback.redirect}?code=right&state=wanted`)).toBe(200);
      expect((await came).searchParams.get('code')).toBe('right');
    } finally {
      loopback.close();
    }
  });
});
