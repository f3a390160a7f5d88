import { randomBytes } from 'node:crypto';
import { JournalError } from '@app/audit';
import type { Principal } from '@app/identity';
import { boundedText, boundedTexts, share } from './bounded-json.js';
import { type GateServices, type LaneFacts, type LaneSinks, SessionLane } from './session-lane.js';

/** What the record says of a session's beginning. */
export interface SessionOpening {
  /** ULID */
  readonly session: string;
  readonly principal: Principal;
  readonly target: string;
  readonly protocol: 'postgres' | 'kubernetes';
  readonly release: 'durable' | 'written';
  /** bytes that may wait for their record */
  readonly aheadBytes: number;
  readonly client: { readonly address: string; readonly port: number; readonly application: string | null };
  readonly upstream: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
    /** process id and start at the target: the join with its log that a client cannot forge; null: the protocol has none */
    readonly pid: number | null;
    readonly start: string | null;
  };
}

/** Facts of a failed login, for the record. */
export interface LoginFailure {
  readonly target: string;
  readonly protocol: 'postgres' | 'kubernetes';
  readonly code: string;
  readonly reason: string;
  readonly user: string | null;
  readonly address: string;
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

  /** Records the opening of a session and returns its lane. @throws JournalError when the record is not open */
  open(opening: SessionOpening, sinks: LaneSinks): SessionLane {
    // the target was connected to meanwhile, and the record may have closed
    if (!this.accepting) throw new JournalError('refusing', this.closedReason ?? 'the record is not open');
    const { principal, session, target, protocol, upstream, client } = opening;
    const now = this.services.now();
    const pid = this.#pseudonym(principal);
    const purpose =
      principal.purpose === null ? 'null' : `{"c":${boundedText(principal.purpose, share.purpose)},"src":"token"}`;
    const at =
      upstream.pid === null
        ? 'null'
        : `{"pid":${upstream.pid},"start":${boundedText(upstream.start ?? '', share.code)}}`;
    const { release, aheadBytes } = opening;
    const facts: LaneFacts = { session, pid, principal, target, protocol, release, aheadBytes };
    const lane = this.newLane(facts, sinks, this.#waiting);
    const n = this.services.journal.append({
      kind: 'session.open',
      at: now,
      members:
        `"s":"${session}","pid":"${pid}","act":${boundedTexts(principal.act, share.agents)}` +
        `,"tgt":${boundedText(target, share.target)},"proto":"${protocol}"` +
        `,"auth":"${principal.method}","pur":${purpose},"up":${at},"release":"${opening.release}"`,
      body: encoder.encode(
        JSON.stringify({
          principal: {
            iss: principal.iss,
            sub: principal.sub,
            user: principal.user,
            groups: principal.groups,
            act: principal.act,
            azp: principal.azp,
            purpose: principal.purpose,
            method: principal.method,
            jti: principal.jti,
            sid: principal.sid,
          },
          client,
          upstream: { host: upstream.host, port: upstream.port, database: upstream.database, user: upstream.user },
        }),
      ),
      session,
    });
    lane.opened(n);
    this.#lanes.add(lane);
    return lane;
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
        `"s":"${session}","tgt":${boundedText(failure.target, share.target)},"proto":"${failure.protocol}"` +
        `,"why":${boundedText(failure.code, share.code)}`,
      body: encoder.encode(
        JSON.stringify({
          user: failure.user,
          database: failure.target,
          address: failure.address,
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
