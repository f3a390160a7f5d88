// What Sallyport costs in front of a Kubernetes cluster: one run on one machine, in ratios to the API server itself and to
// `kubectl proxy`.
//   npm run bench:kube -- [--quick] [--seconds N] [--repeat N] [--clients 1,8,32] [--only NAME,…]
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { whyUnavailable } from '../kube-server/start-kube-server.mjs';
import { scratchFolder } from '../support/sallyport.mjs';
import { measureExec, measureGet, measureList, measureMemory, measureWatch } from './kube-parts.mjs';
import {
  fillLarge,
  fillOne,
  fillPods,
  startCluster,
  startKubectlProxy,
  startKubeGateway,
  startPod,
} from './kube-world.mjs';
import { median } from './load.mjs';
import { fixed, markdown, whole } from './table.mjs';

const help = `npm run bench:kube -- [options]

Measures a real API server, kubectl proxy and Sallyport, one after the other in turns, and prints markdown tables. Needs
the test cluster (test/kube-server, built with Go when it is not) and kubectl (fetched by pip). Takes about 8 minutes,
with --quick 3.

  --quick           short runs, fewer of them, less data
  --seconds N       length of one run of get and watch    (default 4, quick 2)
  --repeat N        runs of each, the median counts       (default 3, quick 1)
  --clients LIST    connections of get                    (default 1,8,32)
  --only LIST       parts: get, list, watch, exec, memory (default all)
  --help
`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    repeat: { type: 'string' },
    clients: { type: 'string', default: '1,8,32' },
    only: { type: 'string', default: 'get,list,watch,exec,memory' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}
const why = whyUnavailable();
if (why !== null) {
  process.stderr.write(`skipped: ${why}\n`);
  process.exit(0);
}
const { quick } = values;
const seconds = Number(values.seconds ?? (quick ? 2 : 4));
const repeat = Number(values.repeat ?? (quick ? 1 : 3));
const clientCounts = values.clients.split(',').map(Number);
const parts = new Set(values.only.split(','));
const execBytes = quick ? 20_000_000 : 100_000_000;
const largeCount = quick ? 30 : 100;
/** A gateway holds at most 4 MiB of a session before its record is durable; the rest is what the collector has not taken yet. */
const MEMORY_BOUND_MIB = 192;
const say = (text) => process.stderr.write(`${text}\n`);
const print = (text) => process.stdout.write(`${text}\n\n`);

const scratch = scratchFolder('kube-bench');
const endings = [];
async function stop(code) {
  for (const ending of endings.splice(0).toReversed()) await ending();
  process.exit(code);
}
process.on('SIGINT', () => void stop(130));
process.on('SIGTERM', () => void stop(143));

try {
  await measure();
  await stop(0);
} catch (error) {
  say(error.stack);
  await stop(1);
}

async function measure() {
  say('starting the cluster');
  const cluster = await startCluster(say);
  endings.push(cluster.stop);
  await prepare(cluster);
  const outside = [cluster.door, await startKubectlProxy(cluster, endings)];
  print(
    `${cpus().length} × ${cpus()[0].model.trim()}, Node ${process.version}, median of ${repeat}. A real API server (RBAC, no audit log); ` +
      'direct and Sallyport by TLS, HTTP/1.1, `kubectl proxy` in clear text on the client’s side. Sallyport with its defaults: a worker per core, ' +
      'every operation recorded (first 50 items), answers released when their record is durable, clients impersonated; Secrets are always masked. ' +
      'One client process; it, the cluster, the audit database and what is measured share the machine, so ratios count.',
  );
  const start = (name, protect) => startKubeGateway({ cluster, scratch, name, protect, endings });

  say('starting Sallyport');
  const plain = await start('plain', []);
  const doors = [...outside, plain.door];
  if (parts.has('get')) await get(doors);
  if (parts.has('watch')) await watch(doors, cluster.door);
  if (parts.has('exec')) await exec(doors);
  const lists = [];
  const memory = [];
  if (parts.has('list')) await list('nothing', doors, lists);
  if (parts.has('memory')) await grow('as they are', plain, memory);
  await plain.stop();
  if (parts.has('list') || parts.has('memory')) {
    say('starting Sallyport, with protected fields');
    const covered = await start('covered', ['pods.env', 'configmaps.data.password']);
    if (parts.has('list')) await list('pods.env', [...outside, covered.door], lists);
    if (parts.has('memory')) await grow('rewritten', covered, memory);
    await covered.stop();
  }
  if (parts.has('list')) printLists(lists);
  if (parts.has('memory')) printMemory(memory);
}

async function prepare(cluster) {
  say('filling the cluster');
  await fillOne(cluster);
  if (parts.has('exec')) await startPod(cluster);
  if (parts.has('list')) {
    await fillPods(cluster, 'few-pods', 500);
    await fillPods(cluster, 'many-pods', 5000);
  }
  if (parts.has('memory')) await fillLarge(cluster, largeCount);
}

/** Each of `doors` in turn, so that what else the machine does hits all alike. @returns its runs, by door */
async function inTurns(doors, what, work) {
  const runs = doors.map(() => []);
  for (let round = 0; round < repeat; round++)
    for (const [i, door] of doors.entries()) {
      say(`${what}, ${door.name}`);
      runs[i].push(await work(door));
    }
  return runs;
}
function medianOf(runs, member) {
  return median(runs.map((run) => run[member]));
}

async function get(doors) {
  const objects = {
    ConfigMap: '/api/v1/namespaces/few/configmaps/one',
    'Secret, masked': '/api/v1/namespaces/few/secrets/one',
  };
  const rows = [];
  say('warming up');
  for (const door of doors)
    for (const path of Object.values(objects))
      await measureGet(door, path, { connections: 8, seconds: 30, requests: quick ? 1000 : 3000 });
  for (const [what, path] of Object.entries(objects))
    for (const connections of clientCounts) {
      const runs = await inTurns(doors, `GET ${what}, ${connections}`, (door) =>
        measureGet(door, path, { connections, seconds }),
      );
      const of = (i, member) => medianOf(runs[i], member);
      for (const [i, door] of doors.entries())
        rows.push([
          what,
          connections,
          door.name,
          whole(of(i, 'perSecond')),
          fixed(of(i, 'perSecond') / of(0, 'perSecond')),
          fixed(of(i, 'perSecond') / of(1, 'perSecond')),
          fixed(of(i, 'p50')),
          fixed(of(i, 'p99')),
          i === 0 ? '–' : fixed(of(i, 'p50') - of(0, 'p50')),
          i === 0 ? '–' : whole(of(i, 'cpu')),
        ]);
    }
  print('### GET of one object');
  const head = ['object', 'connections', 'through', '/s', '÷ direct', '÷ kubectl proxy', 'p50 ms', 'p99 ms'];
  print(markdown([...head, 'added p50 ms', 'CPU µs per request'], rows));
}

async function list(covered, doors, rows) {
  const namespaces = { 500: 'few-pods', 5000: 'many-pods' };
  for (const [count, namespace] of Object.entries(namespaces)) {
    const path = `/api/v1/namespaces/${namespace}/pods?resourceVersion=0`;
    for (const door of doors) await measureList(door, path);
    const runs = await inTurns(doors, `LIST of ${count} pods, protected: ${covered}`, async (door) => {
      const some = [];
      for (let i = 0; i < 5; i++) some.push(await measureList(door, path));
      return { ms: medianOf(some, 'ms'), bytes: some[0].bytes, cpu: medianOf(some, 'cpu') };
    });
    const of = (i, member) => medianOf(runs[i], member);
    for (const [i, door] of doors.entries())
      rows.push([
        count,
        covered,
        door.name,
        fixed(of(i, 'ms'), 1),
        // the same answer, however many bytes its masks took or gave
        fixed(of(0, 'bytes') / 1e6 / (of(i, 'ms') / 1000), 1),
        fixed(of(i, 'ms') / of(0, 'ms')),
        fixed(of(i, 'ms') / of(1, 'ms')),
        i === 0 ? '–' : whole(of(i, 'cpu')),
      ]);
  }
}

function printLists(rows) {
  print('### LIST of pods, one client');
  print(markdown(['pods', 'protected', 'through', 'ms', 'MB/s', '× direct ms', '× kubectl proxy ms', 'CPU ms'], rows));
}

async function watch(doors, writer) {
  const perSecond = 1000;
  const runs = await inTurns(doors, `watch of ${perSecond} events/s`, (door) =>
    measureWatch(door, writer, { perSecond, seconds: seconds * 2 }),
  );
  const of = (i, member) => medianOf(runs[i], member);
  const rows = doors.map((door, i) => [
    door.name,
    whole(of(i, 'written')),
    whole(of(i, 'delivered')),
    whole(of(i, 'missing')),
    fixed(of(i, 'p50')),
    fixed(of(i, 'p99')),
    i === 0 ? '–' : fixed(of(i, 'p50') - of(0, 'p50')),
    i === 0 ? '–' : whole(of(i, 'cpu')),
  ]);
  print(`### Watch of ConfigMaps while ${perSecond} a second are written past it`);
  print(
    markdown(
      [
        'through',
        'written /s',
        'delivered /s',
        'missing',
        'delay p50 ms, write included',
        'p99 ms',
        'added p50 ms',
        'CPU µs per event',
      ],
      rows,
    ),
  );
}

async function exec(doors) {
  const runs = await inTurns(doors, `exec, ${execBytes / 1e6} MB`, (door) => measureExec(door, scratch, execBytes));
  const of = (i, member) => medianOf(runs[i], member);
  const rows = doors.map((door, i) => [
    door.name,
    fixed(of(i, 'seconds')),
    fixed(execBytes / 1e6 / of(i, 'seconds'), 1),
    fixed(of(i, 'seconds') / of(0, 'seconds')),
    fixed(of(i, 'seconds') / of(1, 'seconds')),
    i === 0 ? '–' : whole(of(i, 'cpu')),
  ]);
  print(`### ${execBytes / 1e6} MB of text through \`kubectl exec\`, recorded whole by Sallyport`);
  print(markdown(['through', 's', 'MB/s', '× direct s', '× kubectl proxy s', 'CPU ms'], rows));
}

async function grow(how, { door, workers }, rows) {
  const path = (count) => `/api/v1/namespaces/large/configmaps?limit=${count}`;
  await measureList(door, path(2));
  for (const count of [Math.ceil(largeCount / 4), largeCount]) {
    say(`memory, ${count} MB, ${how}`);
    const runs = [];
    for (let round = 0; round < repeat; round++) runs.push(await measureMemory(door, workers(), path(count)));
    const { bytes, before, peak, grew, ms } = runs.toSorted((a, b) => b.grew - a.grew)[0];
    rows.push([how, whole(bytes / 1e6), whole(ms), before, peak, grew, grew <= MEMORY_BOUND_MIB ? 'yes' : 'NO']);
  }
}

function printMemory(rows) {
  print('### Memory of a worker while one list streams, the run in which it grew most');
  const head = ['list', 'MB', 'ms', 'before MiB', 'peak MiB', 'grew MiB', `at most ${MEMORY_BOUND_MIB} MiB`];
  print(markdown(head, rows));
}
