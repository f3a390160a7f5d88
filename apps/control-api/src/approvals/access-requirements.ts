import type { AccessScope, Requirement } from '@app/approvals';
import { patternsOverlap } from '@app/identity';
import { type EffectClass, type OneOrMany, requirementOf, type Rule } from '@app/policy';

/** Asked where no rule would hold anything within the scope: one person who holds the role of a reviewer. */
const ANYONE: Requirement = {
  rule: 'access ahead of time',
  owner: null,
  reviewers: { groups: [], users: [] },
  quorum: 1,
  stepUp: null,
};

/**
 * Who has to agree to access ahead of time: everyone whom a rule would ask about something within the scope, each with their quorum. A
 * grant never lets through what its reviewers could not have let through one by one.
 */
export function accessRequirements(scope: AccessScope, rules: readonly Rule[]): readonly Requirement[] {
  const touched = rules.filter((rule) => rule.effect === 'hold' && mayMeet(scope, rule));
  return touched.length === 0 ? [ANYONE] : touched.map(requirementOf);
}

/** Whether some operation within the scope could be what the rule is about; conditions that a scope does not know are no obstacle. */
function mayMeet(scope: AccessScope, { on }: Rule): boolean {
  // what cannot be read escapes no rule that holds, whatever the rule is about
  const unread = scope.does ? scope.does.includes('unknown') : scope.objects === undefined;
  if (unread) return overlap(scope.targets, on.target);
  return (
    overlap(scope.targets, on.target) &&
    (!scope.does || !on.does || on.does.some((effect) => mayDo(scope.does ?? [], effect))) &&
    overlap(scope.objects, on.objects) &&
    overlap(scope.reads, on.reads?.class) &&
    overlap(scope.writes, on.writes?.class)
  );
}

/** A write, and what is the session's own, may read other objects: rules for reading are asked about these. */
function mayDo(does: NonNullable<AccessScope['does']>, effect: EffectClass): boolean {
  return does.includes(effect) || (effect === 'read' && (does.includes('write') || does.includes('session')));
}

/** Left out on either side: no condition. */
function overlap(scope: readonly string[] | undefined, rule: OneOrMany | undefined): boolean {
  if (scope === undefined || rule === undefined) return true;
  return scope.some((one) => listOf(rule).some((other) => patternsOverlap(one, other)));
}

const listOf = (value: OneOrMany | undefined): readonly string[] => (value === undefined ? [] : [value].flat());
