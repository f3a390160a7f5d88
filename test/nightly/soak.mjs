import { soak } from '../soak/soak-rounds.mjs';

/** 500 idle and 50 busy connections, a worker killed every twenty seconds through the first 60 % of the time. */
export async function runSoak(tally, { minutes = 10, short }) {
  if (short) return shortSoak(tally);
  const ms = minutes * 60_000;
  await soak(tally, {
    idle: 500,
    busy: 50,
    kills: Math.max(1, Math.round((ms * 0.6) / 20_000)),
    killMs: ms * 0.6,
    quietMs: ms * 0.4,
    rate: 2,
  });
}

/** The same in seconds: few connections, one kill. */
export async function shortSoak(tally) {
  await soak(tally, {
    idle: 24,
    busy: 8,
    kills: 1,
    killMs: 2_000,
    quietMs: 4_000,
    rate: 20,
    watchMs: 200,
    breathMib: 160,
  });
}
