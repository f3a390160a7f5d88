import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { connect } from 'node:net';
import { freePort, until } from '../support/sallyport.mjs';

/** A Redis of its own on loopback that keeps nothing: killed and started again it is empty. @returns null: this system has none */
export async function startRedis() {
  const binary = find();
  if (binary === null) return null;
  const port = await freePort();
  let server;
  let ended;
  const start = async () => {
    const args = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    server = spawn(binary, [...args.map(String), '--maxmemory-policy', 'noeviction'], { stdio: 'ignore' });
    ended = new Promise((resolve) => server.once('exit', resolve));
    await until(() => answers(port), 30_000, 'that Redis answers');
  };
  process.on('exit', () => server.kill('SIGKILL'));
  await start();
  const kill = async () => {
    server.kill('SIGKILL');
    await ended;
  };
  return { url: `redis://127.0.0.1:${port}`, start, kill, stop: kill };
}

function find() {
  for (const folder of [...(process.env.PATH ?? '').split(':'), '/usr/sbin'])
    try {
      accessSync(`${folder}/redis-server`, constants.X_OK);
      return `${folder}/redis-server`;
    } catch {
      // the next folder
    }
  return null;
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.setTimeout(1_000, () => socket.destroy());
  }).finally(() => undefined);
}
