// Holds one PostgreSQL server. It lives in its own process group, so that neither Ctrl-C nor the sudden death of the
// process that started it can leave a server behind: when its standard input ends, it stops the server and goes.
import { spawn } from 'node:child_process';

/** Argument of the keeper, as JSON. */
export interface KeeperOrder {
  readonly program: string;
  readonly args: readonly string[];
  readonly uid: number | null;
  readonly gid: number | null;
}

const order = JSON.parse(process.argv[2] ?? '') as KeeperOrder;
const server = spawn(order.program, order.args, {
  cwd: '/',
  env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
  stdio: ['ignore', 'inherit', 'inherit'],
  ...(order.uid === null || order.gid === null ? {} : { uid: order.uid, gid: order.gid }),
});
let stopping = false;

/** Fast shutdown first; a server that does not end in time is made to quit and recovers at its next start. */
function stop(): void {
  if (stopping) return;
  stopping = true;
  server.kill('SIGINT');
  setTimeout(() => server.kill('SIGQUIT'), 3_500).unref();
  setTimeout(() => server.kill('SIGKILL'), 8_000).unref();
}

server.once('error', (error) => {
  process.stderr.write(`cannot start ${order.program}: ${error.message}\n`);
  process.exit(1);
});
server.once('exit', (code) => process.exit(stopping ? 0 : (code ?? 1)));
process.stdin.on('end', stop).on('error', stop).resume();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
