import type { Principal } from '@app/identity';
import type { Decision, RowLimit } from './decision.js';
import type { Operation } from './operation.js';
import type { CompiledRule, Policy } from './policy.js';
import { defaultDenyMessage, denyMessage, holdMessage, notConfigured, rowLimitMessage } from './messages.js';
import { demandOf } from './demand.js';
import { ruleMatches } from './rule-match.js';

/**
 * Decides one operation: any deny wins, then hold, then allow; nothing matched is a deny. Pure.
 * A rule with `reads.rows` decides nothing here, it becomes an obligation.
 * @param now ms since the epoch, for time windows
 */
export function decide(principal: Principal, operation: Operation, policy: Policy, now: number): Decision {
  const matched: Record<Decision['effect'], CompiledRule[]> = { deny: [], hold: [], allow: [] };
  const rowLimits: RowLimit[] = [];
  let validUntil = Number.POSITIVE_INFINITY;
  for (const compiled of policy.rules) {
    if (!ruleMatches(compiled, principal, operation)) continue;
    if (compiled.window) {
      const { open, until } = compiled.window.at(now);
      validUntil = Math.min(validUntil, until);
      if (!open) continue;
    }
    const { effect, name } = compiled.rule;
    const over = compiled.rowsOver;
    if (over === null) matched[effect].push(compiled);
    else if (effect !== 'allow') {
      const approval = effect === 'hold' ? demandOf([compiled.rule]) : null;
      rowLimits.push({ rule: name, over, effect, message: rowLimitMessage(compiled.rule, effect), approval });
      // an estimate is no proof: it may hold an operation early, it never denies one
      if (effect === 'hold' && (operation.rows ?? 0) > over) matched.hold.push(compiled);
    }
  }
  const shared = {
    policy: policy.hash,
    obligations: { rowLimits },
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
  const message = defaultDenyMessage(principal, operation);
  return { effect: 'deny', rules: [], message, code: 'default-deny', approval: null, ...shared };
}

/**
 * What a decision is where nobody can approve: a hold is a deny that says so, in the decision and in its row limits. A decision
 * without holds comes back as it is.
 */
export function denyHolds(decision: Decision): Decision {
  const { rowLimits } = decision.obligations;
  const limitsHold = rowLimits.some(({ effect }) => effect === 'hold');
  if (decision.effect !== 'hold' && !limitsHold) return decision;
  const obligations = limitsHold ? { rowLimits: rowLimits.map(denyRowLimit) } : decision.obligations;
  if (decision.effect !== 'hold') return { ...decision, obligations };
  const message = `${decision.message ?? 'This is held for approval.'} ${notConfigured}`;
  return { ...decision, obligations, effect: 'deny', code: 'approvals-not-configured', message, approval: null };
}

function denyRowLimit(limit: RowLimit): RowLimit {
  return limit.effect === 'deny'
    ? limit
    : { ...limit, effect: 'deny', message: `${limit.message} ${notConfigured}`, approval: null };
}
