import type { ApprovalDemand } from './requirement.js';
import type { Limits, RecordLevel } from './rule.js';

/** Why a decision is what it is. */
export type DecisionCode = 'rule' | 'default-deny' | 'approvals-not-configured';

/** Rows are known only as they flow: past `over` of them the rest of the result is not released. */
export interface RowLimit {
  readonly rule: string;
  /** rows that may pass */
  readonly over: number;
  readonly effect: 'hold' | 'deny';
  /** what the person or agent is told when the limit is passed */
  readonly message: string;
  /** who may let more rows pass; null: nobody (effect deny) */
  readonly approval: ApprovalDemand | null;
}

/** What an allowed operation is bound to. */
export interface Obligations {
  /** every one holds; empty: none */
  readonly rowLimits: readonly RowLimit[];
  /** left out: none; `rows` is among the {@link rowLimits} too */
  readonly limits?: Limits;
  /** at least this much is recorded; left out: as the target says */
  readonly record?: RecordLevel;
}

/** The answer of the policy about one operation of one principal. Immutable: the cache hands out the same object again. */
export interface Decision {
  readonly effect: 'allow' | 'deny' | 'hold';
  /** names of the rules that led to it, in the order of the policy; empty when nothing matched */
  readonly rules: readonly string[];
  /** for the person or agent, whole sentences; null when allowed */
  readonly message: string | null;
  readonly code: DecisionCode;
  /** hash of the policy that decided */
  readonly policy: string;
  readonly obligations: Obligations;
  /** what a hold asks of reviewers; null: no hold */
  readonly approval: ApprovalDemand | null;
  /** ms since the epoch: the next edge of a time window of a rule that could apply; Infinity: none */
  readonly validUntil: number;
  /** false: decide anew each time (what the operation does could not be read) */
  readonly cacheable: boolean;
}
