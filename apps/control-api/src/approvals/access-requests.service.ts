import { Injectable } from '@nestjs/common';
import { type AccessScope, checkScope, samePerson } from '@app/approvals';
import { LivePolicy } from '@app/gateway';
import { GlobError } from '@app/identity';
import type { Policy } from '@app/policy';
import { ulid } from '@app/platform';
import { ApprovalStore } from '@app/store';
import { AccessRecord } from '../access/access-record.js';
import { type Caller, isAdministrator, isAuditor } from '../access/caller.js';
import { Clock } from '../access/clock.js';
import { ProblemError } from '../problem.js';
import { accessRequirements } from './access-requirements.js';
import type { AccessRequestBody, BreakGlassBody, GlassReviewBody } from './access-request.schema.js';
import type { ApprovalJson } from './approval.schema.js';
import { ApprovalsService } from './approvals.service.js';

const HOUR = 3_600_000;
/** So long a request for access can be decided; ms. */
const DECIDE_WITHIN = 24 * HOUR;
/** So long after an emergency it has to be looked at by somebody else; ms. */
const REVIEW_WITHIN = 72 * HOUR;

/** Access ahead of time, and in an emergency. */
@Injectable()
export class AccessRequestsService {
  constructor(
    private readonly store: ApprovalStore,
    private readonly approvals: ApprovalsService,
    private readonly policy: LivePolicy<Policy>,
    private readonly access: AccessRecord,
    private readonly clock: Clock,
  ) {}

  /** Asks everyone whom the rules would ask about something within the scope. */
  async request(caller: Caller, body: AccessRequestBody): Promise<ApprovalJson> {
    const { duration, reason, unmask } = body;
    const scope = checked(body.scope);
    const { hash, rules } = this.policy.current;
    const asked = accessRequirements(
      scope,
      rules.map(({ rule }) => rule),
    );
    const id = ulid(this.clock.now());
    const requester = requesterOf(caller);
    await this.access.act('access.requested', caller, id, {
      scope,
      duration,
      reason,
      unmask,
      requester,
      policy: hash,
      asked: asked.map(({ rule }) => rule),
    });
    const ask = { id, requester, requirements: asked, scope, duration, decideWithin: DECIDE_WITHIN, reason };
    const made = await this.approvals.changing(id, () => this.store.requestAccess({ ...ask, unmask, policy: hash }));
    return this.approvals.tell(caller, made);
  }

  /** Grants at once, for an hour at most; everyone is told, everything is recorded, and somebody else looks at it afterwards. */
  async breakGlass(caller: Caller, body: BreakGlassBody): Promise<ApprovalJson> {
    if (caller.principal.act.length > 0)
      throw new ProblemError('forbidden', 'an agent never breaks the glass; sign in yourself, without the agent');
    if (!caller.roles.includes('break-glass'))
      throw new ProblemError('forbidden', 'only who holds the role of breakGlass may break the glass');
    const { duration, reason, incident, unmask } = body;
    const scope = checked(body.scope);
    const policy = this.policy.current.hash;
    const id = ulid(this.clock.now());
    const requester = requesterOf(caller);
    const what = { scope, duration, reason, incident, unmask, requester, policy };
    await this.access.act('glass.broken', caller, id, what);
    const made = await this.approvals.changing(id, () =>
      this.store.breakGlass({ ...what, id, reviewWithin: REVIEW_WITHIN }),
    );
    return this.approvals.tell(caller, made);
  }

  /** What somebody else says of it afterwards: a reviewer, an auditor or an administrator. */
  async review(caller: Caller, id: string, { verdict, reason }: GlassReviewBody): Promise<ApprovalJson> {
    const glass = await this.approvals.visible(caller, id);
    if (glass.kind !== 'break-glass')
      throw new ProblemError('not-found', `${id} is no broken glass; decide about it at /v1/approvals/${id}/decision`);
    const { principal } = caller;
    if (principal.act.length > 0) throw new ProblemError('forbidden', 'an agent never reviews; sign in yourself');
    const entitled = isAuditor(caller) || isAdministrator(caller) || caller.roles.includes('reviewer');
    if (samePerson(principal, glass.requester))
      throw new ProblemError('forbidden', 'nobody reviews the glass they broke themselves, whatever their roles are');
    if (!entitled) throw new ProblemError('forbidden', 'only a reviewer, an auditor or an administrator may review it');
    if (glass.glassReview)
      throw new ProblemError(
        'conflict',
        `${glass.glassReview.by.user} has reviewed it already: ${glass.glassReview.verdict}`,
      );
    await this.access.act('glass.reviewed', caller, id, { verdict, reason, incident: glass.incident });
    const by = { iss: principal.iss, sub: principal.sub, user: principal.user };
    const after = await this.approvals.changing(id, () => this.store.reviewGlass(id, { by, verdict, reason }));
    return this.approvals.tell(caller, after);
  }
}

function requesterOf({ principal }: Caller) {
  const { iss, sub, user, groups, act, azp, purpose } = principal;
  return { iss, sub, user, groups: [...groups], act: [...act], azp, purpose };
}

/** @throws ProblemError `bad-request` for a scope whose patterns are none */
function checked(scope: AccessScope): AccessScope {
  try {
    checkScope(scope);
    return scope;
  } catch (error) {
    if (!(error instanceof GlobError) && !(error instanceof RangeError)) throw error;
    throw new ProblemError('bad-request', `"scope": ${error.message}`, {
      errors: [{ at: 'scope', message: error.message }],
    });
  }
}
