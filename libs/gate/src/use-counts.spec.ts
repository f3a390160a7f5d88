import type { OracleDemand } from './described.js';
import { samplePrincipal } from './testing/samples.js';
import { UseCounts } from './use-counts.js';

const hour = 3_600_000;
const start = 1_700_000_000_000;

function demand(count: number, changes: Partial<OracleDemand> = {}): OracleDemand {
  return {
    kind: 'ordering',
    class: 'email',
    times: 1,
    allows: { count, per: hour },
    refusal: { code: 'masking', message: 'Enough.', hint: null, retry: 'later' },
    ...changes,
  };
}

const alice = samplePrincipal();
const bob = samplePrincipal({ sub: 'bob-1' });

describe('uses of protected values', () => {
  it('are refused past their number, each person, class and kind on its own', () => {
    const uses = new UseCounts(() => undefined);
    const two = demand(2);
    expect([1, 2, 3].map(() => uses.take(alice, [two], start))).toEqual([null, null, two]);
    expect(uses.take(bob, [two], start)).toBeNull();
    expect(uses.take(alice, [demand(2, { kind: 'join' })], start)).toBeNull();
    expect(uses.take(alice, [demand(2, { class: 'phone' })], start)).toBeNull();
  });

  it('count as often as one statement does them, and pass no part of a statement', () => {
    const uses = new UseCounts(() => undefined);
    const many = demand(5, { times: 200 });
    expect(uses.take(alice, [many], start)).toBe(many);
    const three = demand(5, { times: 3 });
    expect([1, 2].map(() => uses.take(alice, [three], start))).toEqual([null, three]);
    expect(uses.take(alice, [demand(5, { times: 2 })], start)).toBeNull();
  });

  it('are the same whatever session, target or agent they come by', () => {
    const uses = new UseCounts(() => undefined);
    expect(uses.take(samplePrincipal({ act: ['autogen'] }), [demand(1)], start)).toBeNull();
    expect(uses.take(samplePrincipal({ act: [], purpose: 'support' }), [demand(1)], start)).not.toBeNull();
  });

  it('count for the whole of the window, and not much longer', () => {
    const uses = new UseCounts(() => undefined);
    const one = demand(1);
    expect(uses.take(alice, [one], start)).toBeNull();
    for (let at = start + 1; at <= start + hour; at += hour / 64) expect(uses.take(alice, [one], at)).toBe(one);
    expect(uses.take(alice, [one], start + hour + hour / 15)).toBeNull();
    expect(uses.take(alice, [one], start + 10 * hour)).toBeNull();
  });

  it('never pass more than the limit within any window, whenever they come', () => {
    const uses = new UseCounts(() => undefined);
    const three = demand(3);
    const passed: number[] = [];
    for (let at = start; at < start + 5 * hour; at += 97_001)
      if (uses.take(alice, [three], at) === null) passed.push(at);
    expect(passed.length).toBeGreaterThan(8);
    for (const at of passed)
      expect(passed.filter((other) => other > at - hour && other <= at).length).toBeLessThanOrEqual(3);
  });

  it('count all or none of an operation', () => {
    const uses = new UseCounts(() => undefined);
    const [ordering, join] = [demand(1), demand(5, { kind: 'join' })];
    expect(uses.take(alice, [ordering], start)).toBeNull();
    for (let i = 0; i < 10; i++) expect(uses.take(alice, [join, ordering], start)).toBe(ordering);
    for (let i = 0; i < 5; i++) expect(uses.take(alice, [join], start)).toBeNull();
    expect(uses.take(alice, [join], start)).toBe(join);
  });

  it('are counted by all workers together', () => {
    const words: string[] = [];
    const [one, other] = [new UseCounts((word) => words.push(word)), new UseCounts(() => undefined)];
    expect(one.take(alice, [demand(1)], start)).toBeNull();
    for (const word of words) other.told(word, start);
    expect(other.take(alice, [demand(1)], start)).not.toBeNull();
    expect(other.take(alice, [demand(2)], start)).toBeNull();
  });

  it('are told to others only when they pass', () => {
    const words: string[] = [];
    const uses = new UseCounts((word) => words.push(word));
    for (let i = 0; i < 50; i++) uses.take(alice, [demand(3)], start);
    expect(words.length).toBe(3);
  });

  it('survive a clock that goes back', () => {
    const uses = new UseCounts(() => undefined);
    expect(uses.take(alice, [demand(1)], start)).toBeNull();
    expect(uses.take(alice, [demand(1)], start - 5 * hour)).not.toBeNull();
  });
});
