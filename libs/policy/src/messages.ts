import type { Principal } from '@app/identity';
import type { Operation } from './operation.js';
import type { Part } from './parts.js';
import type { Rule } from './rule.js';

/** Ends every message about a hold as long as nobody can approve. */
export const notConfigured =
  'Approvals are not configured, so it is refused. Narrow the request so that the rule does not apply, or ask the owner of the policy.';

/** What a person or agent is told whom a rule refuses: the rule's own words, or else which rule and what it is about. */
export function denyMessage(rule: Rule, part: Part): string {
  const own = rule.message ?? `Rule ${quoted(rule)} denies ${asked(part)}.${owner(rule)}`;
  return unreadable(rule, part.operation, 'denies') + own;
}

export function holdMessage(rule: Rule, part: Part): string {
  const own = rule.message === undefined ? '' : ` ${rule.message}`;
  const what = part.about === 'reads' ? asked(part) : 'this';
  return `${unreadable(rule, part.operation, 'holds')}Rule ${quoted(rule)} holds ${what} for approval.${own}`;
}

export function rowLimitMessage(rule: Rule, effect: 'hold' | 'deny'): string {
  const over = rule.on.reads?.rows?.over ?? 0;
  const does = effect === 'deny' ? 'allows no' : 'wants an approval for';
  const classes = [rule.on.reads?.class ?? []].flat();
  const about = classes.length === 0 ? '' : ` that read ${classes.join(', ')}`;
  const own = rule.message === undefined ? ' Ask for fewer rows (LIMIT, a narrower WHERE).' : ` ${rule.message}`;
  return `Rule ${quoted(rule)} ${does} results of more than ${over} rows${about}.${own}`;
}

/** What is told when a result grows past the limit of the rule that allowed it. */
export function resultLimitMessage(rule: Rule, over: number): string {
  const own = rule.message === undefined ? '' : ` ${rule.message}`;
  return `Rule ${quoted(rule)} lets at most ${over} rows of a result leave. Ask for fewer rows (LIMIT, a narrower WHERE).${own}`;
}

/** How a rule that allows could still apply to the same request; null where it could not. */
export function nearMiss(rule: Rule, failed: string): string | null {
  const { strength, networks } = rule.who ?? {};
  const name = `Rule ${quoted(rule)} would allow it`;
  if (failed === 'who.networks' && networks !== undefined) return ` ${name} from another network.`;
  if (failed === 'on.between') return ` ${name} at another time.`;
  if (failed !== 'who.strength' || strength === undefined) return null;
  const { acr, within } = strength;
  const how = acr === undefined ? '' : ` with acr ${[acr].flat().join(' or ')}`;
  const when = within === undefined ? '' : `${how === '' ? '' : ','} less than ${spoken(within)} ago`;
  return ` ${name} to somebody who signed in${how}${when}: sign in again, and send it with the new token.`;
}

function spoken(ms: number): string {
  const [unit, name] =
    ms % 3_600_000 === 0 ? [3_600_000, 'hour'] : ms % 60_000 === 0 ? [60_000, 'minute'] : [1_000, 'second'];
  const count = ms / unit;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** @param hints whole sentences, each with a space before it */
export function defaultDenyMessage(principal: Principal, part: Part, hints: readonly string[]): string {
  const { operation } = part;
  const [agent] = principal.act;
  const through = agent === undefined ? '' : ` through the agent ${JSON.stringify(agent)}`;
  const why =
    operation.effect === 'unknown'
      ? ' What it does cannot be read beforehand, so only a rule for unknown operations could allow it.'
      : '';
  const missing =
    part.about === 'reads'
      ? ' Rules for reading (effect class read, statements select) have to cover what it only reads.'
      : '';
  return `No rule allows you${through} ${asked(part)}.${why}${missing}${powers(operation)}${hints.join('')} Ask for something the rules allow, or ask the owner of the policy for a rule.`;
}

function asked({ about, operation, verb }: Part): string {
  const { effect, target, objects } = operation;
  switch (about) {
    case undefined:
      return `${verb} (effect class ${effect}) on target ${target}`;
    case 'writes':
      return `${verb} (effect class ${effect}) of ${some(objects)}`;
    case 'reads':
      return `to read (effect class ${effect}) ${some(objects)}, as this ${verb} does`;
    default:
      return about satisfies never;
  }
}

const maxNames = 5;

function some(names: readonly string[]): string {
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : '';
  return names.length === 0 ? 'nothing that is named' : `${names.slice(0, maxNames).join(', ')}${more}`;
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
  const { does: classes, statements, objects, reads, writes, filters, oracles, missing } = rule.on;
  const unknown =
    operation.effect === 'unknown'
      ? [classes, statements, objects, reads, writes, filters, oracles, missing]
      : [
          operation.filters === undefined && filters,
          operation.oracles === undefined && oracles,
          operation.missing === undefined && missing,
        ];
  if (!unknown.some(Boolean)) return '';
  return `What ${operation.verb} does cannot be read beforehand, and rule ${quoted(rule)} ${does} part of what it could do. `;
}
