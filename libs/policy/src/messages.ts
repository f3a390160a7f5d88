import type { Principal } from '@app/identity';
import type { Operation } from './operation.js';
import type { Rule } from './rule.js';

/** Ends every message about a hold as long as nobody can approve. */
export const notConfigured =
  'Approvals are not configured, so it is refused. Narrow the request so that the rule does not apply, or ask the owner of the policy.';

/** What a person or agent is told whom a rule refuses: the rule's own words, or else which rule and what it is about. */
export function denyMessage(rule: Rule, operation: Operation): string {
  const own = rule.message ?? `Rule ${quoted(rule)} denies ${asked(operation)}.${owner(rule)}`;
  return unreadable(rule, operation, 'denies') + own;
}

export function holdMessage(rule: Rule, operation: Operation): string {
  const own = rule.message === undefined ? '' : ` ${rule.message}`;
  return `${unreadable(rule, operation, 'holds')}Rule ${quoted(rule)} holds this for approval.${own}`;
}

export function rowLimitMessage(rule: Rule, effect: 'hold' | 'deny'): string {
  const over = rule.on.reads?.rows?.over ?? 0;
  const does = effect === 'deny' ? 'allows no' : 'wants an approval for';
  const classes = [rule.on.reads?.class ?? []].flat().join(', ');
  const own = rule.message === undefined ? ' Ask for fewer rows (LIMIT, a narrower WHERE).' : ` ${rule.message}`;
  return `Rule ${quoted(rule)} ${does} results of more than ${over} rows that read ${classes}.${own}`;
}

export function defaultDenyMessage(principal: Principal, operation: Operation): string {
  const [agent] = principal.act;
  const through = agent === undefined ? '' : ` through the agent ${JSON.stringify(agent)}`;
  const why =
    operation.effect === 'unknown'
      ? ' What it does cannot be read beforehand, so only a rule for unknown operations could allow it.'
      : '';
  return `No rule allows you${through} ${asked(operation)}.${why}${powers(operation)} Ask for something the rules allow, or ask the owner of the policy for a rule.`;
}

function asked(operation: Operation): string {
  return `${operation.verb} (effect class ${operation.effect}) on target ${operation.target}`;
}

/** A rule may look as if it allowed an operation, and does not because of these. */
function powers({ capabilities }: Operation): string {
  if (capabilities.length === 0) return '';
  const many = capabilities.length > 1 ? 's' : '';
  return ` It takes the power${many} ${capabilities.join(', ')}, and a rule that allows it has to name ${many ? 'them' : 'that'}.`;
}

function quoted(rule: Rule): string {
  return JSON.stringify(rule.name);
}

function owner(rule: Rule): string {
  return rule.owner === undefined ? ' Ask the owner of the policy.' : ` Ask ${rule.owner}.`;
}

function unreadable(rule: Rule, operation: Operation, does: string): string {
  if (operation.effect !== 'unknown') return '';
  const { does: classes, statements, objects, reads, writes } = rule.on;
  if (!classes && !statements && !objects && !reads && !writes) return '';
  return `What ${operation.verb} does cannot be read beforehand, and rule ${quoted(rule)} ${does} part of what it could do. `;
}
