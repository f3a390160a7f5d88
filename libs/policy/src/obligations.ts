import type { Obligations, RowLimit } from './decision.js';
import { resultLimitMessage } from './messages.js';
import type { CompiledRule } from './policy.js';
import type { Limits, RecordLevel } from './rule.js';

/**
 * What the rules that let an operation pass bind it to: the smallest of each limit, the loudest record. A limit of rows is kept with
 * the other row limits too, so that whoever counts rows for those counts for it.
 */
export function obligationsOf(rules: readonly CompiledRule[], rowLimits: readonly RowLimit[]): Obligations {
  const given = rules.flatMap(({ rule }) => (rule.limits === undefined ? [] : [rule.limits]));
  const limits = smallest(given);
  const levels = rules.flatMap(({ rule }) => rule.record ?? []);
  return {
    rowLimits: [...rowLimits, ...rowsOf(rules, limits?.rows)],
    ...(limits === null ? {} : { limits }),
    ...(levels.length === 0 ? {} : { record: levels.reduce(louder) }),
  };
}

function smallest(all: readonly Limits[]): Limits | null {
  if (all.length === 0) return null;
  const least = (key: 'rows' | 'bytes' | 'statementTimeout'): Partial<Record<typeof key, number>> => {
    const values = all.flatMap((limits) => limits[key] ?? []);
    return values.length === 0 ? {} : { [key]: Math.min(...values) };
  };
  return {
    ...least('rows'),
    ...least('bytes'),
    ...least('statementTimeout'),
    ...(all.some(({ readOnly }) => readOnly === true) ? { readOnly: true } : {}),
  };
}

function rowsOf(rules: readonly CompiledRule[], over: number | undefined): RowLimit[] {
  const found = rules.find(({ rule }) => rule.limits?.rows === over);
  if (over === undefined || found === undefined) return [];
  const { rule } = found;
  return [{ rule: rule.name, over, effect: 'deny', message: resultLimitMessage(rule, over), approval: null }];
}

function louder(one: RecordLevel, other: RecordLevel): RecordLevel {
  return rowsKept(other) > rowsKept(one) ? other : one;
}

function rowsKept(level: RecordLevel): number {
  if (level === 'all') return Number.POSITIVE_INFINITY;
  return level === 'none' ? 0 : level.first;
}
