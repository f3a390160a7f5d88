import { createHash } from 'node:crypto';
import { compileGlob, compileNetwork, type Glob, type Network } from '@app/identity';
import { canonicalJson } from './canonical-json.js';
import type { EffectClass, OracleKind } from './operation.js';
import { PolicyError } from './policy.error.js';
import { checkBounds } from './rule-bounds.js';
import type { Clause, OneOrMany, Rule, RuleEffect } from './rule.js';
import { TimeWindow } from './time-window.js';

/** A rule made ready for matching; null: the condition was not given. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly groups: ReadonlySet<string> | null;
  readonly users: readonly Glob[] | null;
  readonly agents: readonly Glob[] | null;
  readonly purposes: readonly Glob[] | null;
  readonly claims: readonly (readonly [name: string, globs: readonly Glob[]])[];
  readonly acr: ReadonlySet<string> | null;
  /** ms */
  readonly within: number | null;
  readonly networks: readonly Network[] | null;
  readonly targets: readonly Glob[];
  readonly does: ReadonlySet<EffectClass> | null;
  readonly statements: ReadonlySet<string> | null;
  readonly objects: readonly Glob[] | null;
  readonly reads: readonly Glob[] | null;
  readonly rowsOver: number | null;
  readonly writes: readonly Glob[] | null;
  readonly filters: readonly Glob[] | null;
  /** globs over classes, and kinds; null: of any */
  readonly oracles: { readonly classes: readonly Glob[] | null; readonly kinds: ReadonlySet<string> | null } | null;
  readonly missing: ReadonlySet<string> | null;
  readonly attributes: readonly (readonly [name: string, globs: readonly Glob[]])[];
  readonly capabilities: readonly Glob[] | null;
  readonly window: TimeWindow | null;
}

/** A set of rules in force, known by its hash. Made by {@link compilePolicy}, immutable. */
export interface Policy {
  /** `sha256:` and the hex digest of the canonical JSON of the rules */
  readonly hash: string;
  readonly rules: readonly CompiledRule[];
  /** every network that some rule names: where the client is matters only to them */
  readonly networks: readonly Network[];
}

const effects: readonly RuleEffect[] = ['allow', 'deny', 'hold'];
const clauses: readonly Clause[] = ['where', 'limit'];
/** All kinds of oracles that rules may name. */
export const ORACLE_KINDS: readonly OracleKind[] = [
  'equality',
  'predicate',
  'join',
  'ordering',
  'grouping',
  'evaluation',
];
const effectClasses: readonly EffectClass[] = ['read', 'write', 'schema', 'admin', 'session', 'connect', 'unknown'];

/**
 * Puts rules in force.
 * @param rules as the configuration gives them; order matters only for which of several messages is told first
 * @throws PolicyError naming rule and key; nothing is put in force then
 */
export function compilePolicy(rules: readonly Rule[]): Policy {
  const names = new Set<string>();
  for (const { name } of rules) {
    if (name === '') throw new PolicyError(name, 'name', 'must not be empty');
    if (names.has(name))
      throw new PolicyError(name, 'name', 'is given to two rules; refusals and the record name rules');
    names.add(name);
  }
  const compiled = rules.map(compileRule);
  return { hash: policyHash(rules), rules: compiled, networks: compiled.flatMap(({ networks }) => networks ?? []) };
}

/** The hash by which a set of rules is known: `sha256:` and hex, over its canonical JSON. */
export function policyHash(rules: readonly Rule[]): string {
  return `sha256:${createHash('sha256').update(canonicalJson(rules)).digest('hex')}`;
}

function compileRule(rule: Rule): CompiledRule {
  const { name, who, on } = rule;
  const globs = (key: string, patterns: OneOrMany) => compileGlobs(name, key, patterns);
  if (!effects.includes(rule.effect)) throw new PolicyError(name, 'effect', `must be ${effects.join(', ')}`);
  if (rule.effect !== 'hold' && rule.approval)
    throw new PolicyError(name, 'approval', 'belongs to a rule of effect hold');
  checkBounds(rule);
  if (rule.effect === 'allow' && on.reads?.rows)
    throw new PolicyError(name, 'on.reads.rows', 'limits nothing in a rule of effect allow; use hold or deny');
  if (on.reads && on.reads.class === undefined && on.reads.rows === undefined)
    throw new PolicyError(name, 'on.reads', 'must name class or rows');
  if (on.oracles && on.oracles.class === undefined && on.oracles.kind === undefined)
    throw new PolicyError(name, 'on.oracles', 'must name class or kind');
  return {
    rule,
    groups: when(who?.groups, (groups) => new Set(texts(name, 'who.groups', groups))),
    users: when(who?.users, (users) => globs('who.users', users)),
    agents: when(who?.agents, (agents) => globs('who.agents', agents)),
    purposes: when(who?.purposes, (purposes) => globs('who.purposes', purposes)),
    claims: Object.entries(who?.claims ?? {}).map(
      ([claim, patterns]) => [claim, globs(`who.claims.${claim}`, patterns)] as const,
    ),
    acr: when(who?.strength?.acr, (acr) => new Set(texts(name, 'who.strength.acr', acr))),
    within: who?.strength?.within ?? null,
    networks: when(who?.networks, (networks) => compileNetworks(name, networks)),
    targets: globs('on.target', on.target),
    does: when(on.does, (does) => new Set(checkedClasses(name, does))),
    statements: when(on.statements, (kinds) => new Set(checkedKinds(name, kinds))),
    objects: when(on.objects, (objects) => globs('on.objects', objects)),
    reads: when(on.reads?.class, (classes) => globs('on.reads.class', classes)),
    rowsOver: when(on.reads?.rows, (rows) => checkedRows(name, rows.over)),
    writes: when(on.writes, (writes) => globs('on.writes.class', writes.class)),
    filters: when(on.filters, (filters) => globs('on.filters.class', filters.class)),
    oracles: when(on.oracles, (oracles) => ({
      classes: when(oracles.class, (classes) => globs('on.oracles.class', classes)),
      kinds: when(oracles.kind, (kinds) => new Set(checkedOracles(name, kinds))),
    })),
    missing: when(on.missing, (missing) => new Set(checkedClauses(name, missing))),
    attributes: Object.entries(on.attributes ?? {}).map(
      ([attribute, patterns]) => [attribute, globs(`on.${attribute}`, patterns)] as const,
    ),
    capabilities: when(on.capabilities, (capabilities) => globs('on.capabilities', capabilities)),
    window: when(on.between, (between) =>
      attempt(
        () => new TimeWindow(between),
        (problem, cause) => new PolicyError(name, 'on.between', problem, { cause }),
      ),
    ),
  };
}

function when<T, R>(value: T | undefined, then: (value: T) => R): R | null {
  return value === undefined ? null : then(value);
}

function texts(rule: string, key: string, value: OneOrMany): readonly string[] {
  const list = typeof value === 'string' ? [value] : value;
  if (list.length === 0) throw new PolicyError(rule, key, 'names nothing; leave the key out to mean all');
  return list;
}

function compileGlobs(rule: string, key: string, patterns: OneOrMany): readonly Glob[] {
  return texts(rule, key, patterns).map((pattern) =>
    attempt(
      () => compileGlob(pattern),
      (problem, cause) => new PolicyError(rule, key, `: ${problem}`, { cause }),
    ),
  );
}

function compileNetworks(rule: string, networks: OneOrMany): readonly Network[] {
  return texts(rule, 'who.networks', networks).map((network) =>
    attempt(
      () => compileNetwork(network),
      (problem, cause) => new PolicyError(rule, 'who.networks', problem, { cause }),
    ),
  );
}

function checkedOracles(rule: string, kinds: OracleKind | readonly OracleKind[]): readonly string[] {
  const named = texts(rule, 'on.oracles.kind', kinds);
  for (const each of named)
    if (!ORACLE_KINDS.some((kind) => kind === each))
      throw new PolicyError(rule, 'on.oracles.kind', `knows ${ORACLE_KINDS.join(', ')}, not ${JSON.stringify(each)}`);
  return named;
}

function checkedClauses(rule: string, missing: Clause | readonly Clause[]): readonly string[] {
  const named = texts(rule, 'on.missing', missing);
  for (const each of named)
    if (!clauses.some((clause) => clause === each))
      throw new PolicyError(rule, 'on.missing', `knows ${clauses.join(', ')}, not ${JSON.stringify(each)}`);
  return named;
}

function checkedClasses(rule: string, does: readonly EffectClass[]): readonly EffectClass[] {
  texts(rule, 'on.does', does);
  for (const each of does)
    if (!effectClasses.includes(each))
      throw new PolicyError(rule, 'on.does', `knows ${effectClasses.join(', ')}, not ${JSON.stringify(each)}`);
  return does;
}

function checkedKinds(rule: string, value: OneOrMany): readonly string[] {
  const kinds = texts(rule, 'on.statements', value);
  for (const kind of kinds)
    if (!/^[a-z]+( [a-z]+)*$/u.test(kind))
      throw new PolicyError(
        rule,
        'on.statements',
        `wants kinds in lower case such as drop, not ${JSON.stringify(kind)}`,
      );
  return kinds;
}

function checkedRows(rule: string, over: number): number {
  if (Number.isSafeInteger(over) && over >= 0) return over;
  throw new PolicyError(rule, 'on.reads.rows.over', 'must be a number of rows');
}

function attempt<T>(make: () => T, wrap: (problem: string, cause: unknown) => PolicyError): T {
  try {
    return make();
  } catch (error) {
    throw wrap(error instanceof Error ? error.message : String(error), error);
  }
}
