import type { Journal } from '@app/audit';
import type { Refusal } from './refusal.js';
import type { LaneFacts } from './lane-facts.js';
import type { LaneSinks, SessionLane } from './session-lane.js';
import { recordSessionClose } from './session-record.js';

/** What a session needs of its gate. */
export interface SessionPorts {
  readonly journal: Journal;
  now(): number;
  newLane(facts: LaneFacts, sinks: LaneSinks): SessionLane;
  /** forgets a lane that left */
  forget(lane: SessionLane): void;
}

/**
 * One session whose operations run side by side, each exchange with a lane of its own: what one waits for holds up no other. Opened
 * and closed in the record once, whatever number of lanes it had. Made by the gate.
 */
export class GateSession {
  readonly #ports: SessionPorts;
  readonly #opened: number;
  readonly #lanes = new Set<SessionLane>();
  readonly #startedAt: number;
  #operations = 0;
  #rows = 0;
  #closed = false;

  constructor(
    ports: SessionPorts,
    readonly facts: LaneFacts,
    opened: number,
  ) {
    this.#ports = ports;
    this.#opened = opened;
    this.#startedAt = ports.now();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** lanes under way */
  get lanes(): number {
    return this.#lanes.size;
  }

  /** A lane for one more exchange. @throws Error once the session is closed */
  lane(sinks: LaneSinks): SessionLane {
    if (this.#closed) throw new Error('the session is closed');
    const lane = this.#ports.newLane(this.facts, sinks);
    lane.opened(this.#opened);
    this.#lanes.add(lane);
    return lane;
  }

  /** The exchange of `lane` is over: what it released still leaves, nothing else does. */
  leave(lane: SessionLane): void {
    if (!this.#lanes.delete(lane)) return;
    this.#operations += lane.operations;
    this.#rows += lane.rows;
    lane.leave();
    lane.onceReleased(() => this.#ports.forget(lane));
  }

  /** Ends every exchange under way with a refusal. */
  end(refusal: Refusal): void {
    for (const lane of Array.from(this.#lanes)) lane.end(refusal);
  }

  /** Records the end of the session; lanes still under way leave it. @param why as {@link SessionLane.close} */
  close(why: string): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const lane of Array.from(this.#lanes)) this.leave(lane);
    const now = this.#ports.now();
    const counts = { operations: this.#operations, rows: this.#rows };
    recordSessionClose(this.#ports.journal, this.facts, counts, why, now - this.#startedAt, now);
  }
}
