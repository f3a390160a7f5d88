import { compileGlob, type Principal, type Role } from '@app/identity';
import type { Requirement } from '@app/policy';
import type { Actor } from './actor.js';

/** Who wants to decide, as they are at this moment: principal of the token just verified, and the roles it holds. */
export interface Reviewer {
  readonly principal: Principal;
  readonly roles: readonly Role[];
}

/** What {@link mayDecide} looks at of an approval. */
export interface Reviewable {
  readonly requester: Actor;
  /** agents acting for the requester */
  readonly act: readonly string[];
  readonly azp: string | null;
  readonly requirements: readonly Requirement[];
}

/** Either the rules whose quorum the reviewer counts for, or why they may not decide, a whole sentence. */
export type MayDecide =
  | { readonly rules: readonly string[]; readonly refused?: undefined }
  | { readonly refused: string; readonly rules?: undefined };

/** A sign-in may seem to lie in the future by this much: two clocks; ms. */
const SKEW_MS = 60_000;

/**
 * Whether somebody may approve or deny (evidence §7.4): never an agent, never the requester under whatever account, never one of the agents
 * in the chain, never the owner of a rule that held; administrators included. Whoever is left counts for the rules that name them and
 * whose step-up they meet.
 * @param now ms since the epoch
 */
export function mayDecide(who: Reviewer, approval: Reviewable, now: number): MayDecide {
  const { principal } = who;
  const refused = independence(principal, approval);
  if (refused !== null) return { refused };
  const named = approval.requirements.filter((requirement) => isNamed(who, requirement));
  if (named.length === 0)
    return {
      refused:
        'No rule that held this operation names you as a reviewer, neither by user nor by a group you are in now.',
    };
  const rules = named.filter(({ stepUp }) => meetsStepUp(principal, stepUp, now)).map(({ rule }) => rule);
  return rules.length > 0 ? { rules } : { refused: stepUpSentence(named) };
}

/** Whether two accounts may be one person: one `sub`, whoever issued it, or one user name, however it is written. */
export function samePerson(one: Actor, other: Actor): boolean {
  return folded(one.sub) === folded(other.sub) || folded(one.user) === folded(other.user);
}

function independence(principal: Principal, { requester, act, azp, requirements }: Reviewable): string | null {
  if (principal.act.length > 0) return 'An agent never approves or denies; sign in yourself, without the agent.';
  if (isClient(principal)) return 'This is the account of a program, and a program never approves or denies.';
  if (samePerson(principal, requester))
    return 'Nobody decides about their own request, whatever role, group or second account they have.';
  const names = [principal.sub, principal.user].map(folded);
  const agents = act.map(folded);
  const chain = azp === null ? agents : [...agents, folded(azp)];
  // the program a person signed in with may be the requester's too, unless it is an agent in the chain
  if (names.some((name) => chain.includes(name)) || (principal.azp !== null && agents.includes(folded(principal.azp))))
    return 'An agent of the chain that asked never decides about it, under whatever account.';
  const mine = [...names, ...principal.groups.map(folded)];
  const owned = requirements.find(({ owner }) => owner !== null && mine.includes(folded(owner)));
  return owned
    ? `You own the rule ${JSON.stringify(owned.rule)}, and the owner of a rule does not decide about what it held.`
    : null;
}

/** A token that a program got for itself: its subject is the client. */
function isClient({ sub, user, azp }: Principal): boolean {
  return (
    azp !== null && [azp, `service-account-${azp}`].map(folded).some((name) => [sub, user].map(folded).includes(name))
  );
}

/** Rules that name nobody leave it to those who hold the role of a reviewer. */
function isNamed({ principal, roles }: Reviewer, { reviewers }: Requirement): boolean {
  const { groups, users } = reviewers;
  if (groups.length === 0 && users.length === 0) return roles.includes('reviewer');
  return (
    groups.some((group) => principal.groups.includes(group)) ||
    users.some((pattern) => pattern !== '' && compileGlob(pattern).matches(principal.user))
  );
}

function meetsStepUp(principal: Principal, stepUp: Requirement['stepUp'], now: number): boolean {
  if (stepUp === null) return true;
  const { acr, authTime } = principal;
  if (stepUp.acr.length > 0 && (acr === null || !stepUp.acr.includes(acr))) return false;
  if (stepUp.within === null) return true;
  return authTime !== null && authTime <= now + SKEW_MS && now - authTime <= stepUp.within;
}

function stepUpSentence(requirements: readonly Requirement[]): string {
  const asked = requirements.map(({ stepUp }) => {
    const ways = stepUp && stepUp.acr.length > 0 ? ` by ${stepUp.acr.join(' or ')}` : '';
    const within = stepUp?.within == null ? '' : ` within the last ${Math.floor(stepUp.within / 1000)} seconds`;
    return `${ways}${within}`;
  });
  return `You must have signed in${asked[0] ?? ''}; sign in again and decide then.`;
}

/** Written forms of one name are one name. */
function folded(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}
