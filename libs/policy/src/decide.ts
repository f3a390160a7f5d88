import type { Principal } from '@app/identity';
import type { Decision, RowLimit } from './decision.js';
import type { Operation } from './operation.js';
import type { CompiledRule, Policy } from './policy.js';
import { defaultDenyMessage, denyMessage, holdMessage, nearMiss, notConfigured, rowLimitMessage } from './messages.js';
import { demandOf } from './demand.js';
import { obligationsOf } from './obligations.js';
import { matchRule } from './rule-match.js';
import type { Situation } from './situation.js';

/**
 * Decides one operation: any deny wins, then hold, then allow; nothing matched is a deny. Pure.
 * A rule with `reads.rows` decides nothing here, it becomes an obligation; only what the planner expects may hold early.
 * @param now ms since the epoch, for time windows and the age of a login
 * @param situation null: not known where from, which escapes no rule that denies or holds by network
 */
export function decide(
  principal: Principal,
  operation: Operation,
  policy: Policy,
  now: number,
  situation: Situation | null = null,
): Decision {
  const asked = { principal, operation, situation };
  const matched: Record<Decision['effect'], CompiledRule[]> = { deny: [], hold: [], allow: [] };
  const rowLimits: RowLimit[] = [];
  const early: CompiledRule[] = [];
  const hints: string[] = [];
  let validUntil = Number.POSITIVE_INFINITY;
  for (const compiled of policy.rules) {
    const { rule, rowsOver: over } = compiled;
    const { effect } = rule;
    const { failed, until } = matchRule(compiled, asked, now);
    validUntil = Math.min(validUntil, until);
    if (failed !== null) {
      const hint = effect === 'allow' && hints.length < maxHints ? nearMiss(rule, failed) : null;
      if (hint !== null) hints.push(hint);
    } else if (over === null) matched[effect].push(compiled);
    else if (effect !== 'allow') {
      const approval = effect === 'hold' ? demandOf([rule]) : null;
      rowLimits.push({ rule: rule.name, over, effect, message: rowLimitMessage(rule, effect), approval });
      // an estimate is no proof: it may hold an operation early, it never denies one
      if (effect === 'hold' && (operation.rows ?? 0) > over) early.push(compiled);
    }
  }
  // such a rule limits what others let through: by itself it lets nothing through, approved or not
  if (early.length > 0 && (matched.hold.length > 0 || matched.allow.length > 0)) {
    const held = new Set([...matched.hold, ...early]);
    matched.hold = policy.rules.filter((compiled) => held.has(compiled));
  }
  const shared = {
    policy: policy.hash,
    obligations: obligationsOf([...matched.hold, ...matched.allow], rowLimits),
    validUntil,
    cacheable: operation.effect !== 'unknown',
  };
  for (const effect of ['deny', 'hold', 'allow'] as const) {
    const [first] = matched[effect];
    if (!first) continue;
    const rules = matched[effect].map(({ rule }) => rule.name);
    const message = effect === 'allow' ? null : (effect === 'deny' ? denyMessage : holdMessage)(first.rule, operation);
    const approval = effect === 'hold' ? demandOf(matched.hold.map(({ rule }) => rule)) : null;
    return { effect, rules, message, code: 'rule', approval, ...shared };
  }
  const message = defaultDenyMessage(principal, operation, hints);
  return { effect: 'deny', rules: [], message, code: 'default-deny', approval: null, ...shared };
}

const maxHints = 3;

/**
 * What a decision is where nobody can approve: a hold is a deny that says so, in the decision and in its row limits. A decision
 * without holds comes back as it is.
 */
export function denyHolds(decision: Decision): Decision {
  const { rowLimits } = decision.obligations;
  const limitsHold = rowLimits.some(({ effect }) => effect === 'hold');
  if (decision.effect !== 'hold' && !limitsHold) return decision;
  const obligations = limitsHold
    ? { ...decision.obligations, rowLimits: rowLimits.map(denyRowLimit) }
    : decision.obligations;
  if (decision.effect !== 'hold') return { ...decision, obligations };
  const message = `${decision.message ?? 'This is held for approval.'} ${notConfigured}`;
  return { ...decision, obligations, effect: 'deny', code: 'approvals-not-configured', message, approval: null };
}

function denyRowLimit(limit: RowLimit): RowLimit {
  return limit.effect === 'deny'
    ? limit
    : { ...limit, effect: 'deny', message: `${limit.message} ${notConfigured}`, approval: null };
}
