import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { testAuthority } from '../../../../test/support/certificates.js';
import { AnsweringApi } from '../testing/answering-api.js';
import { kubeconfigCommand } from './kubeconfig.command.js';

const answered = (cluster: object) => ({ clusters: [{ name: 'sallyport-prod', cluster }] });

let api: AnsweringApi;
beforeAll(async () => {
  const server = 'https://gateway:6443/k8s/prod';
  const ca = Buffer.from('the authority').toString('base64');
  api = await AnsweringApi.start(testAuthority('spec'), {
    '/v1/targets/prod/kubeconfig': answered({ server, 'certificate-authority-data': ca }),
    '/v1/targets/test/kubeconfig': answered({ server }),
    '/v1/targets/odd/kubeconfig': [],
  });
});
afterAll(() => api.stop());

describe('sallyport kubeconfig', () => {
  it.each([
    [['none'], 'nothing at /v1/targets/none/kubeconfig'],
    [['odd'], 'something else than a kubeconfig'],
    [['prod', '--merge', 'a', '--output', 'b'], '--merge and --output exclude each other'],
    [[], "the target's name is missing"],
  ])('refuses %j and says why', async (args, message) => {
    const { code, out, err } = await api.run(kubeconfigCommand, args);
    expect({ code: code > 0, out, err }).toEqual({
      code: true,
      out: '',
      err: expect.stringContaining(message) as string,
    });
  });

  it('names this very command as what gets a token, and holds none', async () => {
    writeFileSync(join(api.folder, 'token'), 't\n');
    const { out } = await api.run(kubeconfigCommand, ['prod', '--namespace', 'team-a', '--token-file', 'token']);
    const kubeconfig = parse(out) as { users: { user: { exec: { command: string; args: string[] } } }[] };
    expect(kubeconfig).toMatchObject({
      clusters: [
        {
          name: 'sallyport-prod',
          cluster: {
            server: 'https://gateway:6443/k8s/prod',
            'certificate-authority-data': Buffer.from('the authority').toString('base64'),
          },
        },
      ],
      users: [
        {
          name: 'sallyport-prod',
          user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'IfAvailable' } },
        },
      ],
      contexts: [{ context: { cluster: 'sallyport-prod', user: 'sallyport-prod', namespace: 'team-a' } }],
      'current-context': 'sallyport-prod',
    });
    const { command, args } = kubeconfig.users[0]!.user.exec;
    expect(command).toBe(process.execPath);
    expect(args.slice(1)).toEqual(['credential', 'kubernetes', '--token-file', join(api.folder, 'token')]);
    expect(args[0]).toMatch(/^\/.*\/dist\/apps\/cli\/src\/main\.js$/);
  });

  it('trusts for the gateway whom it trusts for the control API, where that does not say', async () => {
    const { out } = await api.run(kubeconfigCommand, ['test', '--server', 'https://k8s.example.com', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      clusters: [
        {
          cluster: {
            server: 'https://k8s.example.com',
            'certificate-authority-data': Buffer.from(api.authority).toString('base64'),
          },
        },
      ],
    });
  });

  it('puts a token into it when asked to, into a file that only its owner reads', async () => {
    const { out } = await api.run(kubeconfigCommand, ['prod', '--token', '--output', 'with-token']);
    const file = join(api.folder, 'with-token');
    expect(out).toBe(`${file}: context sallyport-prod\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(parse(readFileSync(file, 'utf8'))).toMatchObject({ users: [{ user: { token: 't' } }] });
  });

  it('adds itself to a file and leaves one that is no kubeconfig alone', async () => {
    const file = join(api.folder, 'config');
    writeFileSync(file, 'current-context: kind\n');
    expect((await api.run(kubeconfigCommand, ['prod', '--merge', 'config'])).code).toBe(0);
    expect(parse(readFileSync(file, 'utf8'))).toMatchObject({
      'current-context': 'kind',
      contexts: [{ name: 'sallyport-prod' }],
    });
    writeFileSync(file, '- mine\n');
    expect((await api.run(kubeconfigCommand, ['prod', '--merge', 'config'])).code).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe('- mine\n');
  });
});
