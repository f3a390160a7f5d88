// What is measured at each door of the cluster beside plain requests: a watch, a long exec, memory.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { newestKubectl } from '../kube-server/kubectl.mjs';
import { sleep } from '../support/sallyport.mjs';

function open(door, path) {
  const url = `${door.url}${path}`;
  const headers = door.token === undefined ? {} : { authorization: `Bearer ${door.token}` };
  const secure = url.startsWith('https:');
  const agent = secure ? new Agent({ ca: readFileSync(door.ca) }) : new HttpAgent();
  return new Promise((resolve, reject) => {
    const outgoing = (secure ? request : httpRequest)(url, { agent, headers }, resolve);
    outgoing.once('error', reject);
    outgoing.end();
  });
}

/**
 * A watch of ConfigMaps while one of them changes so many times a second. Each event carries the time of its writing.
 * @returns `{ received, wanted, p50, p99 }`, latencies in ms
 */
export async function watchRun(door, admin, { namespace, perSecond, seconds }) {
  const base = `/api/v1/namespaces/${namespace}/configmaps`;
  const response = await open(door, `${base}?watch=1&labelSelector=bench%3Dwatch`);
  if (response.statusCode !== 200) throw new Error(`the watch of ${door.name} answered ${response.statusCode}`);
  const latencies = [];
  const opened = Date.now();
  let rest = '';
  response.setEncoding('utf8').on('data', (chunk) => {
    const now = Date.now();
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const at = /"at":"(\d+)"/u.exec(line)?.[1];
      // what was written before comes first
      if (at !== undefined && Number(at) >= opened) latencies.push(now - Number(at));
    }
  });
  response.on('error', () => undefined);
  const wanted = perSecond * seconds;
  const writers = 16;
  const every = (1000 / perSecond) * writers;
  const from = performance.now() + 200;
  const headers = { 'content-type': 'application/merge-patch+json' };
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let i = 0; i * writers + writer < wanted; i++) {
        await sleep(Math.max(0, from + i * every + (every * writer) / writers - performance.now()));
        const patch = JSON.stringify({ data: { at: String(Date.now()) } });
        const { status, text } = await admin('PATCH', `${base}/watched-${writer}`, patch, headers);
        if (status !== 200) throw new Error(text);
      }
    }),
  );
  const wrote = (performance.now() - from) / 1000;
  for (let waited = 0; latencies.length < wanted && waited < 3000; waited += 50) await sleep(50);
  response.destroy();
  const sorted = Float64Array.from(latencies).sort();
  const quantile = (part) => sorted[Math.floor(sorted.length * part)];
  return { received: latencies.length, wanted, rate: wanted / wrote, p50: quantile(0.5), p99: quantile(0.99) };
}

/** Seconds that kubectl takes for an exec with so many bytes of output. @throws Error when they do not all arrive */
export async function execRun(door, { namespace, pod, bytes, folder }) {
  const args = [`--namespace=${namespace}`, 'exec', pod, '--', 'head', '-c', String(bytes), '/dev/zero'];
  const from = performance.now();
  const child = spawn(newestKubectl(), args, {
    env: { PATH: process.env.PATH, HOME: folder, KUBECONFIG: door.kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let received = 0;
  let errors = '';
  child.stdout.on('data', (chunk) => (received += chunk.length));
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0 || received !== bytes)
    throw new Error(`exec of ${door.name}: ${received} bytes, exit ${status}: ${errors}`);
  return (performance.now() - from) / 1000;
}

const resident = (pid) => Number(/VmRSS:\s*(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** The most memory that processes have, together, while `body` runs, beside what they had before; in MiB. */
export async function memoryWhile(pids, body) {
  const now = () => pids.reduce((sum, pid) => sum + resident(pid), 0);
  const before = now();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, now())), 20);
  try {
    await body();
  } finally {
    clearInterval(timer);
  }
  return { before, most };
}

/** Reads an answer to its end, at the speed at which it comes. @returns its bytes */
export async function readAll(door, path) {
  const response = await open(door, path);
  if (response.statusCode !== 200) throw new Error(`${path} of ${door.name} answered ${response.statusCode}`);
  let bytes = 0;
  for await (const chunk of response) bytes += chunk.length;
  return bytes;
}
