import { met, type Requirement } from '@app/approvals';
import { shownText, type StoredApproval, type StoredDecision } from '@app/store';
import type { Caller } from '../access/caller.js';
import type { ApprovalJson } from './approval.schema.js';
import { isCaller, type Sight, verdictOn } from './approval-sight.js';

const SUMMARY = 160;

/** How an approval is told. */
export interface Telling {
  readonly caller: Caller;
  readonly sight: Exclude<Sight, null>;
  /** shown alone: with all that a reviewer reads */
  readonly alone: boolean;
  /** ms since the epoch */
  readonly now: number;
  /** operations that consumed a grant and have no intent in the record */
  readonly burnt: ReadonlySet<string>;
}

/** An approval for the eyes of one caller. */
export function approvalJson(approval: StoredApproval, telling: Telling): ApprovalJson {
  const { caller, now, burnt } = telling;
  const whole = telling.sight === 'whole';
  const shown = whole && telling.alone;
  const { requester } = approval;
  return {
    id: approval.id,
    kind: approval.kind,
    state: approval.state,
    digest: approval.digest,
    target: approval.target,
    protocol: approval.protocol,
    session: approval.session,
    operation: approval.operation,
    requester: { ...requester, act: [...requester.act], groups: [...requester.groups] },
    requirements: approval.requirements.map((requirement) => requirementJson(requirement, approval.decisions)),
    summary: whole ? summaryOf(approval) : '',
    review: shown && approval.review ? { ...approval.review } : null,
    text: shown ? shownText(approval) : null,
    rendering: approval.rendering,
    tooLong: approval.tooLong,
    scope: approval.scope ? { ...approval.scope } : null,
    reason: whole ? approval.reason : null,
    incident: approval.incident,
    unmask: [...approval.unmask],
    uses: approval.uses,
    usesLeft: approval.usesLeft,
    notBefore: approval.notBefore?.toISOString() ?? null,
    expires: approval.expires.toISOString(),
    createdAt: approval.createdAt.toISOString(),
    decidedAt: approval.decidedAt?.toISOString() ?? null,
    decisions: approval.decisions.map(({ by, decision, rules, reason, rendering, unmask, at }) => ({
      by,
      decision,
      rules: [...rules],
      reason,
      rendering,
      unmask: unmask === null ? null : [...unmask],
      at: at.toISOString(),
    })),
    waits: approval.waits.map(({ operation, since, until, why }) => ({
      operation,
      since: since.toISOString(),
      until: until?.toISOString() ?? null,
      why,
    })),
    usedBy: approval.usedBy.map(({ useNo, epoch, operation, session, at }) => ({
      useNo,
      epoch,
      operation,
      session,
      at: at.toISOString(),
      burnt: burnt.has(operation),
    })),
    revoked: approval.revoked && { ...approval.revoked, at: approval.revoked.at.toISOString() },
    glass: glassOf(approval, now),
    policy: approval.policy,
    you: youOf(approval, caller, now),
  };
}

function requirementJson(
  requirement: Requirement,
  decisions: readonly StoredDecision[],
): ApprovalJson['requirements'][number] {
  const { rule, owner, reviewers, quorum, stepUp } = requirement;
  const approvals = decisions.filter(({ decision }) => decision === 'approve');
  let approved = 0;
  while (approved < approvals.length && met([{ ...requirement, quorum: approved + 1 }], approvals)) approved += 1;
  return {
    rule,
    owner,
    reviewers: { groups: [...reviewers.groups], users: [...reviewers.users] },
    quorum,
    stepUp: stepUp && { acr: [...stepUp.acr], within: stepUp.within },
    approved,
  };
}

/** One line: the verb and the begin of the statement, or of what access is asked to. */
function summaryOf(approval: StoredApproval): string {
  const { review, scope, reason } = approval;
  if (!review) return cut(`${(scope?.does ?? ['anything']).join(', ')} on ${approval.target}: ${reason ?? ''}`);
  const statement = review.statement.replace(/\s+/g, ' ').trim();
  return cut(statement.toLowerCase().startsWith(review.verb.toLowerCase()) ? statement : `${review.verb} ${statement}`);
}

function cut(text: string): string {
  return text.length <= SUMMARY ? text : `${text.slice(0, SUMMARY).replace(/[\ud800-\udbff]$/, '')}…`;
}

function glassOf({ reviewDue, glassReview }: StoredApproval, now: number): ApprovalJson['glass'] {
  if (reviewDue === null) return null;
  return {
    due: reviewDue.toISOString(),
    overdue: glassReview === null && reviewDue.getTime() < now,
    reviewed: glassReview && { ...glassReview, at: glassReview.at.toISOString() },
  };
}

function youOf(approval: StoredApproval, caller: Caller, now: number): ApprovalJson['you'] {
  const decided = approval.decisions.some(({ by }) => isCaller(caller, by));
  if (approval.state !== 'pending') return { mayDecide: false, why: `It is ${approval.state} already.`, decided };
  if (decided) return { mayDecide: false, why: 'You have decided about it already.', decided };
  const { refused } = verdictOn(caller, approval, now);
  if (refused !== undefined) return { mayDecide: false, why: refused, decided };
  return {
    mayDecide: true,
    why: approval.tooLong ? 'It is too long to be shown whole: it can only be denied.' : null,
    decided,
  };
}
