import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { readGivenCluster } from './given-cluster.js';

describe('the cluster of --kubeconfig', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sallyport-kube-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (user: object, context = 'admin@prod.example.com', more: object = {}) => {
    const file = join(folder, 'config');
    const kubeconfig = {
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:7443', 'certificate-authority': 'ca.crt' } }],
      users: [{ name: 'u', user }],
      contexts: [
        { name: 'other', context: { cluster: 'd', user: 'v' } },
        { name: context, context: { cluster: 'c', user: 'u', namespace: 'team-a' } },
      ],
      'current-context': context,
      ...more,
    };
    writeFileSync(file, stringify(kubeconfig));
    writeFileSync(join(folder, 'ca.crt'), 'the authority');
    return file;
  };

  it('is refused without a file, a context, or a credential that a file can hold', () => {
    expect(() => readGivenCluster(join(folder, 'none'), null, 'auto')).toThrow('there is no');
    expect(() => readGivenCluster(write({}, 'x', { 'current-context': 'y' }), null, 'auto')).toThrow(
      'no current context',
    );
    expect(() => readGivenCluster(write({ exec: { command: 'cloud' } }), null, 'auto')).toThrow('(exec)');
    expect(() => readGivenCluster(write({ 'client-key': 'lost.key' }), null, 'auto')).toThrow(
      'client-key: there is no',
    );
  });

  it('stands alone: files are taken in, other contexts left out', () => {
    writeFileSync(join(folder, 'token'), 'the token\n');
    const { kubeconfig, server } = readGivenCluster(write({ tokenFile: 'token' }), null, 'auto');
    expect(server).toBe('https://127.0.0.1:7443');
    expect(parse(kubeconfig)).toMatchObject({
      clusters: [
        {
          cluster: {
            server: 'https://127.0.0.1:7443',
            'certificate-authority-data': Buffer.from('the authority').toString('base64'),
          },
        },
      ],
      users: [{ user: { token: 'the token' } }],
      contexts: [{ name: 'admin@prod.example.com' }],
    });
  });

  it.each([
    ['admin@prod.example.com', 'admin-prod-example-com'],
    ['kind-kind', 'kind-kind'],
    ['::', 'cluster'],
    [`${'x'.repeat(62)}::y`, 'x'.repeat(62)],
  ])('names the target of context %s %s', (context, name) => {
    expect(readGivenCluster(write({ token: 't' }, context), null, 'auto').name).toBe(name);
    expect(readGivenCluster(write({ token: 't' }, context), 'mine', 'auto').name).toBe('mine');
  });
});
