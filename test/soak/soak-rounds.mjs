import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { everyWorkerWrites, judge, killWorker, shippedOut } from '../kill/kill-rounds.mjs';
import { Load } from '../kill/load.mjs';
import { readRecord } from '../kill/record.mjs';
import { clientEnv, clientOptions, startSetting } from '../kill/setting.mjs';
import { readTargetLog } from '../kill/target-log.mjs';
import { execute } from '../support/postgres-server.mjs';
import { program } from '../support/programs.mjs';
import { gatewayProcesses, scratchFolder, sleep, until } from '../support/sallyport.mjs';
import { IdleConnections } from './idle.mjs';
import { MemoryWatch } from './memory.mjs';

/** what a worker may grow by over the quiet part besides a tenth of its size: heaps breathe, and code that is new is compiled */
const BREATH_MIB = 24;

/**
 * Idle and busy connections for a while: through the first part of it workers are killed at random, through the rest memory is watched.
 * After each kill the target has exactly the sessions that clients have, at the end it has none, and everything it ran is recorded.
 * @param tally takes each check and the progress
 */
export async function soak(
  tally,
  { idle, busy, kills, killMs, quietMs, rate, watchMs = 5_000, breathMib = BREATH_MIB },
) {
  const pgbench = program('pgbench');
  const scratch = scratchFolder('soak');
  mkdirSync(join(scratch, 'journal'), { mode: 0o700 });
  const all = idle + busy;
  // a session that begins and one that is being given up may stand side by side for a moment
  // a cache that is still being filled would look like a leak: this one is full before memory is watched
  const limits = { describedBytes: '4MiB' };
  const size = { connections: 2 * all + 40, workers: 2, behindMs: 300_000, limits };
  const { target, audit, sallyport } = await startSetting(scratch, pgbench, size);
  const load = new Load(pgbench, scratch, clientEnv(sallyport), { clients: busy, rate });
  const held = new IdleConnections(clientOptions(sallyport), idle);
  const parts = { tally, target, audit, sallyport, held, idle, all };
  try {
    await settled(parts, 'at the start');
    const killed = await killInTurn(parts, scratch, kills, killMs / Math.max(1, kills));
    await watchMemory(parts, { quietMs, watchMs, breathMib });
    const answering = await held.answering();
    tally.check('every idle connection still answers', answering === idle, `${answering} of ${idle}`);
    tally.progress(`${held.lost} idle connections were lost with their workers and opened again`);
    await Promise.all([load.stop(), held.stop()]);
    await noneLeft(parts);
    await shippedOut(audit);
    await sallyport.stop();
    const log = await readTargetLog(target.log);
    const record = await readRecord(audit.url('sallyport'));
    await judge(tally, { scratch, target, load, killed, log, record });
  } finally {
    await Promise.all([load.stop(), held.stop()]);
    await sallyport.stop();
    await Promise.all([target.stop(), audit.stop()]);
  }
}

/** @returns sessions of clients at the target; questions of the gateway's own are asked by others */
async function sessionsAt(target) {
  const [{ count }] = await execute(
    target.url('postgres'),
    `SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND application_name LIKE 'sp:%' AND application_name NOT LIKE 'sp:catalog%'`,
  );
  return count;
}

/** Until the target has as many sessions as clients hold: none too few, and none that nobody uses. @returns ms it took */
async function settled({ target, held, idle, all }, when) {
  const from = performance.now();
  let found = -1;
  const same = async () => {
    found = await sessionsAt(target);
    return found === all && held.open === idle;
  };
  try {
    await until(same, 240_000, `that the target has ${all} sessions`);
  } catch (error) {
    throw new Error(`${when} the target has ${found} sessions for ${all} clients (${held.open} idle are open)`, {
      cause: error,
    });
  }
  return performance.now() - from;
}

/** The new worker takes over the journal that the dead one left before it ships anything of its own. */
async function everyWorkerShips({ audit, sallyport }) {
  const first = await execute(audit.url('sallyport'), 'SELECT line FROM audit_event WHERE n = 0');
  const writers = new Set(first.map(({ line }) => JSON.parse(line.toString('utf8')).writer?.process));
  return gatewayProcesses(sallyport.file).workers.every((pid) => writers.has(pid));
}

/** kill -9, each time of a worker taken at random. @returns pids of those killed */
async function killInTurn(parts, scratch, kills, everyMs) {
  const { tally, sallyport, target, all } = parts;
  const killed = new Set();
  const took = [];
  const { file } = sallyport;
  const workers = gatewayProcesses(file).workers.length;
  for (let round = 1; round <= kills; round++) {
    await everyWorkerWrites(file, scratch);
    await sleep(everyMs * (0.5 + Math.random() * 0.5));
    const { workers: pids } = gatewayProcesses(file);
    const pid = pids[Math.floor(Math.random() * pids.length)];
    killed.add(pid);
    await killWorker(file, pid, workers);
    took.push(await settled(parts, `after kill ${round}`));
    await until(() => everyWorkerShips(parts), 120_000, 'that the record of every worker arrives');
    tally.progress(`${round} of ${kills} workers killed`);
  }
  const seconds = Math.max(0, ...took) / 1000;
  tally.check(
    'after each kill the target has exactly the sessions that clients have',
    (await sessionsAt(target)) === all,
    `${kills} workers killed, ${all} sessions again within ${seconds.toFixed(1)} s`,
  );
  return killed;
}

/** The same connections and the same load, nobody is killed: memory stays. */
async function watchMemory({ tally, sallyport }, { quietMs, watchMs, breathMib }) {
  // what follows a kill is over: journals recovered, code compiled
  await sleep(quietMs / 4);
  const watch = new MemoryWatch(() => gatewayProcesses(sallyport.file).workers, watchMs);
  await sleep((quietMs * 3) / 4);
  const found = watch.stop();
  const flat = ({ first, last }) => last - first <= breathMib + first * 0.1;
  tally.check(
    'memory of each worker is flat',
    found.length > 0 && found.every(flat),
    found
      .map(
        ({ first, last, slope, samples }) =>
          `${first.toFixed(0)} → ${last.toFixed(0)} MiB (${slope.toFixed(2)} MiB a minute, ${samples} samples)`,
      )
      .join('; '),
  );
}

async function noneLeft({ tally, target }) {
  let left = -1;
  const none = async () => (left = await sessionsAt(target)) === 0;
  await until(none, 60_000, 'that no session is left at the target').catch(() => undefined);
  tally.check('no session is left at the target when the clients are gone', left === 0, `${left} left`);
}
