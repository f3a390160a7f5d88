import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { upstream as messages } from '@app/pg-wire';
import { parsePartialConfig, Secret } from '@app/platform';
import { ConfiguredCredentials, type PostgresTarget } from '@app/targets';
import { testAuthority } from '../../../test/support/certificates.js';
import { guard } from '../../../test/support/guarded-postgres.js';
import { execute, startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { OwnConnection } from './own-connection.js';
import { UpstreamConnection, UpstreamError } from './upstream-connection.js';

let folder: string;
let one: TestPostgres;
let two: TestPostgres;
/** accepts, and says nothing */
let silent: Server;

const authority = testAuthority('Servers');
const people = testAuthority('Clients');
const own = people.serverFor('sp_cert');
const password = 'canary-of-the-vault';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-upstream-'));
  [one, two] = await Promise.all([startPostgres(), startPostgres()]);
  silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const ca = join(dirname(await show(one, 'hba_file')), 'clients.pem');
  writeFileSync(ca, people.certificate);
  const { uid, gid } = statSync(dirname(ca));
  if (process.getuid?.() === 0) chownSync(ca, uid, gid);
  await alter(one, `ssl_ca_file = '${ca}'`);
  await guard(one, authority.serverFor('localhost', '127.0.0.1', 'db.example'), [
    'hostssl all sp_cert 127.0.0.1/32 cert',
    'hostssl all sp_scram 127.0.0.1/32 scram-sha-256',
    'hostssl all sp_md5 127.0.0.1/32 md5',
    'hostssl all sp_open 127.0.0.1/32 trust',
    'host all sp_any 127.0.0.1/32 trust',
  ]);
  await execute(
    one.superuserUrl,
    `CREATE ROLE sp_cert LOGIN; CREATE ROLE sp_open LOGIN; CREATE ROLE sp_any LOGIN; CREATE ROLE sp_scram LOGIN PASSWORD '${password}';
     SET password_encryption = 'md5'; CREATE ROLE sp_md5 LOGIN PASSWORD '${password}'`,
  );
  await execute(two.superuserUrl, 'CREATE ROLE sp_any LOGIN');
}, 60_000);
afterAll(async () => {
  silent?.close();
  await Promise.all([one?.stop(), two?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

async function show(postgres: TestPostgres, name: string): Promise<string> {
  const client = new Client({ connectionString: postgres.superuserUrl });
  await client.connect();
  try {
    return String((await client.query<Record<string, unknown>>(`SHOW ${name}`)).rows[0]?.[name]);
  } finally {
    await client.end();
  }
}

async function alter(postgres: TestPostgres, setting: string): Promise<void> {
  await execute(postgres.superuserUrl, `ALTER SYSTEM SET ${setting}`);
  await execute(postgres.superuserUrl, 'SELECT pg_reload_conf()');
}

type Address = Partial<PostgresTarget['postgres']>;

function targetOf(
  user: string,
  address: Address,
  credential: Partial<PostgresTarget['credential']> = {},
): PostgresTarget {
  return {
    kind: 'postgres',
    name: 'crm',
    postgres: { host: '127.0.0.1', port: one.port, database: 'sallyport_test', tls: 'disable', ...address },
    credential: { user, password: new Secret(password), ...credential },
    release: 'durable',
    record: 'none',
  };
}

function open(target: PostgresTarget, timeoutMs = 10_000): Promise<UpstreamConnection> {
  return UpstreamConnection.open({
    target,
    vault: new ConfiguredCredentials([target]),
    settings: new Map(),
    limits: { messageBytes: 1 << 20, backendMessageBytes: 1 << 20 },
    timeoutMs,
  });
}

/** The port of the server that a connection leads to. */
async function portOf(target: PostgresTarget, timeoutMs?: number): Promise<number> {
  const connection = await open(target, timeoutMs);
  try {
    const [row] = await new OwnConnection(connection).ask('SELECT pg_catalog.inet_server_port()');
    expect(Number(row?.[0])).toBe(connection.address.port);
    return connection.address.port;
  } finally {
    connection.end();
  }
}

async function failure(target: PostgresTarget, timeoutMs?: number): Promise<UpstreamError> {
  const error: unknown = await open(target, timeoutMs).then(
    (connection) => {
      connection.destroy();
      return new Error('was let in');
    },
    (reason: unknown) => reason,
  );
  if (!(error instanceof UpstreamError)) throw error;
  expect(error.message).not.toContain(password);
  return error;
}

const verified: Address = { tls: 'verify-full', ca: authority.certificate };
const hosts = (...ports: number[]): Address => ({ hosts: ports.map((port) => ({ host: '127.0.0.1', port })) });
const silentPort = (): number => (silent.address() as { port: number }).port;

describe('a target that sends without a pause', () => {
  it('is read so far that others have their turn, and then on', async () => {
    const connection = await open(targetOf('sp_any', { port: two.port }));
    let turn = 0;
    let isOver = false;
    const count = (): void => {
      turn += 1;
      if (!isOver) setImmediate(count);
    };
    const chunks = new Map<number, number>();
    let rows = 0;
    count();
    await new Promise<void>((resolve) => {
      connection.relay(
        (type) => {
          if (type === 0x44) rows += 1;
          if (type === 0x5a) resolve();
        },
        () => {
          chunks.set(turn, (chunks.get(turn) ?? 0) + 1);
          // as long as rows take that are looked through
          for (const end = performance.now() + 6; performance.now() < end;);
        },
        () => resolve(),
        () => connection.socket.resume(),
      );
      connection.write([messages.query("SELECT repeat('x', 10000) FROM generate_series(1, 600)")]);
    });
    isOver = true;
    connection.end();
    expect(rows).toBe(600);
    expect(Math.max(...chunks.values())).toBeLessThan(10);
  });
});

describe('a target of several servers', () => {
  it('is refused with every reason when none will do', async () => {
    const error = await failure(targetOf('sp_any', hosts(1, 2)));
    expect(error.code).toBe('unreachable');
    expect(error.message).toMatch(/no server of target crm can be used: .*127\.0\.0\.1:1.*; .*127\.0\.0\.1:2/);
  });

  it('is not asked again by a wrong login: that is wrong everywhere', async () => {
    const error = await failure(targetOf('nobody', hosts(two.port, one.port)));
    expect(error).toMatchObject({ code: 'login', sqlstate: '28000' });
    expect(error.message).not.toContain('no server');
  });

  it('is reached at the first that answers, within the time for all', async () => {
    expect(await portOf(targetOf('sp_any', hosts(1, two.port)))).toBe(two.port);
    expect(await portOf(targetOf('sp_any', hosts(silentPort(), one.port)), 8_000)).toBe(one.port);
    // who was silent is asked last now
    const before = performance.now();
    expect(await portOf(targetOf('sp_any', hosts(silentPort(), one.port)), 60_000)).toBe(one.port);
    expect(performance.now() - before).toBeLessThan(25_000);
  });

  it('goes to the other when one is killed, and comes back', async () => {
    const target = targetOf('sp_any', hosts(two.port, one.port));
    expect(await portOf(target)).toBe(two.port);
    await two.crash();
    expect(await portOf(target)).toBe(one.port);
    await two.start();
    expect(await portOf(targetOf('sp_any', hosts(two.port)))).toBe(two.port);
    expect(await portOf(target)).toBe(two.port);
  });

  it('goes to the other when one is full', async () => {
    await execute(two.superuserUrl, 'ALTER ROLE sp_any CONNECTION LIMIT 0');
    try {
      expect((await failure(targetOf('sp_any', hosts(two.port)))).sqlstate).toBe('53300');
      expect(await portOf(targetOf('sp_any', hosts(two.port, one.port)))).toBe(one.port);
    } finally {
      await execute(two.superuserUrl, 'ALTER ROLE sp_any CONNECTION LIMIT -1');
    }
    await portOf(targetOf('sp_any', hosts(two.port)));
  });

  it('is reached at the kind of server that is wanted', async () => {
    const data = await show(two, 'data_directory');
    const { uid, gid } = statSync(data);
    const signal = join(data, 'standby.signal');
    await two.crash();
    writeFileSync(signal, '');
    if (process.getuid?.() === 0) chownSync(signal, uid, gid);
    await two.start();
    const both = hosts(two.port, one.port);
    const wanting = (targetSession: Address['targetSession'], of: Address = both) =>
      targetOf('sp_any', { ...of, targetSession });
    expect(await portOf(wanting('read-write'))).toBe(one.port);
    expect(await portOf(wanting('standby'))).toBe(two.port);
    expect(await portOf(wanting('prefer-standby'))).toBe(two.port);
    expect(await portOf(wanting('prefer-standby', hosts(one.port)))).toBe(one.port);
    expect(await failure(wanting('standby', hosts(one.port)))).toMatchObject({ code: 'unfit' });
    expect((await failure(wanting('read-write', hosts(two.port)))).message).toContain('is a standby');
    await alter(one, 'default_transaction_read_only = on');
    try {
      expect((await failure(wanting('read-write'))).message).toContain('default_transaction_read_only');
    } finally {
      const client = new Client({ connectionString: one.superuserUrl });
      await client.connect();
      await client.query('SET default_transaction_read_only = off');
      await client.query('ALTER SYSTEM RESET default_transaction_read_only');
      await client.query('SELECT pg_reload_conf()');
      await client.end();
    }
  });
});

describe('a login at a target', () => {
  it('by a certificate is refused without one, and with somebody else’s', async () => {
    expect((await failure(targetOf('sp_cert', verified))).sqlstate).toBe('28000');
    const client = { certificate: new Secret(own.certificate), key: new Secret(own.key) };
    expect((await failure(targetOf('sp_open', { ...verified, client, serverName: 'other.example' }))).code).toBe('tls');
    const stranger = authority.serverFor('sp_cert');
    const wrong = { certificate: new Secret(stranger.certificate), key: new Secret(stranger.key) };
    await expect(failure(targetOf('sp_cert', { ...verified, client: wrong }))).resolves.toBeInstanceOf(UpstreamError);
  });

  it('by a certificate works, under another name of the server and TLS 1.3 alone too', async () => {
    const client = { certificate: new Secret(own.certificate), key: new Secret(own.key) };
    const address: Address = { ...verified, client, serverName: 'db.example', minVersion: 'TLSv1.3' };
    const connection = await open(targetOf('sp_cert', address, { password: null }));
    const [row] = await new OwnConnection(connection).ask('SELECT CURRENT_USER');
    expect(row).toEqual(['sp_cert']);
    connection.end();
  });

  it('that has to be bound to the connection is refused where it is not', async () => {
    const bound: Address = { ...verified, channelBinding: 'require' };
    expect((await failure(targetOf('sp_open', bound))).message).toContain('without channel binding');
    expect((await failure(targetOf('sp_md5', bound, { methods: ['md5'] }))).message).toContain(
      'channelBinding: require',
    );
    (await open(targetOf('sp_scram', bound))).end();
  });

  it('by MD5 needs to be allowed, and so does any other', async () => {
    expect((await failure(targetOf('sp_md5', verified))).message).toContain('MD5 password, which is refused');
    (await open(targetOf('sp_md5', verified, { methods: ['md5'] }))).end();
    expect((await failure(targetOf('sp_scram', verified, { methods: ['md5'] }))).message).toContain('asks for SCRAM');
  });

  it('uses the password that its file has now', async () => {
    const file = join(folder, 'password');
    writeFileSync(file, `${password}\n`);
    const text = `targets: [{ name: crm, postgres: { host: 127.0.0.1, port: ${one.port}, database: sallyport_test, tls: require }, credential: { user: sp_scram, password: 'file:${file}' } }]`;
    const { readFileSync } = await import('node:fs');
    const [target] = parsePartialConfig(text, 'sallyport.yaml', {
      env: {},
      folder,
      readFile: (path) => readFileSync(path, 'utf8'),
    }).targets;
    if (target?.kind !== 'postgres') throw new Error('is no database');
    (await open(target)).end();
    await execute(one.superuserUrl, "ALTER ROLE sp_scram PASSWORD 'the-next-one'");
    expect((await failure(target)).sqlstate).toBe('28P01');
    writeFileSync(file, 'the-next-one\n');
    (await open(target)).end();
  });
});
