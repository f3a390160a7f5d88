import type { StoredApproval } from '@app/store';
import type { Notice } from './notification.store.js';

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

/** Renders what happened to an approval. */
export function bodyOf(notice: Notice, approval: StoredApproval): NotificationBody {
  const glass = approval.kind === 'break-glass';
  const type = glass ? `break-glass.${notice.kind === 'glass' ? 'broken' : notice.kind}` : `approval.${notice.kind}`;
  const decidedBy = approval.decisions.map(({ by }) => by.user);
  return {
    type,
    timestamp: new Date(notice.payload.at).toISOString(),
    data: {
      approval: approval.id,
      kind: approval.kind,
      state: notice.payload.state,
      target: approval.target,
      protocol: approval.protocol,
      verb: approval.review?.verb ?? null,
      requester: approval.requester.user,
      agents: approval.requester.act.map(String),
      rules: approval.requirements.map(({ rule }) => rule),
      decidedBy: notice.payload.state === 'revoked' && approval.revoked ? [approval.revoked.by.user] : decidedBy,
      expires: approval.expires.toISOString(),
      reviewDue: approval.reviewDue?.toISOString() ?? null,
      link: `/v1/approvals/${approval.id}`,
    },
  };
}
