import {
  accessDigest,
  type AccessAsked,
  type Actor,
  type ApprovalEvent,
  grantedUnmask,
  next,
  renderAccess,
  renderReview,
} from '@app/approvals';
import type { AuditDatabase, Query } from '../audit-database.js';
import { Conditions } from '../conditions.js';
import { CursorError } from '../cursor.js';
import { notFound, refusalOf, settled } from './approval-refusals.js';
import { isOver, one, selectApprovals, STANDINGS } from './approval-rows.js';
import {
  ApprovalError,
  type ApprovalFilter,
  type ApprovalPage,
  type GrantUse,
  type NewAccess,
  type NewApproval,
  type NewBreakGlass,
  type NewDecision,
  type NewGlassReview,
  type StoredApproval,
  type StoredDecision,
  type StoredGrant,
  type StoredStanding,
} from './stored-approval.js';

/**
 * Says what one more decision makes of an approval. The row is locked meanwhile and the decision stands, uncommitted, among `decisions`: it
 * may await what has to be durable first. What it throws undoes everything.
 */
export type Judge = (
  approval: StoredApproval,
  decisions: readonly StoredDecision[],
) => ApprovalEvent | Promise<ApprovalEvent>;

/**
 * Approvals, the only truth about them. The first half is for gateways, whose login can ask, use and leave and nothing else; the second
 * for the control API. The database's clock judges every window. Everything throws while the database is down.
 */
export class ApprovalStore {
  constructor(private readonly database: AuditDatabase) {}

  /**
   * The unused grant of the digest, or the pending approval, which the operation joins, or a new one.
   * @returns `fresh`: this operation was the first to ask
   */
  async request(ask: NewApproval): Promise<StoredStanding & { readonly fresh: boolean }> {
    const { review, hash, tooLong } = renderReview(ask.review);
    const [row] = await this.database.query<{ approval: string; fresh: boolean }>(
      'SELECT * FROM approval_request($1)',
      [JSON.stringify({ ...ask, review, rendering: hash, tooLong })],
    );
    const [standing] = await this.standings([row?.approval ?? ask.id]);
    if (!row || !standing) throw notFound(ask.id);
    return { ...standing, fresh: row.fresh };
  }

  /** Where these stand; those that do not exist are left out. One statement, however many. */
  async standings(ids: readonly string[]): Promise<StoredStanding[]> {
    if (ids.length === 0) return [];
    return this.database.query<StoredStanding>(`${STANDINGS} WHERE a.id = ANY ($1)`, [ids]);
  }

  /**
   * Uses a grant by one, at most once per use, whoever races (evidence §7.2). Committed when it resolves; when it rejects, the use may be
   * burnt: nothing may run by it.
   * @returns null: the grant is not (any more) good for this digest
   */
  async consume({ id, digest, epoch, operation, session }: GrantUse): Promise<{ unmask: string[] } | null> {
    const [row] = await this.database.query<{ unmask: string[] | null }>(
      'SELECT approval_consume($1, $2, $3, $4, $5) AS unmask',
      [id, digest, epoch, operation, session],
    );
    return row?.unmask ? { unmask: row.unmask } : null;
  }

  /** The operation does not wait any more; `cancelled` or `disconnected` by the last one that did withdraws a pending approval. */
  async leave(id: string, operation: string, why: string): Promise<void> {
    await this.database.query('SELECT approval_leave($1, $2, $3)', [id, operation, why]);
  }

  /** Grants given ahead of time and emergencies, in force now or later. */
  async activeGrants(): Promise<StoredGrant[]> {
    return this.database.query<StoredGrant>(
      `SELECT id, kind, requester, scope, unmask, floor(extract(epoch FROM not_before) * 1000)::float8 AS "notBefore",
         floor(extract(epoch FROM expires) * 1000)::float8 AS expires
       FROM approval WHERE state = 'approved' AND kind IN ('access', 'break-glass') AND expires > clock_timestamp() ORDER BY id`,
    );
  }

  /** Newest first. @throws CursorError */
  async list(filter: ApprovalFilter): Promise<ApprovalPage> {
    const conditions = new Conditions();
    if (filter.states) conditions.add([filter.states], (states) => `a.state = ANY (${states}::text[])`);
    if (filter.kinds) conditions.add([filter.kinds], (kinds) => `a.kind = ANY (${kinds}::text[])`);
    if (filter.requester)
      conditions.add(
        [filter.requester.iss, filter.requester.sub],
        (iss, sub) => `a.requester->>'iss' = ${iss} AND a.requester->>'sub' = ${sub}`,
      );
    if (filter.unreviewed)
      conditions.add(
        [],
        () => `a.kind = 'break-glass' AND NOT EXISTS (SELECT FROM glass_review g WHERE g.approval = a.id)`,
      );
    if (filter.cursor !== undefined) conditions.add([decodeCursor(filter.cursor)], (id) => `a.id < ${id}`);
    const rows = await selectApprovals(
      this.#query,
      `WHERE ${conditions.toString()} ORDER BY a.id DESC LIMIT ${filter.limit + 1}`,
      conditions.values,
    );
    const items = rows.slice(0, filter.limit);
    const last = items.at(-1);
    return { items, next: rows.length > filter.limit && last ? Buffer.from(last.id).toString('base64url') : null };
  }

  async get(id: string): Promise<StoredApproval | null> {
    return one(this.#query, id);
  }

  /**
   * Writes a reviewer's decision and what follows from it, in one transaction with the row locked: two who decide at once take turns.
   * @throws ApprovalError
   */
  async decide(id: string, decision: NewDecision, judge: Judge): Promise<StoredApproval> {
    return this.#change(id, async (query, approval) => {
      if (approval.state !== 'pending') throw settled(approval);
      if (await isOver(query, id)) throw new ApprovalError('expired', 'The time to decide is over.', 'expired');
      if (decision.rendering !== approval.rendering)
        throw new ApprovalError('rendering', 'This is not what was shown; look at the approval again.', 'pending');
      if (decision.decision === 'approve' && approval.tooLong)
        throw new ApprovalError(
          'too-long',
          'What cannot be shown whole cannot be approved; it can be denied.',
          'pending',
        );
      const { by, rules, reason, rendering, unmask } = decision;
      await query(
        `INSERT INTO approval_decision (approval, iss, sub, "user", decision, rules, reason, rendering, unmask)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [id, by.iss, by.sub, by.user, decision.decision, rules, reason, rendering, unmask ?? null],
      );
      const decisions = (await one(query, id))?.decisions ?? [];
      const event = await judge(approval, decisions);
      const state = next(approval.state, event);
      if (state === null || (event === 'deny') !== (decision.decision === 'deny')) throw settled(approval);
      if (state === 'approved')
        await query(
          `UPDATE approval a SET state = $2, unmask = $3, not_before = t.at, decided_at = t.at,
             expires = t.at + make_interval(secs => a.lifetime / 1000.0)
           FROM (SELECT clock_timestamp() AS at) AS t WHERE a.id = $1`,
          [id, state, unmaskOf(approval, decisions)],
        );
      else if (state === 'denied')
        await query('UPDATE approval SET state = $2, decided_at = clock_timestamp() WHERE id = $1', [id, state]);
      else if (state !== 'pending') throw settled(approval);
    });
  }

  /** Takes back a question, a grant, or one that was used: what runs by it is cut off. @throws ApprovalError */
  async revoke(id: string, by: Actor, reason: string): Promise<StoredApproval> {
    return this.#change(id, async (query, approval) => {
      const state = next(approval.state, 'revoke');
      if (state === null) throw settled(approval);
      const { iss, sub, user } = by;
      await query(
        `UPDATE approval SET state = $2, revoked = jsonb_build_object('by', $3::jsonb, 'reason', $4::text, 'at', clock_timestamp())
         WHERE id = $1`,
        [id, state, JSON.stringify({ iss, sub, user }), reason],
      );
    });
  }

  /** Approvals whose time is over and that nobody marked so yet, oldest end first. */
  async due(limit = 100): Promise<readonly StoredApproval[]> {
    return selectApprovals(
      this.#query,
      `WHERE a.state IN ('pending', 'approved') AND a.expires <= clock_timestamp() ORDER BY a.expires, a.id LIMIT ${limit}`,
      [],
    );
  }

  /**
   * Marks what is over as expired: pending ones nobody decided, grants not used up.
   * @param now ms since the epoch: nothing that ends later, nor anything that has not ended by the database's clock
   * @param ids only these; left out: all
   * @returns those that this call marked
   */
  async expireDue(now: number, ids?: readonly string[]): Promise<readonly StoredApproval[]> {
    return this.database.transaction(async (query) => {
      const rows = await query<{ id: string }>(
        `WITH due AS (
           SELECT id FROM approval WHERE state IN ('pending', 'approved') AND expires <= clock_timestamp()
             AND expires <= to_timestamp($1::float8 / 1000) AND ($2::text[] IS NULL OR id = ANY ($2))
           ORDER BY id FOR UPDATE
         ), marked AS (
           UPDATE approval a SET state = 'expired' FROM due WHERE a.id = due.id RETURNING a.id
         ) SELECT id FROM marked`,
        [now, ids ?? null],
      );
      return selectApprovals(query, 'WHERE a.id = ANY ($1) ORDER BY a.id', [rows.map(({ id }) => id)]);
    });
  }

  /** Asks for access ahead of time. @throws ApprovalError, GlobError by the pure check of a scope is the caller's */
  async requestAccess(access: NewAccess): Promise<StoredApproval> {
    const asked: AccessAsked = { ...pickAsked(access), kind: 'access', incident: null };
    return this.#insertAccess(asked, access.requirements, access.policy, 'pending', access.decideWithin);
  }

  /** Grants access in an emergency, at once. @throws ApprovalError `not-allowed` above an hour */
  async breakGlass(glass: NewBreakGlass): Promise<StoredApproval> {
    const asked: AccessAsked = { ...pickAsked(glass), kind: 'break-glass', incident: glass.incident };
    return this.#insertAccess(asked, [], glass.policy, 'approved', glass.duration, glass.reviewWithin);
  }

  /** Says once, by somebody else, what is to be thought of an emergency. @throws ApprovalError */
  async reviewGlass(id: string, { by, verdict, reason }: NewGlassReview): Promise<StoredApproval> {
    return this.#change(id, async (query, approval) => {
      if (approval.kind !== 'break-glass') throw notFound(id);
      const { iss, sub, user } = by;
      await query('INSERT INTO glass_review (approval, "by", verdict, reason) VALUES ($1, $2, $3, $4)', [
        id,
        JSON.stringify({ iss, sub, user }),
        verdict,
        reason,
      ]);
    });
  }

  readonly #query: Query = (sql, values) => this.database.query(sql, values);

  async #insertAccess(
    asked: AccessAsked,
    requirements: NewAccess['requirements'],
    policy: string,
    state: 'pending' | 'approved',
    endsIn: number,
    reviewWithin: number | null = null,
  ): Promise<StoredApproval> {
    const { id, kind, requester, scope, duration, reason, incident, unmask } = asked;
    const { hash, tooLong } = renderAccess(asked);
    return this.#guarded(id, async (query) => {
      await query(
        `INSERT INTO approval (id, kind, state, digest, target, requester, requirements, rendering, too_long, scope, reason, incident, unmask,
           lifetime, not_before, expires, review_due, policy)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, CASE WHEN $3 = 'approved' THEN t.at END,
           t.at + make_interval(secs => $15::float8 / 1000), t.at + make_interval(secs => $16::float8 / 1000), $17
         FROM (SELECT clock_timestamp() AS at) AS t`,
        [
          id,
          kind,
          state,
          accessDigest(asked),
          scope.targets.join(', '),
          JSON.stringify(requester),
          JSON.stringify(requirements),
          hash,
          tooLong,
          JSON.stringify(scope),
          reason,
          incident,
          unmask,
          duration,
          endsIn,
          reviewWithin,
          policy,
        ],
      );
    });
  }

  /** A change of one approval with its row locked. */
  async #change(id: string, work: (query: Query, approval: StoredApproval) => Promise<void>): Promise<StoredApproval> {
    return this.#guarded(id, async (query) => {
      await query('SELECT 1 FROM approval WHERE id = $1 FOR UPDATE', [id]);
      const approval = await one(query, id);
      if (!approval) throw notFound(id);
      await work(query, approval);
    });
  }

  async #guarded(id: string, work: (query: Query) => Promise<void>): Promise<StoredApproval> {
    return this.database
      .transaction(async (query) => {
        await work(query);
        const changed = await one(query, id);
        if (!changed) throw notFound(id);
        return changed;
      })
      .catch((error: unknown) => {
        throw refusalOf(error);
      });
  }
}

function decodeCursor(text: string): string {
  const id = Buffer.from(text, 'base64url').toString('latin1');
  if (!/^[0-9A-HJKMNP-TV-Z]{26}$/.test(id)) throw new CursorError();
  return id;
}

function pickAsked({ id, requester, scope, duration, reason, unmask }: NewAccess | NewBreakGlass) {
  return { id, requester, scope, duration, reason, unmask };
}

/** Nothing that nobody asked for, or that reviewers were not shown, leaves unmasked. */
function unmaskOf({ scope, unmask, review }: StoredApproval, decisions: readonly StoredDecision[]): readonly string[] {
  const offered = scope === null ? [...unmask, ...(review?.reads ?? [])] : unmask;
  return grantedUnmask(unmask, decisions).filter((name) => offered.includes(name));
}
