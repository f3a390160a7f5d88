// What the journal costs on this disk: closed-loop writers, each waiting for its event's watermark before the next.
// node test/bench/journal.mjs [seconds per case, default 2] [folder, default the system's temporary one] [built library]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const [, , seconds = '2', folder = tmpdir(), built = 'dist/libs/audit/src/index.js'] = process.argv;
const { FileJournal, KeyStore } = await import(resolve(built));

const members =
  '"s":"01JD0000000000000000000000","o":"01JD0000000000000000000001","pid":"u_0123456789abcdefghijkl","act":["autogen"],' +
  '"tgt":"crm","proto":"postgres","verb":"SELECT","kinds":["select"],"rel":["public.customers"],' +
  '"fp":"SELECT id, email FROM customers WHERE id = $1","hm":"' +
  'a'.repeat(64) +
  '","eff":"read","cls":["email"],' +
  '"pol":"sha256:' +
  'b'.repeat(64) +
  '","verdict":"allow","rule":["analysts read the CRM"],"appr":null,"rows":1';
const body = Buffer.from(
  '{"statement":"SELECT id, email FROM customers WHERE id = $1","parameters":["7"],"rows":[["7","****@example.com"]]}',
);

async function measure(syncMode, watermark, writers) {
  const home = mkdtempSync(join(folder, 'sallyport-bench-'));
  const keys = new KeyStore({ folder: join(home, 'keys') });
  const journal = await FileJournal.open(join(home, 'slot'), {
    keys,
    writer: { kind: 'bench', version: '0', process: process.pid },
    syncMode,
    reserveBytes: 0,
    maxBehind: { bytes: 1e15, forMs: 1e15 },
  });
  const started = new Float64Array(writers);
  const waiting = new Int32Array(writers).fill(-1);
  const latencies = [];
  let running = true;
  let count = 0;
  const put = (writer) => {
    started[writer] = performance.now();
    waiting[writer] = journal.append({
      kind: 'op',
      at: Date.now(),
      members,
      body,
      session: '01JD0000000000000000000000',
    });
  };
  const done = new Promise((ended) => {
    journal.onAdvance(() => {
      const mark = journal[watermark];
      const now = performance.now();
      for (let writer = 0; writer < writers; writer++) {
        if (waiting[writer] < 0 || waiting[writer] > mark) continue;
        if ((count++ & 15) === 0) latencies.push(now - started[writer]);
        waiting[writer] = -1;
        if (running) put(writer);
      }
      if (!running && waiting.every((n) => n < 0)) ended();
    });
  });
  const cpu = process.cpuUsage();
  const from = performance.now();
  for (let writer = 0; writer < writers; writer++) put(writer);
  setTimeout(() => (running = false), Number(seconds) * 1000);
  await done;
  const took = performance.now() - from;
  const used = process.cpuUsage(cpu);
  await journal.close();
  rmSync(home, { recursive: true });
  latencies.sort((a, b) => a - b);
  const at = (share) => (latencies[Math.floor(latencies.length * share)] ?? 0) * 1000;
  return {
    sync: syncMode,
    'waits for': watermark,
    writers,
    'events/s': Math.round((count / took) * 1000),
    'p50 µs': Math.round(at(0.5)),
    'p99 µs': Math.round(at(0.99)),
    'CPU µs/event': Number(((used.user + used.system) / count).toFixed(2)),
  };
}

/** CPU of `append` alone: rendering, hashing, framing, without writes. */
async function appendOnly() {
  const home = mkdtempSync(join(folder, 'sallyport-bench-'));
  const journal = await FileJournal.open(join(home, 'slot'), {
    keys: new KeyStore({ folder: join(home, 'keys') }),
    writer: { kind: 'bench', version: '0', process: process.pid },
    reserveBytes: 0,
    maxBatchBytes: 1 << 30,
  });
  const run = async (count, withBody) => {
    const from = process.cpuUsage();
    for (let i = 0; i < count; i++) {
      journal.append({
        kind: 'op',
        at: 1_764_000_000_000 + (i >> 6),
        members,
        body: withBody ? body : null,
        session: 'S',
      });
    }
    const { user, system } = process.cpuUsage(from);
    await new Promise((go) => setTimeout(go, 300));
    return (user + system) / count;
  };
  await run(5_000, true);
  await run(5_000, true);
  const table = {
    'append, CPU µs, line only': (await run(20_000, false)).toFixed(2),
    'append, CPU µs, line and body': (await run(20_000, true)).toFixed(2),
  };
  await journal.close();
  rmSync(home, { recursive: true });
  return table;
}

console.table([await appendOnly()]);
const results = [];
for (const [syncMode, watermark] of [
  ['dsync', 'durable'],
  ['write+fdatasync', 'durable'],
  ['write+fdatasync', 'written'],
]) {
  for (const writers of [1, 8, 32, 512]) results.push(await measure(syncMode, watermark, writers));
}
console.table(results);
