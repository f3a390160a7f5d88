// What is measured of each door: plain measurements, no tables.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { newestKubectl } from '../kube-server/kubectl.mjs';
import { cpuOf } from './cpu.mjs';
import { KubeConnection, sideBySide } from './kube-client.mjs';
import { kubeconfigOf } from './kube-world.mjs';

const quantile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** Requests one after the other on each of so many connections. @returns `{ perSecond, p50, p99 (ms), cpu (µs per request) }` */
export async function measureGet(door, path, { connections, seconds, requests = Infinity }) {
  const latencies = [];
  const warm = Math.min(connections * 4, 64);
  let from = 0;
  let before = { all: 0 };
  let until = Infinity;
  const begun = () => {
    from = performance.now();
    until = from + seconds * 1000;
    before = cpuOf(door.pids());
  };
  const get = async (connection, number) => {
    // handshakes are not measured
    if (number === warm) begun();
    const at = performance.now();
    await connection.expect('GET', path);
    if (at >= from && from > 0) latencies.push(performance.now() - at);
  };
  await sideBySide(door, connections, get, (number) => number < requests && performance.now() < until);
  const took = performance.now() - from;
  const cpu = (cpuOf(door.pids()).all - before.all) / latencies.length;
  const sorted = Float64Array.from(latencies).sort();
  return { perSecond: latencies.length / (took / 1000), p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), cpu };
}

/** One list. @returns `{ ms, bytes, cpu (ms) }` */
export async function measureList(door, path) {
  const connection = new KubeConnection(door);
  try {
    await connection.expect('GET', '/version');
    const before = cpuOf(door.pids());
    const from = performance.now();
    const { bytes } = await connection.expect('GET', path);
    const ms = performance.now() - from;
    return { ms, bytes, cpu: (cpuOf(door.pids()).all - before.all) / 1000 };
  } finally {
    connection.close();
  }
}

const EVENTS = '/api/v1/namespaces/events/configmaps';
const OBJECTS = 50;
const STEP_MS = 10;

/**
 * A watch of so many writes a second, made past the door. @returns `{ written, delivered (per second), p50, p99 (ms from before the
 * write until the event is here), missing, cpu (µs per event) }`
 */
export async function measureWatch(door, writer, { perSecond, seconds }) {
  const delays = [];
  let last = 0;
  const watching = await openWatch(door, (event) => {
    const sent = /"sent":"([\d.]+)"/u.exec(event)?.[1];
    if (sent === undefined) return;
    last = performance.now();
    delays.push(last - Number(sent));
  });
  // the first write of each object makes it; its later ones are the events
  const object = (i) => JSON.stringify({ metadata: { name: `e-${i}` }, data: { sent: String(performance.now()) } });
  const connections = Array.from({ length: 16 }, () => new KubeConnection(writer));
  try {
    for (let i = 0; i < OBJECTS; i++) await connections[0].request('POST', EVENTS, object(i));
    await new Promise((resolve) => setTimeout(resolve, 300));
    delays.length = 0;
    const before = cpuOf(door.pids());
    const from = performance.now();
    let written = 0;
    await Promise.all(
      connections.map(async (connection, at) => {
        let done = 0;
        for (let elapsed = 0; elapsed < seconds * 1000; elapsed = performance.now() - from) {
          const due = (elapsed / 1000) * (perSecond / connections.length) + at / connections.length;
          for (; done < due; done++) {
            const i = written++ % OBJECTS;
            await connection.expect('PUT', `${EVENTS}/e-${i}`, object(i));
          }
          await new Promise((resolve) => setTimeout(resolve, STEP_MS));
        }
      }),
    );
    const wrote = performance.now() - from;
    for (const end = performance.now() + 5000; delays.length < written && performance.now() < end;)
      await new Promise((resolve) => setTimeout(resolve, 20));
    const cpu = (cpuOf(door.pids()).all - before.all) / delays.length;
    const sorted = Float64Array.from(delays).sort();
    return {
      written: written / (wrote / 1000),
      delivered: delays.length / ((last - from) / 1000),
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      missing: written - delays.length,
      cpu,
    };
  } finally {
    for (const connection of connections) connection.close();
    watching.destroy();
  }
}

function openWatch(door, onEvent) {
  return new Promise((resolve, reject) => {
    const socket = door.dial();
    let head = '';
    let line = '';
    const body = dechunk((text) => {
      const lines = (line + text).split('\n');
      line = lines.pop();
      for (const each of lines) onEvent(each);
    });
    let began = false;
    socket.once('error', reject);
    // names and times of the objects are ASCII
    socket.setEncoding('latin1').on('data', (text) => {
      if (began) return body(text);
      head += text;
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      began = true;
      if (head.startsWith('HTTP/1.1 200 ') && /\r\ntransfer-encoding: chunked\r\n/iu.test(head)) resolve(socket);
      else reject(new Error(`the watch through ${door.name}: ${head.slice(0, end)}`));
      body(head.slice(end + 4));
    });
    socket.write(door.head('GET', `${EVENTS}?watch=1&resourceVersion=0`));
  });
}

/** Takes the chunks of HTTP apart, which may end anywhere in an event. @returns a function that takes what comes */
function dechunk(onText) {
  let rest = '';
  let left = 0;
  return (text) => {
    rest += text;
    for (;;) {
      if (left > 0) {
        const taken = rest.slice(0, left);
        rest = rest.slice(taken.length);
        left -= taken.length;
        if (taken !== '') onText(taken);
        if (left > 0) return;
      }
      const size = /^(?:\r\n)?([0-9a-f]+)[^\r]*\r\n/iu.exec(rest);
      if (size === null) return;
      rest = rest.slice(size[0].length);
      left = Number.parseInt(size[1], 16);
    }
  };
}

/** So many bytes of text out of a pod, by kubectl. @returns `{ seconds, bytes, cpu (ms) }` */
export function measureExec(door, scratch, bytes) {
  const before = cpuOf(door.pids());
  const from = performance.now();
  const program = `yes 'what a program says on one line of its output' | head -c ${bytes}`;
  const child = spawn(newestKubectl(), ['exec', 'runner', '--', 'sh', '-c', program], {
    env: { PATH: process.env.PATH, HOME: scratch, KUBECONFIG: kubeconfigOf(scratch, door) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let came = 0;
  let errors = '';
  child.stdout.on('data', (chunk) => (came += chunk.length));
  child.stderr.on('data', (chunk) => (errors += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== 0 || came !== bytes)
        return reject(new Error(`kubectl exec through ${door.name} ended with ${code} after ${came} bytes: ${errors}`));
      const cpu = (cpuOf(door.pids()).all - before.all) / 1000;
      resolve({ seconds: (performance.now() - from) / 1000, bytes: came, cpu });
    });
  });
}

const memoryOf = (pids, member) =>
  pids.map((pid) =>
    Math.round(
      Number(new RegExp(`${member}:\\s*(\\d+)`, 'u').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
    ),
  );

/** How far the processes grow over one list. @returns `{ before, peak (MiB, of the process that grew most), ms, bytes }` */
export async function measureMemory(door, pids, path) {
  // from here on the most that was resident counts anew (proc(5), clear_refs)
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const before = memoryOf(pids, 'VmRSS');
  const list = await measureList(door, path);
  const peaks = memoryOf(pids, 'VmHWM');
  const growth = peaks.map((peak, i) => peak - before[i]);
  const most = growth.indexOf(Math.max(...growth));
  return { ...list, before: before[most], peak: peaks[most], grew: growth[most] };
}
