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
    expect(() => decideEmbedded(own(target('db.example.com')), false, false)).toThrow(
      'target "crm" is not on loopback (db.example.com)',
    );
    expect(decideEmbedded(own(target('db.example.com')), true, false).issuer).toBe(true);
    expect(decideEmbedded(own(target('127.0.0.1')), false, false).issuer).toBe(true);
    expect(decideEmbedded(own(target('db.example.com') + issuers), false, false).issuer).toBe(false);
  });

  it.each(['postgres', 'control'])(
    'keeps the development issuer from guarding a %s listener that others reach',
    (of) => {
      const listening = own(`listen: { ${of}: { host: 0.0.0.0 } }\n`);
      expect(() => decideEmbedded(listening, false, false)).toThrow(`listen.${of} is not on loopback (0.0.0.0)`);
    },
  );

  it('must be complete for production, and every missing part is named', () => {
    expect(() => decideEmbedded(readOwnConfiguration(null, {}), false, true)).toThrow(
      'missing in the configuration (there is no --config, so all of it): identity.issuers, audit, tls, targets, roles, listen, keys',
    );
    expect(() => decideEmbedded(own(target('db.example.com') + issuers), false, true)).toThrow(
      /own\.yaml\): audit, tls, roles, listen, keys$/,
    );
  });

  it('replaces the sample when it has targets, even none', () => {
    expect(decideEmbedded(own('rules: []\n'), false, false).sample).toBe(true);
    expect(decideEmbedded(own('targets: []\n'), false, false).sample).toBe(false);
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
