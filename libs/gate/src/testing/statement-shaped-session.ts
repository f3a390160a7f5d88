import type { Admission } from '../admission.js';
import type { ResultEnd } from '../described.js';
import type { Gate } from '../gate.js';
import type { LaneSinks, SessionLane, Verdict } from '../session-lane.js';
import type { OrderOracle } from './order-oracle.js';
import type { OrderWorld } from './order-world.js';
import type { Need } from './record-index.js';
import { sampleChunk, sampleEnd, sampleOpening, samplePrincipal } from './samples.js';
import type { SimulatedSession } from './simulated-session.js';

/** One operation on its way. */
interface Run {
  readonly admission: Admission;
  chunks: number;
}

/** What the target answers to bytes that reached it; `null`: nothing. */
type Question =
  | { readonly kind: 'runs'; readonly runs: readonly Run[]; at: number }
  | { readonly kind: 'ready' }
  | { readonly kind: 'refusal'; readonly needs: readonly Need[] };

const MOST_BYTES = 120;

/**
 * One client, its one lane and its target, all moved by the schedule. It uses the lane as a protocol of statements does (several in a
 * message, one sent in parts, refusals that take a statement's place), but at random moments.
 */
export class StatementShapedSession implements SimulatedSession {
  readonly id: string;
  readonly #world: OrderWorld;
  readonly #oracle: OrderOracle;
  readonly #gate: Gate;
  readonly #principal = samplePrincipal();
  readonly #lane: SessionLane;
  /** bytes on their way: what they ask, once they are there */
  readonly #sent: (readonly Question[])[] = [];
  readonly #arrived: Question[] = [];
  #output: Uint8Array[] = [];
  readonly #unsettled: { readonly admission: Admission; readonly end: ResultEnd }[] = [];
  /** the operation whose result came last */
  #latest: Admission | null = null;
  #paused = false;
  #over = false;
  #left: boolean | null = null;
  /** how often the lane told that the record failed */
  failures = 0;
  /** how often the target was paused because too much waited */
  pauses = 0;

  /** @throws JournalError when the record takes no new session */
  constructor(id: string, world: OrderWorld, oracle: OrderOracle, gate: Gate) {
    this.id = id;
    this.#world = world;
    this.#oracle = oracle;
    this.#gate = gate;
    const { random } = world;
    const release = random.chance(0.7) ? 'durable' : 'written';
    const expiresAt = random.chance(0.9) ? Number.MAX_SAFE_INTEGER : world.now() + random.below(300);
    this.#principal = samplePrincipal({ sub: id, expiresAt });
    oracle.watch(id, release);
    const opening = { session: id, principal: this.#principal, release, aheadBytes: 50 + random.below(600) } as const;
    this.#lane = gate.open(sampleOpening(opening), this.#sinks());
    this.#lane.release(this.#lane.receipt(), [oracle.toClient(id, [], 8)]);
  }

  get over(): boolean {
    return this.#over;
  }

  /** nothing is under way at the target */
  get idle(): boolean {
    return this.#arrived.length === 0 && this.#output.length === 0;
  }

  get stuck(): boolean {
    return this.#paused || this.#left === false;
  }

  // ── the client ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The client says something. */
  say(): void {
    if (this.#over) return;
    const what = this.#world.random.next();
    if (what < 0.6) this.#query();
    else if (what < 0.85) this.#extended();
    else if (what < 0.9) this.#protocol([]);
    else if (what < 0.95) this.#refusedBeforehand();
    else this.#parseOnly();
  }

  /** Access of this person is taken away. */
  revoke(): void {
    this.#world.revoked.add(this.#principal);
  }

  /** What was begun before the end of the session comes too late: a statement described at last, rows still on their way. */
  goOnTooLate(): void {
    if (!this.#over || this.stuck) return;
    const lane = this.#lane;
    const verdict = lane.admit(this.#world.statement(), []);
    if (verdict.admission !== null)
      lane.forward(verdict.admission, [this.#oracle.toTarget(this.id, this.#writes([verdict.admission]), 8)]);
    if (this.#latest === null || this.#world.journal.state === 'poisoned') return;
    lane.result(this.#latest, sampleChunk({ rows: 1 }), this.#world.random.chance(0.5) ? sampleEnd() : null);
    lane.release(lane.receipt(), [this.#oracle.toClient(this.id, [], 8)]);
  }

  #query(): void {
    const { random } = this.#world;
    const admissions: Admission[] = [];
    for (let i = random.below(3); i >= 0; i--) {
      const verdict = this.#lane.admit(this.#world.statement(), []);
      if (verdict.admission === null) {
        for (const admission of admissions) this.#skip(admission);
        return this.#refused(verdict);
      }
      admissions.push(verdict.admission);
    }
    const runs = admissions.map((admission) => ({ admission, chunks: 0 }));
    this.#ask(
      [{ kind: 'runs', runs, at: 0 }, { kind: 'ready' }],
      (chunks) => this.#lane.forwardAll(admissions, chunks),
      admissions,
    );
  }

  #extended(): void {
    const statement = this.#world.statement();
    const cleared = this.#lane.clear(statement);
    if (cleared.refusal) return this.#refused(cleared);
    this.#ask([], (chunks) => this.#lane.forward(cleared.admission, chunks), []);
    const verdict = this.#lane.admit(statement, ['"7"']);
    if (verdict.admission === null) return this.#refused(verdict);
    const { admission } = verdict;
    const forward = (chunks: readonly Uint8Array[]): void => this.#lane.forward(admission, chunks);
    this.#ask([], forward, [admission]);
    this.#ask([{ kind: 'runs', runs: [{ admission, chunks: 0 }], at: 0 }], forward, [admission]);
    this.#protocol([{ kind: 'ready' }]);
  }

  #parseOnly(): void {
    const cleared = this.#lane.clear(this.#world.statement());
    if (cleared.refusal) this.#refused(cleared);
    else this.#ask([], (chunks) => this.#lane.forward(cleared.admission, chunks), []);
  }

  #refusedBeforehand(): void {
    const refusal = { code: 'setting', message: 'This setting is pinned.', hint: null, retry: 'never' } as const;
    this.#refused(this.#lane.refuse(this.#world.statement(), [], refusal));
  }

  #refused(verdict: Verdict): void {
    if (verdict.refusal === null) throw new Error('a refusal was expected');
    if (verdict.refusal.fatal) return this.finish(false);
    const { operation } = verdict.refusal;
    const needs: Need[] = operation === '' ? [] : [{ kind: 'blocked', op: operation }];
    if (this.#sent.length === 0 && this.idle)
      return this.#lane.release(this.#lane.receipt(), [this.#oracle.toClient(this.id, needs, 30)]);
    this.#protocol([{ kind: 'refusal', needs }, { kind: 'ready' }]);
  }

  #skip(admission: Admission): void {
    if (admission.intent >= 0) this.#lane.settle(admission, sampleEnd({ status: 'skipped', tag: null }), []);
  }

  #protocol(questions: readonly Question[]): void {
    this.#ask(questions, (chunks) => this.#lane.forwardProtocol(chunks), []);
  }

  #ask(
    questions: readonly Question[],
    forward: (chunks: readonly Uint8Array[]) => void,
    admissions: readonly Admission[],
  ): void {
    const { random } = this.#world;
    const chunk = (): Uint8Array => this.#oracle.toTarget(this.id, this.#writes(admissions), random.below(MOST_BYTES));
    const chunks = random.chance(0.3) ? [chunk(), chunk()] : [chunk()];
    for (let i = 1; i < chunks.length; i++) this.#sent.push([]);
    this.#sent.push(questions);
    forward(chunks);
  }

  #writes(admissions: readonly Admission[]): string[] {
    return admissions.filter((admission) => admission.mode === 'after-intent').map(({ id }) => id);
  }

  // ── the target ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The target goes on with what reached it. */
  answer(): void {
    if (this.#over || this.#paused) return;
    const { random } = this.#world;
    if (random.chance(0.4)) this.#release();
    const question = this.#arrived[0];
    if (question === undefined) return this.#release();
    if (question.kind === 'runs') this.#result(question);
    else {
      this.#arrived.shift();
      if (question.kind === 'refusal') this.#emit(question.needs);
      else this.#ready();
    }
    if (this.#lane.congested) {
      this.#paused = true;
      this.pauses += 1;
    }
  }

  #result(question: Extract<Question, { kind: 'runs' }>): void {
    const { random } = this.#world;
    const run = question.runs[question.at];
    if (run === undefined) {
      this.#arrived.shift();
      return;
    }
    const { admission } = run;
    this.#latest = admission;
    if (random.chance(0.15)) this.#lane.recordIntent(admission);
    const rows = random.below(9);
    const chunk = sampleChunk({ rows, bytes: rows * 10 });
    const last = random.chance(0.6);
    const need: Need = { kind: 'result', op: admission.id, chunk: run.chunks, rows, last };
    run.chunks += 1;
    if (!last) {
      const receipt = this.#lane.result(admission, chunk, null);
      this.#emit([need]);
      return this.#lane.release(receipt, this.#take());
    }
    question.at += 1;
    const end = random.chance(0.8)
      ? sampleEnd()
      : sampleEnd({ status: 'error', code: '23505', message: 'duplicate key', tag: null });
    const receipt = this.#lane.result(admission, chunk, end);
    if (admission.mode === 'after-intent') this.#unsettled.push({ admission, end });
    this.#emit([need]);
    if (random.chance(0.5)) this.#lane.release(receipt, this.#take());
  }

  #ready(): void {
    const needs: Need[] = [];
    for (const { admission, end } of this.#unsettled.splice(0)) {
      this.#lane.settle(admission, end, []);
      // as when a portal goes away whose statement has long ended
      if (this.#world.random.chance(0.1)) this.#lane.settle(admission, sampleEnd({ status: 'skipped' }), []);
      needs.push({ kind: 'end', op: admission.id });
    }
    this.#emit(needs);
    if (this.#world.random.chance(0.7)) this.#release();
  }

  #emit(needs: readonly Need[]): void {
    this.#output.push(this.#oracle.toClient(this.id, needs, this.#world.random.below(MOST_BYTES)));
  }

  #release(): void {
    if (this.#output.length > 0) this.#lane.release(this.#lane.receipt(), this.#take());
  }

  #take(): Uint8Array[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Ends the session. @param orderly what is recorded leaves first */
  finish(orderly: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#paused = false;
    if (orderly) this.#release();
    if (this.#world.journal.state !== 'poisoned') this.#abandon();
    this.#lane.close('client', 1);
    this.#oracle.shut(this.id, 'target');
    if (!orderly) return this.#forget();
    this.#left = false;
    this.#lane.onceReleased(() => {
      this.#left = true;
      this.#forget();
    });
  }

  #abandon(): void {
    const unknown = sampleEnd({ status: 'unknown', tag: null });
    const underWay = [...this.#arrived, ...this.#sent.flat()];
    for (const question of underWay)
      for (const { admission } of question.kind === 'runs' ? question.runs.slice(question.at) : [])
        if (admission.mode === 'after-intent') this.#lane.settle(admission, unknown, []);
        else this.#lane.result(admission, sampleChunk(), unknown);
    for (const { admission } of this.#unsettled.splice(0)) this.#lane.settle(admission, unknown, []);
  }

  #forget(): void {
    this.#oracle.shut(this.id, 'client');
    this.#gate.forget(this.#lane);
  }

  #sinks(): LaneSinks {
    return {
      toTarget: (chunks) => {
        this.#oracle.reachedTarget(this.id, chunks);
        for (let i = 0; i < chunks.length; i++) this.#arrived.push(...(this.#sent.shift() ?? []));
      },
      toClient: (chunks) => this.#oracle.reachedClient(this.id, chunks),
      resumed: () => {
        this.#paused = false;
      },
      end: () => {
        this.failures += 1;
        this.finish(false);
        this.#oracle.shut(this.id, 'client');
      },
    };
  }
}
