import type { EventKind, Journal } from '@app/audit';
import type { DenyEntry, Principal } from '@app/identity';
import type { Decision, Operation, RowLimit, Situation } from '@app/policy';
import { type Admission, mintAdmission, type RunsBy } from './admission.js';
import type { Approvals, CoveringGrant } from './approvals.port.js';
import type {
  DescribedOperation,
  DescribedRefusal,
  FoundHere,
  NotifiedChunk,
  ResultChunk,
  ResultEnd,
} from './described.js';
import { boundedText, boundedTexts, share } from './bounded-json.js';
import { type Held, mintHeld } from './held.js';
import type { HoldTerms } from './hold.js';
import { cutOff, notAskable, withdrawn } from './hold-refusals.js';
import { type HoldPorts, type HoldScope, HoldWait } from './hold-wait.js';
import {
  renderBodyHead,
  renderEnd,
  renderDiffers,
  renderFound,
  renderHead,
  renderInput,
  renderNotified,
  renderRefusal,
  renderResult,
  renderResultBody,
  renderTooLongHead,
} from './operation-line.js';
import type { Refusal } from './refusal.js';
import type { LaneFacts } from './lane-facts.js';
import { moots, openDemands } from './oracle-verdict.js';
import { recordSessionClose } from './session-record.js';
import { expired, notRecordable, revoked, ruleRefusal, sessionOver, tooLong, type WhyRefused } from './refusals.js';
import type { UseCounts } from './use-counts.js';
import { WatermarkQueue } from './watermark-queue.js';
import { recordedChunk, recordedEnd } from './withhold.js';

/** What the gate needs of the other rooms; one per process. */
export interface GateServices {
  readonly journal: Journal;
  /** cached pure decision */
  decide(principal: Principal, operation: Operation, now: number, situation: Situation): Decision;
  /** deny-list look-up, O(1) */
  denied(principal: Principal): DenyEntry | null;
  /** ms since the epoch */
  now(): number;
  /** ULID */
  newId(now: number): string;
  /** calls back once, in `ms`; returns how to take that back */
  after(ms: number, call: () => void): () => void;
  /** who asks people; null: nobody can, and the rules' holds are denied before they get here */
  readonly approvals: Approvals | null;
  /** how often people learn of what they are not shown; left out: nothing passes that has to be counted */
  readonly uses?: Pick<UseCounts, 'take'>;
}

/** Where a lane's bytes go; the protocol's sockets behind it. */
export interface LaneSinks {
  toTarget(chunks: readonly Uint8Array[]): void;
  toClient(chunks: readonly Uint8Array[]): void;
  /** what waited has drained below the bound: {@link SessionLane.congested} or {@link SessionLane.stalled} holds no more */
  resumed(): void;
  /** the session must end with this refusal; called once */
  end(refusal: Refusal): void;
}

declare const recorded: unique symbol;
/** Proof that what is released stands in the record: the number its durability is waited for. */
export type Receipt = number & { readonly [recorded]: true };

/** Proof that an operation may go on. */
export interface Admitted {
  readonly admission: Admission;
  readonly refusal: null;
  readonly held: null;
}

/** A refusal, and the receipt its answer waits for. */
export interface Refused {
  readonly admission: null;
  readonly refusal: Refusal;
  readonly receipt: Receipt;
  readonly held: null;
}

/** What the gate says to an operation: go on, not at all, or not before people agreed ({@link SessionLane.hold}). */
export type Verdict = Admitted | Refused | { readonly admission: null; readonly refusal: null; readonly held: Held };

interface Judged {
  readonly decision: Decision;
  /** a grant given ahead of time that stands in for what the rules do not allow by themselves */
  readonly covering: CoveringGrant | null;
  /** null: no refusal; a hold without such a grant is none */
  readonly why: WhyRefused | null;
}

const heads = new WeakMap<DescribedOperation, WeakMap<Decision, string>>();

function headOf(described: DescribedOperation, decision: Decision): string {
  let byDecision = heads.get(described);
  if (!byDecision) heads.set(described, (byDecision = new WeakMap()));
  let head = byDecision.get(decision);
  if (head === undefined) byDecision.set(decision, (head = renderHead(described, decision, 'allow')));
  return head;
}

const encoder = new TextEncoder();

/**
 * The one way of every operation of one client session: decide, record the intent, forward, record the result, release. It owns
 * both directions' order: bytes to the target wait for the durable intent of a write, bytes to the client for the record of what
 * they hold, and nothing overtakes. It knows no protocol.
 */
export class SessionLane {
  readonly #services: GateServices;
  readonly #facts: LaneFacts;
  readonly #sinks: LaneSinks;
  readonly #toTarget: WatermarkQueue;
  readonly #toClient: WatermarkQueue;
  readonly #opening: string;
  readonly #owner: string;
  readonly #waiting: Set<SessionLane>;
  #last = -1;
  #ended = false;
  #closed = false;
  #congested = false;
  #stalled = false;
  #left: (() => void)[] = [];
  /** operations that wait for people */
  readonly #holds = new Map<HoldWait, Held>();
  /** operations of which only the rest of the result waits */
  readonly #resting = new Set<string>();
  /** what runs by a grant */
  #granted: Admission[] = [];
  readonly #situation: Situation;
  /** operations admitted or refused */
  operations = 0;
  /** rows recorded towards the client */
  rows = 0;

  /** @param waiting lanes to drain when the record advances; the gate's, shared by all lanes */
  constructor(services: GateServices, facts: LaneFacts, sinks: LaneSinks, waiting: Set<SessionLane>) {
    this.#services = services;
    this.#facts = facts;
    this.#sinks = sinks;
    this.#waiting = waiting;
    this.#situation = { address: facts.address };
    this.#toTarget = this.newQueue((chunks) => sinks.toTarget(chunks));
    this.#toClient = this.newQueue((chunks) => sinks.toClient(chunks));
    this.#opening = `"s":"${facts.session}","o":"`;
    this.#owner = `","pid":"${facts.pid}","act":${boundedTexts(facts.principal.act, share.agents)},"tgt":${boundedText(facts.target, share.target)},"proto":"${facts.protocol}",`;
  }

  /** Only the schedules that prove the order replace it, by a queue with a mistake. */
  protected newQueue(sink: (chunks: readonly Uint8Array[]) => void): WatermarkQueue {
    return new WatermarkQueue(sink);
  }

  get session(): string {
    return this.#facts.session;
  }

  get facts(): LaneFacts {
    return this.#facts;
  }

  /** more waits for the record than the bound allows: stop reading the target */
  get congested(): boolean {
    return this.#congested;
  }

  /** more waits for its intent than the bound allows: stop reading the client */
  get stalled(): boolean {
    return this.#stalled;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Decides one operation and, unless it is proven harmless, records its intent.
   * @param parameters bound values as rendered JSON, protected ones already replaced
   */
  admit(described: DescribedOperation, parameters: readonly string[]): Verdict {
    const now = this.#services.now();
    this.operations += 1;
    const cannot = this.#cannotRecord(described);
    if (cannot !== null) return cannot;
    const { decision, covering, why } = this.#judge(described, now);
    if (why !== null) return this.#block(described, parameters, decision, now, why);
    if (decision.effect === 'allow' || covering !== null) {
      const over = this.#counted(described, covering, now);
      if (over !== null) return this.#block(described, parameters, decision, now, over);
    }
    if (decision.effect === 'allow' && covering === null)
      return this.#admitted(described, parameters, decision, now, null);
    const id = this.#services.newId(now);
    if (covering !== null) return this.#admitted(described, parameters, lifted(decision, null), now, covering, id);
    return { admission: null, refusal: null, held: mintHeld(id, described, parameters, decision, now) };
  }

  /**
   * Waits until people decided about a held operation, or until its client may not wait any longer; nothing of it is forwarded
   * meanwhile. Approved, it is described and judged anew, and the grant is used up before the intent is recorded. Never rejects.
   */
  async hold(held: Held, terms: HoldTerms): Promise<Admitted | Refused> {
    const { approvals } = this.#services;
    if (held.taken) throw new Error('a held operation is waited for once');
    held.taken = true;
    const { described, parameters, decision } = held;
    if (approvals === null)
      return this.#block(
        described,
        parameters,
        decision,
        held.since,
        notAskable(decision, 'approvals are off'),
        held.id,
      );
    const wait = this.#waitFor(approvals, held, terms, undefined);
    const outcome = await wait.run();
    // not a moment earlier: a session that ends in between still records what became of it
    this.#holds.delete(wait);
    const now = this.#services.now();
    const cannot = this.#cannotRecord(described);
    if (cannot !== null) return cannot;
    if (outcome.refusal !== null)
      return this.#block(outcome.described, parameters, outcome.decision, now, outcome.refusal, held.id);
    const { go, grant } = outcome;
    if (grant === null) return this.#admitted(go.described, go.parameters, outcome.decision, now, null, held.id);
    const { approval, unmask } = grant;
    this.#recordUse(held.id, approval);
    const runsBy: RunsBy = { approval, unmask, until: Number.POSITIVE_INFINITY, loud: false };
    const asked = new Set(outcome.decision.approval?.requirements.map(({ rule }) => rule));
    return this.#admitted(
      go.described,
      go.parameters,
      lifted(outcome.decision, asked),
      now,
      runsBy,
      held.id,
      'after-intent',
    );
  }

  /**
   * Waits with the rest of a result that outgrew a limit: nothing past it may leave meanwhile.
   * @param rowsOut rows that left already
   * @returns null: the rest may leave; otherwise what its end is told as. Never rejects
   */
  async holdRows(admission: Admission, limit: RowLimit, rowsOut: number, terms: HoldTerms): Promise<Refused | null> {
    const { approvals } = this.#services;
    const { described, decision, id } = admission;
    const asRefused = (why: WhyRefused): Refused => ({
      admission: null,
      refusal: { ...why, operation: id },
      receipt: this.receipt(),
      held: null,
    });
    if (approvals === null) return asRefused(notAskable(decision, 'approvals are off'));
    this.recordIntent(admission);
    const held = mintHeld(id, described, [], decision, this.#services.now());
    held.taken = true;
    this.#resting.add(id);
    const wait = this.#waitFor(approvals, held, terms, { rowsOut, rowsOver: limit.over });
    const outcome = await wait.run();
    this.#holds.delete(wait);
    this.#resting.delete(id);
    const cannot = this.#cannotRecord(described);
    if (cannot !== null) return cannot;
    if (outcome.refusal !== null) return asRefused(outcome.refusal);
    if (outcome.grant !== null) {
      this.#recordUse(id, outcome.grant.approval);
      this.#append(
        'op.resumed',
        `${this.#opening}${id}${this.#owner}"appr":${boundedText(outcome.grant.approval, share.code)},"rows":${rowsOut}`,
        null,
      );
    }
    return null;
  }

  /** What the rules would say now; nothing is recorded. */
  preview(described: DescribedOperation): Decision {
    const { principal } = this.#facts;
    return this.#services.decide(principal, described.operation, this.#services.now(), this.#situation);
  }

  /** A grant was revoked: what runs by it ends. */
  revoked(approval: string): void {
    if (this.#granted.some((each) => !each.ended && each.approval === approval))
      this.end({ ...cutOff(approval, 'revoked'), operation: '' });
  }

  /** Ends what runs by a grant whose time is over. @param now ms */
  sweep(now: number): void {
    if (this.#granted.length === 0) return;
    this.#granted = this.#granted.filter(({ ended }) => !ended);
    const over = this.#granted.find(({ runsBy }) => runsBy !== null && now >= runsBy.until);
    if (over?.approval != null) this.end({ ...cutOff(over.approval, 'ended'), operation: '' });
  }

  /**
   * Decides whether an operation may be prepared: the target parses it but runs nothing. A refusal is recorded, a clearance is not:
   * what runs later is admitted on its own, and held only then.
   */
  clear(described: DescribedOperation): Admitted | Refused {
    const now = this.#services.now();
    const cannot = this.#cannotRecord(described);
    if (cannot !== null) return cannot;
    const { decision, why } = this.#judge(described, now);
    if (why !== null) return this.#block(described, [], decision, now, why);
    return { admission: mintAdmission('', described, decision, 'at-once', now, '', ''), refusal: null, held: null };
  }

  /** Writes the intent of an operation that has none yet (a read that takes long). */
  recordIntent(admission: Admission): void {
    if (admission.intent >= 0) return;
    const members = this.#opening + admission.id + this.#owner + admission.head;
    admission.intent = this.#append('op.intent', members, `{${admission.bodyHead}}`);
  }

  /** Sends an admitted operation's bytes to the target: at once when harmless, else once its intent is durable. */
  forward(admission: Admission, chunks: readonly Uint8Array[]): void {
    this.#pushToTarget(admission.mode === 'at-once' ? -1 : admission.intent, chunks);
  }

  /** The same for bytes that hold several operations: they wait for the last intent. */
  forwardAll(admissions: readonly Admission[], chunks: readonly Uint8Array[]): void {
    let after = -1;
    for (const admission of admissions)
      if (admission.mode !== 'at-once' && admission.intent > after) after = admission.intent;
    this.#pushToTarget(after, chunks);
  }

  /** Sends bytes of the protocol that ask nothing of the target's data (Sync, Flush, Close, the gateway's own questions), in order. */
  forwardProtocol(chunks: readonly Uint8Array[]): void {
    this.#pushToTarget(-1, chunks);
  }

  /** Takes a step towards the target that is more than bytes (opening its connection): once the operation's intent is durable. */
  begin(admission: Admission, step: () => void): void {
    if (this.#ended || this.#closed) return;
    const after = admission.mode === 'at-once' ? -1 : admission.intent;
    this.#toTarget.pushStep(after, step, this.#services.journal.durable);
    if (!this.#toTarget.empty) this.#waiting.add(this);
  }

  /**
   * Records what a client sends into an operation that runs. @param chunk counts and recorded rows, as of a result
   * @returns the receipt to forward it by
   */
  input(admission: Admission, chunk: ResultChunk): Receipt {
    this.recordIntent(admission);
    const members = `${this.#opening}${admission.id}${this.#owner}${renderInput(chunk, admission.inputs)}`;
    admission.inputs += 1;
    this.#append('op.input', members, `{${renderResultBody(chunk, null)}}`);
    return this.receipt();
  }

  /** Records what the session is told without having asked (what others notify it of). @returns the receipt to release it by */
  notified(chunk: NotifiedChunk): Receipt {
    const members = `"s":"${this.#facts.session}${this.#owner}${renderNotified(chunk)}`;
    this.#append('session.notified', members, `{"rows":[${chunk.recorded}]}`);
    return this.receipt();
  }

  /**
   * Records what detectors found in what the target sent: where, how often, what became of it.
   * @param operation it belongs to; null: to none
   * @returns the receipt to release it by
   */
  detected(found: readonly FoundHere[], operation: string | null): Receipt {
    if (found.length === 0) return this.receipt();
    const opening = operation === null ? `"s":"${this.#facts.session}` : this.#opening + operation;
    this.#append('detector.hit', `${opening}${this.#owner}${renderFound(found)}`, null);
    return this.receipt();
  }

  /** Sends recorded input to the target once its record is durable. */
  forwardAfter(receipt: Receipt, chunks: readonly Uint8Array[]): void {
    this.#pushToTarget(receipt, chunks);
  }

  /**
   * Records a part of a result. With `end` on a harmless operation that has no intent it is one `op` event with both halves.
   * @returns the receipt to release this part by
   */
  result(admission: Admission, shown: ResultChunk, end: ResultEnd | null): Receipt {
    const now = this.#services.now();
    const chunk = recordedChunk(admission.described, shown);
    const ended = recordedEnd(admission.described, end);
    this.rows += chunk.rows;
    this.detected(chunk.found ?? [], admission.id);
    if (end && admission.intent < 0) {
      admission.ended = true;
      const members =
        this.#opening +
        admission.id +
        this.#owner +
        admission.head +
        `,${renderResult(chunk, 0, true)},${renderEnd(end, now - admission.startedAt)}`;
      this.#append('op', members, `{${admission.bodyHead},${renderResultBody(chunk, ended)}}`, now);
      return this.receipt();
    }
    this.recordIntent(admission);
    const members = `${this.#opening}${admission.id}${this.#owner}${renderResult(chunk, admission.chunks, end !== null)}`;
    admission.chunks += 1;
    this.#append('op.result', members, `{${renderResultBody(chunk, ended)}}`, now);
    if (end && admission.mode === 'at-once') this.settle(admission, end, []);
    return this.receipt();
  }

  /**
   * Records the end of an operation that has an intent: for a write after the target said in which state it left it.
   * @param settles ids of earlier operations whose outcome this decides (COMMIT, ROLLBACK)
   */
  settle(admission: Admission, end: ResultEnd, settles: readonly string[]): Receipt {
    if (admission.ended) return this.receipt();
    admission.ended = true;
    const now = this.#services.now();
    const settled = settles.length > 0 ? `,"settles":${boundedTexts(settles, share.settles)}` : '';
    const members = `${this.#opening}${admission.id}${this.#owner}${renderEnd(end, now - admission.startedAt)}${settled}`;
    this.#append('op.end', members, null, now);
    return this.receipt();
  }

  /** The receipt of all this session recorded so far: what is released by it waits for everything before. */
  receipt(): Receipt {
    return this.#last as Receipt;
  }

  /** Releases bytes to the client once the record has reached `receipt`. */
  release(receipt: Receipt, chunks: readonly Uint8Array[]): void {
    if (this.#ended || this.#closed) return;
    this.#toClient.push(receipt, chunks, this.#watermark());
    if (!this.#toClient.empty) this.#waiting.add(this);
    if (this.#toClient.bytes > this.#facts.aheadBytes) this.#congested = true;
  }

  /** Lets out what the record covers by now; called by the gate once per flush. @returns true when nothing waits any more */
  drain(): boolean {
    const { journal } = this.#services;
    if (this.#ended) return true;
    // first of all: not even what was recorded a moment before leaves a gateway whose record failed
    if (journal.state === 'poisoned') {
      this.end(notRecordable(journal.stateReason, true));
      return true;
    }
    this.#toTarget.drain(journal.durable);
    this.#toClient.drain(this.#watermark());
    if (this.#toClient.empty) this.#haveLeft();
    if (this.#congested && this.#toClient.bytes * 2 <= this.#facts.aheadBytes) {
      this.#congested = false;
      this.#sinks.resumed();
    }
    if (this.#stalled && this.#toTarget.bytes * 2 <= this.#facts.aheadBytes) {
      this.#stalled = false;
      this.#sinks.resumed();
    }
    return this.#toTarget.empty && this.#toClient.empty;
  }

  /** The opening of the session is event `n`: nothing is released before it. */
  opened(n: number): void {
    this.#last = n;
  }

  /** Calls back once all that was released so far has left, or will not any more; at once when nothing waits. In order of the calls. */
  onceReleased(left: () => void): void {
    if (this.#toClient.empty) left();
    else this.#left.push(left);
  }

  /** Ends the session with a refusal: nothing that waits leaves any more. Called once; later calls do nothing. */
  end(refusal: Refusal): void {
    if (this.#ended) return;
    this.#abandonHolds('shutdown');
    this.#ended = true;
    this.#toTarget.close();
    this.#toClient.close();
    this.#waiting.delete(this);
    this.#sinks.end(refusal);
    this.#haveLeft();
  }

  /**
   * Records the end of the session. What was released before still leaves; nothing more goes to the target, and what comes later (a
   * statement still being described, a row still on its way) is neither admitted nor recorded nor released.
   * @param why `client`, `expired`, `revoked`, `terminated`, `upstream`, `shutdown`, `protocol`, `error` @param ms its length
   */
  close(why: string, ms: number): void {
    if (this.#closed) return;
    this.#abandonHolds(why === 'shutdown' ? 'shutdown' : 'disconnected');
    this.leave();
    recordSessionClose(this.#services.journal, this.#facts, this, why, ms, this.#services.now());
  }

  /** The same without its event: the session of this lane goes on with others. */
  leave(): void {
    if (!this.#closed) this.#abandonHolds('disconnected');
    this.#closed = true;
    this.#toTarget.close();
  }

  /** Refuses an operation the protocol could not even describe as usual (a row limit reached, a pinned setting). */
  refuse(described: DescribedOperation, parameters: readonly string[], refusal: DescribedRefusal): Refused {
    const { journal } = this.#services;
    if (this.#closed) return this.#over();
    this.operations += 1;
    if (journal.state === 'poisoned' || journal.state === 'closed') return this.#notRecordable(true);
    const decision = this.preview(described);
    return this.#block(described, parameters, decision, this.#services.now(), { ...refusal, rule: null, fatal: false });
  }

  /** Nobody is there any more, or nothing can be recorded. */
  #cannotRecord(described: DescribedOperation): Refused | null {
    const { journal } = this.#services;
    if (this.#closed) return this.#over();
    // what is under way may finish on the reserve; nothing new begins
    const finishing = described.finishes && journal.state === 'refusing';
    if (journal.state !== 'open' && !finishing) return this.#notRecordable(journal.state !== 'refusing');
    return null;
  }

  #judge(described: DescribedOperation, now: number): Judged {
    const { principal } = this.#facts;
    const decision = this.#services.decide(principal, described.operation, now, this.#situation);
    const judged = (why: WhyRefused | null, covering: CoveringGrant | null = null): Judged => ({
      decision,
      covering,
      why,
    });
    const own = described.refusal;
    if (now >= principal.expiresAt) return judged(expired);
    if (this.#services.denied(principal)) return judged(revoked);
    // a text that cannot be read is told so first: no rule could judge it
    if (own?.code === 'unreadable') return judged({ ...own, rule: null, fatal: false });
    let covering: CoveringGrant | null = null;
    if (decision.effect === 'hold' || decision.code === 'default-deny')
      covering = this.#services.approvals?.covering(principal, described.operation, now) ?? null;
    if (decision.effect === 'deny' && covering === null) return judged(ruleRefusal(decision, described.doubt));
    if (own !== null) return judged({ ...own, rule: null, fatal: false });
    if (described.oracles === undefined) return judged(null, covering);
    // whoever may see the values has nothing to learn of them
    const seeing = covering ?? this.#services.approvals?.covering(principal, described.operation, now) ?? null;
    if (moots(described, seeing)) covering = seeing;
    const refused = openDemands(described, covering?.unmask ?? []).find(({ allows }) => allows === 'nothing');
    if (refused !== undefined) return judged({ ...refused.refusal, rule: null, fatal: false });
    return judged(null, covering);
  }

  /** Counts what it lets its author learn. @returns why it is one time too many; null: it is not */
  #counted(described: DescribedOperation, covering: CoveringGrant | null, now: number): WhyRefused | null {
    const demands = openDemands(described, covering?.unmask ?? []);
    if (demands.length === 0) return null;
    const { uses } = this.#services;
    const over = uses === undefined ? demands[0] : uses.take(this.#facts.principal, demands, now);
    return over === null || over === undefined ? null : { ...over.refusal, rule: null, fatal: false };
  }

  #admitted(
    described: DescribedOperation,
    parameters: readonly string[],
    decision: Decision,
    now: number,
    runsBy: RunsBy | null,
    id = this.#services.newId(now),
    mode: Admission['mode'] = described.harmless ? 'at-once' : 'after-intent',
  ): Admitted | Refused {
    const body = renderBodyHead(described.statement, parameters);
    if (body === null) return this.#block(described, parameters, decision, now, tooLong, id);
    const head =
      runsBy === null
        ? headOf(described, decision)
        : renderHead(described, decision, decision.effect === 'hold' ? 'hold' : 'allow', runsBy.approval);
    const admission = mintAdmission(id, described, decision, mode, now, head, body, runsBy);
    if (mode === 'after-intent') this.recordIntent(admission);
    if (runsBy !== null) {
      this.#granted = this.#granted.filter(({ ended }) => !ended);
      this.#granted.push(admission);
    }
    return { admission, refusal: null, held: null };
  }

  // ── holds ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #waitFor(approvals: Approvals, held: Held, terms: HoldTerms, scope: HoldScope | undefined): HoldWait {
    const wait = new HoldWait(this.#holdPorts(approvals, held), held, terms, scope);
    this.#holds.set(wait, held);
    if (this.#closed || this.#ended) wait.abandon('disconnected');
    return wait;
  }

  #holdPorts(approvals: Approvals, held: Held): HoldPorts {
    const services = this.#services;
    return {
      approvals,
      facts: this.#facts,
      now: () => services.now(),
      newId: (now) => services.newId(now),
      after: (ms, call) => services.after(ms, call),
      judge: (described) => {
        const { decision, why } = this.#judge(described, services.now());
        return { decision, refusal: why };
      },
      asked: (described, decision, { id }, digest) => {
        const head = renderHead(described, decision, 'hold', id);
        const body = renderBodyHead(described.statement, held.parameters) ?? renderTooLongHead(described.statement);
        const members = `${this.#opening}${held.id}${this.#owner}${head},"dig":${boundedText(digest, share.target)}`;
        this.#append('op.held', members, `{${body}}`);
      },
      left: (approval, why) => {
        const members = `${this.#opening}${held.id}${this.#owner}"appr":${boundedText(approval, share.code)},"why":"${why}"`;
        this.#append('approval.left', members, null);
      },
    };
  }

  /** The session is over for everything that still waits: recorded while it can be. */
  #abandonHolds(why: 'disconnected' | 'shutdown'): void {
    const { journal } = this.#services;
    const recordable = !this.#closed && !this.#ended && journal.state !== 'poisoned' && journal.state !== 'closed';
    for (const [wait, { id, described, parameters, decision }] of this.#holds) {
      wait.abandon(why);
      if (recordable && !this.#resting.has(id))
        this.#block(described, parameters, decision, this.#services.now(), withdrawn(decision, wait.approval), id);
    }
    this.#holds.clear();
  }

  #recordUse(id: string, approval: string): void {
    const members = `${this.#opening}${id}${this.#owner}"appr":${boundedText(approval, share.code)}`;
    this.#append('approval.used', members, null);
  }

  #haveLeft(): void {
    const left = this.#left;
    if (left.length === 0) return;
    this.#left = [];
    for (const each of left) each();
  }

  #watermark(): number {
    return this.#facts.release === 'written' ? this.#services.journal.written : this.#services.journal.durable;
  }

  #pushToTarget(after: number, chunks: readonly Uint8Array[]): void {
    if (this.#ended || this.#closed) return;
    this.#toTarget.push(after, chunks, this.#services.journal.durable);
    if (this.#toTarget.empty) return;
    this.#waiting.add(this);
    if (this.#toTarget.bytes > this.#facts.aheadBytes) this.#stalled = true;
  }

  #append(
    kind: Extract<
      EventKind,
      `op${string}` | `approval.${string}` | 'session.notified' | 'detector.hit' | 'opinion.differs'
    >,
    members: string,
    body: string | null,
    at = this.#services.now(),
  ): number {
    if (this.#closed) return this.#last;
    this.#last = this.#services.journal.append({
      kind,
      at,
      members,
      body: body === null ? null : encoder.encode(body),
      session: body === null ? null : this.#facts.session,
    });
    return this.#last;
  }

  #block(
    described: DescribedOperation,
    parameters: readonly string[],
    decision: Decision,
    now: number,
    why: WhyRefused,
    id = this.#services.newId(now),
  ): Refused {
    const { recorded = why.message, differs, ...told } = why;
    const refusal: Refusal = { ...told, operation: id };
    const approval = why.approval ?? null;
    const verdict = approval === null ? 'deny' : 'hold';
    const members = `${this.#opening}${id}${this.#owner}${renderHead(described, decision, verdict, approval)},"why":"${refusal.code}"`;
    const head = renderBodyHead(described.statement, parameters) ?? renderTooLongHead(described.statement);
    const body = `{${head},${renderRefusal(refusal.code, refusal.rule, recorded)}}`;
    if (differs !== undefined)
      this.#append('opinion.differs', `${this.#opening}${id}${this.#owner}${renderDiffers(differs)}`, null, now);
    this.#append('op.blocked', members, body, now);
    return { admission: null, refusal, receipt: this.receipt(), held: null };
  }

  #notRecordable(fatal: boolean): Refused {
    const refusal = notRecordable(this.#services.journal.stateReason, fatal);
    return { admission: null, refusal, receipt: -1 as Receipt, held: null };
  }

  #over(): Refused {
    return { admission: null, refusal: sessionOver, receipt: this.receipt(), held: null };
  }
}

/** What people agreed to is not held again while it runs. @param asked rules they were asked about; null: all that hold */
function lifted(decision: Decision, asked: ReadonlySet<string> | null): Decision {
  const { obligations } = decision;
  const stays = ({ effect, rule }: RowLimit): boolean => effect === 'deny' || (asked !== null && !asked.has(rule));
  return { ...decision, obligations: { ...obligations, rowLimits: obligations.rowLimits.filter(stays) } };
}
