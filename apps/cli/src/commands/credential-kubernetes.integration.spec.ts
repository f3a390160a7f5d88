import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeQuickstartFile } from '@app/platform';
import type { IssuerAnswer } from '../issuer-token.js';
import { runCli } from '../run-cli.js';
import { credentialKubernetes } from './credential-kubernetes.command.js';

const v1 = 'client.authentication.k8s.io/v1';

/** A token as far as it is read: its claims, unsigned. */
const tokenUntil = (ms: number, jti = '1') =>
  `e30.${Buffer.from(JSON.stringify({ exp: Math.floor(ms / 1000), jti })).toString('base64url')}.c2ln`;

describe('sallyport credential kubernetes', () => {
  let folder: string;
  let asked: (readonly string[])[];
  let answer: () => IssuerAnswer;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-credential-'));
    asked = [];
    answer = () => ({ code: 0, out: `${tokenUntil(Date.now() + 3_600_000, String(asked.length))}\n`, err: '' });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = async (args: string[], env: NodeJS.ProcessEnv = {}) => {
    let out = '';
    let err = '';
    const command = credentialKubernetes((given) => {
      asked.push(given);
      return Promise.resolve(answer());
    });
    const code = await runCli([command], ['credential', 'kubernetes', ...args], {
      env,
      cwd: folder,
      out: (text) => void (out += text),
      err: (text) => void (err += text),
    });
    return { code, out, err };
  };
  const quickstart = (issuer = 'https://127.0.0.1:9443') =>
    writeQuickstartFile(join(folder, 'quickstart.json'), {
      version: 1,
      pid: 1,
      home: folder,
      config: 'c',
      ca: 'ca',
      postgres: null,
      kubernetes: null,
      control: null,
      metrics: [],
      issuer: { url: issuer, audience: 'sallyport', clientId: 'c' },
      people: [],
      targets: [],
      audit: null,
      queue: null,
      processes: {},
    });
  const info = (apiVersion: unknown) => ({
    KUBERNETES_EXEC_INFO: JSON.stringify({ kind: 'ExecCredential', apiVersion, spec: { interactive: true } }),
  });
  const statusOf = ({ out }: { out: string }) =>
    (JSON.parse(out) as { status: { token: string; expirationTimestamp?: string } }).status;

  it.each([
    ['nobody to be', [], {}, 'who is asking?'],
    ['an empty token file', ['--token-file', 'empty'], {}, 'is empty'],
    ['no token file', ['--token-file', 'none'], {}, 'cannot be read'],
    ['a file that holds no token', ['--token-file', 'lines'], {}, 'the token in lines is none'],
    ['an expired token', [], { SALLYPORT_TOKEN: tokenUntil(1_700_000_000_000) }, 'expired at 2023-11-14T22:13:20'],
    ['a version it does not know', [], { SALLYPORT_TOKEN: 't', ...info('client.authentication.k8s.io/v9') }, 'v9'],
    ['a question that is no JSON', [], { SALLYPORT_TOKEN: 't', KUBERNETES_EXEC_INFO: '{' }, 'is not JSON'],
    ['two ways to be somebody', ['--as', 'alice', '--token-file', 'empty'], {}, 'exclude each other'],
  ])('fails with %s: not a word to stdout', async (_, args, env, message) => {
    writeFileSync(join(folder, 'empty'), '\n');
    writeFileSync(join(folder, 'lines'), 'one\ntwo\n');
    const { code, out, err } = await run(args, env);
    expect(code).toBeGreaterThan(0);
    expect(out).toBe('');
    expect(err).toContain(message);
  });

  it('says what the issuer said when it gives none', async () => {
    answer = () => ({ code: 1, out: '', err: 'sallyport: there is no "eve"\n' });
    expect(await run(['--as', 'eve', '--home', folder])).toEqual({
      code: 1,
      out: '',
      err: 'sallyport: there is no "eve"\n',
    });
  });

  it('answers in the version it was asked in, with the expiry of the token', async () => {
    const token = tokenUntil(Date.UTC(2100, 0, 1));
    for (const [env, apiVersion] of [
      [{}, v1],
      [info(v1), v1],
      [info('client.authentication.k8s.io/v1beta1'), 'client.authentication.k8s.io/v1beta1'],
    ] as const)
      expect(JSON.parse((await run([], { ...env, SALLYPORT_TOKEN: `${token}\n` })).out)).toEqual({
        kind: 'ExecCredential',
        apiVersion,
        status: { token, expirationTimestamp: '2100-01-01T00:00:00Z' },
      });
  });

  it('takes a token that does not say when it expires as it is', async () => {
    writeFileSync(join(folder, 'token'), 'opaque\n');
    expect(statusOf(await run(['--token-file', 'token']))).toEqual({ token: 'opaque' });
    expect(statusOf(await run([], { SALLYPORT_TOKEN_FILE: join(folder, 'token') }))).toEqual({ token: 'opaque' });
  });

  it('keeps the token of a person for itself until shortly before it expires', async () => {
    quickstart();
    const args = ['--as', 'alice', '--agent', 'autogen', '--home', folder];
    const first = statusOf(await run(args));
    expect(asked).toEqual([['--as=alice', '--agent=autogen', '--ttl=1h', `--home=${folder}`]]);
    expect(statusOf(await run(args))).toEqual(first);
    expect(asked).toHaveLength(1);
    const kept = join(folder, 'credentials');
    expect(statSync(kept).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(kept)) expect(statSync(join(kept, file)).mode & 0o777).toBe(0o600);

    // somebody else, another agent, another issuer: not the same token
    await run(['--as', 'alice', '--home', folder]);
    await run(['--as', 'bob', '--agent', 'autogen', '--home', folder]);
    quickstart('https://127.0.0.1:9444');
    await run(args);
    expect(asked).toHaveLength(4);
  });

  it('asks anew when the kept token is about to expire', async () => {
    quickstart();
    answer = () => ({ code: 0, out: tokenUntil(Date.now() + 50_000, String(asked.length)), err: '' });
    const first = statusOf(await run(['--as', 'alice', '--home', folder]));
    expect(statusOf(await run(['--as', 'alice', '--home', folder])).token).not.toBe(first.token);
  });
});
