// Loaded into each process of a gateway (NODE_OPTIONS=--import): writes down the most CPU time that its main thread took between two
// turns of its event loop, ms, since the file was last removed. CPU time, since on a shared machine others take the rest.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

/** Shorter ones are not written down. */
const SHORT_MS = 5;

const folder = process.env.SALLYPORT_BENCH_TURNS;
if (folder !== undefined && isMainThread) {
  const file = join(folder, String(process.pid));
  // its first number: time on a CPU, ns
  const spent = () => Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ', 1)[0]) / 1e6;
  let before = spent();
  const written = () => {
    try {
      return Number(readFileSync(file, 'utf8'));
    } catch {
      return 0;
    }
  };
  setInterval(() => {
    const now = spent();
    const turn = now - before;
    if (turn > SHORT_MS) writeFileSync(file, String(Math.max(turn, written())));
    before = spent();
  }, 1).unref();
}
