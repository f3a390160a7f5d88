import { compilePolicy, DecisionCache } from './index.js';
import { operation, principal, rule } from './testing/samples.js';

const noon = Date.parse('2026-03-10T12:00:00Z');
const allow = compilePolicy([rule('all', 'allow')]);

describe('DecisionCache', () => {
  it('denies what it allowed a moment ago once the window closes', () => {
    const cache = new DecisionCache();
    const policy = compilePolicy([rule('office', 'allow', { on: { between: { from: '09:00', to: '17:00' } } })]);
    const [alice, read] = [principal(), operation()];
    const closing = Date.parse('2026-03-10T17:00:00Z');
    expect(cache.get(alice, read, policy, closing - 1).effect).toBe('allow');
    expect(cache.get(alice, read, policy, closing).effect).toBe('deny');
  });

  it('decides anew under another policy', () => {
    const cache = new DecisionCache();
    const [alice, read] = [principal(), operation()];
    expect(cache.get(alice, read, allow, noon).effect).toBe('allow');
    expect(cache.get(alice, read, compilePolicy([]), noon).effect).toBe('deny');
    expect(cache.get(alice, read, allow, noon).effect).toBe('allow');
  });

  it('gives nobody the decision of somebody else', () => {
    const cache = new DecisionCache();
    const policy = compilePolicy([rule('analysts', 'allow', { who: { groups: 'analysts' } })]);
    const read = operation();
    expect(cache.get(principal(), read, policy, noon).effect).toBe('allow');
    expect(cache.get(principal({ groups: [] }), read, policy, noon).effect).toBe('deny');
    expect(cache.get(principal(), operation({ target: 'billing' }), policy, noon).effect).toBe('deny');
  });

  it('keeps nothing of a principal whose token has expired, or of what cannot be read', () => {
    const cache = new DecisionCache();
    cache.get(principal({ expiresAt: noon }), operation(), allow, noon);
    cache.get(principal(), operation({ effect: 'unknown' }), allow, noon);
    expect(cache.size).toBe(0);
  });

  it('denies holds', () => {
    const decision = new DecisionCache().get(principal(), operation(), compilePolicy([rule('held', 'hold')]), noon);
    expect(decision).toMatchObject({ effect: 'deny', code: 'approvals-not-configured' });
  });

  it('hands out one object for one answer, also to different people, and keeps it when equal rules are read again', () => {
    const cache = new DecisionCache();
    const [alice, read] = [principal(), operation()];
    const first = cache.get(alice, read, allow, noon);
    expect(cache.get(alice, read, allow, noon)).toBe(first);
    expect(cache.get(principal({ sub: 'u-2' }), operation(), allow, noon)).toBe(first);
    expect(cache.get(alice, read, compilePolicy([rule('all', 'allow')]), noon)).toBe(first);
  });

  it('stays within its bounds', () => {
    const cache = new DecisionCache({ principals: 10, operations: 20 });
    for (let p = 0; p < 50; p += 1) {
      const person = principal({ sub: `u-${p}` });
      for (let o = 0; o < 100; o += 1) cache.get(person, operation(), allow, noon);
    }
    expect(cache.size).toBeLessThanOrEqual(200);
    expect(cache.size).toBeGreaterThan(20);
  });

  it('answers a hit in less than a microsecond', () => {
    const cache = new DecisionCache();
    const people = Array.from({ length: 20 }, (_, n) => principal({ sub: `u-${n}` }));
    const operations = Array.from({ length: 100 }, () => operation());
    const run = () => {
      let allowed = 0;
      for (let round = 0; round < 50; round += 1)
        for (const person of people)
          for (const one of operations) if (cache.get(person, one, allow, noon).effect === 'allow') allowed += 1;
      return allowed;
    };
    const hits = run();
    // the best of several runs: other work on the machine must not fail this
    const best = Math.min(...Array.from({ length: 5 }, () => timed(run)));
    expect((best * 1_000) / hits).toBeLessThan(1);
  });
});

function timed(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}
