// Where the checks of PostgreSQL drivers run: two servers, one Sallyport before them, and the same servers directly, so
// that a driver's program is first proven on PostgreSQL itself.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { client } from '../../kube-server/rest.mjs';
import { execute, startServer } from '../../support/postgres-server.mjs';
import { scratchFolder } from '../../support/sallyport.mjs';
import { debianPostgres } from './debian.mjs';
import { maskedClasses, maskedTypes } from './masked-types.mjs';
import { guardedTable, protect, scratchTables, shop } from './tables.mjs';

const direct = { user: 'app', token: 'not asked for', minted: { user: 'sp_direct', secret: 'correct-horse_battery' } };

const target = (name, port, database, more = {}) => ({
  name,
  postgres: { host: '127.0.0.1', port, database, tls: 'disable', ...more },
  credential: { user: 'app' },
});

// the rule that denies stands before a target of its own, since what cannot be read (DO) is denied by every such rule
const rules = [
  { name: 'analysts do everything', who: { groups: ['analysts'] }, on: { target: '*' }, effect: 'allow' },
  {
    name: 'nobody looks there',
    on: { target: 'fenced', objects: ['fenced.public.forbidden'] },
    effect: 'deny',
    message: 'This table is closed.',
  },
];

/** Starts all of it. @returns an object with `stop()` */
export async function startDriverWorld(sallyports, loadSupport) {
  const scratch = scratchFolder('drivers');
  const { testAuthority } = await loadSupport('certificates');
  const authority = testAuthority('Drivers');
  const { certificate, key } = authority.serverFor('127.0.0.1', 'localhost');
  const tls = { certificate: join(scratch, 'server.pem'), key: join(scratch, 'server.key') };
  writeFileSync(tls.certificate, certificate);
  writeFileSync(tls.key, key, { mode: 0o600 });
  const ca = join(scratch, 'direct-ca.pem');
  writeFileSync(ca, authority.certificate);
  const server = sallyports.ending(await startServer(scratch, { name: 'drivers', tls }));
  await prepare(server);
  const old = sallyports.ending(await startOld(scratch));
  const config = {
    targets: [
      target('scratch', server.port, 'scratch'),
      target('scratch32', server.port, 'scratch', { protocol: '3.2' }),
      target('fenced', server.port, 'scratch'),
      target('oauth', server.port, 'scratch'),
      target('guarded', server.port, 'guarded'),
      target('shop', old.port, 'shop'),
      target('copy', old.port, 'copy'),
      target('guarded-shop', old.port, 'shop'),
    ],
    protect: [...protect, ...maskedClasses],
    rules,
    listen: { postgres: { logins: [{ databases: 'oauth', method: 'oauth' }] } },
  };
  const sallyport = await sallyports.start({ config: stringify(config) });
  return new DriverWorld(sallyport, server, old, ca);
}

async function prepare({ url }) {
  const [{ file }] = await execute(url('postgres'), "SELECT current_setting('hba_file') AS file");
  const hba = 'hostssl all sp_direct 127.0.0.1/32 scram-sha-256\n';
  writeFileSync(file, hba + readFileSync(file, 'utf8'));
  await execute(
    url('postgres'),
    'CREATE ROLE app LOGIN',
    `CREATE ROLE ${direct.minted.user} LOGIN PASSWORD '${direct.minted.secret}'`,
    'CREATE DATABASE scratch OWNER app',
    'CREATE DATABASE guarded',
    'SELECT pg_reload_conf()',
  );
  await execute(url('scratch', 'app'), ...scratchTables);
  await execute(url('guarded'), ...guardedTable, ...maskedTypes);
}

/** Debian's PostgreSQL: pg_dump wants a server that is not newer than itself. */
async function startOld(scratch) {
  const { native } = await debianPostgres();
  const server = await startServer(scratch, { name: 'old', native, settings: { io_method: undefined } });
  await execute(server.url('postgres'), 'CREATE ROLE app LOGIN', 'CREATE DATABASE shop OWNER app');
  await execute(server.url('shop'), 'ALTER SCHEMA public OWNER TO app');
  await execute(server.url('shop', 'app'), ...shop);
  await emptyCopy(server);
  return server;
}

async function emptyCopy({ url }) {
  await execute(url('postgres'), 'DROP DATABASE IF EXISTS copy WITH (FORCE)', 'CREATE DATABASE copy OWNER app');
  await execute(url('copy'), 'ALTER SCHEMA public OWNER TO app');
}

/** As libpq takes it, without a password. */
function withDsn(given) {
  const { host, port, ca, database, user } = given;
  const query = `sslmode=verify-full&sslrootcert=${encodeURIComponent(ca)}`;
  return { ...given, dsn: `postgresql://${encodeURIComponent(user)}@${host}:${port}/${database}?${query}` };
}

class DriverWorld {
  #sallyport;
  #server;
  #old;
  #directCa;
  #minted;

  constructor(sallyport, server, old, directCa) {
    this.#sallyport = sallyport;
    this.#server = server;
    this.#old = old;
    this.#directCa = directCa;
  }

  get sallyport() {
    return this.#sallyport;
  }

  /** What a program needs in order to run on PostgreSQL itself. `guarded` is null: nothing is masked or refused there. */
  directly() {
    return withDsn({
      side: 'directly',
      host: '127.0.0.1',
      port: this.#server.port,
      ca: this.#directCa,
      database: 'scratch',
      guarded: null,
      ...direct,
      superuserUrl: this.#server.url('scratch'),
    });
  }

  /** What it needs in order to run through the gateway, with a minted credential or why there is none. */
  async through() {
    const { file, person } = this.#sallyport;
    const { user, token } = person('alice');
    return withDsn({
      side: 'through the gateway',
      host: file.postgres.host,
      port: file.postgres.port,
      ca: file.ca,
      database: 'scratch',
      guarded: 'guarded',
      fenced: 'fenced',
      oauth: 'oauth',
      issuer: file.issuer.url,
      user,
      token,
      minted: await (this.#minted ??= this.#mint(token)),
      superuserUrl: this.#server.url('scratch'),
    });
  }

  /** A database of the older server, past the gateway, as the role that the gateway uses. */
  oldUrl(database) {
    return this.#old.url(database, 'app');
  }

  /** Makes `copy` of the older server anew. */
  emptyCopy() {
    return emptyCopy(this.#old);
  }

  async #mint(token) {
    const { file } = this.#sallyport;
    const ask = client(file.control.url, file.ca, { authorization: `Bearer ${token}` });
    const { status, json, text } = await ask('POST', '/v1/credentials', { target: 'scratch', ttl: '1h' });
    if (status !== 201 && status !== 200) return { why: `POST /v1/credentials answered ${status}: ${text}` };
    return { user: json.name, secret: json.secret };
  }

  async stop() {
    await this.#sallyport.stop();
    await this.#server.stop();
    await this.#old.stop();
  }
}
