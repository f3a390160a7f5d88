import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';

/** A Redis of its own on loopback, which keeps nothing on disk. */
export interface TestRedis {
  readonly url: string;
  /** kills it; what it held is lost */
  kill(): Promise<void>;
  /** starts it again on the same port, empty */
  start(): Promise<void>;
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** Why there is none on this machine; null: there is. */
export function redisMissing(): string | null {
  const found = spawnSync('redis-server', ['--version']);
  return found.status === 0 ? null : 'redis-server is not installed: apt-get install redis-server';
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

/** The server ends with this process, however that ends: a shell holds it and stops it when its standard input closes. */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}/0`;
  let end: (() => Promise<void>) | null = null;
  const start = async (): Promise<void> => {
    const script = `redis-server --port ${port} --bind 127.0.0.1 --save '' --appendonly no --maxmemory-policy noeviction >/dev/null & server=$!; read -r _; kill -9 $server; wait $server`;
    const shell = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'] });
    const ended = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
    end = async () => {
      shell.stdin.end();
      await ended;
    };
    const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    await client.ping();
    client.disconnect();
  };
  const stop = async (): Promise<void> => {
    await end?.();
    end = null;
  };
  await start();
  return {
    url,
    start,
    stop,
    kill: stop,
    flush: async () => {
      const client = new Redis(url);
      await client.flushall();
      client.disconnect();
    },
  };
}
