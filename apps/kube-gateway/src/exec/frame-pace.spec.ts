import { FramePace } from './frame-pace.js';

describe('the pace of recording', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function pace(): { pace: FramePace; flushes: () => number } {
    let flushes = 0;
    return { pace: new FramePace(20, 1000, () => (flushes += 1)), flushes: () => flushes };
  }

  it('lets a single key wait for the end of the turn only', () => {
    const { pace: one, flushes } = pace();
    one.added(1);
    one.added(1);
    expect(flushes()).toBe(0);
    vi.advanceTimersByTime(0);
    expect(flushes()).toBe(1);
  });

  it('does not wait when enough is there', () => {
    const { pace: one, flushes } = pace();
    one.added(999);
    one.added(1);
    expect(flushes()).toBe(1);
    vi.advanceTimersByTime(100);
    expect(flushes()).toBe(1);
  });

  it('records many small pieces once per window', () => {
    const { pace: one, flushes } = pace();
    for (let ms = 0; ms < 100; ms++) {
      for (let i = 0; i < 5; i++) {
        one.added(1);
        vi.advanceTimersByTime(0);
      }
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(20);
    expect(flushes()).toBeLessThan(60);
    expect(flushes()).toBeGreaterThanOrEqual(5);
  });

  it('forgets what was scheduled', () => {
    const { pace: one, flushes } = pace();
    one.added(1);
    one.stop();
    vi.advanceTimersByTime(100);
    expect(flushes()).toBe(0);
  });
});
