import { randomBytes } from 'node:crypto';
import { testAuthority } from './certificates.js';
import { guard } from './guarded-postgres.js';
import { type InBetween, impostor, injector, manInTheMiddle, silentListener } from './in-between.js';
import { execute, startPostgres, type TestPostgres } from './postgres.js';
import { frame } from './wire-frames.js';

const authority = testAuthority('Upstream test CA');
const stranger = testAuthority('Somebody else');
const serverCertificate = authority.serverFor('localhost', '127.0.0.1');
const otherCertificate = authority.serverFor('other.example', '10.9.8.7');
const secret = randomBytes(16).toString('hex');
const wrongSecret = randomBytes(16).toString('hex');

/** The server names SCRAM with channel binding and without; here it seems to know only the latter. */
function withoutBinding(chunk: Buffer): Buffer {
  const at = chunk.indexOf('SCRAM-SHA-256-PLUS\0');
  if (at < 0) return chunk;
  const cut = Buffer.concat([chunk.subarray(0, at), chunk.subarray(at + 'SCRAM-SHA-256-PLUS\0'.length)]);
  cut.writeInt32BE(cut.readInt32BE(1) - 'SCRAM-SHA-256-PLUS\0'.length, 1);
  return cut;
}

const authentication = (kind: number, data = ''): Buffer => {
  const body = Buffer.alloc(4 + data.length);
  body.writeInt32BE(kind);
  body.write(data, 4, 'latin1');
  return frame('R', body);
};
const welcome = Buffer.concat([authentication(0), frame('K', Buffer.alloc(8)), frame('Z', Buffer.from('I'))]);

/** One way to reach the server; what is left out is right. */
interface Way {
  readonly name: string;
  readonly user: string;
  readonly tls?: 'verify-full' | 'verify-ca' | 'require' | 'disable';
  readonly host?: string;
  readonly port?: number;
  readonly ca?: 'right' | 'wrong';
  readonly password?: 'right' | 'wrong' | 'none';
  readonly record?: unknown;
}

/** One real server with TLS, reached as many targets, with men in the middle where one must fail. */
export class UpstreamTargets {
  readonly postgres: TestPostgres;
  /** who stands between, by the name of the target */
  readonly between: ReadonlyMap<string, InBetween>;
  /** the section `targets` of the configuration */
  readonly targets: readonly object[];
  /** what the configuration refers to */
  readonly env = {
    UPSTREAM_CA: authority.certificate,
    STRANGER_CA: stranger.certificate,
    RIGHT_SECRET: secret,
    WRONG_SECRET: wrongSecret,
  };
  /** what nobody may be told */
  readonly secrets: readonly string[] = [secret, wrongSecret];

  private constructor(postgres: TestPostgres, between: ReadonlyMap<string, InBetween>, ways: readonly Way[]) {
    this.postgres = postgres;
    this.between = between;
    this.targets = ways.map((way) => target(way, between.get(way.name)?.port ?? postgres.port));
  }

  static async start(): Promise<UpstreamTargets> {
    const postgres = await startPostgres();
    await prepareServer(postgres);
    return new UpstreamTargets(postgres, await standBetween(postgres.port), WAYS);
  }

  async stop(): Promise<void> {
    for (const one of new Set(this.between.values())) await one.stop();
    await this.postgres.stop();
  }
}

const WAYS: readonly Way[] = [
  { name: 'good', user: 'sp_scram' },
  { name: 'by-address', user: 'sp_scram', host: '127.0.0.1' },
  { name: 'by-ca', user: 'sp_scram', tls: 'verify-ca' },
  { name: 'required', user: 'sp_scram', tls: 'require', ca: 'wrong' },
  { name: 'plain', user: 'sp_plain', tls: 'disable' },
  { name: 'open', user: 'sp_open', password: 'none' },
  { name: 'clear-verified', user: 'sp_clear' },
  { name: 'wrong-ca', user: 'sp_scram', ca: 'wrong' },
  { name: 'wrong-ca-only', user: 'sp_scram', tls: 'verify-ca', ca: 'wrong' },
  { name: 'wrong-password', user: 'sp_scram', password: 'wrong' },
  { name: 'no-password', user: 'sp_scram', password: 'none' },
  { name: 'md5-role', user: 'sp_md5' },
  { name: 'clear-required', user: 'sp_clear', tls: 'require' },
  { name: 'closed-port', user: 'sp_scram', port: 1 },
  { name: 'rows-none', user: 'sp_scram', record: 'none' },
  { name: 'rows-all', user: 'sp_scram', record: 'all' },
  { name: 'rows-two', user: 'sp_scram', record: { first: 2 } },
  { name: 'middle-full', user: 'sp_scram', host: '127.0.0.1' },
  { name: 'middle-ca', user: 'sp_scram', tls: 'verify-ca', host: '127.0.0.1' },
  { name: 'middle-require', user: 'sp_scram', tls: 'require', host: '127.0.0.1' },
  { name: 'middle-open', user: 'sp_open', tls: 'require', host: '127.0.0.1' },
  { name: 'faithful', user: 'sp_scram', host: '127.0.0.1' },
  { name: 'stripper', user: 'sp_scram', host: '127.0.0.1' },
  { name: 'pretender', user: 'sp_scram', host: '127.0.0.1' },
  { name: 'asker', user: 'sp_clear', tls: 'require', host: '127.0.0.1' },
  { name: 'early', user: 'sp_scram', host: '127.0.0.1' },
  { name: 'silent', user: 'sp_scram', host: '127.0.0.1' },
];

function target(way: Way, ownPort: number): object {
  const { name, user, tls = 'verify-full', host = 'localhost', port = ownPort, ca = 'right', password } = way;
  return {
    name,
    postgres: {
      host,
      port,
      database: 'sallyport_test',
      tls,
      ...(tls === 'disable' ? {} : { ca: `env:${ca === 'right' ? 'UPSTREAM_CA' : 'STRANGER_CA'}` }),
    },
    credential: {
      user,
      ...(password === 'none' ? {} : { password: password === 'wrong' ? 'env:WRONG_SECRET' : 'env:RIGHT_SECRET' }),
    },
    ...(way.record === undefined ? {} : { record: way.record }),
  };
}

async function prepareServer(postgres: TestPostgres): Promise<void> {
  await guard(postgres, serverCertificate, [
    'hostssl all sp_scram 127.0.0.1/32 scram-sha-256',
    'hostnossl all sp_plain 127.0.0.1/32 scram-sha-256',
    'hostssl all sp_open 127.0.0.1/32 trust',
    'hostssl all sp_clear 127.0.0.1/32 password',
    'hostssl all sp_md5 127.0.0.1/32 md5',
  ]);
  const roles = ['sp_scram', 'sp_plain', 'sp_open', 'sp_clear'];
  await execute(
    postgres.superuserUrl,
    `${roles.map((role) => `CREATE ROLE ${role} LOGIN PASSWORD '${secret}'`).join('; ')};
     SET password_encryption = 'md5'; CREATE ROLE sp_md5 LOGIN PASSWORD '${secret}'; RESET password_encryption;
     CREATE TABLE numbers AS SELECT n, repeat('x', 100) AS pad FROM generate_series(1, 20000) n;
     CREATE TABLE plans AS SELECT 1 AS id, 'none' AS note;
     GRANT SELECT ON numbers, plans TO ${roles.join(', ')}`,
  );
}

async function standBetween(port: number): Promise<ReadonlyMap<string, InBetween>> {
  const middle = await manInTheMiddle(otherCertificate, port);
  return new Map([
    ['middle-full', middle],
    ['middle-ca', middle],
    ['middle-require', middle],
    ['middle-open', middle],
    ['faithful', await manInTheMiddle(serverCertificate, port)],
    ['stripper', await manInTheMiddle(serverCertificate, port, withoutBinding)],
    ['pretender', await impostor(serverCertificate, [authentication(10, 'SCRAM-SHA-256\0\0'), welcome])],
    ['asker', await impostor(otherCertificate, [authentication(3), welcome])],
    ['early', await injector(serverCertificate, welcome)],
    ['silent', await silentListener()],
  ]);
}
