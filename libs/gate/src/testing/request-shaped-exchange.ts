import type { Admission } from '../admission.js';
import type { ResultEnd } from '../described.js';
import type { GateSession } from '../gate-session.js';
import type { LaneSinks, SessionLane, Verdict } from '../session-lane.js';
import type { OrderOracle } from './order-oracle.js';
import type { ExchangeKind, OrderWorld } from './order-world.js';
import type { Need } from './record-index.js';
import { sampleChunk, sampleEnd } from './samples.js';

const MOST_BYTES = 120;

/** One request and its answer: a connection to the target opened as a step, what is sent into it, what comes back. */
export class RequestShapedExchange {
  readonly name: string;
  readonly #world: OrderWorld;
  readonly #oracle: OrderOracle;
  readonly #session: GateSession;
  readonly #lane: SessionLane;
  readonly #kind: ExchangeKind;
  #admission: Admission | null = null;
  /** the target was reached */
  #begun = false;
  /** parts of the body not yet sent, and sent ones not yet at the target */
  #unsent = 0;
  #sending = 0;
  #inputs = 0;
  #results = 0;
  #paused = false;
  over = false;
  failed = false;
  /** the refusal ends the whole session */
  turnedAway = false;
  pauses = 0;

  constructor(name: string, session: GateSession, world: OrderWorld, oracle: OrderOracle) {
    this.name = name;
    this.#session = session;
    this.#world = world;
    this.#oracle = oracle;
    oracle.watch(name, session.facts.release, session.facts.session);
    this.#lane = session.lane(this.#sinks());
    this.#kind = world.random.pick<ExchangeKind>(['read', 'stream', 'write', 'channel']);
    const verdict = this.#lane.admit(world.request(this.#kind), []);
    if (verdict.admission !== null) this.#begin(verdict.admission);
    else if (verdict.refusal !== null) this.#refused(verdict.refusal);
  }

  get paused(): boolean {
    return this.#paused;
  }

  // ── the client ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #begin(admission: Admission): void {
    const { random } = this.#world;
    this.#admission = admission;
    this.#step(admission);
    if (this.#kind !== 'write') return;
    this.#unsent = 1 + random.below(3);
    while (this.#unsent > 0 && random.chance(0.7)) this.#sendBody(admission);
  }

  #step(admission: Admission): void {
    const label = this.#oracle.toTarget(this.name, this.#write(admission), 0);
    this.#lane.begin(admission, () => {
      this.#oracle.reachedTarget(this.name, [label]);
      this.#begun = true;
    });
  }

  #sendBody(admission: Admission): void {
    this.#unsent -= 1;
    this.#sending += 1;
    this.#lane.forward(admission, [this.#toTarget(admission)]);
  }

  /** The client sends what it has left, or says something into a channel. */
  clientGoesOn(): void {
    const { random } = this.#world;
    if (this.over || this.#admission === null || this.#lane.stalled) return;
    if (this.#unsent > 0) this.#sendBody(this.#admission);
    else if (this.#kind !== 'channel') return;
    else if (random.chance(0.2)) this.#lane.forwardProtocol([this.#oracle.toTarget(this.name, [], 4)]);
    else this.#input(this.#admission);
  }

  #input(admission: Admission): void {
    const { random } = this.#world;
    const rows = 1 + random.below(3);
    const need: Need = { kind: 'input', op: admission.id, chunk: this.#inputs++, rows };
    const receipt = this.#lane.input(admission, sampleChunk({ rows, bytes: rows * 5 }));
    const bytes = this.#oracle.toTarget(this.name, this.#write(admission), random.below(MOST_BYTES), [need]);
    this.#lane.forwardAfter(receipt, [bytes]);
  }

  #refused(refusal: NonNullable<Verdict['refusal']>): void {
    this.turnedAway = refusal.fatal;
    const { operation } = refusal;
    if (operation !== '' || !refusal.fatal) this.#release(operation === '' ? [] : [{ kind: 'blocked', op: operation }]);
    this.#leave();
  }

  /** The client goes away in the middle. */
  clientLeaves(): void {
    if (this.over) return;
    this.abandon();
    this.#leave();
  }

  /** What is under way ends nobody knows how. */
  abandon(): void {
    const admission = this.#admission;
    if (this.over) return;
    this.over = true;
    this.#oracle.shut(this.name, 'target');
    if (admission === null || this.#world.journal.state === 'poisoned') return;
    const unknown = sampleEnd({ status: 'unknown', tag: null });
    if (admission.mode === 'after-intent') this.#lane.settle(admission, unknown, []);
    else this.#lane.result(admission, sampleChunk(), unknown);
  }

  /** Comes after the end of the exchange: a step, input, an answer. */
  goOnTooLate(): void {
    const admission = this.#admission;
    if (admission === null || this.#oracle.waiting(this.name) > 0) return;
    this.#oracle.shut(this.name, 'client');
    const lane = this.#lane;
    this.#step(admission);
    lane.forward(admission, [this.#toTarget(admission)]);
    lane.forwardAfter(lane.input(admission, sampleChunk({ rows: 1 })), [this.#toTarget(admission)]);
    const receipt = lane.result(
      admission,
      sampleChunk({ rows: 1 }),
      this.#world.random.chance(0.5) ? sampleEnd() : null,
    );
    lane.release(receipt, [this.#oracle.toClient(this.name, [], 8)]);
    const verdict = lane.admit(this.#world.request('write'), []);
    if (verdict.admission !== null) this.#step(verdict.admission);
  }

  // ── the target ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The target goes on with what reached it. */
  targetGoesOn(): void {
    const admission = this.#admission;
    const { random } = this.#world;
    if (this.over || admission === null || !this.#begun || this.#paused) return;
    // a target may answer before it has read the whole body, but seldom does
    if (this.#unsent + this.#sending > 0 && random.chance(0.9)) return;
    if (random.chance(0.15)) this.#lane.recordIntent(admission);
    const goesOn = this.#kind === 'read' || this.#kind === 'write' ? 0.2 : 0.8;
    this.#answer(admission, random.chance(goesOn) ? null : this.#end());
    if (!this.over && this.#lane.congested) {
      this.#paused = true;
      this.pauses += 1;
    }
  }

  #end(): ResultEnd {
    if (this.#world.random.chance(0.8)) return sampleEnd({ tag: null });
    return sampleEnd({ status: 'error', code: 'conflict', message: 'it exists already', tag: null });
  }

  #answer(admission: Admission, end: ResultEnd | null): void {
    const rows = this.#world.random.below(9);
    const last = end !== null;
    const needs: Need[] = [{ kind: 'result', op: admission.id, chunk: this.#results++, rows, last }];
    const receipt = this.#lane.result(admission, sampleChunk({ rows, bytes: rows * 10 }), end);
    if (end === null || admission.mode === 'at-once') {
      if (last) needs.push({ kind: 'end', op: admission.id });
      this.#release(needs, receipt);
    } else {
      const settled = this.#lane.settle(admission, end, []);
      // as when both sides of a connection tell that it is over
      if (this.#world.random.chance(0.1)) this.#lane.settle(admission, sampleEnd({ status: 'unknown' }), []);
      this.#release([...needs, { kind: 'end', op: admission.id }], settled);
    }
    if (last) this.#leave();
  }

  // ── both ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #release(needs: readonly Need[], receipt = this.#lane.receipt()): void {
    this.#lane.release(receipt, [this.#oracle.toClient(this.name, needs, this.#world.random.below(MOST_BYTES))]);
  }

  #leave(): void {
    this.over = true;
    this.#paused = false;
    this.#oracle.shut(this.name, 'target');
    this.#session.leave(this.#lane);
  }

  #toTarget(admission: Admission): Uint8Array {
    return this.#oracle.toTarget(this.name, this.#write(admission), this.#world.random.below(MOST_BYTES));
  }

  #write(admission: Admission): string[] {
    return admission.mode === 'after-intent' ? [admission.id] : [];
  }

  #sinks(): LaneSinks {
    return {
      toTarget: (chunks) => {
        this.#oracle.reachedTarget(this.name, chunks);
        this.#sending = Math.max(0, this.#sending - chunks.length);
      },
      toClient: (chunks) => this.#oracle.reachedClient(this.name, chunks),
      resumed: () => {
        this.#paused = false;
      },
      end: () => {
        this.failed = true;
        this.#leave();
        this.#oracle.shut(this.name, 'client');
      },
    };
  }
}
