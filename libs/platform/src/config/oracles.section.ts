import { z } from 'zod';
import { count, duration } from './scalars.js';

/** All kinds of oracles that `protect[].oracles` and `rules[].on.oracles` may name. */
export const ORACLES = ['equality', 'predicate', 'join', 'ordering', 'grouping', 'evaluation'] as const;

const WHAT: Readonly<Record<(typeof ORACLES)[number], string>> = {
  equality: 'A column of the class compared for equality with a bound parameter.',
  predicate: 'Any other condition on the class that chooses rows: literals, ranges, LIKE, functions.',
  join: 'A column of the class compared with another column.',
  ordering: 'ORDER BY, and what depends on an order: windows, the least and the greatest.',
  grouping: 'GROUP BY, DISTINCT, set operations that compare, partitions of windows.',
  evaluation: 'Computed in a way whose errors, effects, time or number of rows depend on the value.',
};

function setting(kind: (typeof ORACLES)[number]) {
  return z
    .union(
      [
        z.enum(['allow', 'hold', 'refuse']),
        z.strictObject({
          count: count(1, 1_000_000).describe('Statements of one person.'),
          per: duration({ min: '1s', max: '30d' }).describe('In so long.'),
        }),
      ],
      { error: 'must be allow, hold, refuse or { count: NUMBER, per: DURATION }' },
    )
    .prefault(kind === 'equality' ? 'allow' : 'refuse')
    .meta({ title: '`allow`, `hold`, `refuse` or `{ count: number, per: duration }`' })
    .describe(WHAT[kind]);
}

/** What becomes of statements that do not show a protected value, and still let their author learn of it. */
export function oraclesSection() {
  return z
    .strictObject({
      equality: setting('equality'),
      predicate: setting('predicate'),
      join: setting('join'),
      ordering: setting('ordering'),
      grouping: setting('grouping'),
      evaluation: setting('evaluation'),
    })
    .prefault({})
    .describe(
      'What becomes of statements that do not show values of the class, and still let their author learn of them: they pass, pass so many times per person (counted by the workers of one gateway together, not across replicas), wait for a reviewer, or are refused. Every use is in the record whatever stands here. In databases only.',
    );
}
