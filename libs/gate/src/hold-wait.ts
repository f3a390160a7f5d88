import { operationDigest, type Review } from '@app/approvals';
import { allOf, type ApprovalDemand, type Decision, type RowLimit } from '@app/policy';
import type { Approvals, Standing, WaitEnd } from './approvals.port.js';
import type { DescribedOperation } from './described.js';
import type { Held } from './held.js';
import { type HeldDescription, type HoldAbort, type HoldTerms, NOTICE_MS } from './hold.js';
import {
  changedMeanwhile,
  deniedBy,
  notAskable,
  ranOut,
  stillPending,
  takenBack,
  waitingMessage,
  withdrawn,
} from './hold-refusals.js';
import type { LaneFacts } from './lane-facts.js';
import type { WhyRefused } from './refusals.js';

/** What ended a hold: a grant that is used up for this operation, rules that want none any more, or a refusal. */
export type HoldOutcome =
  | {
      readonly go: HeldDescription;
      readonly decision: Decision;
      readonly grant: HoldGrant | null;
      readonly refusal: null;
    }
  | {
      readonly go: null;
      readonly described: DescribedOperation;
      readonly decision: Decision;
      readonly refusal: WhyRefused;
    };

/** The grant an operation runs by. */
export interface HoldGrant {
  readonly approval: string;
  readonly unmask: readonly string[];
}

/** What a wait needs of its lane. */
export interface HoldPorts {
  readonly approvals: Approvals;
  readonly facts: LaneFacts;
  now(): number;
  newId(now: number): string;
  /** calls back in `ms`; returns how to take that back */
  after(ms: number, call: () => void): () => void;
  /** token, deny-list and rules as they are now. A hold is no refusal here */
  judge(described: DescribedOperation): { readonly decision: Decision; readonly refusal: WhyRefused | null };
  /** the approval is asked for: recorded before the client is told */
  asked(described: DescribedOperation, decision: Decision, standing: Standing, digest: string): void;
  /** the wait ended */
  left(approval: string, why: WaitEnd): void;
}

/** Which part of an operation is held. */
export interface HoldScope {
  /** rows that have left already, of a result whose rest is held */
  readonly rowsOut: number | null;
  /** the row limit that was reached */
  readonly rowsOver: number | null;
}

const WHOLE: HoldScope = { rowsOut: null, rowsOver: null };

/**
 * One wait for an approval: asked for, told, decided, described anew, held against what was approved, and used (design §3.4, evidence
 * §7.2 and §7.3). The order is the point: nothing is used before the operation was looked at again, and nothing runs before it is used.
 */
export class HoldWait {
  readonly #ports: HoldPorts;
  readonly #held: Held;
  readonly #terms: HoldTerms;
  readonly #scope: HoldScope;
  readonly #stop = new AbortController();
  #waitingFor: string | null = null;

  constructor(ports: HoldPorts, held: Held, terms: HoldTerms, scope: HoldScope = WHOLE) {
    this.#ports = ports;
    this.#held = held;
    this.#terms = terms;
    this.#scope = scope;
  }

  /** The approval waited for at this moment. */
  get approval(): string | null {
    return this.#waitingFor;
  }

  /** Ends the wait from outside: its session is over. */
  abandon(why: HoldAbort): void {
    if (!this.#stop.signal.aborted) this.#stop.abort(why);
  }

  /** Never throws. */
  async run(): Promise<HoldOutcome> {
    const { signal } = this.#terms;
    const abandon = (): void => this.abandon(abortOf(signal.reason));
    if (signal.aborted) abandon();
    else signal.addEventListener('abort', abandon, { once: true });
    try {
      return await this.#decided();
    } catch (error) {
      const { described, decision } = this.#held;
      return refused(described, decision, notAskable(decision, error instanceof Error ? error.message : String(error)));
    } finally {
      signal.removeEventListener('abort', abandon);
    }
  }

  async #decided(): Promise<HoldOutcome> {
    const until =
      this.#held.since + Math.min(this.#demandOf(this.#held.decision).hold, this.#terms.patience ?? Infinity);
    for (;;) {
      const seen = await this.#terms.describe();
      const { decision, refusal } = this.#ports.judge(seen.described);
      if (refusal !== null) return refused(seen.described, decision, refusal);
      if (this.#letsGo(decision)) return { go: seen, decision, grant: null, refusal: null };
      if (this.#stop.signal.aborted) return refused(seen.described, decision, withdrawn(decision, null));
      const digest = this.#digest(seen, decision);
      const standing = await this.#request(seen, decision, digest);
      let approved = standing;
      if (standing.state === 'pending') {
        const { end, now } = await this.#wait(seen.described, decision, standing, until);
        if (now.state !== 'approved') return refused(seen.described, decision, this.#whyNot(decision, now, end));
        approved = now;
      }
      const outcome = await this.#use(seen, digest, approved);
      // another operation of the same digest used it up: asked for anew, as long as there is time
      if (outcome !== null) return outcome;
      if (this.#ports.now() >= until || this.#stop.signal.aborted)
        return refused(seen.described, decision, changedMeanwhile(decision, approved.id, 'another one has used it up'));
    }
  }

  async #request(seen: HeldDescription, decision: Decision, digest: string): Promise<Standing> {
    const ports = this.#ports;
    const { facts } = ports;
    const standing = await ports.approvals.request({
      id: ports.newId(ports.now()),
      operation: this.#held.id,
      session: facts.session,
      target: facts.target,
      protocol: facts.protocol,
      digest,
      principal: facts.principal,
      demand: this.#demandOf(decision),
      review: this.#review(seen, decision),
      rows: this.#scope.rowsOver !== null,
      policy: decision.policy,
    });
    this.#waitingFor = standing.id;
    ports.asked(seen.described, decision, standing, digest);
    return standing;
  }

  /** Waits for the decision, tells the client that it waits. */
  async #wait(
    described: DescribedOperation,
    decision: Decision,
    standing: Standing,
    until: number,
  ): Promise<{ readonly now: Standing; readonly end: WaitEnd }> {
    const ports = this.#ports;
    const terms = this.#terms;
    if (terms.mayNotWait !== null) return this.#leave(standing, 'patience');
    const patience = new AbortController();
    const takeBack = [
      ports.after(Math.max(0, until - ports.now()), () => patience.abort('patience' satisfies WaitEnd)),
    ];
    let first = true;
    const tell = (): void => {
      if (patience.signal.aborted) return;
      const left = Math.max(0, Math.round((until - ports.now()) / 1000));
      terms.told({
        approval: standing.id,
        message: waitingMessage(decision, standing, left),
        waitsUntil: until,
        first,
      });
      first = false;
      takeBack[1] = ports.after(NOTICE_MS, tell);
    };
    tell();
    const signal = AbortSignal.any([this.#stop.signal, patience.signal]);
    try {
      const settled = await ports.approvals.settled(standing.id, signal);
      if (settled.state !== 'pending') {
        ports.left(standing.id, 'decided');
        if (settled.state !== 'approved') await ports.approvals.leave(standing.id, this.#held.id, 'decided');
        return { now: settled, end: 'decided' };
      }
      const end = this.#stop.signal.aborted ? abortOf(this.#stop.signal.reason) : 'patience';
      return await this.#leave(settled, end);
    } finally {
      for (const each of takeBack) each();
      patience.abort('patience');
    }
  }

  async #leave(standing: Standing, end: WaitEnd): Promise<{ readonly now: Standing; readonly end: WaitEnd }> {
    this.#ports.left(standing.id, end);
    await this.#ports.approvals.leave(standing.id, this.#held.id, end);
    return { now: standing, end };
  }

  /**
   * Looks at everything again and only then uses the grant.
   * @returns null: somebody else used it
   */
  async #use(asked: HeldDescription, digest: string, approved: Standing): Promise<HoldOutcome | null> {
    const ports = this.#ports;
    const changed = async (described: DescribedOperation, decision: Decision, what: string): Promise<HoldOutcome> => {
      ports.left(approved.id, 'changed');
      await ports.approvals.leave(approved.id, this.#held.id, 'changed');
      return refused(described, decision, changedMeanwhile(decision, approved.id, what));
    };
    let now: HeldDescription;
    try {
      now = await this.#terms.describe();
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      return changed(asked.described, this.#held.decision, `it could not be described again (${what})`);
    }
    const { decision, refusal } = ports.judge(now.described);
    if (refusal !== null) return refused(now.described, decision, { ...refusal, approval: approved.id });
    if (this.#letsGo(decision)) return { go: now, decision, grant: null, refusal: null };
    if (this.#digest(now, decision) !== digest)
      return changed(now.described, decision, 'what it means, who asks or the policy changed after it was asked for');
    if (this.#stop.signal.aborted)
      return refused(now.described, decision, this.#whyNot(decision, approved, abortOf(this.#stop.signal.reason)));
    const grant = await ports.approvals.consume(approved.id, digest, this.#held.id, ports.facts.session);
    return grant === null ? null : { go: now, decision, grant, refusal: null };
  }

  #whyNot(decision: Decision, standing: Standing, end: WaitEnd): WhyRefused {
    if (end === 'cancelled' || end === 'disconnected') return withdrawn(decision, standing.id);
    switch (standing.state) {
      case 'denied':
        return deniedBy(decision, standing);
      case 'revoked':
        return takenBack(decision, standing);
      case 'expired':
        return ranOut(decision, standing);
      case 'withdrawn':
        return withdrawn(decision, standing.id);
      case 'pending':
      case 'approved':
      case 'used':
        if (end === 'shutdown') return stillPending(decision, standing, 'The gateway is stopping.');
        return stillPending(decision, standing, this.#terms.mayNotWait);
      default:
        return standing.state satisfies never;
    }
  }

  /** the rules want no approval (any more) for this */
  #letsGo(decision: Decision): boolean {
    const { rowsOver } = this.#scope;
    if (rowsOver === null) return decision.effect === 'allow';
    return decision.effect === 'allow' && !decision.obligations.rowLimits.some(({ over }) => over <= rowsOver);
  }

  #demandOf(decision: Decision): NonNullable<Decision['approval']> {
    const { rowsOver } = this.#scope;
    const demand = rowsOver === null ? decision.approval : restDemand(decision.obligations.rowLimits, rowsOver);
    if (demand === null) throw new Error('the rules do not say who could approve it');
    return demand;
  }

  #digest({ binding }: HeldDescription, decision: Decision): string {
    const { approvals, facts } = this.#ports;
    const { principal } = facts;
    return operationDigest({
      tenant: approvals.tenant,
      target: facts.target,
      protocol: facts.protocol,
      database: binding.database,
      role: binding.role,
      statement: approvals.hash(binding.statement),
      parameters: approvals.hash(binding.parameters),
      settings: binding.settings,
      objects: binding.objects,
      iss: principal.iss,
      sub: principal.sub,
      act: principal.act,
      azp: principal.azp,
      // the rest of a result belongs to the session it flows in; anything else may be sent again from another one
      session: this.#scope.rowsOver === null ? '*' : `${facts.session} ${this.#held.id}`,
      purpose: principal.purpose,
      policy: decision.policy,
      // a yes of those whom one rule asks is none of those whom another asks later
      requirements: this.#demandOf(decision).requirements,
      masks: binding.masks,
      rows: this.#scope.rowsOver,
    });
  }

  #review({ described, review }: HeldDescription, decision: Decision): Review {
    const { operation } = described;
    const { principal, target, protocol } = this.#ports.facts;
    return {
      target,
      protocol,
      effect: operation.effect,
      verb: operation.verb,
      objects: operation.objects,
      reads: operation.reads,
      writes: operation.writes,
      ...review,
      requester: { user: principal.user, sub: principal.sub, iss: principal.iss },
      act: principal.act,
      purpose: principal.purpose,
      rules: this.#demandOf(decision).requirements.map(({ rule }) => rule),
      rowsOut: this.#scope.rowsOut,
    };
  }
}

/** Everyone whom the limits that are reached now ask; those of lower ones let the rows up to here pass. Null: nobody is asked. */
function restDemand(limits: readonly RowLimit[], rowsOver: number): ApprovalDemand | null {
  const reached = limits.filter(({ effect, over }) => effect === 'hold' && over <= rowsOver);
  const now = reached.filter(({ over }) => over === rowsOver);
  const demands = (now.length > 0 ? now : reached).flatMap(({ approval }) => approval ?? []);
  return demands.length === 0 ? null : allOf(demands);
}

function refused(described: DescribedOperation, decision: Decision, refusal: WhyRefused): HoldOutcome {
  return { go: null, described, decision, refusal };
}

function abortOf(reason: unknown): HoldAbort {
  return reason === 'cancelled' || reason === 'shutdown' ? reason : 'disconnected';
}
