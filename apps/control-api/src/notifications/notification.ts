/** What is told: of approvals, of emergencies, of reviewers who have not answered and of reviews that are late. */
export type NotificationKind = 'requested' | 'decided' | 'expired' | 'glass' | 'reminder' | 'overdue';
export type NotificationState = 'pending' | 'sent' | 'dead';

/** Something that happened, to be told to those who want to know: written by the database together with what happened. */
export interface Notice {
  readonly id: string;
  readonly kind: NotificationKind;
  readonly approval: string;
  /** the approval's state then, and when that was (ms since 1970) */
  readonly payload: { readonly state: string; readonly at: number };
}

/** What one webhook is to be told. */
export interface Notification {
  readonly id: string;
  readonly kind: NotificationKind;
  readonly approval: string;
  readonly webhook: string;
  readonly state: NotificationState;
  readonly attempts: number;
  /** pending: when it is tried next */
  readonly nextAt: Date;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly payload: NotificationBody;
}

/**
 * What a webhook is sent. No statement, no value, no reason that somebody wrote: who wants to see more follows the link and signs in.
 * Nothing can be decided by following it.
 */
export interface NotificationBody {
  /** `approval.requested`, `break-glass.overdue`, … */
  readonly type: string;
  /** when it happened, ISO 8601 */
  readonly timestamp: string;
  readonly data: {
    readonly approval: string;
    readonly kind: string;
    /** the approval's state then */
    readonly state: string;
    readonly target: string;
    readonly protocol: string | null;
    /** of the operation: `DELETE`, `create`; null: a request for access */
    readonly verb: string | null;
    /** user who asks */
    readonly requester: string;
    /** agents acting for them, outermost first */
    readonly agents: readonly string[];
    /** rules that held it */
    readonly rules: readonly string[];
    /** users who decided it, in order */
    readonly decidedBy: readonly string[];
    readonly expires: string;
    /** by when an emergency has to be reviewed */
    readonly reviewDue: string | null;
    /** path at the control API */
    readonly link: string;
  };
}
