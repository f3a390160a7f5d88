import { type OrderMutant, orderMutants } from './order-mutants.js';
import type { BrokenRule } from './order-oracle.js';
import { runOrderSchedules, type SessionShape } from './order-schedules.js';

const SEEDS = 2_000;
// Broken schedules that are proof enough.
const CAUGHT = 20;

const caughtInBoth = {
  'releases without waiting': ['bytes before their record'],
  'releases on written where durable is asked': ['bytes before their record'],
  'takes written for durable everywhere': ['bytes before their record', 'write before its intent'],
  'lets later bytes overtake': ['overtaken'],
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
} satisfies Partial<Record<OrderMutant, readonly BrokenRule[]>>;

/** What each mistake breaks first, for the shapes that take the way it is made in. */
const caughtAs: Record<SessionShape, Partial<Record<OrderMutant, readonly BrokenRule[]>>> = {
  statement: {
    ...caughtInBoth,
    'takes the receipt before the event': ['bytes before their record'],
    'forwards a write at once': ['write before its intent'],
    'waits for the first write of a message only': ['write before its intent'],
    'goes on in a lane that was left': ['event outside its session', 'bytes after the end', 'overtaken'],
  },
  request: {
    ...caughtInBoth,
    'takes the receipt before the event': ['bytes before their record', 'input before its record'],
    'begins a write at once': ['write before its intent', 'overtaken'],
    'forwards input at once': ['input before its record'],
    'records the first input only': ['input before its record'],
    'goes on in a lane that was left': [
      'event outside its session',
      'bytes after the end',
      'went on after the record failed',
      'bytes after the record failed',
    ],
  },
};
const shapes = Object.keys(caughtAs) as SessionShape[];

describe('the order of events', () => {
  it.each(shapes)(
    'holds in 2 000 schedules of %s-shaped sessions: recorded before seen, nothing overtakes, nothing after a failure',
    { timeout: 60_000 },
    (shape) => {
      const result = runOrderSchedules({ shape, seeds: SEEDS });
      expect(result.broken).toEqual([]);
      expect(result.schedules).toBe(SEEDS);
      // the schedules did what they are there for
      expect(result.released).toBeGreaterThan(SEEDS * 10);
      expect(result.forwarded).toBeGreaterThan(SEEDS * (shape === 'statement' ? 10 : 5));
      expect(result.events).toBeGreaterThan(SEEDS * 20);
      expect(result.pauses).toBeGreaterThan(SEEDS / 2);
      expect(result.poisoned).toBeGreaterThan(SEEDS / (shape === 'statement' ? 10 : 20));
      expect(result.failures).toBeGreaterThan(result.poisoned);
    },
  );

  describe.each(shapes)('in %s-shaped sessions', (shape) => {
    it.each(Object.entries(caughtAs[shape]) as [OrderMutant, readonly BrokenRule[]][])(
      'would be seen to break by a gate that %s',
      { timeout: 60_000 },
      (mutant, rules) => {
        const { broken } = runOrderSchedules({ shape, seeds: SEEDS, mutant, stopAfter: CAUGHT });
        expect(broken).toHaveLength(CAUGHT);
        for (const { rule } of broken) expect(rules).toContain(rule);
      },
    );

    it('is the same for the same seed', () => {
      const once = runOrderSchedules({ shape, seeds: 30, from: 77 });
      expect(runOrderSchedules({ shape, seeds: 30, from: 77 })).toEqual(once);
    });
  });

  it('has no mistake in store that nobody is shown to see', () => {
    const seen = new Set(shapes.flatMap((shape) => Object.keys(caughtAs[shape])));
    expect([...seen].sort()).toEqual(Object.keys(orderMutants).sort());
  });
});
