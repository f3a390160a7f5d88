import { built } from './built.mjs';

const SCHEDULES = 200_000;
const MUTANT_SCHEDULES = 2_000;
const STEP = 500;

/** Schedules of a faulty journal, clients and targets around the real gate, as it is and with each of the mistakes it is known by. */
export async function runOrder(tally, { seeds = SCHEDULES }) {
  const { runOrderSchedules } = await built('libs/gate/src/testing/order-schedules.js');
  const { orderMutants } = await built('libs/gate/src/testing/order-mutants.js');
  const broken = [];
  const sum = { released: 0, forwarded: 0, events: 0 };
  for (let from = 1; from <= seeds; from += STEP) {
    const result = runOrderSchedules({ seeds: Math.min(STEP, seeds - from + 1), from });
    broken.push(...result.broken);
    for (const member of Object.keys(sum)) sum[member] += result[member];
    tally.progress(
      `${from + STEP - 1} of ${seeds} schedules, ${sum.released} chunks released, ${broken.length} broken`,
    );
  }
  tally.check(
    `${seeds} schedules release nothing unrecorded and forward no write before its intent`,
    broken.length === 0 && sum.released > seeds && sum.forwarded > seeds,
    broken.length > 0
      ? `${broken.length} broken, the first: ${JSON.stringify(broken[0])}`
      : `${sum.released} chunks released, ${sum.forwarded} forwarded, ${sum.events} events, ${tally.seconds()} s`,
  );
  for (const mutant of Object.keys(orderMutants)) {
    const result = runOrderSchedules({ seeds: MUTANT_SCHEDULES, mutant });
    tally.check(
      `the mistake "${mutant}" is seen`,
      result.broken.length > 0,
      `in ${result.broken.length} of ${MUTANT_SCHEDULES} schedules`,
    );
  }
}
