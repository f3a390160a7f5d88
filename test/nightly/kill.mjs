import { killRounds } from '../kill/kill-rounds.mjs';

/** kill -9 of workers under load, then the audit database stopped. */
export async function runKill(tally, { rounds = 10, short }) {
  await killRounds(tally, { rounds, outageMs: short ? 15_000 : 60_000 });
}
