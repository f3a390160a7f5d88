import { ATTEMPTS, retryDelay } from './retry-delay.js';

describe('time between attempts', () => {
  const all = (random: number): number[] =>
    Array.from({ length: ATTEMPTS - 1 }, (_, index) => retryDelay(index + 1, random));

  it('grows, and eight attempts take about a day', () => {
    const delays = all(0.5);
    expect(delays[0]).toBe(15_000);
    for (let index = 1; index < delays.length; index += 1) expect(delays[index]).toBe(delays[index - 1]! * 4);
    const hours = delays.reduce((sum, delay) => sum + delay, 0) / 3_600_000;
    expect(hours).toBeGreaterThan(20);
    expect(hours).toBeLessThan(28);
  });

  it('is spread by a fifth to both sides', () => {
    expect(retryDelay(1, 0)).toBe(12_000);
    expect(retryDelay(1, 0.999_999)).toBe(18_000);
  });
});
