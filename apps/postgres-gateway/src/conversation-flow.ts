import type { Admission } from '@app/gate';
import { type ReadyStatus, upstream as messages } from '@app/pg-wire';
import type { StatementDescription } from '@app/sql';
import { CopyIn, type CopyInHost } from './copy-in.js';
import { Freshness } from './freshness.js';
import type { HoldDesk } from './hold-desk.js';
import { KeptMessages } from './kept-messages.js';
import { NameChanges } from './name-changes.js';
import type { NameResolver } from './name-resolver.js';
import type { OwnSync } from './reply-queue.js';
import type { SentStatement } from './sent-statement.js';
import type { SessionParts } from './session-parts.js';
import { newRun, type StatementRun } from './statement-run.js';
import { maskedPlaces } from './write-back-guard.js';

/** Where a conversation stands, as everything that takes part in it sees it: what was sent, answered, skipped, and what waits. */
export class ConversationFlow {
  readonly freshness = new Freshness();
  readonly changes: NameChanges;
  readonly kept = new KeptMessages();
  readonly copyIn: CopyIn;
  readonly #parts: SessionParts;
  readonly #holds: () => HoldDesk;
  /** after an error in the extended protocol: everything is dropped until Sync */
  #skipping = false;
  /** statements sent to be bound or executed */
  #sent = 0;
  #status: ReadyStatus = 'I';
  /** a result that a rule may cut short: what follows waits for its end, so that neither cancel nor refusal hits something else */
  #limited: Promise<void> | null = null;
  /** the session is over: nothing that was being described goes on */
  #stopped = false;
  /** woken when cycles were answered, or when the target skips to the next Sync */
  #waiters: { readonly cycle: number; readonly wake: () => void }[] = [];

  constructor(parts: SessionParts, resolver: NameResolver, holds: () => HoldDesk, copying: CopyInHost) {
    this.#parts = parts;
    this.#holds = holds;
    this.copyIn = new CopyIn(parts, copying);
    this.changes = new NameChanges(resolver);
  }

  /** As ReadyForQuery said last. */
  get status(): ReadyStatus {
    return this.#status;
  }

  /** After an error in the extended protocol: everything is dropped until Sync. */
  get skipping(): boolean {
    return this.#skipping;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** What follows waits for it; null: nothing does. */
  get limited(): Promise<void> | null {
    return this.#limited;
  }

  /** statements sent to be bound or executed */
  get sent(): number {
    return this.#sent;
  }

  /** Nothing is under way, and a question's own Sync ends nothing but what began. */
  get mayAsk(): boolean {
    const inBlock = this.#status === 'T' && !this.freshness.endsBlock;
    return this.#parts.replies.empty && (this.freshness.freshCycle || inBlock);
  }

  /**
   * The open cycle stands in a transaction block that outlives a Sync, so that one of the gateway's own changes nothing. Outside of a
   * block it would end the transaction that the client's own Sync is to end.
   */
  get maySettle(): boolean {
    const { endsBlock, beginsBlock } = this.freshness;
    return !endsBlock && (this.#status === 'T' || (this.#status === 'I' && beginsBlock));
  }

  /** what was waiting or being described has become pointless: the target skips it, or nobody is there any more */
  get dropped(): boolean {
    return this.#stopped || this.#skipping;
  }

  /** ReadyForQuery passed. */
  ready(status: ReadyStatus): void {
    this.#status = status;
    if (this.#parts.replies.empty) {
      this.changes.settled(status);
      this.freshness.settled(status);
    }
    this.#wake();
  }

  /** An error came while no Sync is on its way. */
  skipToSync(): void {
    this.skip();
    this.kept.drop();
    this.#wake();
  }

  /** From now on everything is dropped until Sync. */
  skip(): void {
    this.#skipping = true;
  }

  /** Sync came: nothing is skipped any more. */
  synced(): void {
    this.#skipping = false;
    this.freshness.endCycle();
  }

  stop(): void {
    this.#stopped = true;
    this.#waiters = [];
  }

  #wake(): void {
    if (this.#waiters.length === 0) return;
    const { answered } = this.#parts.replies;
    const waiters = this.#waiters;
    this.#waiters = waiters.filter(({ cycle }) => !this.#skipping && cycle > answered);
    for (const { cycle, wake } of waiters) if (this.#skipping || cycle <= answered) wake();
  }

  /** Goes on with a message once all cycles before the open one are answered, unless the target skips it by then. */
  async afterEarlierCycles(next: () => Promise<void> | void): Promise<void> {
    const { cycle, answered } = this.#parts.replies;
    if (answered < cycle) await new Promise<void>((wake) => this.#waiters.push({ cycle, wake }));
    if (!this.dropped) await next();
  }

  /** Ends what the client sent so far without telling it, so that the target has answered all of it. */
  async ownSync(): Promise<void> {
    const own: OwnSync = { failed: false };
    this.#parts.replies.push({ kind: 'sync', own });
    this.freshness.endCycle();
    this.#parts.lane.forwardProtocol([messages.sync()]);
    await this.afterEarlierCycles(() => undefined);
    if (!own.failed) return;
    // the target skipped what came before: so would it what follows
    this.skip();
    this.kept.drop();
  }

  /** Goes on with a message once all that was sent in the open block is answered, unless the target skips it by then. */
  async afterOpenBlock(next: () => Promise<void> | void): Promise<void> {
    await this.ownSync();
    if (!this.dropped) await next();
  }

  /** A statement goes to the target to be bound or executed. */
  forwarding(statement: StatementDescription): void {
    this.#sent += 1;
    this.changes.forwarding(statement);
    this.freshness.forwarding(statement);
    this.#holds().forwarding(statement);
  }

  /** What follows waits until this is over. */
  limit(until: Promise<void>): void {
    const held: Promise<void> = until.then(() => {
      if (this.#limited === held) this.#limited = null;
    });
    this.#limited = held;
  }

  /** A run of an admitted statement, as the target's profile records it. */
  run(admission: Admission, sent: SentStatement): StatementRun {
    const { profile, lane } = this.#parts;
    const { reads } = profile.writeBack;
    reads.give(lane.facts.principal, profile.target.name, maskedPlaces(sent.statement, admission.unmask));
    return newRun(admission, sent, profile.keepRows, profile.detection?.refuses ?? false);
  }

  /** Something was admitted that never goes to the target. */
  unused(admission: Admission): void {
    if (admission.intent < 0) return;
    this.#parts.lane.settle(admission, { status: 'skipped', code: null, message: null, tag: null }, []);
  }
}
