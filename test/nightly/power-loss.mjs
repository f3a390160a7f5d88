import { built } from './built.mjs';

const SEEDS = 200_000;
const MUTANT_SEEDS = 2_000;
const STEP = 1_000;

/** The journal on a disk whose power fails, as it is and with each of five mistakes. */
export async function runPowerLoss(tally, { seeds = SEEDS }) {
  const { powerLoss } = await built('libs/audit/src/testing/power-loss.js');
  const { mutants } = await built('libs/audit/src/testing/mutants.js');
  const losing = [];
  const alarms = [];
  let acknowledged = 0;
  for (let first = 1; first <= seeds; first += STEP) {
    const result = await powerLoss(Math.min(STEP, seeds - first + 1), undefined, { firstSeed: first });
    acknowledged += result.acknowledged;
    losing.push(...result.losing);
    alarms.push(...result.alarms);
    tally.progress(
      `${first + STEP - 1} of ${seeds} seeds, ${acknowledged} events acknowledged, ${losing.length} seeds lose`,
    );
  }
  const where = (found) => (found.length === 0 ? '' : `seeds ${found.slice(0, 10).join(', ')}; `);
  tally.check(
    `${seeds} seeds lose no acknowledged event`,
    losing.length === 0 && acknowledged > seeds,
    `${where(losing)}${acknowledged} events acknowledged, ${tally.seconds()} s`,
  );
  tally.check(
    'a mere power loss is never called damage',
    alarms.length === 0,
    alarms.length === 0 ? '' : `seed ${alarms[0].seed}: ${alarms[0].message}`,
  );
  for (const mutant of Object.keys(mutants)) {
    const result = await powerLoss(MUTANT_SEEDS, mutant);
    tally.check(
      `the mistake "${mutant}" is seen`,
      result.losing.length > 0,
      `${result.losing.length} of ${MUTANT_SEEDS} seeds lose acknowledged events`,
    );
  }
}
