import { built } from './built.mjs';

const SCHEDULES = 200_000;
const MUTANT_SCHEDULES = 2_000;
const STEP = 500;
const ONLY_STATEMENT = ['forwards a write at once', 'waits for the first write of a message only'];
const ONLY_REQUEST = ['begins a write at once', 'forwards input at once', 'records the first input only'];

/** Schedules of a faulty journal, clients, targets and reviewers around the real gate, as it is and with each of the mistakes it is known by. */
export async function runOrder(tally, { seeds = SCHEDULES }) {
  for (const shape of ['statement', 'request']) await runShape(tally, shape, Math.ceil(seeds / 2));
  await runHolds(tally, Math.ceil(seeds / 2));
}

async function runShape(tally, shape, seeds) {
  const { runOrderSchedules } = await built('libs/gate/src/testing/order-schedules.js');
  const { orderMutants } = await built('libs/gate/src/testing/order-mutants.js');
  const broken = [];
  const sum = { released: 0, forwarded: 0, events: 0 };
  for (let from = 1; from <= seeds; from += STEP) {
    const result = runOrderSchedules({ shape, seeds: Math.min(STEP, seeds - from + 1), from });
    broken.push(...result.broken);
    for (const member of Object.keys(sum)) sum[member] += result[member];
    tally.progress(
      `${from + STEP - 1} of ${seeds} schedules (${shape}), ${sum.released} chunks released, ${broken.length} broken`,
    );
  }
  tally.check(
    `${seeds} schedules (${shape}) release nothing unrecorded and forward no write before its intent`,
    broken.length === 0 && sum.released > seeds && sum.forwarded > seeds,
    broken.length > 0
      ? `${broken.length} broken, the first: ${JSON.stringify(broken[0])}`
      : `${sum.released} chunks released, ${sum.forwarded} forwarded, ${sum.events} events, ${tally.seconds()} s`,
  );
  const seen = new Map();
  for (const mutant of Object.keys(orderMutants)) {
    const result = runOrderSchedules({ shape, seeds: MUTANT_SCHEDULES, mutant, stopAfter: 1 });
    seen.set(mutant, result.broken.length > 0);
  }
  const unseen = [...seen].filter(([, caught]) => !caught).map(([mutant]) => mutant);
  // some mistakes lie on the way of the other shape only
  const others = shape === 'statement' ? ONLY_REQUEST : ONLY_STATEMENT;
  tally.check(
    `every mistake on the way of this shape is seen (${shape})`,
    unseen.every((mutant) => others.includes(mutant)),
    `${seen.size - unseen.length} of ${seen.size} seen${unseen.length > 0 ? `, not: ${unseen.join(', ')}` : ''}`,
  );
}

/** Operations that people decide about. */
async function runHolds(tally, seeds) {
  const { runHoldSchedules } = await built('libs/gate/src/testing/hold-schedules.js');
  const { holdMutants } = await built('libs/gate/src/testing/hold-mutants.js');
  const broken = [];
  const sum = { asked: 0, ran: 0, burnt: 0 };
  for (let from = 1; from <= seeds; from += STEP) {
    const result = await runHoldSchedules({ seeds: Math.min(STEP, seeds - from + 1), from });
    broken.push(...result.broken);
    for (const member of Object.keys(sum)) sum[member] += result[member];
    tally.progress(`${from + STEP - 1} of ${seeds} schedules of holds, ${sum.ran} ran, ${broken.length} broken`);
  }
  tally.check(
    `${seeds} schedules run held operations only by a use of what was approved`,
    broken.length === 0 && sum.ran > seeds / 10,
    broken.length > 0
      ? `${broken.length} broken, the first: ${JSON.stringify(broken[0])}`
      : `${sum.asked} asked, ${sum.ran} ran, ${sum.burnt} burnt, ${tally.seconds()} s`,
  );
  for (const mutant of Object.keys(holdMutants)) {
    const result = await runHoldSchedules({ seeds: MUTANT_SCHEDULES, mutant, stopAfter: 1 });
    tally.check(`the mistake "${mutant}" is seen`, result.broken.length > 0, 'holds');
  }
}
