import type { Refusal } from '@app/gate';
import type { RowLimit } from '@app/policy';
import type { StatementRun } from './statement-run.js';

// How a result ends that a rule cuts short while it flows.

function cut({ admission }: StatementRun, why: Pick<Refusal, 'code' | 'message' | 'hint' | 'rule'>): Refusal {
  return { ...why, retry: 'after-change', operation: admission.id, fatal: false };
}

/** More rows than a rule lets pass, where nobody can be asked. */
export function limitRefusal(run: StatementRun, { message, over, rule, effect }: RowLimit): Refusal {
  const fewer = `At most ${over} rows pass; ask for fewer.`;
  const alone = ' Sent on its own, outside of a transaction block, the rest of it would wait for an approval.';
  return cut(run, { code: 'row-limit', message, hint: effect === 'hold' ? fewer + alone : fewer, rule });
}

/** More bytes than a rule lets pass. */
export function bytesRefusal(run: StatementRun, limit: number): Refusal {
  return cut(run, {
    code: 'row-limit',
    message: `A rule lets at most ${limit} bytes of this result pass.`,
    hint: 'Ask for fewer rows or columns.',
    rule: run.admission.decision.rules[0] ?? null,
  });
}

/** A detector found what may not leave. @param column its name; null: it is not known */
export function foundRefusal(run: StatementRun, detector: string, column: string | null): Refusal {
  const where = column === null ? 'a value' : `a value of column "${column}"`;
  return cut(run, {
    code: 'masking',
    message: `The detector ${detector} found something in ${where} that this target does not let out.`,
    hint: 'Leave the column out, or have it named under protect: it arrives masked then.',
    rule: null,
  });
}

/** The target worked on it longer than a rule lets it. */
export function timeoutRefusal(run: StatementRun): Refusal {
  return cut(run, {
    code: 'cancelled',
    message: `A rule lets a target work at most ${run.timeoutMs} ms on this statement, and it was cancelled after that.`,
    hint: 'Ask for less in one statement.',
    rule: run.admission.decision.rules[0] ?? null,
  });
}
