import type { Glob, Principal } from '@app/identity';
import type { Operation } from './operation.js';
import type { CompiledRule } from './policy.js';

/**
 * Whether everything but the time window and the number of rows matches. A rule that allows must cover *all* an operation does
 * (every object, statement kind, class and agent, and at least one of each it asks for); a rule that denies or holds matches *any*
 * part of it. What cannot be read could be anything: such an operation is covered only by a rule that allows `unknown` or all, and
 * escapes no rule that denies or holds.
 */
export function ruleMatches(compiled: CompiledRule, principal: Principal, operation: Operation): boolean {
  if (!some(compiled.targets, operation.target)) return false;
  const covers = compiled.rule.effect === 'allow';
  return matchesWho(compiled, principal, covers) && matchesWhat(compiled, operation, covers);
}

function matchesWho(compiled: CompiledRule, principal: Principal, covers: boolean): boolean {
  const { groups, users, agents, purposes } = compiled;
  if (groups && !principal.groups.some((group) => groups.has(group))) return false;
  if (users && !some(users, principal.user)) return false;
  if (agents && !parts(principal.act, covers, (agent) => some(agents, agent))) return false;
  return !purposes || (principal.purpose !== null && some(purposes, principal.purpose));
}

function matchesWhat(compiled: CompiledRule, operation: Operation, covers: boolean): boolean {
  const { does, statements, objects, reads, writes, attributes } = compiled;
  if (!covers && operation.effect === 'unknown') return true;
  if (does && !does.has(operation.effect)) return false;
  if (statements && !matchesKinds(statements, operation, covers)) return false;
  if (objects && !open(objects, operation.objects, covers)) return false;
  if (reads && !parts(operation.reads, covers, (name) => some(reads, name))) return false;
  if (writes && !parts(operation.writes, covers, (name) => some(writes, name))) return false;
  for (const [name, globs] of attributes) if (!whole(globs, attribute(operation, name), covers)) return false;
  return matchesCapabilities(compiled.capabilities, operation.capabilities, covers);
}

/** Powers are never allowed in passing: a rule that does not name one allows no operation that has it. */
function matchesCapabilities(named: readonly Glob[] | null, had: readonly string[], covers: boolean): boolean {
  if (named) return parts(had, covers, (power) => some(named, power));
  return !covers || had.length === 0;
}

function attribute(operation: Operation, name: string): readonly string[] {
  const { attributes } = operation;
  if (Object.hasOwn(attributes, name)) return attributes[name] ?? [];
  const family = name.indexOf(':');
  return family < 0 ? [] : (attributes[`${name.slice(0, family)}:*`] ?? []);
}

/** Values of attributes: a star by itself could be anything, one inside a value (a command, say) is a star. */
function whole(globs: readonly Glob[], values: readonly string[], covers: boolean): boolean {
  return parts(values, covers, (value) => (!covers && value === '*') || some(globs, value));
}

/**
 * Names in which a star could be anything. A rule that allows must match them as they stand, which only its own stars can: so it
 * covers all they could be. A rule that denies or holds matches what they could be.
 */
function open(globs: readonly Glob[], values: readonly string[], covers: boolean): boolean {
  return parts(values, covers, (value) =>
    covers || !value.includes('*') ? some(globs, value) : globs.some((glob) => glob.meets(value)),
  );
}

/** A rule may also name the whole command, `drop table`, where the kind is only `drop`. */
function matchesKinds(statements: ReadonlySet<string>, operation: Operation, covers: boolean): boolean {
  if (parts(operation.kinds, covers, (kind) => statements.has(kind))) return true;
  return (!covers || operation.kinds.length <= 1) && statements.has(operation.verb.toLowerCase());
}

function parts(all: readonly string[], covers: boolean, matches: (part: string) => boolean): boolean {
  return covers ? all.length > 0 && all.every(matches) : all.some(matches);
}

function some(globs: readonly Glob[], text: string): boolean {
  for (const glob of globs) if (glob.matches(text)) return true;
  return false;
}
