/** Where an approval stands (design, "Words"). `approved`: it is a grant, with uses left. */
export type ApprovalState = 'pending' | 'approved' | 'denied' | 'expired' | 'revoked' | 'withdrawn' | 'used';

/** What can happen to an approval. */
export type ApprovalEvent =
  /** one more reviewer said yes, the quorum is not reached */
  | 'approve'
  /** the yes that completes the quorum */
  | 'complete'
  | 'deny'
  | 'expire'
  | 'revoke'
  /** the last client that waited cancelled or went away */
  | 'withdraw'
  /** a use, after which some are left */
  | 'use'
  /** the last use */
  | 'use-up';

const none = {
  approve: null,
  complete: null,
  deny: null,
  expire: null,
  revoke: null,
  withdraw: null,
  use: null,
  'use-up': null,
} as const;

/**
 * The whole life cycle as data: what follows from each state on each event; null: the event is refused and nothing changes. No state
 * but `pending` and `approved` leads to a use.
 */
export const TRANSITIONS: Readonly<Record<ApprovalState, Readonly<Record<ApprovalEvent, ApprovalState | null>>>> = {
  pending: {
    ...none,
    approve: 'pending',
    complete: 'approved',
    deny: 'denied',
    expire: 'expired',
    revoke: 'revoked',
    withdraw: 'withdrawn',
  },
  approved: { ...none, expire: 'expired', revoke: 'revoked', use: 'approved', 'use-up': 'used' },
  denied: none,
  expired: none,
  revoked: none,
  withdrawn: none,
  // what runs by it can still be cut off
  used: { ...none, revoke: 'revoked' },
};

/** Every state, in the order of a life. */
export const STATES = Object.keys(TRANSITIONS) as readonly ApprovalState[];

/** @returns the state that follows; null: the event is refused and nothing changes */
export function next(state: ApprovalState, event: ApprovalEvent): ApprovalState | null {
  return TRANSITIONS[state][event];
}
