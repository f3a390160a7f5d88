/** Attempts of one notification, the first included; after the last one it is a dead letter. */
export const ATTEMPTS = 8;

const FIRST_MS = 15_000;
const FACTOR = 4;
const JITTER = 0.2;

/**
 * ms until the attempt after the `attempt`-th: 15 s, 1 min, 4 min, 16 min, 64 min, 4.3 h, 17 h, each a fifth more or less, so that what
 * failed together does not come back together. All eight attempts take about a day.
 * @param random a number in [0, 1)
 */
export function retryDelay(attempt: number, random: number): number {
  return Math.round(FIRST_MS * FACTOR ** (attempt - 1) * (1 - JITTER + 2 * JITTER * random));
}
