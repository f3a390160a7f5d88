import { type AccessAsked, renderAccess, reviewText } from '@app/approvals';
import type { Query } from '../audit-database.js';
import type { StoredApproval, StoredDecision, StoredUse, StoredWait } from './stored-approval.js';

type Dated<Row, Names extends keyof Row> = Omit<Row, Names> & Record<Names, string>;
type Revoked = NonNullable<StoredApproval['revoked']>;
type GlassReview = NonNullable<StoredApproval['glassReview']>;

/** A row of {@link APPROVALS}: times inside of JSON come as ISO 8601 texts, `bigint` as text. */
interface ApprovalRow extends Omit<
  StoredApproval,
  'lifetime' | 'decisions' | 'waits' | 'usedBy' | 'revoked' | 'glassReview' | 'quorum'
> {
  readonly lifetime: string;
  readonly decisions: readonly Dated<StoredDecision, 'at'>[];
  readonly waits: readonly (Omit<StoredWait, 'since' | 'until'> & { since: string; until: string | null })[];
  readonly usedBy: readonly Dated<StoredUse, 'at'>[];
  readonly revoked: Dated<Revoked, 'at'> | null;
  readonly glassReview: Dated<GlassReview, 'at'> | null;
}

const APPROVALS = `
  SELECT a.id, a.kind, a.state, a.digest, a.target, a.protocol, a.session, a.operation, a.requester, a.requirements, a.review, a.rendering,
    a.too_long AS "tooLong", a.scope, a.reason, a.incident, a.unmask, a.uses, a.uses_left AS "usesLeft", a.lifetime,
    a.not_before AS "notBefore", a.expires, a.created_at AS "createdAt", a.decided_at AS "decidedAt", a.revoked,
    a.review_due AS "reviewDue", a.policy,
    coalesce((SELECT jsonb_agg(jsonb_build_object('by', jsonb_build_object('iss', d.iss, 'sub', d.sub, 'user', d."user"),
        'decision', d.decision, 'rules', d.rules, 'reason', d.reason, 'rendering', d.rendering, 'unmask', d.unmask, 'at', d.at) ORDER BY d.at)
      FROM approval_decision d WHERE d.approval = a.id), '[]') AS decisions,
    coalesce((SELECT jsonb_agg(jsonb_build_object('operation', w.operation, 'since', w.since, 'until', w.until, 'why', w.why) ORDER BY w.since)
      FROM approval_wait w WHERE w.approval = a.id), '[]') AS waits,
    coalesce((SELECT jsonb_agg(jsonb_build_object('useNo', u.use_no, 'epoch', u.epoch, 'operation', u.operation, 'session', u.session,
        'at', u.at) ORDER BY u.use_no)
      FROM approval_use u WHERE u.approval = a.id), '[]') AS "usedBy",
    (SELECT jsonb_build_object('by', g."by", 'verdict', g.verdict, 'reason', g.reason, 'at', g.at)
      FROM glass_review g WHERE g.approval = a.id) AS "glassReview"
  FROM approval a`;

/** Approvals with all that belongs to them. @param rest what follows FROM: conditions on `a`, order, limit */
export async function selectApprovals(
  query: Query,
  rest: string,
  values: readonly unknown[],
): Promise<readonly StoredApproval[]> {
  return (await query<ApprovalRow>(`${APPROVALS} ${rest}`, values)).map(toStoredApproval);
}

function toStoredApproval(row: ApprovalRow): StoredApproval {
  const dated = <Row extends { readonly at: string }>(each: Row) => ({ ...each, at: new Date(each.at) });
  return {
    ...row,
    lifetime: Number(row.lifetime),
    quorum: Math.max(0, ...row.requirements.map(({ quorum }) => quorum)),
    decisions: row.decisions.map(dated),
    waits: row.waits.map(({ operation, since, until, why }) => ({
      operation,
      since: new Date(since),
      until: until === null ? null : new Date(until),
      why,
    })),
    usedBy: row.usedBy.map(dated),
    revoked: row.revoked && dated(row.revoked),
    glassReview: row.glassReview && dated(row.glassReview),
  };
}

/** Where approvals stand, as {@link StoredStanding}; what follows are conditions on `a`. */
export const STANDINGS = `
  SELECT a.id, CASE WHEN a.state IN ('pending', 'approved') AND a.expires <= clock_timestamp() THEN 'expired' ELSE a.state END AS state,
    coalesce(a.revoked->'by'->>'user', (SELECT string_agg(d."user", ', ' ORDER BY d.at) FROM approval_decision d
      WHERE d.approval = a.id AND d.decision = CASE a.state WHEN 'denied' THEN 'deny' ELSE 'approve' END)) AS by,
    coalesce(a.revoked->>'reason', (SELECT string_agg(d.reason, ' ' ORDER BY d.at) FROM approval_decision d
      WHERE d.approval = a.id AND d.decision = CASE a.state WHEN 'denied' THEN 'deny' ELSE 'approve' END)) AS reason,
    floor(extract(epoch FROM a.expires) * 1000)::float8 AS expires
  FROM approval a`;

export async function one(query: Query, id: string): Promise<StoredApproval | null> {
  const [row] = await selectApprovals(query, 'WHERE a.id = $1', [id]);
  return row ?? null;
}

/** Whether the time of an approval is over by the clock of the database. */
export async function isOver(query: Query, id: string): Promise<boolean> {
  const rows = await query('SELECT 1 FROM approval WHERE id = $1 AND expires <= clock_timestamp()', [id]);
  return rows.length > 0;
}

/** What a request for access asked for; null: the approval is about an operation. */
export function accessOf(
  approval: Pick<StoredApproval, keyof AccessAsked & keyof StoredApproval> & { lifetime: number },
): AccessAsked | null {
  const { id, kind, requester, scope, reason, incident, unmask, lifetime } = approval;
  if ((kind !== 'access' && kind !== 'break-glass') || scope === null || reason === null) return null;
  return { id, kind, requester, scope, reason, incident, unmask, duration: lifetime };
}

/** The lines a reviewer is shown of an approval; the hash `rendering` speaks for them. */
export function shownText(approval: StoredApproval): string {
  if (approval.review !== null) return reviewText(approval.review);
  const asked = accessOf(approval);
  return asked === null ? '' : renderAccess(asked).text;
}
