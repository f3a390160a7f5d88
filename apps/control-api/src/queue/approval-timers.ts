import type { StoredApproval } from '@app/store';
import type { Job } from './job-backend.js';

/** What a timer of an approval does. */
export type TimerName = 'expire' | 'remind' | 'review' | 'overdue';

/** A job of the queue of timers. */
export type Timer = Job & { readonly name: TimerName };

/** of the time in which an emergency has to be reviewed: 48 of 72 h */
const REVIEW_REMINDER = 2 / 3;
/** where a request for access says nothing: reviewers are reminded at half time */
const HALF = 1 / 2;

/**
 * Every timer that an approval still has, as it stands now. Derived, never kept: the same approval has the same timers.
 */
export function timersOf(approval: StoredApproval): Timer[] {
  const { id, state, kind, expires, reviewDue, glassReview } = approval;
  const created = approval.createdAt.getTime();
  const timers: Timer[] = [];
  if (state === 'pending' || state === 'approved') timers.push({ id, name: 'expire', of: id, at: expires.getTime() });
  const remindAt = state === 'pending' ? reminderAt(approval) : null;
  if (remindAt !== null) timers.push({ id: `${id}-remind`, name: 'remind', of: id, at: remindAt });
  if (kind === 'break-glass' && reviewDue && !glassReview) {
    const due = reviewDue.getTime();
    const at = Math.round(created + (due - created) * REVIEW_REMINDER);
    timers.push({ id: `${id}-review`, name: 'review', of: id, at });
    timers.push({ id: `${id}-overdue`, name: 'overdue', of: id, at: due });
  }
  return timers;
}

/** When its reviewers are reminded: the first that a rule asks for. A request for access is not forgotten either way. */
function reminderAt({ kind, requirements, createdAt, expires }: StoredApproval): number | null {
  const [created, end] = [createdAt.getTime(), expires.getTime()];
  const asked = requirements.flatMap(({ remind }) => (typeof remind === 'number' ? [created + remind] : []));
  const at =
    asked.length > 0 ? Math.min(...asked) : kind === 'access' ? Math.round(created + (end - created) * HALF) : null;
  return at !== null && at < end ? at : null;
}
