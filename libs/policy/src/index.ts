export type { EffectClass, Operation, Oracle, OracleKind } from './operation.js';
export type {
  Approval,
  Between,
  Clause,
  Limits,
  On,
  OneOrMany,
  RecordLevel,
  Rule,
  RuleEffect,
  Strength,
  Weekday,
  Who,
} from './rule.js';
export { allOf, requirementOf } from './demand.js';
export type { ApprovalDemand, Requirement } from './requirement.js';
export type { Situation } from './situation.js';
export { PolicyError } from './policy.error.js';
export { compilePolicy, ORACLE_KINDS, policyHash, type CompiledRule, type Policy } from './policy.js';
export { parseRules } from './stored-rules.js';
export { diffPolicies, type ChangedRule, type PolicyDiff } from './policy-diff.js';
export type { Decision, DecisionCode, Obligations, RowLimit } from './decision.js';
export { decide, denyHolds } from './decide.js';
export { explain, type Explanation, type FailedCondition, type RuleExplanation } from './explain.js';
export { DecisionCache, type DecisionCacheSize } from './decision-cache.js';
export { canonicalJson } from './canonical-json.js';
