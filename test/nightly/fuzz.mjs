import { spawn } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { clone } from './built.mjs';

const STREAMS = 1_000_000;
/** SCRAM exchanges, COPY streams and hostile clients of a real gateway, as parts of the streams. */
const EXCHANGES = 1 / 10;
const COPIES = 1 / 10;
const CLIENTS = 1 / 500;
/** ms without a word of the thread that reads hostile bytes: it hangs */
const HANG_MS = 60_000;
const MOST_GROWTH = 64 * 2 ** 20;

/** Hostile bytes for every reader of the wire: in a thread of their own, then into a gateway that runs. */
export async function runFuzz(tally, { seeds: streams = STREAMS }) {
  const wire = await inThread(tally, { part: 'wire', cases: streams });
  tally.check(
    `${streams} streams (startup, login, frontend, backend) end in messages or in a ProtocolError`,
    wire.failure === null && wire.refused > 0 && wire.messages > 0,
    wire.failure ?? `${wire.messages} messages, ${wire.refused} refused, 0 crashes, 0 hangs, ${tally.seconds()} s`,
  );
  checkGrowth(tally, 'reading them', wire);
  const scram = await inThread(tally, { part: 'scram', cases: Math.ceil(streams * EXCHANGES) });
  tally.check(
    `${Math.ceil(streams * EXCHANGES)} SCRAM exchanges: no damaged one is accepted`,
    scram.failure === null && scram.refused > 0 && scram.accepted > 0,
    scram.failure ?? `${scram.accepted} accepted, ${scram.refused} refused, ${tally.seconds()} s`,
  );
  checkGrowth(tally, 'judging them', scram);
  const copy = await inThread(tally, { part: 'copy', cases: Math.ceil(streams * COPIES) });
  tally.check(
    `${Math.ceil(streams * COPIES)} COPY streams are read alike however they are cut, and masked where they are sound`,
    copy.failure === null && copy.refused > 0 && copy.pieces > 0,
    copy.failure ?? `${copy.pieces} rows, ${copy.refused} refused, ${tally.seconds()} s`,
  );
  checkGrowth(tally, 'masking them', copy);
  const clients = Math.max(40, Math.ceil(streams * CLIENTS));
  const { code, output } = await hostileClients(clients);
  const said = /hostile clients .*/u.exec(output)?.[0] ?? '';
  const why = output
    .split('\n')
    .filter((line) => /Error|seed/u.test(line))
    .slice(-4)
    .join(' ');
  tally.check(
    `${clients} hostile clients of a running gateway: all that reaches the target is whole and known`,
    code === 0 && said !== '',
    code === 0 ? `${said}, ${tally.seconds()} s` : `${said} ${why}`,
  );
}

function checkGrowth(tally, what, { grown, failure }) {
  if (failure === null)
    tally.check(
      `${what} takes no memory with it`,
      grown <= MOST_GROWTH,
      `RSS ${(grown / 2 ** 20).toFixed(0)} MiB more`,
    );
}

/** @returns the sum of its reports; `failure` says which seeds break it or make it hang */
function inThread(tally, task) {
  const thread = new Worker(new URL('./fuzz.worker.mjs', import.meta.url), { workerData: task });
  return new Promise((resolve) => {
    let last = { done: 0 };
    const end = (failure) => {
      clearInterval(watch);
      void thread.terminate();
      resolve({ ...last, failure });
    };
    let heard = performance.now();
    const watch = setInterval(() => {
      if (performance.now() - heard > HANG_MS) end(`hangs at a seed above ${last.done}`);
    }, 1_000);
    thread.on('message', (report) => {
      heard = performance.now();
      last = report;
      tally.progress(`${task.part}: ${report.done} of ${task.cases}, ${report.refused} refused`);
      if (report.done >= task.cases) end(null);
    });
    thread.once('error', (error) => end(`${error.message}: ${error.cause?.message ?? ''}`));
  });
}

/** The spec of `npm test`, with more clients. */
function hostileClients(clients) {
  const child = spawn(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      'acceptance',
      'test/acceptance/wire-checks',
      '-t',
      'hostile bytes',
    ],
    {
      cwd: clone,
      env: { ...process.env, SALLYPORT_HOSTILE: String(clients), NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}
