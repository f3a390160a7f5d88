import { isAddress, type Glob, type Network, type Principal } from '@app/identity';
import type { Operation, Oracle } from './operation.js';
import type { Part } from './parts.js';
import type { CompiledRule } from './policy.js';
import type { Situation } from './situation.js';

/** What a rule is held against. */
export interface Asked {
  readonly principal: Principal;
  readonly operation: Operation;
  /** which part of it, where it is asked about in parts */
  readonly about?: Part['about'];
  /** null: not known where from */
  readonly situation: Situation | null;
}

/** How a rule stands to what is asked. */
export interface RuleMatch {
  /** key of the first condition that does not hold, `on.objects`; null: the rule matches */
  readonly failed: string | null;
  /** ms since the epoch until which that holds; Infinity: as long as nothing else changes */
  readonly until: number;
}

const matches: RuleMatch = { failed: null, until: Number.POSITIVE_INFINITY };

/**
 * Whether everything but the number of rows matches. A rule that allows must cover *all* an operation does (every object, statement
 * kind, class and agent, and at least one of each it asks for); a rule that denies or holds matches *any* part of it. What cannot be
 * read could be anything: such an operation is covered only by a rule that allows `unknown` or all, and escapes no rule that denies
 * or holds. The same goes for what is not known of the person: how they signed in, and where from.
 * @param now ms since the epoch
 */
export function matchRule(compiled: CompiledRule, asked: Asked, now: number): RuleMatch {
  const covers = compiled.rule.effect === 'allow';
  if (!some(compiled.targets, asked.operation.target)) return { failed: 'on.target', until: Number.POSITIVE_INFINITY };
  const failed = who(compiled, asked.principal, covers) ?? what(compiled, asked, covers);
  if (failed !== null) return { failed, until: Number.POSITIVE_INFINITY };
  // what the same person may change without asking for something else comes last, so that a refusal can tell
  if (compiled.networks && !comesFrom(compiled.networks, asked.situation, covers))
    return { failed: 'who.networks', until: Number.POSITIVE_INFINITY };
  return inTime(compiled, asked.principal, covers, now);
}

function who({ groups, users, agents, purposes, claims }: CompiledRule, principal: Principal, covers: boolean) {
  if (groups && !principal.groups.some((group) => groups.has(group))) return 'who.groups';
  if (users && !some(users, principal.user)) return 'who.users';
  if (agents && !parts(principal.act, covers, (agent) => some(agents, agent))) return 'who.agents';
  if (purposes && !(principal.purpose !== null && some(purposes, principal.purpose))) return 'who.purposes';
  for (const [name, globs] of claims)
    if (!claimOf(principal, name).some((value) => some(globs, value))) return `who.claims.${name}`;
  return null;
}

function what(compiled: CompiledRule, { operation, about }: Asked, covers: boolean): string | null {
  if (!covers && operation.effect === 'unknown') return null;
  const { does, statements, objects, reads, writes, filters, oracles, missing, attributes } = compiled;
  if (does && !does.has(operation.effect)) return 'on.does';
  const apart = about === 'writes' && objects !== null && operation.readsWritten !== true;
  if (statements && !matchesKinds(statements, operation, covers, apart)) return 'on.statements';
  if (objects && !open(objects, operation.objects, covers)) return 'on.objects';
  if (reads && !parts(operation.reads, covers, (name) => some(reads, name))) return 'on.reads.class';
  if (writes && !parts(operation.writes, covers, (name) => some(writes, name))) return 'on.writes.class';
  if (filters && !known(operation.filters, covers, (name) => some(filters, name))) return 'on.filters.class';
  if (oracles && !known(operation.oracles, covers, (oracle) => isOracle(oracles, oracle))) return 'on.oracles';
  if (missing && !known(operation.missing, covers, (clause) => missing.has(clause))) return 'on.missing';
  for (const [name, globs] of attributes) if (!whole(globs, attribute(operation, name), covers)) return `on.${name}`;
  return matchesCapabilities(compiled.capabilities, operation.capabilities, covers) ? null : 'on.capabilities';
}

function comesFrom(networks: readonly Network[], situation: Situation | null, covers: boolean): boolean {
  if (situation === null || !isAddress(situation.address)) return !covers;
  return networks.some((network) => network.contains(situation.address));
}

/** The strength of the login, which fades, and the time of the day. */
function inTime({ acr, within, window }: CompiledRule, principal: Principal, covers: boolean, now: number): RuleMatch {
  const weak: RuleMatch = { failed: 'who.strength', until: Number.POSITIVE_INFINITY };
  if (acr && !(principal.acr === null ? !covers : acr.has(principal.acr))) return weak;
  const { authTime } = principal;
  if (within !== null && authTime === null && covers) return weak;
  const fades = within === null || authTime === null ? Number.POSITIVE_INFINITY : authTime + within;
  if (now >= fades) return weak;
  if (!window) return fades === matches.until ? matches : { failed: null, until: fades };
  const { open: isOpen, until } = window.at(now);
  return isOpen ? { failed: null, until: Math.min(until, fades) } : { failed: 'on.between', until };
}

function claimOf({ claims }: Principal, name: string): readonly string[] {
  return Object.hasOwn(claims, name) ? (claims[name] ?? []) : [];
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

/**
 * A rule may also name the whole command, `drop table`, where the kind is only `drop`.
 * @param apart what it reads is asked about by itself: a rule that allows it to write these objects need not name `select`
 */
function matchesKinds(statements: ReadonlySet<string>, operation: Operation, covers: boolean, apart: boolean): boolean {
  const kinds = apart && covers ? operation.kinds.filter((kind) => kind !== 'select') : operation.kinds;
  if (parts(kinds, covers, (kind) => statements.has(kind))) return true;
  return (!covers || operation.kinds.length <= 1) && statements.has(operation.verb.toLowerCase());
}

function isOracle({ classes, kinds }: NonNullable<CompiledRule['oracles']>, oracle: Oracle): boolean {
  return (classes === null || some(classes, oracle.class)) && (kinds === null || kinds.has(oracle.kind));
}

/** Parts that may not be known: then they could be any. */
function known<T>(all: readonly T[] | undefined, covers: boolean, matchesOne: (part: T) => boolean): boolean {
  return all === undefined ? !covers : parts(all, covers, matchesOne);
}

function parts<T>(all: readonly T[], covers: boolean, matchesOne: (part: T) => boolean): boolean {
  return covers ? all.length > 0 && all.every(matchesOne) : all.some(matchesOne);
}

function some(globs: readonly Glob[], text: string): boolean {
  for (const glob of globs) if (glob.matches(text)) return true;
  return false;
}
