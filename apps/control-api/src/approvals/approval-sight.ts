import { mayDecide, type MayDecide } from '@app/approvals';
import type { StoredApproval } from '@app/store';
import { type Caller, isAdministrator, isAuditor } from '../access/caller.js';

/**
 * How much of an approval somebody may see: `whole`, `outline` (that it is there and how it stands, not what was asked), or nothing: then
 * it does not exist for them.
 */
export type Sight = 'whole' | 'outline' | null;

const NOBODY = { iss: '', sub: '\0', user: '\0' };

/** Requesters see their own, reviewers what they are named for, auditors all, administrators all from outside. */
export function sightOf(caller: Caller, approval: StoredApproval, now: number): Sight {
  if (isAuditor(caller) || isOwn(caller, approval) || isReviewer(caller, approval, now)) return 'whole';
  if (approval.decisions.some(({ by }) => isCaller(caller, by))) return 'whole';
  return isAdministrator(caller) ? 'outline' : null;
}

/** Whether the caller asked for it, by whatever agent. */
export function isOwn(caller: Caller, { requester }: StoredApproval): boolean {
  return isCaller(caller, requester);
}

/** Whether the caller is among those whom a rule names, be they independent or not. */
export function isReviewer(caller: Caller, { kind, requirements }: StoredApproval, now: number): boolean {
  // an emergency asked nobody: whoever reviews anything looks at it afterwards
  if (kind === 'break-glass') return caller.principal.act.length === 0 && caller.roles.includes('reviewer');
  const bare = requirements.map((requirement) => ({ ...requirement, owner: null, stepUp: null }));
  return mayDecide(caller, { requester: NOBODY, act: [], azp: null, requirements: bare }, now).refused === undefined;
}

/** Whether the caller may decide at this moment, by the groups of the token this request carries. */
export function verdictOn(caller: Caller, approval: StoredApproval, now: number): MayDecide {
  const { requester, requirements } = approval;
  return mayDecide(caller, { requester, act: requester.act, azp: requester.azp, requirements }, now);
}

export function isCaller({ principal }: Caller, other: { readonly iss: string; readonly sub: string }): boolean {
  return principal.iss === other.iss && principal.sub === other.sub;
}
