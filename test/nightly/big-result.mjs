import { join } from 'node:path';
import { startGateway } from '../bench/gateway.mjs';
import { fillTarget, startTarget } from '../bench/target-server.mjs';
import { residentMemory } from '../soak/memory.mjs';
import { program, run } from '../support/programs.mjs';
import { clone, freePort, scratchFolder } from '../support/sallyport.mjs';

const ROWS = 20_000;
const GIB = 2 ** 30;
/** what a worker may grow by over what it had when it had streamed the first tenth of a gigabyte */
const MOST_MIB = 96;

/** One SELECT of so many gigabytes, two of nine columns masked, to a client that keeps nothing: the gateway's memory stays. */
export async function runBigResult(tally, { gigabytes = 10 }) {
  const pgbench = program('pgbench');
  const scratch = scratchFolder('big-result');
  const targetPort = await freePort();
  const target = await startTarget(scratch, targetPort);
  let gateway = null;
  try {
    await fillTarget(target, pgbench, { scale: 1, rows: ROWS });
    const targets = { bench: { release: 'durable', record: { first: 50 }, protected: true } };
    gateway = await startGateway({ home: join(scratch, 'home'), targetPort, targets });
    const { workers, doors } = gateway;
    const { bytes: once } = await drain(doors.bench, 1);
    // connections go to the workers in turn: each has streamed before its memory counts
    for (const _ of [...workers, ...workers]) await drain(doors.bench, Math.ceil(GIB / 10 / once));
    const before = workers.map(residentMemory);
    const most = [...before];
    const watch = setInterval(() => {
      for (const [at, pid] of workers.entries()) most[at] = Math.max(most[at], residentMemory(pid) ?? 0);
    }, 200);
    const from = performance.now();
    const { bytes } = await drain(doors.bench, Math.ceil((gigabytes * GIB) / once));
    const seconds = (performance.now() - from) / 1000;
    clearInterval(watch);
    tally.check(
      `${gigabytes} GiB in one result arrive`,
      bytes >= gigabytes * GIB,
      `${(bytes / GIB).toFixed(2)} GiB in ${seconds.toFixed(0)} s, ${(bytes / 1e6 / seconds).toFixed(0)} MB/s, two of nine columns masked`,
    );
    tally.check(
      'the memory of the gateway stays flat',
      most.every((mib, at) => mib - before[at] <= MOST_MIB),
      most.map((mib, at) => `${before[at].toFixed(0)} MiB before, at most ${mib.toFixed(0)} meanwhile`).join('; '),
    );
  } finally {
    await gateway?.stop();
    await target.stop();
  }
}

/** Reads the table so many times over in one result. */
async function drain({ port, user, database, password, ca }, times) {
  const sql = `SELECT people.* FROM generate_series(1, ${times}), people`;
  const order = JSON.stringify({ port, user, database, password, ca, sql, times: 0 });
  return JSON.parse(await run(process.execPath, [join(clone, 'test', 'bench', 'drain.mjs'), order]));
}
