import { canonicalJson } from './canonical-json.js';
import type { Rule, RuleEffect } from './rule.js';

/** A rule that two policies have under one name, and that differs. */
export interface ChangedRule {
  readonly name: string;
  /** keys that differ, sorted: `effect`, `on.objects`, `approval.quorum`, `on.attributes.namespace` */
  readonly keys: readonly string[];
  readonly before: Rule;
  readonly after: Rule;
}

/** What changed from one policy to another; each list with the rules that deny first, then those that hold, then those that allow. */
export interface PolicyDiff {
  readonly added: readonly Rule[];
  readonly removed: readonly Rule[];
  /** ordered by what they do afterwards */
  readonly changed: readonly ChangedRule[];
  /** the rules both have stand in another order, which changes only whose message is told first */
  readonly reordered: boolean;
}

const order: readonly RuleEffect[] = ['deny', 'hold', 'allow'];

/** Compares two policies rule by rule, by name. Pure. */
export function diffPolicies(before: readonly Rule[], after: readonly Rule[]): PolicyDiff {
  const old = new Map(before.map((rule) => [rule.name, rule]));
  const present = new Map(after.map((rule) => [rule.name, rule]));
  const kept = after.flatMap((rule) => {
    const was = old.get(rule.name);
    return was === undefined ? [] : [{ name: rule.name, before: was, after: rule }];
  });
  const changed = kept
    .map((pair) => ({ ...pair, keys: changedKeys(pair.before, pair.after) }))
    .filter(({ keys }) => keys.length > 0);
  const oldOrder = before.filter(({ name }) => present.has(name));
  return {
    added: byEffect(
      after.filter(({ name }) => !old.has(name)),
      ({ effect }) => effect,
    ),
    removed: byEffect(
      before.filter(({ name }) => !present.has(name)),
      ({ effect }) => effect,
    ),
    changed: byEffect(changed, (pair) => pair.after.effect),
    reordered: kept.some(({ name }, at) => oldOrder[at]?.name !== name),
  };
}

function byEffect<T>(all: readonly T[], effectOf: (one: T) => RuleEffect): T[] {
  return all.toSorted((one, other) => order.indexOf(effectOf(one)) - order.indexOf(effectOf(other)));
}

function changedKeys(before: Rule, after: Rule): string[] {
  const [old, present] = [new Map(leaves(before, '')), new Map(leaves(after, ''))];
  const keys = new Set([...old.keys(), ...present.keys()]);
  return [...keys].filter((key) => old.get(key) !== present.get(key)).sort();
}

/** Every value that is no section, by the path of its key, as canonical JSON. One text and a list of it are the same. */
function leaves(value: object, path: string): [string, string][] {
  return Object.entries(value).flatMap(([key, member]: [string, unknown]): [string, string][] => {
    const here = path === '' ? key : `${path}.${key}`;
    if (member === undefined) return [];
    if (typeof member === 'object' && member !== null && !Array.isArray(member)) return leaves(member, here);
    return [[here, canonicalJson([member].flat())]];
  });
}
