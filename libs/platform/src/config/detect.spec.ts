import { ConfigError } from './config.error.js';
import { parseConfig, type ConfigSources } from './load-config.js';

const sources: ConfigSources = {
  env: { PASSWORD: 'pa55', AUDIT: 'postgresql://u:p@db/audit' },
  folder: '/etc/sallyport',
  cores: 2,
  readFile: () => '-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n',
};

const base = `identity: { issuers: [{ url: https://login.example.com, audience: sallyport }] }
targets:
  - name: crm
    postgres: { host: db.internal, database: crm }
    credential: { user: sallyport_crm, password: env:PASSWORD }
audit:
  journal: { dir: journal }
  database: { gateway: env:AUDIT, control: env:AUDIT, migrations: env:AUDIT }
tls: { certificate: file:cert.pem, key: file:key.pem }
keys: { dir: keys }
`;

const load = (more: string) => parseConfig(base + more, 'sallyport.yaml', sources);

function problem(more: string): string {
  try {
    load(more);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

describe('what is looked for', () => {
  it.each([
    ['{ targets: crm }', /name/],
    ['{ name: a }', /targets/],
    ['{ name: a, targets: crm, detectors: [mail] }', /detectors/],
    ['{ name: a, targets: crm, detectors: most }', /must be standard, all or a list/],
    ['{ name: a, targets: crm, action: drop }', /action/],
    ['{ name: a, targets: crm, except: [public.users.email] }', /four parts/],
    ['{ name: a, targets: crm, actions: mask }', /action/],
  ])('is not accepted as %s', (entry, message) => {
    expect(problem(`detect: [${entry}]\n`)).toMatch(message);
  });

  it('has entries of different names', () => {
    expect(problem('detect: [{ name: a, targets: crm }, { name: a, targets: crm }]\n')).toMatch(/named "a" too/);
  });

  it('is masked, with the standard detectors, unless the entry says otherwise', () => {
    expect(load('').detect).toEqual([]);
    const more = `detect:
  - { name: net, targets: crm }
  - { name: logs, targets: [crm, 'eu-*'], detectors: all, action: alert, except: ['crm.public.contacts.*'] }
  - { name: quiet, targets: crm, detectors: [] }
`;
    expect(load(more).detect).toEqual([
      { name: 'net', targets: ['crm'], detectors: 'standard', action: 'mask', except: [] },
      { name: 'logs', targets: ['crm', 'eu-*'], detectors: 'all', action: 'alert', except: ['crm.public.contacts.*'] },
      { name: 'quiet', targets: ['crm'], detectors: [], action: 'mask', except: [] },
    ]);
  });

  it('is warned of where it looks at nothing', () => {
    const { warnings } = load("detect: [{ name: net, targets: [crn, '*'], except: [cmr.a.b.c] }]\n");
    expect(
      warnings.filter((text) => text.includes('detect "net" names the target "crn", which does not exist')),
    ).toHaveLength(1);
    expect(warnings.filter((text) => text.includes('"cmr.a.b.c" names the target "cmr"'))).toHaveLength(1);
  });
});
