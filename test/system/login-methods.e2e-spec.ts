import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { testAuthority } from '../support/certificates.js';
import { TestGateway, until } from '../support/gateway.js';
import { personOf, scratchFolder } from '../support/quickstart.js';
import { saslInitial, saslResponse, ScramClient, scramSecretFor } from '../support/scram-client.js';
import { type ClientTls, type Reply, type ServerFrame, summary, WireClient } from '../support/wire-client.js';
import { client, frame } from '../support/wire-frames.js';

// Every way to log in, with everything that must not get in by it. One worker, so that all meet.

const folder = scratchFolder();
const people = testAuthority('People');
const strangers = testAuthority('Strangers');
const dave = { emails: ['dave@example.com'] };
const day = 86_400_000;
const revokedCertificate = people.clientFor(dave);
const plain = 'SCRAM-SHA-256';
const plus = 'SCRAM-SHA-256-PLUS';
const bindingHeader = 'p=tls-server-end-point,,';

let gateway: TestGateway;
/** a session by a credential that ends while the tests run */
let short: WireClient;

beforeAll(async () => {
  const files = { ca: join(folder, 'people.pem'), list: join(folder, 'people.crl') };
  writeFileSync(files.ca, people.certificate);
  writeFileSync(files.list, people.revoking(revokedCertificate));
  const config = {
    identity: {
      certificates: [
        {
          ca: `file:${files.ca}`,
          users: '*@example.com',
          groups: { 'dave@example.com': ['analysts'] },
          revoked: `file:${files.list}`,
        },
      ],
    },
    listen: {
      postgres: {
        workers: 1,
        logins: [
          { users: 'bob@example.com', method: 'oauth', scope: 'openid email groups' },
          { users: 'dave@example.com', method: 'certificate' },
          { users: 'robot-*', method: 'scram' },
        ],
      },
    },
  };
  gateway = await TestGateway.start({ config: JSON.stringify(config) });
  const { name, secret } = await mint({ forMs: 15_000 });
  short = await WireClient.encrypted(gateway.file);
  short.send(client.startup({ user: name, database: 'crm' }));
  await short.next();
  const exchange = new ScramClient(secret);
  short.send(saslInitial(plain, exchange.first));
  short.send(saslResponse(exchange.final(await challenge(short))));
  expect(summary(await short.until('Z')).types).toBe('RRKZ');
});
afterEach(() => gateway?.closeClients());
afterAll(async () => {
  short?.destroy();
  await gateway?.stop();
});

interface Minted {
  readonly name: string;
  readonly secret: string;
}

/** A credential of alice in the audit database, as the control API would have put it there. */
async function mint(
  of: { target?: string; networks?: readonly string[]; forMs?: number; revoked?: boolean } = {},
): Promise<Minted> {
  const letters = randomBytes(64)
    .toString('base64')
    .replaceAll(/[^0-9A-Za-z]/gu, '');
  const name = `sp_${letters.slice(0, 22)}`;
  const secret = randomBytes(32).toString('base64url');
  const principal = {
    iss: gateway.file.issuer?.url,
    sub: 'person-alice',
    user: personOf(gateway.file, 'alice').user,
    groups: ['analysts'],
    act: ['autogen'],
    azp: null,
    purpose: 'support',
    claims: {},
    acr: null,
    authTime: null,
  };
  const networks = (of.networks ?? []).map((network) => `'${network}'`).join(',');
  await gateway.audit(
    `INSERT INTO credential (name, target, verifier, principal, networks, minted_at, not_after)
     VALUES ('${name}', '${of.target ?? 'crm'}', '${scramSecretFor(secret)}', '${JSON.stringify(principal)}',
       ARRAY[${networks}]::text[], now() - interval '1 hour', now() + interval '${of.forMs ?? 600_000} milliseconds')`,
  );
  if (of.revoked) await revoke(name);
  return { name, secret };
}

const revoke = (name: string): Promise<unknown> =>
  gateway.audit(`UPDATE credential SET revoked_at = now(), revoked_by = '{}' WHERE name = '${name}'`);

const binding = (): Buffer => {
  const certificate = new X509Certificate(readFileSync(join(gateway.file.home, 'tls', 'server.pem')));
  return createHash('sha256').update(certificate.raw).digest();
};

/** A connection on which the startup packet was sent. */
async function begun(user: string, database = 'crm', tls: ClientTls = {}): Promise<WireClient> {
  const wire = await gateway.raw(true, tls);
  wire.send(client.startup({ user, database }));
  return wire;
}

const challenge = async (wire: WireClient): Promise<string> => {
  const { type, body } = await wire.next();
  expect([type, body.readInt32BE(0)]).toEqual(['R', 11]);
  return body.toString('latin1', 4);
};

interface ScramAttempt {
  readonly user: string;
  readonly secret: string;
  readonly database?: string;
  readonly mechanism?: string;
  readonly header?: string;
  readonly bound?: Buffer;
  /** changes the client's last message */
  readonly last?: (message: string) => string;
}

/** A whole SCRAM exchange; what came after the client's last message. */
async function scram(attempt: ScramAttempt): Promise<{ wire: WireClient; exchange: ScramClient; sent: string[] }> {
  const wire = await begun(attempt.user, attempt.database);
  const offer = await wire.next();
  expect(offer.body.toString('latin1', 4)).toBe(`${plus}\0${plain}\0\0`);
  const exchange = new ScramClient(attempt.secret, attempt.header, attempt.bound);
  wire.send(saslInitial(attempt.mechanism ?? plain, exchange.first));
  const last = exchange.final(await challenge(wire));
  const sent = [exchange.first, attempt.last?.(last) ?? last];
  wire.send(saslResponse(sent[1]!));
  return { wire, exchange, sent };
}

const refusal = (user: string, hint: string): Reply => ({
  types: 'E',
  rows: [],
  raw: [],
  tags: [],
  errors: [
    {
      severity: 'FATAL',
      code: '28P01',
      message: `password authentication failed for user "${user}"`,
      detail: null,
      hint: expect.stringContaining(hint) as string,
    },
  ],
  notices: [],
  status: '',
});
const scramHint = 'the name of a credential';
const certificateHint = 'the name in your client certificate';
const oauthHint = 'the token that the issuer gives you';

/** What the record must say of refused logins, by code: counted as the tests go. */
const expected = new Map<string, number>();
const expectFailure = (code: string): void => void expected.set(code, (expected.get(code) ?? 0) + 1);

describe('SCRAM lets nobody in', () => {
  it.each<[string, string, (minted: Minted) => Partial<ScramAttempt>, Parameters<typeof mint>[0]?]>([
    ['with a wrong secret', 'bad-secret', () => ({ secret: randomBytes(32).toString('base64url') })],
    ['with an empty secret', 'bad-secret', () => ({ secret: '' })],
    ['with a token as secret', 'bad-secret', () => ({ secret: personOf(gateway.file, 'alice').token.slice(0, 64) })],
    ['by a name that was never minted', 'bad-secret', () => ({ user: `sp_${'0'.repeat(22)}` })],
    ['by a name that cannot be minted', 'bad-secret', () => ({ user: "sp_' OR true --" })],
    ['by a user who is no credential', 'bad-secret', () => ({ user: 'robot-7' })],
    ['by a credential that has expired', 'expired', () => ({}), { forMs: -1_000 }],
    ['by a credential that was revoked', 'bad-secret', () => ({}), { revoked: true }],
    ['by a credential for another target', 'wrong-target', () => ({}), { target: 'billing' }],
    ['for another target than its own', 'wrong-target', () => ({ database: 'billing' })],
    ['by a credential for other addresses', 'wrong-network', () => ({}), { networks: ['192.0.2.0/24', '::/64'] }],
    ['with a changed proof', 'bad-secret', () => ({ last: (text) => text.replace(/p=../u, 'p=AA') })],
    ['without a proof', 'malformed', () => ({ last: (text) => text.replace(/,p=.*/u, '') })],
    [
      'with 1 025 bytes and more',
      'malformed',
      () => ({ last: (text) => `${text.replace(/,p=/u, `,x=${'y'.repeat(1_024)},p=`)}` }),
    ],
    [
      'with channel binding of a certificate that is not ours',
      'bad-secret',
      () => ({ mechanism: plus, header: bindingHeader, bound: randomBytes(32) }),
    ],
    ['with channel binding of nothing', 'bad-secret', () => ({ mechanism: plus, header: bindingHeader })],
  ])('%s', async (_what, code, change, of) => {
    const minted = await mint(of);
    const attempt = { user: minted.name, secret: minted.secret, ...change(minted) };
    const { wire } = await scram(attempt);
    expect(await wire.closed()).toEqual(refusal(attempt.user, scramHint));
    expectFailure(code);
  });

  it.each<[string, string, string, string]>([
    ['that believes channel binding was not offered', 'downgraded', plain, 'y,,n=,r=abc'],
    ['that wants another type of channel binding', 'bad-secret', plus, 'p=tls-exporter,,n=,r=abc'],
    ['that chose channel binding and sends none', 'malformed', plus, 'n,,n=,r=abc'],
    ['that wants to be somebody else', 'malformed', plain, 'n,a=root,n=,r=abc'],
    ['that chooses what was not offered', 'malformed', 'OAUTHBEARER', 'n,,n=,r=abc'],
  ])('who has a client %s', async (_what, code, mechanism, first) => {
    const { name } = await mint();
    const wire = await begun(name);
    expect((await wire.next()).type).toBe('R');
    wire.send(saslInitial(mechanism, first));
    expect(await wire.closed()).toEqual(refusal(name, scramHint));
    expectFailure(code);
  });

  it('who repeats what somebody else said', async () => {
    const { name, secret } = await mint();
    const { wire, sent } = await scram({ user: name, secret });
    expect(summary(await wire.until('Z')).types).toBe('RRKZ');
    const replay = await begun(name);
    await replay.next();
    replay.send(saslInitial(plain, sent[0]!));
    await challenge(replay);
    replay.send(saslResponse(sent[1]!));
    expect(await replay.closed()).toEqual(refusal(name, scramHint));
    expectFailure('bad-secret');
  });

  it('who says more than they were asked for', async () => {
    const { name, secret } = await mint();
    const wire = await begun(name);
    await wire.next();
    const exchange = new ScramClient(secret);
    wire.send(saslInitial(plain, exchange.first));
    wire.send(Buffer.concat([saslResponse(exchange.final(await challenge(wire))), saslResponse('x')]));
    expect(await wire.closed()).toEqual(refusal(name, scramHint));
    expectFailure('malformed');
  });

  it('on the deny-list, by the name of the credential', async () => {
    const { name, secret } = await mint();
    const { wire } = await scram({ user: name, secret });
    expect(summary(await wire.until('Z')).types).toBe('RRKZ');
    await gateway.audit(
      `INSERT INTO deny_entry (id, iss, kind, value, reason, by, at)
       SELECT gen_random_uuid()::text, '${gateway.file.issuer?.url}', 'jti', '${name}', 'lost', '{}', now()`,
    );
    // what it opened ends too
    expect((await wire.closed(30_000)).errors).toMatchObject([{ severity: 'FATAL', code: '57P01' }]);
    const again = await scram({ user: name, secret });
    expect(await again.wire.closed()).toEqual(refusal(name, scramHint));
    expectFailure('denied');
  });

  it('and does not tell who exists: the questions are the same, each time', async () => {
    const { name } = await mint();
    const ask = async (user: string): Promise<string> => {
      const wire = await begun(user);
      await wire.next();
      wire.send(saslInitial(plain, 'n,,n=,r=abc'));
      return (await challenge(wire)).replace(/^r=[^,]*,/u, '');
    };
    const nobody = `sp_${'1'.repeat(22)}`;
    const [real, mock, other] = [await ask(name), await ask(nobody), await ask('robot-1')];
    for (const answer of [real, mock, other]) expect(answer).toMatch(/^s=[A-Za-z0-9+/]{22}==,i=4096$/u);
    expect(await ask(name)).toBe(real);
    expect(await ask(nobody)).toBe(mock);
    expect(mock).not.toBe(other);
  });
});

describe('a minted credential', () => {
  it('opens its target as whoever minted it, with node-postgres, and the record says how', async () => {
    const { name, secret } = await mint({ networks: ['127.0.0.0/8', '::1'] });
    const session = await gateway.pg('alice', { user: name, password: secret });
    expect((await session.query('SELECT 1 AS by_name')).rows).toEqual([{ by_name: 1 }]);
    const operation = await gateway.recorded({ target: 'crm', text: 'by_name' });
    expect(operation).toMatchObject({
      principal: { user: 'alice@example.com', act: ['autogen'], purpose: 'support', method: 'minted' },
    });
  });

  it('is bound to the certificate that the client sees, where the client can', async () => {
    const { name, secret } = await mint();
    const { wire, exchange } = await scram({
      user: name,
      secret,
      mechanism: plus,
      header: bindingHeader,
      bound: binding(),
    });
    const frames = await wire.until('Z');
    expect(summary(frames).types).toBe('RRKZ');
    const [final] = frames as [ServerFrame];
    expect(final.body.readInt32BE(0)).toBe(12);
    expect(exchange.isProven(final.body.toString('latin1', 4))).toBe(true);

    const { postgres, ca } = gateway.file;
    const bound = new Client({
      host: postgres.host,
      port: postgres.port,
      user: name,
      password: secret,
      database: 'crm',
      ssl: { ca: readFileSync(ca) },
      enableChannelBinding: true,
    });
    await bound.connect();
    expect((await bound.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
    await bound.end();
  });

  it('may be asked for without an initial response', async () => {
    const { name, secret } = await mint();
    const wire = await begun(name);
    await wire.next();
    const exchange = new ScramClient(secret);
    wire.send(saslInitial(plain, null));
    expect(await challenge(wire)).toBe('');
    wire.send(saslResponse(exchange.first));
    wire.send(saslResponse(exchange.final(await challenge(wire))));
    expect(summary(await wire.until('Z')).types).toBe('RRKZ');
  });

  it('ends its sessions when it is revoked', async () => {
    const { name, secret } = await mint();
    const { wire } = await scram({ user: name, secret });
    expect(summary(await wire.until('Z')).types).toBe('RRKZ');
    await revoke(name);
    expect((await wire.closed(30_000)).errors).toMatchObject([{ severity: 'FATAL', code: '57P01' }]);
  });
});

describe('OAUTHBEARER', () => {
  const user = 'bob@example.com';
  const bearer = (token: string): string => `n,,\x01auth=Bearer ${token}\x01\x01`;
  const where = () => ({
    status: 'invalid_token',
    'openid-configuration': `${gateway.file.issuer?.url}/.well-known/openid-configuration`,
    scope: 'openid email groups',
  });
  const offered = async (): Promise<WireClient> => {
    const wire = await begun(user);
    expect((await wire.next()).body.toString('latin1', 4)).toBe('OAUTHBEARER\0\0');
    return wire;
  };

  it.each<[string, () => string]>([
    ['a token that has expired', () => gateway.token('bob', { iat: 1_700_000_000, exp: 1_700_000_600 })],
    ['a token for another audience', () => gateway.token('bob', { aud: 'somebody-else' })],
    ['a token of another issuer', () => gateway.token('bob', { iss: 'https://127.0.0.1:1' })],
    ['a token of another signature', () => `${gateway.token('bob').split('.').slice(0, 2).join('.')}.AAAA`],
    ['no token at all', () => 'nonsense'],
  ])('refuses %s, and says where there are others', async (_what, token) => {
    const wire = await offered();
    wire.send(saslInitial('OAUTHBEARER', bearer(token())));
    expect(JSON.parse(await challenge(wire))).toEqual(where());
    wire.send(saslResponse('\x01'));
    expect(await wire.closed()).toEqual(refusal(user, oauthHint));
    expectFailure('bad-token');
  });

  it('refuses somebody else’s token', async () => {
    const wire = await offered();
    wire.send(saslInitial('OAUTHBEARER', bearer(personOf(gateway.file, 'alice').token)));
    expect(JSON.parse(await challenge(wire))).toEqual(where());
    wire.send(saslResponse('\x01'));
    expect(await wire.closed()).toEqual(refusal(user, oauthHint));
    expectFailure('wrong-user');
  });

  it('refuses credentials of another kind, and another mechanism', async () => {
    const basic = await offered();
    basic.send(saslInitial('OAUTHBEARER', 'n,,\x01auth=Basic Ym9iOng=\x01\x01'));
    await challenge(basic);
    basic.send(saslResponse('\x01'));
    expect(await basic.closed()).toEqual(refusal(user, oauthHint));
    expectFailure('bad-token');
    const other = await offered();
    other.send(saslInitial(plain, 'n,,n=,r=abc'));
    await challenge(other);
    other.send(saslResponse('\x01'));
    expect(await other.closed()).toEqual(refusal(user, oauthHint));
    expectFailure('malformed');
    const broken = await offered();
    broken.send(saslInitial('OAUTHBEARER', `p=tls-server-end-point,,\x01auth=Bearer x\x01\x01`));
    expect((await broken.closed()).errors).toMatchObject([{ severity: 'FATAL', code: '08P01' }]);
  });

  it('tells a client without a token where to get one, which nobody takes for an attempt', async () => {
    const wire = await offered();
    wire.send(saslInitial('OAUTHBEARER', 'n,,\x01auth=\x01\x01'));
    expect(JSON.parse(await challenge(wire))).toEqual(where());
    wire.send(saslResponse('\x01'));
    expect(await wire.closed()).toEqual(refusal(user, oauthHint));
  });

  it.each([
    ['at once', true],
    ['when asked for it', false],
  ])('takes the token %s', async (_what, isInitial) => {
    const wire = await offered();
    const message = bearer(personOf(gateway.file, 'bob').token);
    wire.send(saslInitial('OAUTHBEARER', isInitial ? message : null));
    if (!isInitial) {
      expect(await challenge(wire)).toBe('');
      wire.send(saslResponse(message));
    }
    expect(summary(await wire.until('Z')).types).toBe('RKZ');
    expect((await wire.query('SELECT 3')).rows).toEqual([['3']]);
  });
});

describe('a client certificate', () => {
  const user = 'dave@example.com';

  it.each<[string, string, () => ClientTls]>([
    ['that is not there', 'bad-certificate', () => ({})],
    ['of another authority', 'bad-certificate', () => ({ own: strangers.clientFor(dave) })],
    [
      'of another authority of the same name',
      'bad-certificate',
      () => ({ own: testAuthority('People').clientFor(dave) }),
    ],
    ['that has ended', 'bad-certificate', () => ({ own: people.clientFor({ ...dave, notAfter: Date.now() - 1_000 }) })],
    [
      'that has not begun',
      'bad-certificate',
      () => ({ own: people.clientFor({ ...dave, notBefore: Date.now() + day }) }),
    ],
    ['that was revoked', 'bad-certificate', () => ({ own: revokedCertificate })],
    ['for servers', 'bad-certificate', () => ({ own: people.clientFor({ ...dave, serverOnly: true }) })],
    ['of somebody else', 'wrong-user', () => ({ own: people.clientFor({ emails: ['eve@example.com'] }) })],
    ['of nobody', 'bad-certificate', () => ({ own: people.clientFor({ commonName: user }) })],
    ['of two people', 'bad-certificate', () => ({ own: people.clientFor({ emails: [user, 'eve@example.com'] }) })],
  ])('%s lets nobody in', async (_what, code, tls) => {
    const wire = await begun(user, 'crm', tls());
    expect(await wire.closed()).toEqual(refusal(user, certificateHint));
    expectFailure(code);
  });

  it('lets nobody in with a token in its place', async () => {
    const wire = await begun(user);
    wire.send(client.password(personOf(gateway.file, 'dave').token));
    expect(await wire.closed()).toEqual(refusal(user, certificateHint));
    expectFailure('bad-certificate');
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is enough over %s', async (version) => {
    const wire = await begun(user, 'crm', { own: people.clientFor(dave), version });
    expect(summary(await wire.until('Z')).types).toBe('RKZ');
    expect((await wire.query('SELECT count(*) > 0 FROM customers')).rows).toEqual([['t']]);
  });

  it('is on the deny-list as its authority and name', async () => {
    const own = people.clientFor(dave);
    const wire = await begun(user, 'crm', { own });
    expect(summary(await wire.until('Z')).types).toBe('RKZ');
    const serial = new X509Certificate(own.certificate).serialNumber.toLowerCase();
    const iss = `x509:${createHash('sha256').update(new X509Certificate(people.certificate).raw).digest('hex')}`;
    await gateway.audit(
      `INSERT INTO deny_entry (id, iss, kind, value, reason, by, at)
       SELECT gen_random_uuid()::text, '${iss}', 'jti', '${serial}', 'stolen', '{}', now()`,
    );
    expect((await wire.closed(30_000)).errors).toMatchObject([{ severity: 'FATAL', code: '57P01' }]);
    expect(await (await begun(user, 'crm', { own })).closed()).toEqual(refusal(user, certificateHint));
    expectFailure('denied');
  });

  it('that nobody asked for disturbs nobody', async () => {
    for (const own of [people.clientFor(dave), strangers.clientFor(dave), revokedCertificate]) {
      const { user: alice, token } = personOf(gateway.file, 'alice');
      const wire = await begun(alice, 'crm', { own });
      wire.send(client.password(token));
      expect(summary(await wire.until('Z')).types).toBe('RRKZ');
    }
  });
});

describe('the way in', () => {
  it('ends with what it was opened by', async () => {
    expect((await short.closed(45_000)).errors).toMatchObject([{ severity: 'FATAL', code: '57P01' }]);
  });

  it('is not the client’s to choose', async () => {
    const { name } = await mint();
    const wire = await begun(name);
    const { body } = await wire.next();
    expect(body.readInt32BE(0)).toBe(10);
    wire.send(client.password(personOf(gateway.file, 'alice').token));
    // what should have been a SASLInitialResponse is none
    expect((await wire.closed()).errors).toMatchObject([{ severity: 'FATAL', code: '08P01' }]);
    const alice = await begun(personOf(gateway.file, 'alice').user);
    expect((await alice.next()).body.readInt32BE(0)).toBe(3);
    alice.send(frame('p', Buffer.from('n,,n=,r=abc\0')));
    expect((await alice.closed()).errors).toMatchObject([{ code: '28P01' }]);
    expectFailure('bad-token');
  });

  it('of everyone who failed is in the record', async () => {
    const tally = `SELECT substring(convert_from(line, 'UTF8') FROM '"why":"([^"]+)"') AS why, count(*)::int AS n
      FROM audit_event WHERE type = 'auth.fail' GROUP BY 1`;
    const all = [...expected.values()].reduce((sum, count) => sum + count, 0);
    let found: Record<string, unknown>[] = [];
    await until('every failed login is shipped', 20_000, async () => {
      found = await gateway.audit(tally);
      return found.reduce((sum, { n }) => sum + Number(n), 0) >= all;
    });
    expect(Object.fromEntries(found.map(({ why, n }) => [why, n]))).toEqual(Object.fromEntries(expected));
  });
});
