import type { ApprovalDemand, Requirement } from './requirement.js';
import type { OneOrMany, Rule } from './rule.js';

/** What holds where the rule does not say; ms. */
const HOLD = 60_000;
const EXPIRES = 15 * 60_000;

const list = (value: OneOrMany | undefined): readonly string[] => (value === undefined ? [] : [value].flat());

/** What one rule asks of reviewers. */
export function requirementOf({ name, owner, approval }: Rule): Requirement {
  const stepUp = approval?.stepUp;
  return {
    rule: name,
    owner: owner ?? null,
    reviewers: { groups: list(approval?.reviewers.groups), users: list(approval?.reviewers.users) },
    quorum: approval?.quorum ?? 1,
    stepUp: stepUp === undefined ? null : { acr: list(stepUp.acr), within: stepUp.within ?? null },
    ...(approval?.remind === undefined ? {} : { remind: approval.remind }),
  };
}

/** What all the rules together ask before they let go. */
export function demandOf(rules: readonly Rule[]): ApprovalDemand {
  return allOf(
    rules.map((rule) => ({
      requirements: [requirementOf(rule)],
      hold: rule.approval?.hold ?? HOLD,
      expires: rule.approval?.expires ?? EXPIRES,
      inTransaction: rule.approval?.inTransaction === 'any',
    })),
  );
}

/** Several demands as one: everybody is asked, and the shortest times count. @param demands at least one */
export function allOf(demands: readonly ApprovalDemand[]): ApprovalDemand {
  return {
    requirements: demands.flatMap(({ requirements }) => requirements),
    hold: Math.min(...demands.map(({ hold }) => hold)),
    expires: Math.min(...demands.map(({ expires }) => expires)),
    inTransaction: demands.every(({ inTransaction }) => inTransaction),
  };
}
