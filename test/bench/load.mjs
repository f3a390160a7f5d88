import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../support/programs.mjs';
import { cpuOf } from './cpu.mjs';

/** A door to the bench database: how clients reach it and which processes stand in it. */
export function door({ name, port, user, database, password = '', ca = null, pids = () => [] }) {
  const env = { PATH: process.env.PATH, LC_ALL: 'C', PGPASSWORD: password, PGGSSENCMODE: 'disable' };
  Object.assign(env, ca === null ? { PGSSLMODE: 'disable' } : { PGSSLMODE: 'verify-full', PGSSLROOTCERT: ca });
  return { name, port, user, database, password, ca, env, pids };
}

/**
 * One run of pgbench through a door, for so many seconds or so many transactions of each client; `reconnect`: a connection for each.
 * @returns `{ tps, p50, p99 (µs), transactions, cpu, mainCpu (µs per transaction) }`
 */
export async function pgbenchRun(
  pgbench,
  scratch,
  through,
  { mode, script, clients, seconds, transactions: each, reconnect = false },
) {
  const folder = mkdtempSync(join(scratch, 'log-'));
  const before = cpuOf(through.pids());
  try {
    const where = `-h 127.0.0.1 -p ${through.port} -U ${through.user}`;
    const length = each === undefined ? `-T ${seconds}` : `-t ${each}`;
    const how = `-n -M ${mode} -f ${script} -c ${clients} -j ${Math.min(2, clients)} ${length}${reconnect ? ' -C' : ''}`;
    const log = `-l --log-prefix=${join(folder, 'transactions')} --sampling-rate=0.25`;
    const output = await run(pgbench, `${where} ${how} ${log} ${through.database}`.split(' '), { env: through.env });
    const after = cpuOf(through.pids());
    const number = (pattern) => Number(pattern.exec(output)?.[1] ?? Number.NaN);
    const transactions = number(/actually processed: (\d+)/);
    const failed = number(/number of failed transactions: (\d+)/);
    if (!(transactions > 0) || failed > 0) throw new Error(`pgbench through ${through.name}:\n${output}`);
    const latencies = latenciesIn(folder);
    return {
      tps: number(/^tps = ([\d.]+)/m),
      p50: latencies[Math.floor(latencies.length * 0.5)] ?? Number.NaN,
      p99: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
      transactions,
      cpu: (after.all - before.all) / transactions,
      mainCpu: (after.main - before.main) / transactions,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function latenciesIn(folder) {
  const latencies = [];
  for (const name of readdirSync(folder))
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      const latency = line.split(' ', 3)[2];
      if (latency !== undefined) latencies.push(Number(latency));
    }
  return Float64Array.from(latencies).sort();
}

/** Median of one member over several runs. */
export function median(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
