import type { RuleConfig } from './types.js';
import type { Parsed } from './findings.js';
import { ORACLES } from './oracles.section.js';
import { splitColumn } from './targets.section.js';

/** As rules that hold and say nothing more have it. */
const APPROVAL = { reviewers: {}, quorum: 1, hold: 60_000, expires: 15 * 60_000, inTransaction: 'fresh' as const };

/**
 * The rules that `protect[].oracles` stands for where it says `hold`: on the targets of the class, one for each kind. They come after
 * the rules of the file, and are held, explained and recorded as these are.
 */
export function oracleRules(protect: Parsed['protect']): RuleConfig[] {
  const rules = new Map<string, RuleConfig>();
  for (const { class: name, columns, oracles } of protect)
    for (const kind of ORACLES) {
      const targets = columns.map((column) => splitColumn(column)[0] ?? '');
      if (oracles[kind] !== 'hold' || targets.length === 0) continue;
      const rule = `protect ${name}: ${kind}`;
      const target = [...new Set([...(rules.get(rule)?.on.target ?? []), ...targets])];
      rules.set(rule, {
        name: rule,
        on: { target, oracles: { class: [name], kind: [kind] }, attributes: undefined },
        effect: 'hold',
        message: `It lets its author learn of ${name} without being shown it (${kind}).`,
        approval: APPROVAL,
      });
    }
  return [...rules.values()];
}
