import type { Principal } from '@app/identity';
import type { Decision } from '@app/policy';
import type { Admission } from '../admission.js';
import type { Approvals } from '../approvals.port.js';
import { Gate } from '../gate.js';
import type { HeldDescription, HoldAbort, HoldTerms } from '../hold.js';
import type { GateServices, LaneSinks, SessionLane } from '../session-lane.js';
import { FaultyJournal } from './faulty-journal.js';
import { type HoldMutant, holdMutants } from './hold-mutants.js';
import { MemoryApprovals } from './memory-approvals.js';
import { Random } from './random.js';
import { sampleDecision, sampleDescribed, sampleOpening, samplePrincipal } from './samples.js';

/** A promise about held operations that was broken. */
export interface HoldViolation {
  readonly seed: number;
  readonly rule:
    | 'ran without a use'
    | 'ran another operation than the one approved'
    | 'one use for two operations'
    | 'ran before its intent was durable'
    | 'ran after the record failed'
    | 'intent before the use'
    | 'not one outcome'
    | 'still waiting';
  readonly detail: string;
}

/** What happened over all schedules. */
export interface HoldResult {
  readonly broken: HoldViolation[];
  schedules: number;
  asked: number;
  ran: number;
  refused: number;
  /** used up and never forwarded */
  burnt: number;
}

const demand = {
  requirements: [{ rule: 'bulk', owner: null, reviewers: { groups: ['privacy'], users: [] }, quorum: 1, stepUp: null }],
  hold: 400,
  expires: 600,
  inTransaction: false,
};
const holds = sampleDecision({ effect: 'hold', rules: ['bulk'], message: 'It is held.', approval: demand });
const policies = [holds, { ...holds, policy: `sha256:${'ef'.repeat(32)}` }];
const described = sampleDescribed();
const TEXTS = 3;
const MOST_SESSIONS = 4;

/**
 * Runs the real gate with operations that are held, reviewers, clocks, disks and clients that do everything in any order: decisions,
 * revocations, expiry, changes of what a statement means and of the policy, cancels, lost clients, a database that goes away, a record
 * that fails. Every byte that reaches a target is held against the uses, the record and what was approved.
 * @see evidence §7.2, §7.3; design §3.4
 */
export async function runHoldSchedules(run: {
  readonly seeds: number;
  readonly from?: number;
  readonly mutant?: HoldMutant;
  readonly stopAfter?: number;
}): Promise<HoldResult> {
  const { seeds, from = 1, mutant, stopAfter = seeds } = run;
  const result: HoldResult = { broken: [], schedules: 0, asked: 0, ran: 0, refused: 0, burnt: 0 };
  for (let seed = from; seed < from + seeds && result.broken.length < stopAfter; seed++)
    await new HoldSchedule(seed, mutant).run(result);
  return result;
}

interface Client {
  readonly principal: Principal;
  readonly lane: SessionLane;
  readonly waits: Set<AbortController>;
  over: boolean;
}

class HoldSchedule implements GateServices {
  readonly journal: FaultyJournal;
  readonly approvals: Approvals;
  readonly #store: MemoryApprovals;
  readonly #random: Random;
  readonly #gate: Gate;
  readonly #clients: Client[] = [];
  readonly #timers = new Set<{ readonly at: number; readonly call: () => void }>();
  readonly #broken: HoldViolation[] = [];
  readonly #seed: number;
  readonly #mutant: HoldMutant | undefined;
  /** what was handed to a lane, by operation */
  readonly #forwarded = new Map<string, Admission>();
  /** what each text means at present */
  readonly #meaning = Array.from({ length: TEXTS }, () => 0);
  /** number of the text of each operation that was held */
  readonly #texts = new Map<string, number>();
  /** step in which a text ceased to mean what the note says */
  readonly #changedAt = new Map<string, number>();
  readonly #approvedAt = new Map<string, number>();
  #steps = 0;
  #policy: Decision = holds;
  #now = 1_000;
  #ids = 0;
  #underWay = 0;
  #refused = 0;
  #asked = 0;

  constructor(seed: number, mutant: HoldMutant | undefined) {
    this.#seed = seed;
    this.#mutant = mutant;
    this.#random = new Random(seed);
    const poison = this.#random.chance(0.2) ? 0.02 : 0;
    this.journal = new FaultyJournal(this.#random, { poison, refuse: 0 });
    this.#store = new MemoryApprovals(() => this.#now);
    this.#store.pause = async () => {
      for (let i = this.#random.below(4); i > 0; i--) await Promise.resolve();
    };
    this.approvals = mutant === undefined ? this.#store : holdMutants[mutant].approvals(this.#store);
    this.#gate = new Gate(this);
  }

  // ── what the gate is given ───────────────────────────────────────────────────────────────────────────────────────────────────

  decide(): Decision {
    return this.#policy;
  }

  denied(): null {
    return null;
  }

  now(): number {
    return this.#now;
  }

  newId(): string {
    this.#ids += 1;
    return `id-${this.#ids}`;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + ms, call };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  // ── the schedule ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async run(result: HoldResult): Promise<void> {
    for (let i = 60 + this.#random.below(120); i > 0; i--) {
      this.#step();
      for (let tick = this.#random.below(6); tick > 0; tick--) await Promise.resolve();
    }
    await this.#finish();
    this.#check();
    this.#gate.close();
    result.schedules += 1;
    result.asked += this.#asked;
    result.ran += this.#forwarded.size;
    result.refused += this.#refused;
    result.burnt += this.#store.uses.filter(({ operation }) => !this.#forwarded.has(operation)).length;
    const [first] = this.#broken;
    if (first !== undefined) result.broken.push(first);
  }

  #step(): void {
    const random = this.#random;
    this.#steps += 1;
    this.#pass(random.below(12));
    const what = random.next();
    if (what < 0.35) return this.journal.step();
    if (what < 0.4) return this.#connect();
    if (what < 0.62) return this.#ask();
    if (what < 0.82) return this.#review();
    if (what < 0.88) return this.#change(random.below(TEXTS));
    if (what < 0.9) return void (this.#policy = random.pick(policies));
    if (what < 0.96) return this.#stopOne();
    if (what < 0.98) this.#store.down = !this.#store.down;
    else this.#leave();
  }

  #pass(ms: number): void {
    this.#now += ms;
    for (const timer of Array.from(this.#timers))
      if (timer.at <= this.#now) {
        this.#timers.delete(timer);
        timer.call();
      }
  }

  #connect(): void {
    if (this.#clients.length >= MOST_SESSIONS || this.journal.state !== 'open') return;
    const session = `session-${this.#clients.length}`;
    // two connections of one person, so that their operations are identical
    const principal = samplePrincipal({ sub: `person-${this.#clients.length % 2}` });
    const client: Client = {
      principal,
      lane: this.#gate.open(
        sampleOpening({ session, principal }),
        this.#sinks(() => client),
      ),
      waits: new Set(),
      over: false,
    };
    this.#clients.push(client);
  }

  #sinks(client: () => Client): LaneSinks {
    return {
      toTarget: (chunks) => {
        for (const chunk of chunks) this.#reached(Buffer.from(chunk).toString());
      },
      toClient: () => undefined,
      resumed: () => undefined,
      end: () => {
        client().over = true;
      },
    };
  }

  #ask(): void {
    const client = this.#someone();
    if (client === undefined) return;
    const verdict = client.lane.admit(described, []);
    if (verdict.held === null) return;
    const { held } = verdict;
    const text = this.#random.below(TEXTS);
    this.#texts.set(held.id, text);
    const wait = new AbortController();
    client.waits.add(wait);
    this.#asked += 1;
    this.#underWay += 1;
    const terms: HoldTerms = {
      mayNotWait: this.#random.chance(0.2) ? 'Not here.' : null,
      patience: this.#random.chance(0.3) ? this.#random.below(200) : null,
      told: () => undefined,
      signal: wait.signal,
      describe: this.#describe(text),
    };
    void client.lane.hold(held, terms).then((outcome) => {
      client.waits.delete(wait);
      this.#underWay -= 1;
      if (outcome.admission === null) {
        this.#refused += 1;
        return;
      }
      client.lane.forward(outcome.admission, [Buffer.from(outcome.admission.id)]);
      this.#forwarded.set(outcome.admission.id, outcome.admission);
      this.#sent(outcome.admission, text);
    });
  }

  #describe(text: number): () => Promise<HeldDescription> {
    const describe = async (): Promise<HeldDescription> => {
      await this.#store.pause();
      return descriptionOf(text, this.#meaning[text]!);
    };
    return this.#mutant === undefined ? describe : holdMutants[this.#mutant].describe(describe);
  }

  #change(text: number): void {
    this.#changedAt.set(noteOf(text, this.#meaning[text]!), this.#steps);
    this.#meaning[text]! += 1;
  }

  #review(): void {
    const open = this.#store.rows.filter(({ state }) => state === 'pending' || state === 'approved');
    if (open.length === 0) return;
    const { id } = this.#random.pick(open);
    const event = this.#random.pick(['complete', 'complete', 'complete', 'deny', 'revoke', 'expire'] as const);
    const happened = this.#store.happens(id, event, 'carol@example.com');
    if (happened && event === 'complete') this.#approvedAt.set(id, this.#steps);
  }

  #stopOne(): void {
    const waits = this.#clients.flatMap((client) => Array.from(client.waits));
    if (waits.length === 0) return;
    const why = this.#random.pick<HoldAbort>(['cancelled', 'disconnected', 'shutdown']);
    this.#random.pick(waits).abort(why);
  }

  #leave(): void {
    const client = this.#someone();
    if (client === undefined) return;
    client.over = true;
    if (this.journal.state !== 'poisoned') client.lane.close('client', 1);
  }

  #someone(): Client | undefined {
    const here = this.#clients.filter(({ over }) => !over);
    return here.length === 0 ? undefined : this.#random.pick(here);
  }

  async #finish(): Promise<void> {
    this.#store.down = false;
    for (let round = 0; round < 100; round++) {
      this.journal.flush();
      this.#pass(50);
      for (let tick = 0; tick < 20; tick++) await Promise.resolve();
    }
  }

  // ── what must hold ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** At the moment a use lets an operation through, it is still the one that was approved. */
  #sent({ id }: Admission, text: number): void {
    const use = this.#store.uses.find(({ operation }) => operation === id);
    if (use === undefined) return this.#breaks('ran without a use', id);
    const same = this.#store.uses.filter(({ approval }) => approval === use.approval);
    if (same.length > 1) this.#breaks('one use for two operations', use.approval);
    // what was approved must have been the case at some moment after it was approved
    const { note } = noted(this.#store.row(use.approval).ask.review.notes[0]);
    const ended = this.#changedAt.get(note) ?? Number.POSITIVE_INFINITY;
    const approved = this.#approvedAt.get(use.approval) ?? Number.POSITIVE_INFINITY;
    if (noted(note).text !== text || ended < approved)
      this.#breaks('ran another operation than the one approved', `${id}: ${note}`);
  }

  #reached(id: string): void {
    if (this.journal.state === 'poisoned') this.#breaks('ran after the record failed', id);
    const { events, durable } = this.journal;
    const of = (kind: string): number =>
      events.find((event) => event.kind === kind && event.members['o'] === id)?.n ?? -1;
    const intent = of('op.intent');
    if (intent < 0 || intent > durable) this.#breaks('ran before its intent was durable', id);
    const used = of('approval.used');
    if (used < 0 || used > intent) this.#breaks('intent before the use', id);
  }

  #check(): void {
    if (this.#underWay > 0) this.#breaks('still waiting', `${this.#underWay} operations`);
    if (this.journal.state === 'poisoned') return;
    for (const id of this.#texts.keys()) {
      const outcomes = this.journal.events.filter(
        ({ kind, members }) => members['o'] === id && (kind === 'op.intent' || kind === 'op.blocked'),
      );
      if (outcomes.length !== 1) this.#breaks('not one outcome', `${id}: ${outcomes.length}`);
    }
  }

  #breaks(rule: HoldViolation['rule'], detail: string): void {
    this.#broken.push({ seed: this.#seed, rule, detail });
  }
}

function noted(note: string | undefined): { readonly note: string; readonly text: number } {
  return { note: note ?? '', text: Number(/^text (\d+)/u.exec(note ?? '')?.[1] ?? -1) };
}

const noteOf = (text: number, meaning: number): string => `text ${text} as ${meaning}`;

function descriptionOf(text: number, meaning: number): HeldDescription {
  return {
    described,
    parameters: [],
    binding: {
      database: 'crm',
      role: 'sallyport_crm',
      statement: Buffer.from(`text ${text}`),
      parameters: new Uint8Array(0),
      settings: {},
      objects: [`view ${meaning}`],
      masks: 'sha256:00',
    },
    review: {
      statement: described.statement,
      parameters: [],
      estimatedRows: null,
      diff: null,
      notes: [noteOf(text, meaning)],
    },
  };
}
