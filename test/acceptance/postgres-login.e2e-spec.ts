import { TestGateway } from '../support/gateway.js';
import { personOf } from '../support/quickstart.js';
import { type Reply, type ServerFrame, summary, type WireClient } from '../support/wire-client.js';
import { client, frame } from '../support/wire-frames.js';

// Few half-open connections are allowed at once, so that a flood of them is a small one; one worker, so that all meet.
const config = `
listen: { postgres: { workers: 1 } }
limits: { startup: 5s, messageBytes: 1MiB, sessions: { starting: 20 } }
`;

const tokenHint = 'The user is your name as in the token, the password is the token itself; it may have expired.';
const wrongPassword = (user: string) => ({
  severity: 'FATAL',
  code: '28P01',
  message: `password authentication failed for user "${user}"`,
  detail: null,
  hint: tokenHint,
});
const now = () => Math.floor(Date.now() / 1000);

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start({ config });
});
afterEach(() => gateway?.closeClients());
afterAll(() => gateway?.stop());

const user = () => personOf(gateway.file, 'alice').user;
const token = () => personOf(gateway.file, 'alice').token;

/** Startup packet and password on an encrypted connection, and all that is said until the gateway closes it. */
async function refused(
  password: string,
  parameters: Readonly<Record<string, string>> = {},
  version?: number,
): Promise<Reply> {
  const wire = await gateway.raw(true);
  wire.send(client.startup({ user: user(), database: 'crm', ...parameters }, version));
  const first = await wire.next();
  if (first.type === 'R') wire.send(client.password(password));
  const rest = await wire.closed();
  return first.type === 'R' ? rest : summary([first]);
}

/** Logs in on a connection that has sent its startup packet. */
async function finishLogin(wire: WireClient): Promise<ServerFrame[]> {
  wire.send(client.password(token()));
  return wire.until('Z');
}

describe('a login is refused', () => {
  it.each<[string, () => string]>([
    ['a password that is no token', () => 'correct horse battery staple'],
    ['an empty password', () => ''],
    ['a token that has expired', () => gateway.token('alice', { iat: now() - 700, exp: now() - 1 })],
    ['a token that is not valid yet', () => gateway.token('alice', { nbf: now() + 300 })],
    ['a token for another audience', () => gateway.token('alice', { aud: 'somebody-else' })],
    ['a token of another issuer', () => gateway.token('alice', { iss: 'https://127.0.0.1:1' })],
    ['a token without an expiry', () => gateway.token('alice', { exp: undefined })],
    ['a token whose e-mail is not verified', () => gateway.token('alice', { email_verified: false })],
    ['a token whose last byte was changed', () => `${token().slice(0, -2)}${token().endsWith('AA') ? 'BA' : 'AA'}`],
    ['somebody else’s token', () => personOf(gateway.file, 'bob').token],
    ['20 KiB of password', () => 'x'.repeat(20 * 1024)],
  ])('with %s, in words that tell a stranger nothing', async (_what, secret) => {
    expect(await refused(secret())).toEqual({
      types: 'E',
      rows: [],
      raw: [],
      tags: [],
      errors: [wrongPassword(user())],
      notices: [],
      status: '',
    });
  });

  it('when the user is not the one of the token, byte for byte', async () => {
    expect((await refused(token(), { user: 'bob@example.com' })).errors).toEqual([wrongPassword('bob@example.com')]);
    expect((await refused(token(), { user: 'Alice@example.com' })).errors).toEqual([
      wrongPassword('Alice@example.com'),
    ]);
  });

  it('for a database that is no target, but only somebody known learns that', async () => {
    expect((await refused(token(), { database: 'warehouse' })).errors).toEqual([
      {
        severity: 'FATAL',
        code: '3D000',
        message: 'database "warehouse" does not exist',
        detail: null,
        hint: 'The database name is the name of a target of the gateway.',
      },
    ]);
    expect((await refused('nonsense', { database: 'warehouse' })).errors).toEqual([wrongPassword(user())]);
  });

  it('without TLS, before a password is asked for', async () => {
    const wire = await gateway.raw(false);
    wire.send(client.startup({ user: user(), database: 'crm' }), client.password(token()));
    const { types, errors } = await wire.closed();
    expect({ types, errors }).toEqual({
      types: 'E',
      errors: [
        {
          severity: 'FATAL',
          code: '28000',
          message: 'the gateway accepts TLS connections only',
          detail: null,
          hint: 'Connect with sslmode=verify-full (or at least sslmode=require).',
        },
      ],
    });
  });

  it('over direct TLS that names no protocol, by closing alone', async () => {
    const wire = await gateway.raw(false);
    await wire.startTls(gateway.file);
    wire.send(client.startup({ user: user(), database: 'crm' }));
    expect(await wire.closed()).toMatchObject({ types: '' });
  });

  it('over direct TLS for another protocol', async () => {
    const wire = await gateway.raw(false);
    await expect(wire.startTls(gateway.file, ['http/1.1'])).rejects.toThrow();
  });

  it('over TLS for another protocol, though it was asked for', async () => {
    const wire = await gateway.raw(false);
    expect(await wire.requestEncryption(client.sslRequest())).toBe('S');
    await expect(wire.startTls(gateway.file, ['http/1.1'])).rejects.toThrow();
  });

  it.each<[string, Record<string, string>, string, string]>([
    [
      'role',
      { role: 'postgres' },
      '42501',
      'The setting role belongs to the gateway and cannot be changed through it.',
    ],
    [
      'an encoding',
      { client_encoding: 'LATIN1' },
      '42501',
      'The gateway reads statements as UTF8, so client_encoding stays UTF8.',
    ],
    [
      'an encoding in options',
      { options: '-c client_encoding=LATIN1' },
      '42501',
      'The gateway reads statements as UTF8, so client_encoding stays UTF8.',
    ],
    [
      'string literals of another kind',
      { options: '--standard-conforming-strings=off' },
      '42501',
      'The gateway reads string literals in the standard way, so standard_conforming_strings stays on.',
    ],
    ['a switch of the server', { options: '-F' }, '0A000', 'startup option "-F" is not supported'],
    [
      'libraries',
      { session_preload_libraries: 'x' },
      '42501',
      'On a target with protected columns the setting session_preload_libraries cannot be changed through the gateway.',
    ],
    ['replication', { replication: 'database' }, '42501', 'Replication connections are not served by the gateway.'],
  ])('with the startup parameter %s', async (_what, parameters, code, message) => {
    const { errors } = await refused(token(), parameters);
    expect(errors).toMatchObject([{ severity: 'FATAL', code, message }]);
  });

  it.each([
    ['2.0', 2 << 16],
    ['4.1', (4 << 16) | 1],
  ])('in protocol %s', async (version, number) => {
    expect((await refused(token(), {}, number)).errors).toMatchObject([
      {
        severity: 'FATAL',
        code: '0A000',
        message: `unsupported frontend protocol ${version}: server supports 3.0 to 3.2`,
      },
    ]);
  });

  it('without a user', async () => {
    const wire = await gateway.raw(true);
    wire.send(client.startup({ database: 'crm' }));
    expect((await wire.closed()).errors).toMatchObject([
      { severity: 'FATAL', code: '28000', message: 'no PostgreSQL user name specified in startup packet' },
    ]);
  });

  it('when a startup packet does not end where it says, with an answer inside TLS', async () => {
    const wire = await gateway.raw(true);
    const packet = client.startup({ user: user() });
    packet[packet.length - 1] = 0x41;
    wire.send(packet);
    expect((await wire.closed()).errors).toMatchObject([{ severity: 'FATAL', code: '08P01' }]);
  });

  it('when encryption is asked for twice', async () => {
    const plain = await gateway.raw(false);
    expect(await plain.requestEncryption(client.gssRequest())).toBe('N');
    plain.send(client.gssRequest());
    const expected = [{ severity: 'FATAL', code: '0A000', message: 'encryption was asked for twice' }];
    expect((await plain.closed()).errors).toMatchObject(expected);
    const encrypted = await gateway.raw(true);
    encrypted.send(client.sslRequest());
    expect((await encrypted.closed()).errors).toMatchObject(expected);
  });

  it.each<[string, () => Buffer]>([
    ['a startup packet of 10 KiB and more', () => client.startup({ user: 'x'.repeat(10_240), database: 'crm' })],
    ['a length below 8', () => Buffer.from([0, 0, 0, 7, 0, 3, 0])],
    ['a browser', () => Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    [
      'a startup packet sent along with the request for encryption',
      () => Buffer.concat([client.sslRequest(), client.startup({ user: 'x' })]),
    ],
  ])('by closing alone, as the server does: %s', async (_what, bytes) => {
    const wire = await gateway.raw(false);
    wire.send(bytes());
    expect(await wire.closed()).toMatchObject({ types: '' });
  });

  it.each<[string, () => Buffer, string]>([
    ['a query in place of the password', () => client.query('SELECT 1'), 'invalid frontend message type 81'],
    ['70 KB of password', () => client.password('x'.repeat(70_000)), 'invalid length 70005 of frontend message "p"'],
  ])('on %s', async (_what, bytes, message) => {
    const wire = await gateway.raw(true);
    wire.send(client.startup({ user: user(), database: 'crm' }));
    expect((await wire.next()).type).toBe('R');
    wire.send(bytes());
    expect((await wire.closed()).errors).toMatchObject([
      { severity: 'FATAL', code: '08P01', message: expect.stringContaining(message) },
    ]);
  });

  it('after the time for it, even to somebody who sends a byte now and then', async () => {
    const wire = await gateway.raw(true);
    const packet = client.startup({ user: user(), database: 'crm' });
    const begin = Date.now();
    const drip = (async () => {
      for (let at = 0; at < packet.length && !wire.isClosed; at++) {
        wire.send(packet.subarray(at, at + 1));
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    })();
    await wire.closed(10_000);
    await drip;
    expect(Date.now() - begin).toBeGreaterThan(3_000);
  });
});

describe('a session is ended', () => {
  it.each<[string, Buffer, string]>([
    ['a message of an unknown type', frame('!', Buffer.from('x')), 'invalid frontend message type 33'],
    [
      'a length below 4',
      Buffer.from([0x51, 0, 0, 0, 3]),
      'invalid length 3 of frontend message "Q" (4 to 1048576 bytes)',
    ],
    [
      'a length of 2 GiB',
      Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff]),
      'invalid length 2147483647 of frontend message "Q" (4 to 1048576 bytes)',
    ],
    ['a second password', client.password('x'), 'a password message came after the login'],
  ])('by %s', async (_what, bytes, message) => {
    const wire = await gateway.wire();
    wire.send(bytes);
    expect((await wire.closed()).errors).toMatchObject([{ severity: 'FATAL', code: '08P01', message }]);
  });
});

describe('a login', () => {
  it('takes the token over TLS, reports the server’s settings and the client’s own application name', async () => {
    const wire = await gateway.wire('alice', { application_name: 'invoice-bot', options: '-c timezone=Europe/Oslo' });
    expect(Object.fromEntries(wire.parameters)).toMatchObject({
      application_name: 'invoice-bot',
      client_encoding: 'UTF8',
      standard_conforming_strings: 'on',
      TimeZone: 'Europe/Oslo',
    });
    expect((await wire.query('SHOW timezone')).rows).toEqual([['Europe/Oslo']]);
    const [[pid] = []] = (await wire.query('SELECT pg_backend_pid()')).rows;
    const [backend] = await gateway.direct(`SELECT application_name FROM pg_stat_activity WHERE pid = ${pid}`);
    expect(backend?.['application_name']).toMatch(/^sp:[0-9A-HJKMNP-TV-Z]{26}:[\w-]{22}$/);
  });

  it('never tells the client the password of the target', async () => {
    const { direct } = gateway.file.targets[0] ?? {};
    const secret = new URL(direct?.url ?? '').password;
    expect(secret.length).toBeGreaterThan(10);
    const wire = await gateway.raw(true);
    wire.send(client.startup({ user: user(), database: 'crm' }), client.password(token()));
    const said = Buffer.concat((await wire.until('Z')).map(({ body }) => body)).toString('latin1');
    expect(said).not.toContain(secret);
    expect(gateway.sallyport.output()).not.toContain(secret);
  });

  it('goes on without GSS when the client asks for it first', async () => {
    const wire = await gateway.raw(false);
    expect(await wire.requestEncryption(client.gssRequest())).toBe('N');
    expect(await wire.requestEncryption(client.sslRequest())).toBe('S');
    await wire.startTls(gateway.file);
    wire.send(client.startup({ user: user(), database: 'crm' }));
    expect(summary(await finishLogin(wire)).types).toBe('RRKZ');
  });

  it('begins with direct TLS where the client names the protocol', async () => {
    const wire = await gateway.raw(false);
    await wire.startTls(gateway.file, ['postgresql']);
    wire.send(client.startup({ user: user(), database: 'crm' }));
    expect(summary(await finishLogin(wire)).types).toBe('RRKZ');
    expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
  });

  it.each<[string, number, number]>([
    ['3.0', 196_608, 4],
    ['3.1', 196_609, 4],
    ['3.2', 196_610, 32],
  ])('in protocol %s has a secret of its length, and is cancelled by all of it', async (_version, number, bytes) => {
    const wire = await gateway.raw(true);
    wire.send(client.startup({ user: user(), database: 'crm' }, number));
    const greeting = await finishLogin(wire);
    expect(summary(greeting).types).toBe('RRKZ');
    const key = greeting.find(({ type }) => type === 'K')!.body;
    expect(key.length - 4).toBe(bytes);
    const running = wire.query('SELECT pg_sleep(60)');
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const secret of [key.subarray(4, 7), key.subarray(4)]) {
      const other = await gateway.raw(false);
      other.send(client.cancelRequest(key.readInt32BE(0), secret));
      await other.closed();
    }
    expect((await running).errors).toMatchObject([{ code: '57014' }]);
  });

  it('agrees on protocol 3.2 with a client that asks for 3.9999, and names options it does not know', async () => {
    const wire = await gateway.raw(true);
    wire.send(client.startup({ user: user(), database: 'crm', '_pq_.fancy': '1' }, (3 << 16) | 9999));
    const { type, body } = await wire.next();
    expect(type).toBe('v');
    expect([body.readInt32BE(0), body.readInt32BE(4), body.toString('utf8', 8)]).toEqual([196_610, 1, '_pq_.fancy\0']);
    expect(summary(await finishLogin(wire)).types).toBe('RRKZ');
    expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
  });

  it('reads everything byte by byte, and everything in one packet', async () => {
    const login = Buffer.concat([client.startup({ user: user(), database: 'crm' }), client.password(token())]);
    const slow = await gateway.raw(true);
    await slow.sendInPieces(login, 1);
    expect(summary(await slow.until('Z')).types).toBe('RRKZ');
    const cycle = Buffer.concat([
      client.parse('', 'SELECT 5'),
      client.bind(''),
      client.describePortal(),
      client.execute(),
      client.sync(),
    ]);
    await slow.sendInPieces(cycle, 1);
    expect(summary(await slow.until('Z'))).toMatchObject({ types: '12TDCZ', rows: [['5']], status: 'I' });

    const fast = await gateway.raw(true);
    fast.send(login);
    expect(summary(await fast.until('Z')).types).toBe('RRKZ');
    fast.send(cycle, client.query('SELECT 6'));
    expect(summary(await fast.until('Z'))).toMatchObject({ types: '12TDCZ', rows: [['5']] });
    expect(summary(await fast.until('Z'))).toMatchObject({ types: 'TDCZ', rows: [['6']] });
  });

  it('is cancelled by its own key only, and a cancel request is closed without an answer', async () => {
    const wire = await gateway.wire();
    const secret = Buffer.from(wire.key.secret);
    secret[0]! ^= 1;
    for (const [key, tags] of [
      [secret, ['SELECT 1']],
      [wire.key.secret, []],
    ] as const) {
      const running = wire.query('SELECT pg_sleep(1)');
      const other = await gateway.raw(false);
      other.send(client.cancelRequest(wire.key.pid, key));
      expect(await other.closed()).toMatchObject({ types: '' });
      const reply = await running;
      expect(reply.tags).toEqual(tags);
      if (tags.length === 0) expect(reply.errors).toMatchObject([{ code: '57014' }]);
    }
  });

  it('works while others keep connections half open', async () => {
    const halfOpen = await Promise.all(Array.from({ length: 60 }, () => gateway.raw(false)));
    const wire = await gateway.wire();
    expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
    await Promise.all(halfOpen.map((half) => half.closed(10_000)));
    expect((await wire.query('SELECT 2')).rows).toEqual([['2']]);
  });
});
