import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { rotateLog } from './log-file.js';
import type { KeeperOrder } from './postgres-keeper.js';
import { ownedFolder } from './postgres-account.js';
import type { Account, PostgresPlace } from './postgres-account.js';
import { freePort } from './ports.js';
import { QuickstartError } from './quickstart.error.js';

/** One embedded cluster; the superuser is `postgres`. */
export interface ClusterOrder {
  readonly name: 'audit' | 'crm';
  readonly password: string;
  readonly logFile: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** A running server on 127.0.0.1. */
export interface Cluster {
  readonly port: number;
  url(user: string, password: string, database: string): string;
  readonly superuserUrl: (database: string) => string;
  /** Ends when the server has ended; resolves at once if it already has. */
  stop(): Promise<void>;
  /** Resolves when the server ends without being told to. */
  readonly died: Promise<void>;
}

const run = promisify(execFile);
const major = '18';
const startWithinMs = 60_000;

/**
 * Starts the cluster `order.name` in `place`, creating it the first time.
 * @throws QuickstartError naming the cluster and its log
 */
export async function startCluster(place: PostgresPlace, order: ClusterOrder): Promise<Cluster> {
  const data = join(place.data, order.name);
  await stopForgotten(place, data);
  if (!existsSync(join(data, 'PG_VERSION'))) await create(place, order, data);
  const version = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  if (version !== major)
    throw new QuickstartError(`${data} was written by PostgreSQL ${version}, this is ${major}; choose another --home`);
  rotateLog(order.logFile);
  for (let attempt = 1; ; attempt++) {
    const cluster = await start(place, order, data, await freePort());
    if (cluster !== null) return cluster;
    // somebody was faster on the port that had been free: once or twice is bad luck, more is something else
    if (attempt === 3)
      throw new QuickstartError(`the embedded PostgreSQL "${order.name}" does not start; see ${order.logFile}`);
  }
}

/** A server that outlived its keeper (killed by hand) still holds the data: it is stopped before the next one starts. */
async function stopForgotten(place: PostgresPlace, data: string): Promise<void> {
  if (!existsSync(join(data, 'postmaster.pid'))) return;
  const stop = ['stop', '-D', data, '-m', 'fast', '-w', '-t', '20'];
  // no server running is the usual case: the file of a server that was killed together with the machine
  await run(join(place.binaries, 'bin', 'pg_ctl'), stop, as(place.account)).catch(() => undefined);
}

/** initdb into a folder beside, renamed when complete: a start that is broken off leaves no half cluster. */
async function create(place: PostgresPlace, order: ClusterOrder, data: string): Promise<void> {
  const draft = `${data}.new`;
  ownedFolder(draft, place.account);
  const passwordFile = join(place.data, `.${order.name}-${randomBytes(6).toString('hex')}`);
  writeFileSync(passwordFile, `${order.password}\n`, { mode: 0o600, flag: 'wx' });
  if (place.account !== null) chownSync(passwordFile, place.account.uid, place.account.gid);
  try {
    const options = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync'];
    const args = [`--pgdata=${draft}`, `--pwfile=${passwordFile}`, ...options];
    await run(join(place.binaries, 'bin', 'initdb'), args, as(place.account));
    chmodSync(draft, 0o700);
    renameSync(draft, data);
  } catch (error) {
    const detail = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) ?? (error as Error).message;
    throw new QuickstartError(`cannot create the embedded PostgreSQL "${order.name}" in ${data}: ${detail}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function as(account: Account | null) {
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  return { cwd: '/', env, ...(account === null ? {} : { uid: account.uid, gid: account.gid }) };
}

async function start(place: PostgresPlace, order: ClusterOrder, data: string, port: number): Promise<Cluster | null> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    ssl: 'off',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    max_connections: '200',
    io_method: 'sync',
    ...order.settings,
  };
  const keeperOrder: KeeperOrder = {
    program: join(place.binaries, 'bin', 'postgres'),
    args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    uid: place.account?.uid ?? null,
    gid: place.account?.gid ?? null,
  };
  const log = openSync(order.logFile, 'a', 0o600);
  const keeper = spawn(
    process.execPath,
    [fileURLToPath(new URL('./postgres-keeper.js', import.meta.url)), JSON.stringify(keeperOrder)],
    { detached: true, stdio: ['pipe', log, log] },
  );
  closeSync(log);
  keeper.stdin?.on('error', () => undefined);
  const url = (user: string, password: string, database: string) =>
    `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}?sslmode=disable`;
  const superuserUrl = (database: string) => url('postgres', order.password, database);
  const exited = new Promise<void>((resolve) => keeper.once('exit', () => resolve()));
  if (!(await accepts(superuserUrl('postgres'), keeper))) {
    keeper.stdin?.end();
    await exited;
    return null;
  }
  let stopping = false;
  return {
    port,
    url,
    superuserUrl,
    stop: () => {
      stopping = true;
      keeper.stdin?.end();
      return exited;
    },
    died: new Promise((resolve) => void exited.then(() => (stopping ? undefined : resolve()))),
  };
}

/** Waits until the server lets us in; false when it ends or takes too long. */
async function accepts(connectionString: string, keeper: ChildProcess): Promise<boolean> {
  for (const end = Date.now() + startWithinMs; Date.now() < end && keeper.exitCode === null;) {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      return true;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 40));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  return false;
}
