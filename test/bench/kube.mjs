// What Sallyport costs in front of a cluster: one run on one machine, beside the API server itself and kubectl proxy.
//   npm run bench:kube -- [--quick] [--seconds N] [--repeat N] [--only PART,…]
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { whyUnavailable } from '../kube-server/start-kube-server.mjs';
import { run } from '../support/programs.mjs';
import { scratchFolder } from '../support/sallyport.mjs';
import { openDoors, startCluster } from './kube-doors.mjs';
import { execRun, memoryWhile, readAll, watchRun } from './kube-parts.mjs';
import { median } from './load.mjs';
import { fixed, markdown, whole } from './table.mjs';

const help = `npm run bench:kube -- [options]

Measures a real API server, kubectl proxy and Sallyport, one after the other in turns, and prints markdown tables. Client, doors and
cluster share this machine. Needs Go for the first build of the cluster. Takes about 10 minutes, with --quick 2.

  --quick       a tenth of the objects, short runs, one of each
  --seconds N   length of one run                    (default 5, quick 2)
  --repeat N    runs of each, the median counts      (default 3, quick 1)
  --only LIST   parts: get, list, watch, exec, memory (default all)
`;
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    repeat: { type: 'string' },
    only: { type: 'string', default: 'get,list,watch,exec,memory' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}
const { quick } = values;
const seconds = Number(values.seconds ?? (quick ? 2 : 5));
const repeat = Number(values.repeat ?? (quick ? 1 : 3));
const parts = new Set(values.only.split(','));
const say = (text) => process.stderr.write(`${text}\n`);
const print = (text) => process.stdout.write(`${text}\n\n`);
const loadScript = fileURLToPath(new URL('kube-load.mjs', import.meta.url));

/** One run of plain requests at a door. */
async function load({ url, ca, token }, path, connections) {
  const asked = { url, ca, token, path, connections, seconds, warm: 0.5 };
  const result = JSON.parse(await run(process.execPath, [loadScript, JSON.stringify(asked)]));
  if (result.failed > 0) throw new Error(`${url}${path}: ${result.failed} of ${result.count} failed`);
  return result;
}

/** Runs of every door in turns. @returns of each door, what `measure` gave, member by member its median */
async function inTurns(doors, measure) {
  const results = doors.map(() => []);
  for (let round = 0; round < repeat; round++)
    for (const [i, door] of doors.entries()) results[i].push(await measure(door));
  return results.map((runs) =>
    Object.fromEntries(Object.keys(runs[0]).map((name) => [name, median(runs.map((result) => result[name]))])),
  );
}

async function requests(doors, title, path, connectionCounts) {
  const rows = [];
  for (const connections of connectionCounts) {
    const results = await inTurns(doors, (door) => load(door, path, connections));
    const [direct] = results;
    for (const [i, { name }] of doors.entries()) {
      const { perSecond, p50, p99, megabytes } = results[i];
      const share = perSecond / direct.perSecond;
      rows.push([
        name,
        connections,
        whole(perSecond),
        fixed(share),
        fixed(p50),
        fixed(p50 - direct.p50),
        fixed(p99),
        fixed(megabytes, 1),
      ]);
    }
    say(`${title}, ${connections} connections: done`);
  }
  const head = ['door', 'connections', 'per s', 'of direct', 'p50 ms', 'added p50 ms', 'p99 ms', 'MB/s'];
  print(`### ${title}\n\n${markdown(head, rows)}`);
}

async function watches(doors, admin) {
  const perSecond = quick ? 300 : 1000;
  const results = await inTurns(doors, (door) => watchRun(door, admin, { namespace: 'bench', perSecond, seconds }));
  const rows = doors.map(({ name }, i) => {
    const { received, wanted, rate, p50, p99 } = results[i];
    return [name, whole(rate), `${whole(received)} of ${whole(wanted)}`, whole(p50), whole(p99)];
  });
  print(
    `### A watch while ${perSecond} objects a second change\n\n${markdown(['door', 'written per s', 'events', 'p50 ms', 'p99 ms'], rows)}`,
  );
}

async function execs(doors, folder) {
  const bytes = quick ? 20_000_000 : 100_000_000;
  const results = await inTurns(doors, async (door) => ({
    took: await execRun(door, { namespace: 'bench', pod: 'p-0', bytes, folder }),
  }));
  const rows = doors.map(({ name }, i) => {
    const { took } = results[i];
    return [name, fixed(took), fixed(bytes / 1e6 / took, 1), fixed(results[0].took / took)];
  });
  print(`### exec with ${bytes / 1e6} MB of output\n\n${markdown(['door', 'seconds', 'MB/s', 'of direct'], rows)}`);
}

/** The memory that a door needs for one long answer, the second time: the first has grown its pools. */
async function memory(doors) {
  const rows = [];
  for (const door of doors.slice(1)) {
    for (const [say, path] of [
      ['ConfigMaps, untouched', '/api/v1/namespaces/large/configmaps'],
      ['Secrets, masked', '/api/v1/namespaces/few/secrets'],
    ]) {
      await readAll(door, path);
      let bytes = 0;
      const { before, most } = await memoryWhile(door.pids(), async () => (bytes = await readAll(door, path)));
      rows.push([door.name, say, fixed(bytes / 1e6, 1), whole(before), whole(most), whole(most - before)]);
    }
  }
  print(
    `### Memory while one list passes, MiB\n\n${markdown(['door', 'list', 'MB', 'before', 'most', 'grown by'], rows)}`,
  );
}

const why = whyUnavailable();
if (why !== null) {
  say(`bench:kube: ${why}`);
  process.exit(1);
}
const folder = scratchFolder('bench-kube');
const cluster = await startCluster({ quick, say });
const { doors, stop } = await openDoors(cluster, folder);
const { few, many } = cluster.size;
print(
  `## Sallyport in front of a cluster\n\n${cpus().length} × ${cpus()[0].model}, Node ${process.version}; ${seconds} s a run, ${repeat} of each`,
);
if (parts.has('get')) await requests(doors, 'GET of one pod', '/api/v1/namespaces/few/pods/p-1', [1, 8, 32]);
if (parts.has('list')) {
  await requests(doors, `LIST of ${few} pods`, '/api/v1/namespaces/few/pods', [1, 8]);
  await requests(doors, `LIST of ${many} pods`, '/api/v1/namespaces/many/pods', [1]);
  await requests(doors, `LIST of ${few} Secrets, each masked by Sallyport`, '/api/v1/namespaces/few/secrets', [1, 8]);
}
if (parts.has('watch')) await watches(doors, cluster.admin);
if (parts.has('exec')) await execs(doors, join(folder));
if (parts.has('memory')) await memory(doors);
await stop();
await cluster.stop();
process.exit(0);
