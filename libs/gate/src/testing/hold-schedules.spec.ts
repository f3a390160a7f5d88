import { type HoldMutant, holdMutants } from './hold-mutants.js';
import { runHoldSchedules } from './hold-schedules.js';

describe('held operations, whatever happens in whatever order', () => {
  it('run only by a use of what was approved, recorded before', async () => {
    const result = await runHoldSchedules({ seeds: 1_000 });
    expect(result.broken).toEqual([]);
    expect(result.schedules).toBe(1_000);
    // the schedules reach what they are about
    expect(result.asked).toBeGreaterThan(5_000);
    expect(result.ran).toBeGreaterThan(1_000);
    expect(result.refused).toBeGreaterThan(1_000);
    expect(result.burnt).toBeGreaterThan(0);
  });

  it.each(Object.keys(holdMutants) as HoldMutant[])('are caught by a gate that %s', async (mutant) => {
    const { broken } = await runHoldSchedules({ seeds: 1_000, mutant, stopAfter: 1 });
    expect(broken).not.toEqual([]);
  });
});
