import { JournalError } from '@app/audit';
import { Gate } from '../gate.js';
import { FaultyJournal } from './faulty-journal.js';
import { type OrderMutant, orderMutants } from './order-mutants.js';
import { OrderOracle, type Violation } from './order-oracle.js';
import { OrderWorld } from './order-world.js';
import { Random } from './random.js';
import { RequestShapedSession } from './request-shaped-session.js';
import type { SimulatedSession } from './simulated-session.js';
import { StatementShapedSession } from './statement-shaped-session.js';

/** `statement`: one exchange after the other in one lane. `request`: exchanges side by side, each with its lane. */
export type SessionShape = 'statement' | 'request';

const sessionOf = { statement: StatementShapedSession, request: RequestShapedSession };

/** Which schedules to run. */
export interface OrderRun {
  readonly shape: SessionShape;
  /** how many */
  readonly seeds: number;
  /** the first one; default 1 */
  readonly from?: number;
  /** a mistake put into the gate; left out: the gate as it is */
  readonly mutant?: OrderMutant;
  /** stop after this many schedules with a violation; default: never */
  readonly stopAfter?: number;
}

/** What happened over all schedules. */
export interface OrderResult {
  /** the first violation of each schedule that had one */
  readonly broken: (Violation & { readonly seed: number })[];
  schedules: number;
  /** chunks that reached the clients */
  released: number;
  /** chunks that reached the targets */
  forwarded: number;
  events: number;
  sessions: number;
  /** times a target was paused because too much waited for its record */
  pauses: number;
  /** schedules in which the record failed */
  poisoned: number;
  /** sessions that were told so */
  failures: number;
}

const MOST_SESSIONS = 5;

/**
 * Runs the real gate, lanes and queues against a journal with faults, with clients and targets that do everything in any order; each
 * byte that comes out is checked against what the record says at that moment, and the record against a crash at the end.
 * @see evidence §4.1 (order), §8 rows 17 and 18
 */
export function runOrderSchedules(run: OrderRun): OrderResult {
  const { shape, seeds, from = 1, mutant, stopAfter = seeds } = run;
  const result: OrderResult = {
    broken: [],
    schedules: 0,
    released: 0,
    forwarded: 0,
    events: 0,
    sessions: 0,
    pauses: 0,
    poisoned: 0,
    failures: 0,
  };
  for (let seed = from; seed < from + seeds && result.broken.length < stopAfter; seed++) {
    new Schedule(seed, shape, mutant).run(result);
  }
  return result;
}

class Schedule {
  readonly #seed: number;
  readonly #shape: SessionShape;
  readonly #random: Random;
  readonly #journal: FaultyJournal;
  readonly #world: OrderWorld;
  readonly #oracle: OrderOracle;
  readonly #gate: Gate;
  readonly #sessions: SimulatedSession[] = [];

  constructor(seed: number, shape: SessionShape, mutant: OrderMutant | undefined) {
    this.#seed = seed;
    this.#shape = shape;
    this.#random = new Random(seed);
    const faults = {
      poison: this.#random.chance(0.4) ? 0.03 : 0,
      refuse: this.#random.chance(0.3) ? 0.03 : 0,
    };
    this.#journal = new FaultyJournal(this.#random, faults);
    this.#world = new OrderWorld(this.#journal, this.#random);
    this.#oracle = new OrderOracle(this.#journal);
    this.#gate = mutant === undefined ? new Gate(this.#world) : orderMutants[mutant](this.#world);
  }

  run(result: OrderResult): void {
    this.#connect();
    const steps = 40 + this.#random.below(160);
    try {
      for (let i = 0; i < steps; i++) this.#step();
      if (this.#random.chance(0.5)) this.#settle();
    } catch (error) {
      // nobody may find out by an exception that the record failed
      if (!(error instanceof JournalError)) throw error;
      this.#oracle.threw(error);
    }
    this.#oracle.crash();
    this.#gate.close();
    this.#report(result);
  }

  #step(): void {
    const random = this.#random;
    this.#world.pass(random.below(4));
    const what = random.next();
    if (what < 0.4) return this.#journal.step();
    if (what < 0.42) return this.#connect();
    const session = this.#sessions.length === 0 ? undefined : random.pick(this.#sessions);
    if (session === undefined) return;
    if (what < 0.62) return session.say();
    if (what < 0.97) return session.answer();
    if (what < 0.98) return session.finish(random.chance(0.5));
    if (what < 0.985) return session.revoke();
    session.goOnTooLate();
  }

  #connect(): void {
    if (!this.#gate.accepting || this.#journal.state !== 'open' || this.#sessions.length >= MOST_SESSIONS) return;
    const id = `session-${this.#sessions.length + 1}`;
    const Session = sessionOf[this.#shape];
    this.#sessions.push(new Session(id, this.#world, this.#oracle, this.#gate));
  }

  /** The disk works again and everybody finishes: then nothing may be left waiting. */
  #settle(): void {
    for (let round = 0; round < 200; round++) {
      this.#journal.flush();
      for (const session of this.#sessions) session.answer();
    }
    this.#journal.flush();
    if (this.#journal.state === 'poisoned') return;
    this.#oracle.quiet(this.#sessions.filter(({ stuck }) => stuck).map(({ id }) => id));
  }

  #report(result: OrderResult): void {
    const { seen, violations } = this.#oracle;
    result.schedules += 1;
    result.released += seen.client;
    result.forwarded += seen.target;
    result.events += this.#journal.events.length;
    result.sessions += this.#sessions.length;
    if (this.#journal.state === 'poisoned') result.poisoned += 1;
    for (const { pauses, failures } of this.#sessions) {
      result.pauses += pauses;
      result.failures += failures;
    }
    const [first] = violations;
    if (first) result.broken.push({ seed: this.#seed, ...first });
  }
}
