/** Why an operation may not go on; the protocol renders it. */
export type RefusalCode =
  | 'rule'
  | 'default-deny'
  | 'approvals-not-configured'
  | 'masking'
  | 'unsupported'
  | 'unreadable'
  | 'row-limit'
  | 'expired'
  | 'revoked'
  | 'not-recordable'
  | 'setting'
  /** held: nobody decided while the client could wait; the same operation passes once it is approved */
  | 'approval-pending'
  | 'approval-denied'
  | 'approval-expired'
  | 'approval-revoked'
  /** approved, but it is not the same operation any more */
  | 'approval-changed'
  /** nobody can be asked right now */
  | 'approval-unavailable'
  /** the client withdrew it while it was held */
  | 'cancelled';

/**
 * A refusal that a person and a language model can act on. Texts never hold a value of the target; `retry` says whether the very
 * same operation can pass later without a change.
 */
export interface Refusal {
  readonly code: RefusalCode;
  /** one sentence */
  readonly message: string;
  /** what would pass, or whom to ask; null: nothing to add */
  readonly hint: string | null;
  /** the rule that refused, where one did */
  readonly rule: string | null;
  readonly retry: 'never' | 'later' | 'after-change';
  /** id of the operation in the record, for support and search */
  readonly operation: string;
  /** id of the approval that was asked for, used up or refused */
  readonly approval?: string | null;
  /** the session ends with it (token expired, revoked, record lost) */
  readonly fatal: boolean;
}
