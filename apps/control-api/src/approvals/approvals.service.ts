import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type ApprovalEvent, grantDigest, met, next } from '@app/approvals';
import { KeyStore } from '@app/audit';
import { LivePolicy } from '@app/gateway';
import { canonicalJson, type Policy } from '@app/policy';
import { ApprovalError, type ApprovalFilter, ApprovalStore, type StoredApproval } from '@app/store';
import { AccessRecord } from '../access/access-record.js';
import { type Caller, isAdministrator, isAuditor } from '../access/caller.js';
import { Clock } from '../access/clock.js';
import { ProblemError } from '../problem.js';
import { accessRequirements } from './access-requirements.js';
import type { ApprovalJson, ApprovalPageJson, ApprovalsQuery, DecisionBody } from './approval.schema.js';
import { ApprovalChanges } from './approval-changes.js';
import { approvalJson } from './approval-json.js';
import { isCaller, isOwn, isReviewer, sightOf, verdictOn } from './approval-sight.js';
import { BurntUses } from './burnt-uses.js';
import { WaitingRoom } from './waiting-room.js';

/** A page whose items are filtered here reads so many pages of the store at most, and may then have fewer items than asked for. */
const PAGES = 20;
/** Without any word of a change those who wait read again this often; ms. */
const READ_AGAIN_MS = 5_000;

/** Approvals as people meet them: who sees them, who decides, and in which order what is recorded and done. */
@Injectable()
export class ApprovalsService {
  constructor(
    private readonly store: ApprovalStore,
    private readonly access: AccessRecord,
    private readonly burnt: BurntUses,
    private readonly changes: ApprovalChanges,
    private readonly room: WaitingRoom,
    private readonly policy: LivePolicy<Policy>,
    private readonly keys: KeyStore,
    private readonly clock: Clock,
  ) {}

  /** Newest first; what the caller may not see is left out. */
  async list(caller: Caller, query: ApprovalsQuery): Promise<ApprovalPageJson> {
    const { state, kind, mine, toDecide, cursor, limit } = query;
    const filter: ApprovalFilter = {
      states: toDecide === 'true' ? ['pending'] : state,
      kinds: kind === undefined ? undefined : [kind],
      requester: mine === 'true' ? caller.principal : undefined,
      cursor,
      limit,
    };
    return this.page(caller, filter, (approval, now) => {
      // the states of the filter are those of the rows: what is over is told as expired, noted or not
      if (filter.states && !filter.states.includes(standing(approval, now).state)) return false;
      if (mine === 'false' && isOwn(caller, approval)) return false;
      const mayDecide = verdictOn(caller, approval, now).refused === undefined && !hasDecided(caller, approval);
      return toDecide === undefined || mayDecide === (toDecide === 'true');
    });
  }

  /** What is granted now: the caller's own, for auditors and administrators everyone's. */
  async grants(caller: Caller, query: Pick<ApprovalsQuery, 'cursor' | 'limit'>): Promise<ApprovalPageJson> {
    const everyone = isAuditor(caller) || isAdministrator(caller);
    const filter: ApprovalFilter = {
      ...query,
      states: ['approved'],
      requester: everyone ? undefined : caller.principal,
    };
    return this.page(caller, filter, (approval, now) => standing(approval, now).state === 'approved');
  }

  /** @param id of an approval the caller may see @throws ProblemError `not-found` */
  async show(caller: Caller, id: string): Promise<ApprovalJson> {
    return this.tell(caller, await this.visible(caller, id));
  }

  /**
   * Answers once the approval is settled or anything about it changed, after `ms` at the latest.
   * @param gone aborted when nobody waits for the answer any longer
   * @throws ProblemError `not-found`, `too-many-requests`, `invalid-token` when the token ended meanwhile
   */
  async wait(caller: Caller, id: string, ms: number, gone: AbortSignal): Promise<ApprovalJson> {
    const until = performance.now() + ms;
    const leave = this.room.enter(caller);
    const watch = this.changes.watch(id);
    try {
      let approval = await this.visible(caller, id);
      const before = fingerprint(approval);
      while (approval.state === 'pending' && fingerprint(approval) === before) {
        const left = until - performance.now();
        if (left <= 0 || gone.aborted || this.changes.stopped.aborted) break;
        await watch.next(Math.min(left, READ_AGAIN_MS), gone);
        approval = await this.visible(caller, id);
      }
      if (!this.room.stillGood(caller)) throw new ProblemError('invalid-token', 'the token ended while you waited');
      return await this.tell(caller, approval);
    } finally {
      watch.end();
      leave();
    }
  }

  /**
   * Approves or denies. Everything is checked before and again with the row locked; the event is durable before the transaction commits,
   * so that there is no decision without its record.
   */
  async decide(caller: Caller, id: string, body: DecisionBody): Promise<ApprovalJson> {
    const seen = await this.visible(caller, id);
    const rules = this.allowed(caller, seen, body);
    const { principal } = caller;
    const by = { iss: principal.iss, sub: principal.sub, user: principal.user };
    const { decision, rendering, unmask } = body;
    const reason = body.reason ?? null;
    const after = await this.changing(id, () =>
      this.store.decide(id, { by, decision, rules, reason, rendering, unmask }, async (approval, decisions) => {
        // once more: the row is locked now, and nothing else can come in between
        this.independent(caller, approval);
        const event: ApprovalEvent =
          decision === 'deny' ? 'deny' : met(approval.requirements, decisions) ? 'complete' : 'approve';
        await this.access.act('approval.decided', caller, id, {
          decision,
          reason,
          rules,
          unmask: unmask ?? null,
          becomes: next(approval.state, event),
          digest: approval.digest,
          rendering: approval.rendering,
          signature: this.sign(approval, body),
        });
        return event;
      }),
    );
    return this.tell(caller, after);
  }

  /** Takes an approval or a grant back: whoever asked, whoever is named as its reviewer, an administrator. */
  async revoke(caller: Caller, id: string, reason: string): Promise<ApprovalJson> {
    const approval = await this.visible(caller, id);
    const now = this.clock.now();
    if (!isOwn(caller, approval) && !isReviewer(caller, approval, now) && !isAdministrator(caller))
      throw new ProblemError('forbidden', 'only who asked, a reviewer of it or an administrator may revoke it');
    if (next(standing(approval, now).state, 'revoke') === null) throw settled(standing(approval, now));
    const { iss, sub, user } = caller.principal;
    const { digest, state } = approval;
    await this.access.act('approval.revoked', caller, id, { reason, digest, was: state });
    return this.tell(caller, await this.changing(id, () => this.store.revoke(id, { iss, sub, user }, reason)));
  }

  /** One approval as the caller may see it now; null: not at all. For streams. */
  async tellIfSeen(caller: Caller, approval: StoredApproval): Promise<ApprovalJson | null> {
    const sight = sightOf(caller, approval, this.clock.now());
    return sight && (await this.tellAll(caller, [approval], false))[0]!;
  }

  /** Turns what the store refuses into what a client is told. */
  async changing(id: string, change: () => Promise<StoredApproval>): Promise<StoredApproval> {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof ApprovalError)) throw error;
      if (error.code === 'not-found') throw notFound(id);
      const forbidden = error.code === 'not-allowed';
      throw new ProblemError(forbidden ? 'forbidden' : 'conflict', error.message, { cause: error });
    }
  }

  async visible(caller: Caller, id: string): Promise<StoredApproval> {
    const approval = await this.store.get(id);
    if (!approval || sightOf(caller, approval, this.clock.now()) === null) throw notFound(id);
    return approval;
  }

  /** An approval shown alone. */
  async tell(caller: Caller, approval: StoredApproval): Promise<ApprovalJson> {
    return (await this.tellAll(caller, [approval], true))[0]!;
  }

  private async tellAll(caller: Caller, approvals: readonly StoredApproval[], alone: boolean): Promise<ApprovalJson[]> {
    const burnt = await this.burnt.of(approvals);
    const now = this.clock.now();
    return approvals.flatMap((approval) => {
      const sight = sightOf(caller, approval, now);
      return sight === null ? [] : approvalJson(standing(approval, now), { caller, sight, alone, now, burnt });
    });
  }

  private async page(
    caller: Caller,
    filter: ApprovalFilter,
    wanted: (approval: StoredApproval, now: number) => boolean,
  ): Promise<ApprovalPageJson> {
    const found: StoredApproval[] = [];
    const now = this.clock.now();
    let next = filter.cursor ?? null;
    for (let read = 0; read < PAGES && found.length < filter.limit && (read === 0 || next !== null); read++) {
      const page = await this.store.list({ ...filter, cursor: next ?? undefined, limit: filter.limit - found.length });
      found.push(...page.items.filter((one) => sightOf(caller, one, now) !== null && wanted(one, now)));
      ({ next } = page);
    }
    return { items: await this.tellAll(caller, found, false), next };
  }

  /** @returns the rules the caller counts for. @throws ProblemError saying why this may not be decided so */
  private allowed(caller: Caller, approval: StoredApproval, body: DecisionBody): readonly string[] {
    const rules = this.independent(caller, approval);
    if (hasDecided(caller, approval)) throw new ProblemError('conflict', 'you have decided about it already');
    const now = standing(approval, this.clock.now());
    if (now.state !== 'pending') throw settled(now);
    if (body.rendering !== approval.rendering)
      throw new ProblemError('conflict', 'this is not what was shown; look at the approval again, then decide');
    if (body.decision === 'deny') {
      if (body.reason === undefined) throw badRequest('reason', 'a denial needs a reason that the requester is told');
      if (body.unmask !== undefined) throw badRequest('unmask', 'a denial unmasks nothing');
      return rules;
    }
    if (approval.tooLong)
      throw new ProblemError(
        'conflict',
        'it is too long to be shown whole, so it cannot be approved; it can be denied',
      );
    if (approval.scope && this.asksOthersNow(approval))
      throw new ProblemError(
        'conflict',
        'the rules have changed since and would ask other people now; deny it, and have it asked for again',
      );
    const offered = approval.scope ? approval.unmask : (approval.review?.reads ?? []);
    const more = body.unmask?.find((name) => !offered.includes(name));
    if (more !== undefined)
      throw badRequest(
        'unmask',
        `${JSON.stringify(more)} is none of what may be unmasked: ${offered.join(', ') || 'nothing'}`,
      );
    return rules;
  }

  /** Whether access ahead of time would be asked of other people by the rules in force now. */
  private asksOthersNow({ scope, requirements, policy }: StoredApproval): boolean {
    const { hash, rules } = this.policy.current;
    if (scope === null || policy === hash) return false;
    const now = accessRequirements(
      scope,
      rules.map(({ rule }) => rule),
    );
    return canonicalJson(now) !== canonicalJson(requirements);
  }

  private independent(caller: Caller, approval: StoredApproval): readonly string[] {
    const { rules, refused } = verdictOn(caller, approval, this.clock.now());
    if (refused !== undefined) throw new ProblemError('forbidden', refused);
    return rules;
  }

  /** Ties what was granted or denied to what was shown, under the key that binds approvals. */
  private sign(approval: StoredApproval, { decision, unmask }: DecisionBody): string {
    const { digest, lifetime, uses, id, rendering } = approval;
    const bounds = { digest, lifetime, uses, nonce: id, rendering, unmask: unmask ?? approval.unmask };
    const text = `sallyport/decision/v1\n${decision}\n${grantDigest(bounds)}\n`;
    return `hmac-sha256:${createHmac('sha256', this.keys.bindingKey()).update(text).digest('hex')}`;
  }
}

/** The approval as it stands: what is past its end is expired, whether or not somebody noted it. */
function standing(approval: StoredApproval, now: number): StoredApproval {
  const open = approval.state === 'pending' || approval.state === 'approved';
  return open && approval.expires.getTime() <= now ? { ...approval, state: 'expired' } : approval;
}

function hasDecided(caller: Caller, { decisions }: StoredApproval): boolean {
  return decisions.some(({ by }) => isCaller(caller, by));
}

function fingerprint({ state, decisions, expires }: StoredApproval): string {
  return JSON.stringify([state, decisions.length, expires.getTime()]);
}

function settled({ state, decidedAt, decisions, revoked }: StoredApproval): ProblemError {
  const who = revoked ? [revoked.by.user] : [...new Set(decisions.map(({ by }) => by.user))];
  const when = (revoked?.at ?? decidedAt)?.toISOString();
  return new ProblemError(
    'conflict',
    `it is ${state} already${who.length > 0 ? `, by ${who.join(', ')}` : ''}${when === undefined ? '' : ` at ${when}`}`,
  );
}

function badRequest(at: string, message: string): ProblemError {
  return new ProblemError('bad-request', `"${at}": ${message}`, { errors: [{ at, message }] });
}

function notFound(id: string): ProblemError {
  return new ProblemError('not-found', `there is no approval ${id} that you may see`);
}
