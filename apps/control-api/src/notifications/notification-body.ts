import type { StoredApproval } from '@app/store';
import type { Notice, NotificationBody } from './notification.js';

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
