import type { Mutant } from './mutants.js';
import { mutants } from './mutants.js';
import { powerLoss } from './power-loss.js';

const SEEDS = 2_000;
// Losing seeds that are proof enough.
const CAUGHT = 20;

describe('the journal when the power fails', () => {
  it('has every event it acknowledged, and takes no torn tail for damage', { timeout: 60_000 }, async () => {
    const result = await powerLoss(SEEDS);
    expect(result.losing).toEqual([]);
    expect(result.alarms).toEqual([]);
    expect(result.acknowledged).toBeGreaterThan(SEEDS * 5);
    expect(result.poisoned).toBeGreaterThan(SEEDS / 10);
  });

  it.each(Object.keys(mutants) as Mutant[])(
    'would be seen to lose events with the mistake "%s"',
    { timeout: 60_000 },
    async (mutant) => {
      const result = await powerLoss(SEEDS, mutant, { stopAfter: CAUGHT });
      expect(result.losing.length).toBe(CAUGHT);
    },
  );
});
