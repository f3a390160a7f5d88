import { createHmac } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { treeOf } from '../bench/cpu.mjs';
import { built } from '../nightly/built.mjs';
import { execute } from '../support/postgres-server.mjs';
import { program } from '../support/programs.mjs';
import { gatewayProcesses, scratchFolder, sleep, until } from '../support/sallyport.mjs';
import { compare } from './compare.mjs';
import { Load } from './load.mjs';
import { Probe } from './probe.mjs';
import { readRecord } from './record.mjs';
import { BEHIND_MS, clientEnv, clientOptions, startSetting } from './setting.mjs';
import { readTargetLog } from './target-log.mjs';

/**
 * Kills workers under load, then stops the audit database under load, and compares what the target ran with what the record says.
 * @param tally takes each check and the progress
 */
export async function killRounds(tally, { rounds, outageMs }) {
  const pgbench = program('pgbench');
  const scratch = scratchFolder('kill');
  mkdirSync(join(scratch, 'journal'), { mode: 0o700 });
  const { target, audit, sallyport } = await startSetting(scratch, pgbench);
  const load = new Load(pgbench, scratch, clientEnv(sallyport));
  try {
    const killed = await killWorkers(tally, sallyport, scratch, rounds);
    await outage(tally, sallyport, audit, outageMs);
    await load.stop();
    await shippedOut(audit);
    await sallyport.stop();
    tally.progress('stopped, comparing');
    const log = await readTargetLog(target.log);
    const record = await readRecord(audit.url('sallyport'));
    await judge(tally, { scratch, target, load, killed, log, record });
  } finally {
    await load.stop();
    await sallyport.stop();
    await Promise.all([target.stop(), audit.stop()]);
  }
}

/** kill -9 at random moments. @returns pids of those killed */
async function killWorkers(tally, { file }, scratch, rounds) {
  const killed = new Set();
  const workers = gatewayProcesses(file).workers.length;
  for (let round = 1; round <= rounds; round++) {
    await everyWorkerWrites(file, scratch);
    await sleep(1_000 + Math.random() * 2_500);
    const { workers: pids } = gatewayProcesses(file);
    const pid = pids[Math.floor(Math.random() * pids.length)];
    killed.add(pid);
    await killWorker(file, pid, workers);
    tally.progress(`${round} of ${rounds} workers killed`);
  }
  await sleep(2_000);
  return killed;
}

/** Kills one of so many workers and waits for the one that takes its place. */
export async function killWorker(file, pid, workers) {
  process.kill(pid, 'SIGKILL');
  const replaced = () => {
    const { workers: now } = gatewayProcesses(file);
    return now.length === workers && !now.includes(pid);
  };
  await until(replaced, 30_000, 'that another worker takes the place of a killed one');
}

/** A worker that is killed before it has written anything has no epoch to be told by. */
export async function everyWorkerWrites(file, scratch) {
  const writing = () => {
    const holders = journalHolders(scratch);
    return gatewayProcesses(file).workers.every((pid) => holders.has(pid));
  };
  await until(writing, 60_000, 'that every worker has its journal');
}

/** Processes that have a journal open: the first word of each slot's lock. */
function journalHolders(scratch) {
  const slots = join(scratch, 'journal', 'postgres-gateway');
  const holders = new Set();
  for (const slot of readdirSync(slots)) {
    try {
      holders.add(Number.parseInt(readFileSync(join(slots, slot, 'lock'), 'utf8'), 10));
    } catch {
      // between the old lock and the new one
    }
  }
  return holders;
}

/** The audit database stands still under load, then goes on. */
async function outage(tally, sallyport, audit, outageMs) {
  const probe = await Probe.open(clientOptions(sallyport));
  await sleep(1_000);
  const stopped = performance.now();
  signalTree(audit.pid, 'SIGSTOP');
  await sleep(outageMs);
  const continued = performance.now();
  signalTree(audit.pid, 'SIGCONT');
  const back = () => {
    const last = probe.answers.at(-1);
    return last.at > continued && last.code === 'ok' && last;
  };
  const resumed = await until(back, 60_000, 'that operations are taken again');
  const refused = probe.first('57P03', stopped);
  const seconds = (ms) => (ms / 1000).toFixed(1);
  tally.check(
    'the audit database stopped: operations go on up to the limit, then 57P03, and the connection lives on',
    refused !== null &&
      probe.codes(refused, continued).join() === '57P03' &&
      probe.codes(stopped, refused).join() === 'ok',
    refused === null
      ? `never refused; answers: ${probe.codes(stopped, continued).join(', ')}`
      : `stopped for ${seconds(outageMs)} s, limit ${seconds(BEHIND_MS)} s, refused after ${seconds(refused - stopped)} s`,
  );
  tally.check(
    'the audit database back: operations are taken again',
    true,
    `after ${seconds(resumed.at - continued)} s`,
  );
  await sleep(2_000);
  await probe.close();
}

function signalTree(pid, signal) {
  for (const one of treeOf(pid))
    try {
      process.kill(one, signal);
    } catch {
      // a backend that ended meanwhile
    }
}

/** Waits until nothing arrives in the audit database any more but heartbeats. */
export async function shippedOut(audit) {
  let last = -1;
  let since = performance.now();
  await until(
    async () => {
      const [{ count }] = await execute(
        audit.url('sallyport'),
        "SELECT count(*)::float8 AS count FROM audit_event WHERE type <> 'heartbeat'",
      );
      if (count !== last) since = performance.now();
      last = count;
      return performance.now() - since > 3_000;
    },
    180_000,
    'that the record is shipped',
  );
}

/** Compares what the target ran with what is recorded, and says so check by check. */
export async function judge(tally, { scratch, target, load, killed, log, record }) {
  const { KeyStore } = await built('libs/audit/src/index.js');
  const key = new KeyStore({ folder: join(scratch, 'home', 'keys') }).monthKey(new Date().toISOString().slice(0, 7));
  const known = new Map();
  const hmac = (text) => {
    if (!known.has(text)) known.set(text, createHmac('sha256', key).update(text).digest('hex'));
    return known.get(text);
  };
  const cut = new Set(record.epochs.filter(({ process }) => killed.has(process)).map(({ epoch }) => epoch));
  const found = compare(log, record, cut, hmac);
  const open = record.epochs.filter(({ epoch, closed }) => !closed && !cut.has(epoch));
  const [sums] = await execute(
    target.url('bench'),
    `SELECT (SELECT count(*) FROM pgbench_history)::float8 AS transactions, (SELECT coalesce(sum(delta), 0) FROM pgbench_history)::text AS history,
       (SELECT sum(abalance) FROM pgbench_accounts)::text AS accounts, (SELECT sum(bbalance) FROM pgbench_branches)::text AS branches`,
  );
  tally.check(
    `${killed.size} workers killed under load, each was replaced`,
    cut.size > 0 && open.length === 0 && found.writes > 0 && found.reads > 0,
    `${cut.size} epochs cut off, ${record.epochs.length} in all, ${load.restarts} connections lost, ${log.statements} statements at the target, ` +
      `${record.events} events`,
  );
  tally.check(
    "every write in the target's log has its intent in the record",
    found.writesUnrecorded === 0 && found.unknownSessions === 0,
    `${found.writes} writes, ${found.writesUnrecorded} without; ${found.unknownSessions} sessions unknown; ${found.intentsNotRun} intents that never ran`,
  );
  tally.check(
    'nothing stands twice in the record or ran twice, and each session is the one the target saw',
    found.wrongProcess === 0 && !record.faults.some((fault) => fault.includes('twice')),
    `${record.operations.size} operations`,
  );
  tally.check(
    'each epoch is dense from 0 to its end and each line names the one before',
    record.faults.length === 0,
    record.faults.length === 0
      ? record.epochs.map(({ events }) => events).join(' + ')
      : `${record.faults.length} faults, the first: ${record.faults[0]}`,
  );
  tally.check(
    'every intent without an end has its op.recovered, and no other; every session is closed once',
    found.unrecovered === 0 && found.recoveredWrongly === 0 && found.sessionsNotClosedOnce.length === 0,
    `${found.openIntents} without an end, ${record.recovered.length} recovered, ${found.unrecovered} not, ${found.recoveredWrongly} wrongly; ` +
      `${record.sessions.size} sessions, ${found.sessionsNotClosedOnce.length} not closed once${found.sessionsNotClosedOnce.length > 0 ? ` (the first: ${found.sessionsNotClosedOnce[0]})` : ''}`,
  );
  tally.check(
    'reads without a record are at most what was in flight when a worker was killed',
    found.readsUnrecorded <= found.inFlight && found.mostPerSession <= 1 && found.readsUnrecordedElsewhere === 0,
    `${found.readsUnrecorded} of ${found.reads} reads, ${found.inFlight} sessions were cut off, ${found.readsUnrecordedElsewhere} elsewhere`,
  );
  tally.check(
    "the target's data add up: no transaction was done by half or twice",
    sums.history === sums.accounts && sums.history === sums.branches,
    `${sums.transactions} transactions, sums ${sums.history}, ${sums.accounts}, ${sums.branches}`,
  );
}
