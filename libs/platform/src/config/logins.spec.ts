import { ConfigError } from './config.error.js';
import { parseConfig, type ConfigSources } from './load-config.js';

const sources: ConfigSources = {
  env: { PASSWORD: 'secret', URL: 'postgresql://u:p@db/audit' },
  folder: '/etc/sallyport',
  cores: 4,
  readFile: (path) => {
    if (path.endsWith('key.pem')) return '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
    if (path.endsWith('.pem')) return '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    if (path.endsWith('.crl')) return '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n';
    throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  },
};

const load = (logins: string, certificates = '', issuer = 'https://login.example.com') =>
  parseConfig(
    `identity: { issuers: [{ url: '${issuer}', audience: sallyport }], certificates: [${certificates}] }
targets: [{ name: crm, postgres: { host: db, database: crm }, credential: { user: u, password: env:PASSWORD } }]
rules: [{ name: r, on: { target: crm }, effect: allow }]
listen: { postgres: { logins: [${logins}] } }
audit: { journal: { dir: journal }, database: env:URL }
tls: { certificate: file:cert.pem, key: file:key.pem }
keys: { dir: file:keys }
`,
    'f',
    sources,
  );

function problem(...parts: Parameters<typeof load>): string {
  try {
    load(...parts);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const people = `{ ca: file:ca.pem, users: '*@example.com' }`;

describe('ways to log in are refused', () => {
  it.each<[string, Parameters<typeof load>, string]>([
    ['without a method', [`{ users: '*' }`], 'listen.postgres.logins[0].method'],
    ['with a method that does not exist', ['{ method: md5 }'], 'listen.postgres.logins[0].method'],
    ['with an unknown key', ['{ method: scram, user: x }'], 'listen.postgres.logins[0].user'],
    [
      'by certificate, where no authority is known',
      [`{ users: 'ci-*', method: certificate }`],
      'listen.postgres.logins[0].method: wants client certificates, and identity.certificates names no authority of any',
    ],
    [
      'by OAUTHBEARER, where no issuer is https',
      ['{ method: oauth }', '', 'http://127.0.0.1:9443'],
      'listen.postgres.logins[0].method: wants an issuer whose url starts with https://',
    ],
  ])('%s', (_what, parts, message) => {
    expect(problem(...parts)).toContain(message);
  });

  it.each([
    ['without its certificates', `{ users: '*' }`, 'identity.certificates[0].ca: is missing'],
    ['without the users it may name', '{ ca: file:ca.pem }', 'identity.certificates[0].users: is missing'],
    [
      'with a list that is none',
      `{ ca: file:ca.pem, users: '*', revoked: file:ca.pem }`,
      'identity.certificates[0].revoked',
    ],
    [
      'without a list where another has one',
      `{ ca: file:ca.pem, users: 'a-*', revoked: file:a.crl }, ${people}`,
      'identity.certificates[1]: needs a list of revoked certificates (`revoked`) too',
    ],
  ])('of an authority %s', (_what, certificates, message) => {
    expect(problem('', certificates)).toContain(message);
  });
});

it('ways to log in are read in their order, and everything about them may be left out', () => {
  expect(load('').listen.postgres.logins).toEqual([]);
  expect(load('').identity.certificates).toEqual([]);
  expect(load(`{ users: 'ci-*', method: certificate }, { method: oauth }`, people)).toMatchObject({
    listen: {
      postgres: {
        logins: [
          { users: 'ci-*', databases: '*', method: 'certificate' },
          { users: '*', databases: '*', method: 'oauth', scope: 'openid email' },
        ],
      },
    },
    identity: { certificates: [{ user: 'email', users: '*@example.com' }] },
  });
});
