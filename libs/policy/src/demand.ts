import type { ApprovalDemand, Requirement } from './requirement.js';
import type { OneOrMany, Rule } from './rule.js';

/** What holds where the rule does not say; ms. */
const HOLD = 60_000;
const EXPIRES = 15 * 60_000;

const list = (value: OneOrMany | undefined): readonly string[] => (value === undefined ? [] : [value].flat());

function requirementOf({ name, owner, approval }: Rule): Requirement {
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
  return {
    requirements: rules.map(requirementOf),
    hold: Math.min(...rules.map(({ approval }) => approval?.hold ?? HOLD)),
    expires: Math.min(...rules.map(({ approval }) => approval?.expires ?? EXPIRES)),
    inTransaction: rules.every(({ approval }) => approval?.inTransaction === 'any'),
  };
}
