import type { OrderMutant } from './order-mutants.js';
import type { BrokenRule } from './order-oracle.js';
import { runOrderSchedules } from './order-schedules.js';

const SEEDS = 2_000;
// Broken schedules that are proof enough.
const CAUGHT = 20;

/** What each mistake breaks first. */
const caughtAs: Record<OrderMutant, readonly BrokenRule[]> = {
  'releases without waiting': ['bytes before their record'],
  'forwards a write at once': ['write before its intent'],
  'waits for the first write of a message only': ['write before its intent'],
  'releases on written where durable is asked': ['bytes before their record'],
  'takes written for durable everywhere': ['bytes before their record', 'write before its intent'],
  'lets later bytes overtake': ['overtaken'],
  'takes the receipt before the event': ['bytes before their record'],
  'records a result after its release': ['bytes before their record'],
  'writes no intent': [
    'write before its intent',
    'bytes before their record',
    'not one intent',
    'result chunks are not dense',
  ],
  'ends an operation twice': ['not one end'],
  'goes on after the record failed': ['bytes after the record failed'],
  'does not end a session whose record failed': ['went on after the record failed', 'bytes after the record failed'],
  'forgets who waits': ['never left'],
};

describe('the order of events', () => {
  it(
    'holds in 2 000 schedules: recorded before seen, nothing overtakes, nothing after a failure',
    { timeout: 60_000 },
    () => {
      const result = runOrderSchedules({ seeds: SEEDS });
      expect(result.broken).toEqual([]);
      expect(result.schedules).toBe(SEEDS);
      // the schedules did what they are there for
      expect(result.released).toBeGreaterThan(SEEDS * 10);
      expect(result.forwarded).toBeGreaterThan(SEEDS * 10);
      expect(result.events).toBeGreaterThan(SEEDS * 20);
      expect(result.pauses).toBeGreaterThan(SEEDS / 2);
      expect(result.poisoned).toBeGreaterThan(SEEDS / 10);
      expect(result.failures).toBeGreaterThan(result.poisoned);
    },
  );

  it.each(Object.entries(caughtAs) as [OrderMutant, readonly BrokenRule[]][])(
    'would be seen to break by a gate that %s',
    { timeout: 60_000 },
    (mutant, rules) => {
      const { broken } = runOrderSchedules({ seeds: SEEDS, mutant, stopAfter: CAUGHT });
      expect(broken).toHaveLength(CAUGHT);
      for (const { rule } of broken) expect(rules).toContain(rule);
    },
  );

  it('is the same for the same seed', () => {
    const once = runOrderSchedules({ seeds: 30, from: 77 });
    expect(runOrderSchedules({ seeds: 30, from: 77 })).toEqual(once);
  });
});
