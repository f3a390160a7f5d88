import { ConfigError } from './config.error.js';
import { parsePartialConfig } from './load-config.js';

const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const key = '-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n';

/** A configuration whose only target is reached as `address` says, and the files it refers to. */
function read(address: string, credential = '{ user: sallyport_crm }', files: Record<string, string> = {}) {
  const text = `targets: [{ name: crm, postgres: { database: crm, ${address} }, credential: ${credential} }]\n`;
  const [target] = parsePartialConfig(text, 'sallyport.yaml', {
    env: { EMPTY: '' },
    folder: '/etc/sallyport',
    readFile: (path) => {
      const content = files[path.replace('/etc/sallyport/', '')];
      if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return content;
    },
  }).targets;
  if (target?.kind !== 'postgres') throw new Error('is no database');
  return target;
}

function refusal(address: string, credential?: string, files?: Record<string, string>): string {
  try {
    read(address, credential, files);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

const files = { 'c.pem': certificate, 'k.pem': key };

describe('the address of a database', () => {
  it.each([
    ['without a server', 'port: 5432', 'postgres.host: is missing'],
    ['with servers in two places', 'host: a, hosts: [{ host: b }]', 'postgres.hosts: stands beside host'],
    ['with no server in its list', 'hosts: []', 'postgres.hosts: must name at least one server'],
    ['with an empty name between commas', 'host: "a,,b"', 'postgres.host: has an empty name'],
    ['with an unknown kind of server', 'host: a, targetSession: primary', 'postgres.targetSession'],
    ['with a certificate that has no key', 'host: a, tls: { certificate: file:c.pem }', 'certificate without its key'],
    ['with a key that has no certificate', 'host: a, tls: { key: file:k.pem }', 'key without its certificate'],
    [
      'with something that is no key',
      'host: a, tls: { certificate: file:c.pem, key: file:c.pem }',
      'private key in PEM',
    ],
    [
      'with something that is no certificate',
      'host: a, tls: { certificate: file:k.pem, key: file:k.pem }',
      'certificate in PEM',
    ],
    [
      'with a certificate but no TLS',
      'host: a, tls: { mode: disable, certificate: file:c.pem, key: file:k.pem }',
      'which uses none',
    ],
    ['with nothing to bind to', 'host: a, tls: disable, channelBinding: require', 'no channel to bind to'],
    ['with the same certificates twice', 'host: a, ca: file:c.pem, tls: { ca: file:c.pem }', 'write it once'],
    ['with a version of TLS that is a number', 'host: a, tls: { minVersion: 1.3 }', 'postgres.tls'],
    ['with an unknown mode', 'host: a, tls: prefer', 'postgres.tls: must be verify-full'],
  ])('%s is refused, and the message names the key', (_, address, message) => {
    expect(refusal(address, undefined, files)).toContain(message);
  });

  it('is refused with a way to prove passwords that nobody knows, or with none', () => {
    expect(refusal('host: a', '{ user: u, methods: [crypt] }')).toContain('credential.methods');
    expect(refusal('host: a', '{ user: u, methods: [] }')).toContain('at least one way');
  });

  it('is one server, checked as strictly as can be, unless it says more', () => {
    const { postgres, credential } = read('host: db.internal');
    expect(postgres).toMatchObject({ host: 'db.internal', port: 5432, tls: 'verify-full', channelBinding: 'prefer' });
    expect(postgres).not.toHaveProperty('hosts');
    expect(postgres).not.toHaveProperty('client');
    expect(credential.methods).toEqual(['scram-sha-256', 'password']);
  });

  it('is several servers, in a list or divided by commas', () => {
    const listed = read('hosts: [{ host: a }, { host: b, port: 6000 }], targetSession: read-write').postgres;
    expect(listed).toMatchObject({ host: 'a', port: 5432, targetSession: 'read-write' });
    expect(listed.hosts).toEqual([
      { host: 'a', port: 5432 },
      { host: 'b', port: 6000 },
    ]);
    expect(read('host: "a, b", port: 7000').postgres.hosts).toEqual([
      { host: 'a', port: 7000 },
      { host: 'b', port: 7000 },
    ]);
  });

  it('says with what TLS is spoken', () => {
    const { postgres } = read(
      "host: a, tls: { mode: verify-ca, ca: file:c.pem, certificate: file:c.pem, key: file:k.pem, serverName: db.example, minVersion: '1.3' }",
      undefined,
      files,
    );
    expect(postgres).toMatchObject({
      tls: 'verify-ca',
      ca: certificate,
      serverName: 'db.example',
      minVersion: 'TLSv1.3',
    });
    expect(postgres.client?.key.reveal()).toBe(key.trimEnd());
    expect(JSON.stringify(postgres)).not.toContain('EC PRIVATE KEY');
  });

  it('has secrets that follow their files, and keep the last good one', () => {
    const changing: Record<string, string> = { ...files, pw: 'first\n' };
    const tls = 'tls: { certificate: file:c.pem, key: file:k.pem }';
    const { postgres, credential } = read(`host: a, ${tls}`, '{ user: u, password: file:pw }', changing);
    expect(credential.password?.reveal()).toBe('first');
    changing['pw'] = 'second\n';
    expect(credential.password?.reveal()).toBe('second');
    delete changing['pw'];
    expect(credential.password?.reveal()).toBe('second');
    changing['pw'] = '';
    expect(credential.password?.reveal()).toBe('second');
    changing['k.pem'] = 'half a file';
    expect(postgres.client?.key.reveal()).toBe(key.trimEnd());
  });
});

describe('large objects', () => {
  const reading = (columns: string): (() => unknown) => {
    const address = '{ host: h, database: crm, largeObjects: true }';
    const text = `targets: [{ name: crm, postgres: ${address}, credential: { user: u } }]\nprotect: [{ class: c, columns: ["${columns}"] }]\n`;
    return () => parsePartialConfig(text, 'sallyport.yaml', { env: {}, folder: '/', readFile: () => '' });
  };

  it.each(['crm.public.t.c', '*.public.t.c'])(
    'are not served by a target whose columns are protected: %s',
    (columns) => {
      expect(reading(columns)).toThrow(/largeObjects: is true, but protect names columns of "crm"/);
    },
  );

  it('are served where others are protected, and only where the target says so', () => {
    expect(reading('other.public.t.c')).not.toThrow();
    expect(read('host: h').postgres.largeObjects).toBe(false);
  });
});
