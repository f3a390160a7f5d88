import { type Connection, dsn, environment, isOwnPgpassLine, pgpassLine, serviceSection } from './connection-text.js';
import { mintedAnswer } from './minted-credential.js';

const name = `sp_${'a'.repeat(22)}`;
const connection: Connection = {
  name,
  secret: 's3cr:et\\',
  target: 'crm',
  host: '2001:db8::1',
  port: 6432,
  database: 'crm:eu',
  mintedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-01-01T01:00:00.000Z',
  caFile: "/home/o'hara/ca.pem",
};

describe('a credential as clients read it', () => {
  it('escapes colons and backslashes in a password file', () => {
    expect(pgpassLine(connection)).toBe(`2001\\:db8\\:\\:1:6432:crm\\:eu:${name}:s3cr\\:et\\\\`);
  });

  it.each<[string, boolean]>([
    [pgpassLine(connection), true],
    [pgpassLine({ ...connection, name: `sp_${'b'.repeat(22)}`, secret: 'other' }), true],
    [pgpassLine({ ...connection, name: 'alice' }), false],
    [pgpassLine({ ...connection, port: 5432 }), false],
    [pgpassLine({ ...connection, database: 'crm' }), false],
    ['*:*:*:*:hunter2', false],
    ['# a comment', false],
    ['', false],
  ])('knows whether %s is an earlier line of its own', (line, own) => {
    expect(isOwnPgpassLine(line, connection)).toBe(own);
  });

  it('quotes for a shell', () => {
    const text = environment(connection);
    expect(text).toContain(`export PGPASSWORD='s3cr:et\\'\n`);
    expect(text).toContain(`export PGSSLROOTCERT='/home/o'\\''hara/ca.pem'\n`);
    expect(text).toContain(`export PGSSLMODE='verify-full'\n`);
  });

  it('is a URL that says the same again when it is read', () => {
    const url = new URL(dsn(connection));
    expect(decodeURIComponent(url.password)).toBe(connection.secret);
    expect(decodeURIComponent(url.pathname)).toBe('/crm:eu');
    expect([url.hostname, url.port, url.username]).toEqual(['[2001:db8::1]', '6432', name]);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      sslmode: 'verify-full',
      sslrootcert: connection.caFile,
    });
  });

  it('checks the gateway by the certificates of the system where no others are known', () => {
    expect(serviceSection({ ...connection, caFile: null })).not.toContain('sslrootcert');
    expect(dsn({ ...connection, caFile: null })).not.toContain('sslrootcert');
    expect(environment({ ...connection, caFile: null })).not.toContain('ROOTCERT');
  });

  it.each([
    ['a line break in it', { secret: 'a\nb' }],
    ['no port', { port: '6432' }],
    ['no name', { name: null }],
  ])('is not taken from an answer with %s', (_, over) => {
    expect(mintedAnswer({ ...connection, ...over })).toBeNull();
  });
});
