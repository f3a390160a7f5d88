import { randomBytes } from 'node:crypto';
import { JournalError } from '@app/audit';
import type { Principal } from '@app/identity';
import { boundedText, share } from './bounded-json.js';
import { GateSession } from './gate-session.js';
import type { LaneFacts } from './lane-facts.js';
import { type GateServices, type LaneSinks, SessionLane } from './session-lane.js';
import { recordSessionOpen, type SessionOpening } from './session-record.js';
import { typedName } from './typed-name.js';

/** Facts of a failed login, for the record. */
export interface LoginFailure {
  readonly target: string;
  /** name of the protocol, for the record */
  readonly protocol: string;
  readonly code: string;
  readonly reason: string;
  readonly user: string | null;
  readonly address: string;
  /** how the client was to prove itself, as the protocol calls it */
  readonly method: string;
}

const PSEUDONYMS = 10_000;
const encoder = new TextEncoder();

/** The one gate of a process: opens lanes, drains them as the record advances, knows who is who by pseudonym. */
export class Gate {
  protected readonly services: GateServices;
  readonly #waiting = new Set<SessionLane>();
  readonly #lanes = new Set<SessionLane>();
  readonly #pseudonyms = new Map<string, string>();
  readonly #unsubscribe: () => void;

  constructor(services: GateServices) {
    this.services = services;
    this.#unsubscribe = services.journal.onAdvance(() => this.#advance());
  }

  get lanes(): ReadonlySet<SessionLane> {
    return this.#lanes;
  }

  /** Whether new sessions may begin: the record is open. */
  get accepting(): boolean {
    return this.services.journal.state === 'open';
  }

  /** why not, for people */
  get closedReason(): string | null {
    return this.services.journal.stateReason;
  }

  /** Records the opening of a session with one lane and returns that. @throws JournalError when the record is not open */
  open(opening: SessionOpening, sinks: LaneSinks): SessionLane {
    const { facts, n } = this.#opened(opening);
    const lane = this.#lane(facts, sinks);
    lane.opened(n);
    return lane;
  }

  /** Records the opening of a session whose exchanges run side by side. @throws JournalError when the record is not open */
  openSession(opening: SessionOpening): GateSession {
    const { facts, n } = this.#opened(opening);
    const { services } = this;
    return new GateSession(
      {
        journal: services.journal,
        now: () => services.now(),
        newLane: (of, sinks) => this.#lane(of, sinks),
        forget: (lane) => this.forget(lane),
      },
      facts,
      n,
    );
  }

  /** A grant was revoked: what runs by it anywhere ends. */
  revoked(approval: string): void {
    for (const lane of Array.from(this.#lanes)) lane.revoked(approval);
  }

  /** Ends what runs by grants whose time is over; call it every second. @param now ms */
  sweep(now: number): void {
    for (const lane of Array.from(this.#lanes)) lane.sweep(now);
  }

  /** Forgets a lane whose session.close is recorded. */
  forget(lane: SessionLane): void {
    this.#lanes.delete(lane);
    this.#waiting.delete(lane);
  }

  /** Records a failed login; failing to record it changes nothing for the client, who is refused anyway. */
  loginFailed(failure: LoginFailure, session: string): void {
    const { journal } = this.services;
    if (journal.state === 'poisoned' || journal.state === 'closed') return;
    journal.append({
      kind: 'auth.fail',
      at: this.services.now(),
      members:
        `"s":"${session}","tgt":${boundedText(typedName(failure.target), share.target)},"proto":"${failure.protocol}"` +
        `,"why":${boundedText(failure.code, share.code)}`,
      body: encoder.encode(
        JSON.stringify({
          user: typedName(failure.user),
          database: typedName(failure.target),
          address: failure.address,
          method: failure.method,
          reason: failure.reason,
        }),
      ),
      session,
    });
  }

  /** Only the schedules that prove the order replace it, by a lane with a mistake. */
  protected newLane(facts: LaneFacts, sinks: LaneSinks, waiting: Set<SessionLane>): SessionLane {
    return new SessionLane(this.services, facts, sinks, waiting);
  }

  #opened(opening: SessionOpening): { readonly facts: LaneFacts; readonly n: number } {
    // the target was connected to meanwhile, and the record may have closed
    if (!this.accepting) throw new JournalError('refusing', this.closedReason ?? 'the record is not open');
    const { principal, session, target, protocol, release, aheadBytes } = opening;
    const pid = this.#pseudonym(principal);
    const { address } = opening.client;
    const facts: LaneFacts = { session, pid, principal, target, protocol, release, address, aheadBytes };
    return { facts, n: recordSessionOpen(this.services.journal, opening, pid, this.services.now()) };
  }

  #lane(facts: LaneFacts, sinks: LaneSinks): SessionLane {
    const lane = this.newLane(facts, sinks, this.#waiting);
    this.#lanes.add(lane);
    return lane;
  }

  /** Stops listening to the journal. */
  close(): void {
    this.#unsubscribe();
  }

  #advance(): void {
    if (this.services.journal.state === 'poisoned') {
      for (const lane of Array.from(this.#lanes)) lane.drain();
      return;
    }
    for (const lane of this.#waiting) if (lane.drain()) this.#waiting.delete(lane);
  }

  /** Random per epoch and principal: whose it is stands only in the encrypted body and in a row that can be deleted. */
  #pseudonym(principal: Principal): string {
    const key = JSON.stringify([principal.iss, principal.sub]);
    const known = this.#pseudonyms.get(key);
    if (known !== undefined) return known;
    const pid = `u_${randomBytes(16).toString('base64url')}`;
    if (this.#pseudonyms.size >= PSEUDONYMS) this.#pseudonyms.delete(this.#pseudonyms.keys().next().value ?? '');
    this.#pseudonyms.set(key, pid);
    return pid;
  }
}
