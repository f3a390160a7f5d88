import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decideEmbedded, readOwnConfiguration } from './own-configuration.js';

describe('a configuration of one’s own', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sallyport-own-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const own = (text: string) => {
    const file = join(folder, 'own.yaml');
    writeFileSync(file, text);
    return readOwnConfiguration(file, { PASSWORD: 'x' });
  };
  const target = (host: string) =>
    `targets:\n  - name: crm\n    postgres: { host: ${host}, database: crm }\n    credential: { user: u, password: env:PASSWORD }\n`;
  const issuers = 'identity:\n  issuers: [{ url: https://login.example.com, audience: sallyport }]\n';

  it('keeps the development issuer from guarding a target that is elsewhere', () => {
    expect(() => decideEmbedded(own(target('db.example.com')), null, false, false)).toThrow(
      'target "crm" is not on loopback (db.example.com)',
    );
    expect(decideEmbedded(own(target('db.example.com')), null, true, false).issuer).toBe(true);
    expect(decideEmbedded(own(target('127.0.0.1')), null, false, false).issuer).toBe(true);
    expect(decideEmbedded(own(target('db.example.com') + issuers), null, false, false).issuer).toBe(false);
  });

  it('keeps it from guarding a cluster that is elsewhere, configured or given', () => {
    const kubeconfig = (server: string) =>
      `{ current-context: c, contexts: [{ name: c, context: { cluster: c } }], clusters: [{ name: c, cluster: { server: "${server}" } }] }`;
    const cluster = (server: string) => {
      writeFileSync(join(folder, 'k'), kubeconfig(server));
      return own('targets:\n  - name: prod\n    kubernetes: { kubeconfig: file:k }\n');
    };
    expect(() => decideEmbedded(cluster('https://k8s.example.com'), null, false, false)).toThrow(
      'target "prod" is not on loopback (k8s.example.com)',
    );
    expect(decideEmbedded(cluster('https://127.0.0.1:6443'), null, false, false)).toMatchObject({ clusters: true });
    expect(decideEmbedded(own('targets: []\n'), null, false, false)).toMatchObject({ clusters: false });
    const given = { name: 'prod', file: 'k', server: 'https://10.1.2.3', identity: 'auto' as const, kubeconfig: '' };
    const nothing = readOwnConfiguration(null, {});
    expect(() => decideEmbedded(nothing, given, false, false)).toThrow(
      'the cluster of k is not on loopback (10.1.2.3)',
    );
    expect(decideEmbedded(nothing, given, true, false)).toMatchObject({ clusters: true, sample: true });
  });

  it.each(['postgres', 'kubernetes', 'control'])(
    'keeps the development issuer from guarding a %s listener that others reach',
    (of) => {
      const listening = own(`listen: { ${of}: { host: 0.0.0.0 } }\n`);
      expect(() => decideEmbedded(listening, null, false, false)).toThrow(`listen.${of} is not on loopback (0.0.0.0)`);
    },
  );

  it('must be complete for production, and every missing part is named', () => {
    expect(() => decideEmbedded(readOwnConfiguration(null, {}), null, false, true)).toThrow(
      'missing in the configuration (there is no --config, so all of it): identity.issuers, audit, tls, targets, roles, listen, keys',
    );
    expect(() => decideEmbedded(own(target('db.example.com') + issuers), null, false, true)).toThrow(
      /own\.yaml\): audit, tls, roles, listen, keys$/,
    );
  });

  it('replaces the sample when it has targets, even none', () => {
    expect(decideEmbedded(own('rules: []\n'), null, false, false).sample).toBe(true);
    expect(decideEmbedded(own('targets: []\n'), null, false, false).sample).toBe(false);
  });

  it('has its relative references made absolute, since it is read again from the home', () => {
    writeFileSync(join(folder, 'pass'), 'secret\n');
    const { document } = own(target('127.0.0.1').replace('env:PASSWORD', 'file:pass') + 'keys: { dir: keys }\n');
    expect(document.toJS()).toMatchObject({
      targets: [{ credential: { password: `file:${join(folder, 'pass')}` } }],
      keys: { dir: join(folder, 'keys') },
    });
  });
});
