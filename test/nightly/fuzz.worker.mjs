// Hostile bytes in a thread, so that whoever started it can tell when it hangs. A failure is thrown on with the seed that repeats it.
import { parentPort, workerData } from 'node:worker_threads';
import { built } from './built.mjs';

const STEP = 5_000;
const { part, cases } = workerData;
const parts = {
  wire: async () => (await built('libs/pg-wire/src/testing/fuzz.js')).fuzzWire,
  scram: async () => (await built('libs/identity/src/testing/fuzz-scram.js')).fuzzScram,
  copy: async () => (await built('libs/masking/src/testing/fuzz-copy.js')).fuzzCopy,
};
const run = await parts[part]();

const sum = { done: 0, grown: 0 };
// what the first cases take is code, not leftovers
let from = 0;
for (let first = 0; first < cases; first += STEP) {
  const report = run(1 + first, Math.min(STEP, cases - first));
  for (const [name, count] of Object.entries(report)) sum[name] = (sum[name] ?? 0) + count;
  sum.done = Math.min(cases, first + STEP);
  if (first >= cases / 10 && from === 0) from = process.memoryUsage.rss();
  sum.grown = from === 0 ? 0 : process.memoryUsage.rss() - from;
  parentPort.postMessage({ ...sum });
}
