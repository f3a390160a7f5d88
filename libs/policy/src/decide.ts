import type { Principal } from '@app/identity';
import type { Decision, RowLimit } from './decision.js';
import type { Operation } from './operation.js';
import type { CompiledRule, Policy } from './policy.js';
import { defaultDenyMessage, denyMessage, holdMessage, nearMiss, notConfigured, rowLimitMessage } from './messages.js';
import { demandOf } from './demand.js';
import { obligationsOf } from './obligations.js';
import { partsOf, type Part } from './parts.js';
import { matchRule } from './rule-match.js';
import type { Situation } from './situation.js';

/**
 * Decides one operation: any deny wins, then hold, then allow; nothing matched is a deny. Of a write that reads other objects each part
 * is decided so, and the strictest answer holds: who is asked, and what it is bound to, are those of both. Pure.
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
  const judged = partsOf(operation).map((part) => judge(part, principal, policy, now, situation));
  const union = (...effects: readonly Decision['effect'][]): readonly CompiledRule[] => {
    if (judged.length === 1) return effects.flatMap((effect) => judged[0]?.matched[effect] ?? []);
    return effects.flatMap((effect) => {
      const found = new Set(judged.flatMap(({ matched }) => matched[effect]));
      return policy.rules.filter((compiled) => found.has(compiled));
    });
  };
  const limited = new Map(judged.flatMap(({ rowLimits }) => rowLimits.map((limit) => [limit.rule, limit] as const)));
  const shared = {
    policy: policy.hash,
    obligations: obligationsOf([...new Set(union('hold', 'allow'))], [...limited.values()]),
    validUntil: Math.min(...judged.map(({ validUntil }) => validUntil)),
    cacheable: operation.effect !== 'unknown',
  };
  const names = (rules: readonly CompiledRule[]): readonly string[] => rules.map(({ rule }) => rule.name);
  const denied = union('deny');
  if (denied.length > 0) {
    const message = denied[0] ? denyMessage(denied[0].rule, partDecidedBy(judged, denied[0], 'deny')) : null;
    return { effect: 'deny', rules: names(denied), message, code: 'rule', approval: null, ...shared };
  }
  const nothing = judged.find(({ matched }) => matched.hold.length === 0 && matched.allow.length === 0);
  if (nothing) {
    const message = defaultDenyMessage(principal, nothing.part, nothing.hints);
    return { effect: 'deny', rules: [], message, code: 'default-deny', approval: null, ...shared };
  }
  const held = union('hold');
  if (held[0]) {
    const message = holdMessage(held[0].rule, partDecidedBy(judged, held[0], 'hold'));
    const approval = demandOf(held.map(({ rule }) => rule));
    return { effect: 'hold', rules: names(held), message, code: 'rule', approval, ...shared };
  }
  return { effect: 'allow', rules: names(union('allow')), message: null, code: 'rule', approval: null, ...shared };
}

/** How all rules stand to one part of an operation. */
interface Judged {
  readonly part: Part;
  readonly matched: Readonly<Record<Decision['effect'], readonly CompiledRule[]>>;
  readonly rowLimits: readonly RowLimit[];
  /** how a rule that allows could still apply */
  readonly hints: readonly string[];
  readonly validUntil: number;
}

function judge(part: Part, principal: Principal, policy: Policy, now: number, situation: Situation | null): Judged {
  const { operation, about } = part;
  const asked = { principal, operation, about, situation };
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
  return { part, matched, rowLimits, hints, validUntil };
}

/** The part a rule decided about; the first where it did about both. */
function partDecidedBy(judged: readonly Judged[], compiled: CompiledRule, effect: Decision['effect']): Part {
  const found = judged.find(({ matched }) => matched[effect].includes(compiled)) ?? judged[0];
  if (!found) throw new Error('an operation without parts');
  return found.part;
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
