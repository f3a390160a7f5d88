import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { filesFor, hand } from '../support/postgres-server.mjs';
import { unprivileged } from '../support/programs.mjs';
import { freePort, sleep } from '../support/sallyport.mjs';

function writeFor(user, path, text) {
  writeFileSync(path, text);
  hand(path, 0o600, user);
}

/** One pgbouncer in front of the target: session pooling, TLS towards the client, none towards the target, as the gateway has it. */
export async function startPgbouncer(program, scratch, target, tls) {
  const user = unprivileged();
  const folder = join(scratch, 'pgbouncer');
  mkdirSync(folder);
  hand(folder, 0o700, user);
  const { certificate, key } = filesFor(user, folder, tls);
  const port = await freePort();
  const settings = join(folder, 'pgbouncer.ini');
  writeFor(user, join(folder, 'users.txt'), '"app" ""\n');
  writeFor(
    user,
    settings,
    `[databases]
bench = host=127.0.0.1 port=${target.port} dbname=bench user=app
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
pool_mode = session
default_pool_size = 600
max_client_conn = 700
auth_type = trust
auth_file = ${join(folder, 'users.txt')}
client_tls_sslmode = require
client_tls_cert_file = ${certificate}
client_tls_key_file = ${key}
server_tls_sslmode = disable
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
stats_period = 3600
`,
  );
  const child = spawn(program, [settings], { ...user, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk) => (log = (log + chunk).slice(-10_000)));
  process.on('exit', () => child.kill('SIGKILL'));
  for (const end = performance.now() + 15_000; ; await sleep(50)) {
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: 'app',
      database: 'bench',
      ssl: { rejectUnauthorized: false },
    });
    try {
      await client.connect();
      await client.end();
      break;
    } catch (error) {
      if (performance.now() > end || child.exitCode !== null)
        throw new Error(`pgbouncer does not start: ${log}`, { cause: error });
    }
  }
  return { port, pids: () => [child.pid], stop: () => child.kill('SIGINT') };
}
