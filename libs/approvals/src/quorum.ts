import type { Requirement } from '@app/policy';
import type { Actor } from './actor.js';
import { samePerson } from './reviewer.js';

/** What one reviewer said. */
export interface ReviewerDecision {
  readonly by: Actor;
  readonly decision: 'approve' | 'deny';
  /** the rules whose quorum they count for */
  readonly rules: readonly string[];
}

/**
 * Whether every rule has its quorum: so many distinct people who approved and count for it. Two accounts that may be one person count once;
 * one denial ends it; where nothing is asked, nothing is met.
 */
export function met(requirements: readonly Requirement[], decisions: readonly ReviewerDecision[]): boolean {
  if (requirements.length === 0 || decisions.some(({ decision }) => decision === 'deny')) return false;
  return requirements.every(({ rule, quorum }) => {
    const approvers = decisions.filter(({ rules }) => rules.includes(rule)).map(({ by }) => by);
    return quorum > 0 && people(approvers) >= quorum;
  });
}

/** How many people these accounts are for certain: accounts linked by a `sub` or a user name, also over a third, are one. */
export function people(accounts: readonly Actor[]): number {
  let groups: (readonly Actor[])[] = [];
  for (const account of accounts) {
    const linked = groups.filter((group) => group.some((member) => samePerson(member, account)));
    groups = [...groups.filter((group) => !linked.includes(group)), [account, ...linked.flat()]];
  }
  return groups.length;
}

/**
 * The classes a grant lets through unmasked: those that every approver let through.
 * @param asked by the requester: holds for approvers who said nothing
 */
export function grantedUnmask(
  asked: readonly string[],
  approvals: readonly { readonly unmask: readonly string[] | null }[],
): readonly string[] {
  const [first, ...rest] = approvals.map(({ unmask }) => unmask ?? asked);
  return (first ?? []).filter((name) => rest.every((other) => other.includes(name)));
}
