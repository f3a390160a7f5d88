import { type ApprovalEvent, type ApprovalState, next, STATES, TRANSITIONS } from './approval-state.js';

const states: readonly ApprovalState[] = ['pending', 'approved', 'denied', 'expired', 'revoked', 'withdrawn', 'used'];
const events: readonly ApprovalEvent[] = [
  'approve',
  'complete',
  'deny',
  'expire',
  'revoke',
  'withdraw',
  'use',
  'use-up',
];

/** Every state that some sequence of events reaches. */
function reachable(from: ApprovalState): ReadonlySet<ApprovalState> {
  const seen = new Set<ApprovalState>();
  const open = [from];
  for (let state = open.pop(); state !== undefined; state = open.pop())
    for (const event of events) {
      const then = next(state, event);
      if (then === null || seen.has(then)) continue;
      seen.add(then);
      open.push(then);
    }
  return seen;
}

describe('the life of an approval', () => {
  it('is defined for every pair of state and event, and for no other', () => {
    expect(STATES).toEqual(states);
    for (const state of states) {
      expect(Object.keys(TRANSITIONS[state]).sort()).toEqual([...events].sort());
      for (const event of events) expect([null, ...states]).toContain(next(state, event));
    }
  });

  it.each(['denied', 'expired', 'revoked', 'withdrawn'] as const)('leads nowhere from %s', (state) => {
    expect([...reachable(state)]).toEqual([]);
  });

  it('leads from used only to revoked', () => {
    expect([...reachable('used')]).toEqual(['revoked']);
  });

  it('lets nothing be used that was not approved, by any sequence of events', () => {
    for (const state of states)
      for (const event of ['use', 'use-up'] as const) expect(next(state, event) === null).toBe(state !== 'approved');
  });

  it('is approved by the event that completes the quorum alone', () => {
    for (const state of states)
      for (const event of events)
        if (next(state, event) === 'approved' && state !== 'approved')
          expect([state, event]).toEqual(['pending', 'complete']);
  });

  it('reaches every state from the question', () => {
    expect([...reachable('pending')].sort()).toEqual([...states].sort());
  });
});
