// The long runs: what `npm test` shows on thousands of cases, here on hundreds of thousands.
//   npm run nightly -- NAME… [--seeds N] [--seed N] [--count N] [--rounds N] [--minutes N] [--gigabytes N] [--postgres DIR] [--short]
import { parseArgs } from 'node:util';
import { runApprovals } from './approvals.mjs';
import { runBigResult } from './big-result.mjs';
import { runDifferential } from './differential.mjs';
import { runFuzz } from './fuzz.mjs';
import { runKill } from './kill.mjs';
import { runOrder } from './order.mjs';
import { runPowerLoss } from './power-loss.mjs';
import { runRacers } from './racers.mjs';
import { runSoak } from './soak.mjs';
import { Tally } from './tally.mjs';
import { runTransparency } from './transparency.mjs';

const runs = {
  'power-loss': {
    proves:
      'no acknowledged event is lost when the power fails, at 200 000 seeds; five mistakes in the journal are seen',
    run: runPowerLoss,
  },
  order: {
    proves:
      'no byte is released without its durable record, no write reaches the target before its intent, at 200 000 schedules; mistakes put into the gate are seen',
    run: runOrder,
  },
  fuzz: {
    proves:
      'hostile bytes crash nothing, hang nothing and reach no target unread, at 1 000 000 streams and with 2 000 clients of a running gateway',
    run: runFuzz,
  },
  kill: {
    proves:
      'with workers killed under load and the audit database stopped, nothing is lost, doubled or out of sequence',
    run: runKill,
  },
  approvals: {
    proves:
      'with gateway, control API, PostgreSQL and Redis killed at each step of its life, no approval is lost, used twice or without record',
    run: runApprovals,
  },
  racers: {
    proves: 'of 1 000 racers on one grant, over two worker processes, exactly one runs',
    run: runRacers,
  },
  transparency: {
    proves: 'of 6 000 exchanges every message that comes through the gateway is the one the server sends',
    run: runTransparency,
  },
  differential: {
    proves:
      'of 20 000 statements, and those of sqlsmith, lineage says of no output that it is clean which the server computes from protected columns',
    run: runDifferential,
  },
  soak: {
    proves:
      'with 500 idle and 50 busy connections and workers killed at random memory is flat, no session leaks, nothing is unrecorded',
    run: runSoak,
  },
  'big-result': {
    proves: 'a result of 10 GiB with masked columns passes in flat memory',
    run: runBigResult,
  },
};

const help = `npm run nightly -- NAME… [--seeds N] [--seed N] [--count N] [--rounds N] [--minutes N] [--gigabytes N] [--postgres DIR] [--short]

${Object.entries(runs)
  .map(([name, { proves }]) => `  ${name.padEnd(12)} ${proves}`)
  .join('\n')}
  all         one after the other

  --seeds N      cases of power-loss, order or fuzz instead of the number above
  --seed N       where chance begins in differential (default 1); --count N statements instead of the number above
  --rounds N     workers killed by kill (default 10); rounds of approvals (default 5)
  --minutes N    length of soak (default 10)
  --gigabytes N  size of big-result in GiB (default 10)
  --postgres DIR differential asks the server in this folder (with bin/) instead of the one from npm
  --short        kill stops the audit database for 15 s instead of 60; approvals is one small round; soak is seconds long
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    count: { type: 'string' },
    rounds: { type: 'string' },
    minutes: { type: 'string' },
    gigabytes: { type: 'string' },
    postgres: { type: 'string' },
    short: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});

function numberOf(option) {
  const text = values[option];
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) fail(`--${option} is a whole number above 0, not "${text}"`);
  return Number(text);
}

function fail(message) {
  process.stderr.write(`nightly: ${message}\n\n${help}`);
  process.exit(2);
}

if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}
const names = positionals.includes('all') ? Object.keys(runs) : positionals;
if (names.length === 0) fail('name what to run');
for (const name of names) if (runs[name] === undefined) fail(`there is no "${name}"`);
const options = {
  seeds: numberOf('seeds'),
  seed: numberOf('seed'),
  count: numberOf('count'),
  rounds: numberOf('rounds'),
  minutes: numberOf('minutes'),
  gigabytes: numberOf('gigabytes'),
  postgres: values.postgres,
  short: values.short ?? false,
};
const tally = new Tally();
for (const name of names) {
  tally.begin(name);
  try {
    await runs[name].run(tally, options);
  } catch (error) {
    tally.check(
      `${name} runs to its end`,
      false,
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  }
}
process.exit(tally.finish());
