// What Sallyport costs: one run on one machine, in ratios to the database itself and to pgbouncer.
//   npm run bench -- [--quick] [--seconds N] [--repeat N] [--clients 1,8,32] [--only NAME,…] [--against CLONE]
import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { program } from '../support/programs.mjs';
import { clone, freePort, scratchFolder, startSallyport } from '../support/sallyport.mjs';
import { bulk } from './bulk.mjs';
import { churn } from './churn.mjs';
import { copy } from './copy.mjs';
import { detectors } from './detectors.mjs';
import { listenerTls, startGateway } from './gateway.mjs';
import { idle } from './idle.mjs';
import { ladder } from './ladder.mjs';
import { door, median, pgbenchRun } from './load.mjs';
import { startPgbouncer } from './pgbouncer.mjs';
import { masks } from './masks.mjs';
import { strict } from './strict.mjs';
import { fixed, markdown, whole } from './table.mjs';
import { fillTarget, startTarget } from './target-server.mjs';
import { writeWorkloads } from './workloads.mjs';

const help = `npm run bench -- [options]

Measures the database itself, pgbouncer and Sallyport with everything on, one after the other in turns, and prints
markdown tables. Needs pgbench and pgbouncer (installed by apt when missing). Takes about 20 minutes, with --quick 5.

  --quick           short runs, fewer of them, a tenth of the rows
  --seconds N       length of one run of pgbench          (default 4, quick 2)
  --repeat N        runs of each, the median counts       (default 3, quick 1)
  --clients LIST    (default 1,8,32)
  --only LIST       parts: load, bulk, copy, churn, idle, ladder, detectors, masks, strict   (default all)
  --kinds LIST      statements of load, separated by ;    (default all)
  --release LIST    durable, written                      (default both)
  --against CLONE   measure the Sallyport built in another clone beside this one
`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    repeat: { type: 'string' },
    clients: { type: 'string', default: '1,8,32' },
    only: { type: 'string', default: 'load,bulk,copy,churn,idle,ladder,detectors,masks,strict' },
    kinds: { type: 'string', default: 'simple;simple, distinct;extended;prepared;prepared, masked' },
    release: { type: 'string', default: 'durable,written' },
    against: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}
const { quick, against } = values;
const seconds = Number(values.seconds ?? (quick ? 2 : 4));
const repeat = Number(values.repeat ?? (quick ? 1 : 3));
const clientCounts = values.clients.split(',').map(Number);
const kinds = values.kinds.split(';');
const parts = new Set(values.only.split(','));
const size = quick ? { scale: 1, rows: 100_000 } : { scale: 10, rows: 1_000_000 };
const say = (text) => process.stderr.write(`${text}\n`);
const print = (text) => process.stdout.write(`${text}\n\n`);

const pgbench = program('pgbench');
const pgbouncerProgram = program('pgbouncer');
const scratch = scratchFolder('bench');
const home = join(scratch, 'home');
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

say('preparing the database');
const targetPort = await freePort();
// certificates come with the first start
const first = await startSallyport({
  home,
  config:
    '{"targets":[{"name":"none","postgres":{"host":"127.0.0.1","port":1,"database":"none","tls":"disable"},"credential":{"user":"none"}}]}',
});
const tls = listenerTls(first.file);
const { ca } = first.file;
await first.stop();
const target = await startTarget(scratch, targetPort, tls);
await fillTarget(target, pgbench, size);
const pgbouncer = await startPgbouncer(pgbouncerProgram, scratch, target, tls);
const relay = await startRelay();
const workloads = writeWorkloads(scratch, { accounts: 100_000 * size.scale, rows: size.rows });

const outside = { user: 'app', database: 'bench', ca };
const direct = door({ name: 'direct', port: target.port, ...outside });
const plain = door({ name: 'direct without TLS', port: target.port, ...outside, ca: null });
const pooled = door({ name: 'pgbouncer', port: pgbouncer.port, ...outside, pids: pgbouncer.pids });
const relayed = door({ name: 'relay of Node', port: relay.port, ...outside, pids: relay.pids });

const { model } = cpus()[0];
print(
  `${cpus().length} × ${model.trim()}, Node ${process.version}, ${seconds} s per run, median of ${repeat}. ` +
    'All clients use TLS (verify-full); pgbouncer (one process, session pooling) and Sallyport (a worker per core) reach the target on loopback without. ' +
    'Clients, target, audit database and what is measured share the cores.',
);

const measured = { pgbench, scratch, workloads, seconds, repeat, say, print, size };
for (const release of values.release.split(',')) {
  const once = ['bulk', 'copy', 'churn', 'idle'].some((part) => parts.has(part));
  if (!parts.has('load') && !(once && release === 'durable')) continue;
  say(`starting Sallyport, release: ${release}`);
  const gateways = [await startOne(`Sallyport, ${release}`, release, clone, home)];
  if (against !== undefined)
    gateways.push(await startOne(`${against}, ${release}`, release, against, join(scratch, 'other')));
  if (parts.has('load')) await load(release, gateways);
  if (parts.has('bulk') && release === 'durable')
    await bulk(
      measured,
      [plain, direct, pooled, relayed],
      gateways.map(({ doors }) => doors.bench),
    );
  const doors = gateways.map(({ doors: { bench } }) => bench);
  if (release === 'durable') {
    // memory first: what came before leaves heaps that have grown
    if (parts.has('idle')) await idle(measured, [pooled, ...doors]);
    if (parts.has('churn')) await churn(measured, [direct, pooled, ...doors]);
    if (parts.has('copy')) await copy({ ...measured, target }, [plain, direct, pooled, relayed], doors);
  }
  for (const gateway of gateways) await gateway.stop();
}
if (parts.has('ladder')) {
  await ladder(measured, { direct, pooled, relayed }, (targets) => startGateway({ home, targetPort, targets }));
}
if (parts.has('detectors'))
  await detectors({ ...measured, target }, (targets) => startGateway({ home, targetPort, targets }));
if (parts.has('masks'))
  await masks({ ...measured, target }, direct, (targets, env) => startGateway({ home, targetPort, targets, env }));
if (parts.has('strict')) await strict(measured, (targets) => startGateway({ home, targetPort, targets }));
pgbouncer.stop();
relay.stop();
await target.stop();
process.exit(0);

function startOne(label, release, from, at) {
  const targets = { bench: { label, release, record: { first: 50 }, protected: true } };
  return startGateway({ home: at, targetPort, targets, from });
}

/** Short statements: each kind at each number of clients through each door, in turns, so that what else the machine does hits all alike. */
async function load(release, gateways) {
  const rows = [];
  for (const { doors } of gateways) await warmUp(doors.bench);
  for (const kind of kinds) {
    for (const clients of clientCounts) {
      const doors = [direct, pooled, ...gateways.map(({ doors }) => doors.bench)];
      const runs = doors.map(() => []);
      const lags = [];
      for (let round = 0; round < repeat; round++) {
        for (const [i, through] of doors.entries()) {
          runs[i].push(await pgbenchRun(pgbench, scratch, through, { ...workloads[kind], clients, seconds }));
          const gateway = gateways[i - 2];
          if (gateway === undefined) continue;
          // what waits to be shipped is work that this run has put off: it is waited for, and told
          const lag = await gateway.shipping.caughtUp();
          if (i === 2) lags.push(lag.seconds);
        }
      }
      const of = (i, member) => median(runs[i].map((one) => one[member]));
      const tps = (i) => of(i, 'tps');
      for (let i = 2; i < doors.length; i++)
        rows.push([
          kind,
          clients,
          whole(tps(0)),
          whole(tps(1)),
          doors[i].name,
          whole(tps(i)),
          fixed(tps(i) / tps(0)),
          fixed(tps(i) / tps(1)),
          whole(of(0, 'p50')),
          whole(of(1, 'p50')),
          whole(of(i, 'p50')),
          whole(of(1, 'p99')),
          whole(of(i, 'p99')),
          fixed(of(1, 'cpu'), 1),
          fixed(of(i, 'cpu'), 1),
          fixed(of(i, 'mainCpu'), 1),
          i === 2 ? fixed(median(lags), 1) : '–',
        ]);
      say(rows.at(-1).join(' | '));
    }
  }
  print(
    `### Short statements, release: ${release}, first 50 rows recorded, shipping on, target with protected columns`,
  );
  print(
    markdown(
      [
        'statement',
        'clients',
        'direct /s',
        'pgbouncer /s',
        'through',
        '/s',
        '÷ direct',
        '÷ pgbouncer',
        'p50 direct µs',
        'p50 pgbouncer',
        'p50',
        'p99 pgbouncer',
        'p99',
        'pgbouncer CPU µs',
        'gateway CPU µs',
        'of it main threads',
        'shipped s later',
      ],
      rows,
    ),
  );
}

/** Code that has run a few thousand times is another code than at its start. */
async function warmUp(through) {
  say(`warming up ${through.name}`);
  for (const kind of kinds)
    await pgbenchRun(pgbench, scratch, through, { ...workloads[kind], clients: 8, transactions: quick ? 500 : 2_000 });
}

async function startRelay() {
  const child = spawn(
    process.execPath,
    [join(clone, 'test', 'bench', 'relay.mjs'), tls.certificate, tls.key, String(targetPort), String(cpus().length)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const port = await new Promise((resolve, reject) => {
    child.stdout.once('data', (line) => resolve(Number(line)));
    child.once('exit', (code) => reject(new Error(`the relay ended with ${code}`)));
  });
  const { treeOf } = await import('./cpu.mjs');
  return { port, pids: () => treeOf(child.pid), stop: () => child.stdin.end() };
}
