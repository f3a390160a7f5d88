import type { Principal } from '@app/identity';
import { decide } from './decide.js';
import type { Decision } from './decision.js';
import type { Operation } from './operation.js';
import { partsOf } from './parts.js';
import type { Policy } from './policy.js';
import { matchRule, type Asked } from './rule-match.js';
import type { Rule, RuleEffect } from './rule.js';
import type { Situation } from './situation.js';

/** The first condition of a rule that does not hold. */
export interface FailedCondition {
  /** as in the configuration: `who.groups`, `on.objects`, `on.namespace` */
  readonly key: string;
  /** what the rule says, as in the configuration */
  readonly wanted: readonly string[];
  /** what is so; empty: nothing; null: not known */
  readonly had: readonly string[] | null;
  /** one sentence */
  readonly message: string;
}

/** How one rule stands to an operation. */
export interface RuleExplanation {
  readonly rule: string;
  readonly effect: RuleEffect;
  /** of a write that reads other objects, each rule is asked about what it writes, and about what it only reads; left out: about all */
  readonly about?: 'writes' | 'reads';
  readonly matched: boolean;
  /** it matched, and decides only once a result has more rows than this; null: it decides at once */
  readonly rowsOver: number | null;
  /** null: it matched */
  readonly failed: FailedCondition | null;
}

/** A decision, and how each rule stood to it, in the order of the policy. */
export interface Explanation {
  readonly decision: Decision;
  readonly rules: readonly RuleExplanation[];
}

/** Decides as {@link decide} does, and says of each rule whether it matched or which condition failed first, once for each
 * part that is decided by itself. Pure. */
export function explain(
  principal: Principal,
  operation: Operation,
  policy: Policy,
  now: number,
  situation: Situation | null = null,
): Explanation {
  const parts = partsOf(operation);
  const rules = policy.rules.flatMap((compiled) =>
    parts.map(({ about, operation: part }): RuleExplanation => {
      const { rule, rowsOver } = compiled;
      const asked = { principal, operation: part, about, situation };
      const { failed } = matchRule(compiled, asked, now);
      return {
        rule: rule.name,
        effect: rule.effect,
        ...(about === undefined ? {} : { about }),
        matched: failed === null,
        rowsOver,
        failed: failed === null ? null : failedCondition(rule, failed, asked, now),
      };
    }),
  );
  return { decision: decide(principal, operation, policy, now, situation), rules };
}

function failedCondition(rule: Rule, key: string, asked: Asked, now: number): FailedCondition {
  const wanted = wantedBy(rule, key);
  const had = hadBy(key, asked, now);
  const is = had === null ? 'that is not known' : had.length === 0 ? 'there is none' : `it is ${had.join(', ')}`;
  const all = rule.effect === 'allow' && had !== null && had.length > 1 ? ', which must cover all of them' : '';
  return { key, wanted, had, message: `${key} wants ${wanted.join(' or ')}, and ${is}${all}.` };
}

const texts = (value: unknown): readonly string[] => (value === undefined ? [] : [value].flat().map(String));

function wantedBy({ who, on }: Rule, key: string): readonly string[] {
  if (key.startsWith('who.claims.')) return texts(who?.claims?.[key.slice('who.claims.'.length)]);
  switch (key) {
    case 'who.groups':
      return texts(who?.groups);
    case 'who.users':
      return texts(who?.users);
    case 'who.agents':
      return texts(who?.agents);
    case 'who.purposes':
      return texts(who?.purposes);
    case 'who.networks':
      return texts(who?.networks);
    case 'who.strength':
      return strengthWanted(who?.strength);
    case 'on.target':
      return texts(on.target);
    case 'on.does':
      return texts(on.does);
    case 'on.statements':
      return texts(on.statements);
    case 'on.objects':
      return texts(on.objects);
    case 'on.reads.class':
      return texts(on.reads?.class);
    case 'on.writes.class':
      return texts(on.writes?.class);
    case 'on.filters.class':
      return texts(on.filters?.class);
    case 'on.oracles':
      return oraclesWanted(on.oracles);
    case 'on.missing':
      return texts(on.missing);
    case 'on.capabilities':
      // no rule allows powers in passing
      return on.capabilities === undefined ? ['no power'] : texts(on.capabilities);
    case 'on.between':
      return windowWanted(on.between);
    default:
      return texts(on.attributes?.[key.slice('on.'.length)]);
  }
}

function hadBy(key: string, { principal, operation, situation }: Asked, now: number): readonly string[] | null {
  if (key.startsWith('who.claims.')) return principal.claims[key.slice('who.claims.'.length)] ?? [];
  switch (key) {
    case 'who.groups':
      return principal.groups;
    case 'who.users':
      return [principal.user];
    case 'who.agents':
      return principal.act;
    case 'who.purposes':
      return principal.purpose === null ? [] : [principal.purpose];
    case 'who.networks':
      return situation === null ? null : [situation.address];
    case 'who.strength':
      return strengthHad(principal, now);
    case 'on.target':
      return [operation.target];
    case 'on.does':
      return [operation.effect];
    case 'on.statements':
      return operation.kinds;
    case 'on.objects':
      return operation.objects;
    case 'on.reads.class':
      return operation.reads;
    case 'on.writes.class':
      return operation.writes;
    case 'on.filters.class':
      return operation.filters ?? null;
    case 'on.oracles':
      return operation.oracles?.map((oracle) => `${oracle.kind} ${oracle.class}`) ?? null;
    case 'on.missing':
      return operation.missing ?? null;
    case 'on.capabilities':
      return operation.capabilities;
    case 'on.between':
      return [new Date(now).toISOString()];
    default:
      return operation.attributes[key.slice('on.'.length)] ?? [];
  }
}

function oraclesWanted(oracles: Rule['on']['oracles']): readonly string[] {
  const classes = oracles?.class === undefined ? ['any class'] : texts(oracles.class);
  const kinds = oracles?.kind === undefined ? ['any use of'] : texts(oracles.kind);
  return kinds.flatMap((kind) => classes.map((name) => `${kind} ${name}`));
}

function strengthWanted(strength: { readonly acr?: unknown; readonly within?: number | undefined } | undefined) {
  const within = strength?.within;
  const how = texts(strength?.acr).map((acr) => `acr ${acr}`);
  return [[how.join(' or '), within === undefined ? '' : `at most ${within / 1_000} s ago`].filter(Boolean).join(', ')];
}

function strengthHad({ acr, authTime }: Principal, now: number): readonly string[] | null {
  if (acr === null && authTime === null) return null;
  const when = authTime === null ? 'at a time not known' : `${Math.max(0, Math.round((now - authTime) / 1_000))} s ago`;
  return [`acr ${acr ?? 'not known'}, ${when}`];
}

function windowWanted(between: Rule['on']['between']): readonly string[] {
  if (between === undefined) return [];
  const days = between.days === undefined ? '' : ` on ${between.days.join(', ')}`;
  return [`${between.from} to ${between.to} ${between.timezone ?? 'UTC'}${days}`];
}
