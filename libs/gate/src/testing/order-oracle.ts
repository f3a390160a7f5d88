import type { FaultyJournal } from './faulty-journal.js';
import { type Need, RecordIndex } from './record-index.js';

/** The promise that was broken. */
export type BrokenRule =
  | 'write before its intent'
  | 'input before its record'
  | 'bytes before their record'
  | 'overtaken'
  | 'bytes after the record failed'
  | 'bytes after the end'
  | 'not one intent'
  | 'not one end'
  | 'result chunks are not dense'
  | 'input chunks are not dense'
  | 'event outside its session'
  | 'lost in the crash'
  | 'never left'
  | 'went on after the record failed';

export interface Violation {
  readonly rule: BrokenRule;
  readonly session: string;
  readonly detail: string;
}

/** What some bytes are: who pushed them, in which order, and what must be recorded before they go. */
export interface Label {
  readonly outlet: string;
  readonly to: 'target' | 'client';
  /** position among what was pushed in this direction of this outlet, from 0 */
  readonly order: number;
  /** operations whose intent must be durable: the writes among those in these bytes */
  readonly intents: readonly string[];
  /** what else the record must say first */
  readonly needs: readonly Need[];
}

interface Direction {
  pushed: number;
  left: number;
}

interface Watched {
  readonly session: string;
  readonly release: 'durable' | 'written';
  readonly target: Direction;
  readonly client: Direction;
  /** nothing may leave this way any more */
  shut: { target: boolean; client: boolean };
}

const LABEL_BYTES = 4;

/** Sees every byte that reaches the target or the client and asks the record, at that moment, whether it may. */
export class OrderOracle {
  readonly violations: Violation[] = [];
  /** chunks that reached the target and the client */
  readonly seen = { target: 0, client: 0 };
  readonly #journal: FaultyJournal;
  readonly #index = new RecordIndex();
  readonly #labels: Label[] = [];
  readonly #released: Label[] = [];
  readonly #forwardedWrites = new Set<string>();
  readonly #forwardedInputs: Label[] = [];
  /** by outlet: a lane with its two directions */
  readonly #outlets = new Map<string, Watched>();

  constructor(journal: FaultyJournal) {
    this.#journal = journal;
  }

  /** @param outlet name of a lane @param session whose lane it is, as the record names it; default: its only lane */
  watch(outlet: string, release: 'durable' | 'written', session = outlet): void {
    const direction = (): Direction => ({ pushed: 0, left: 0 });
    const shut = { target: false, client: false };
    this.#outlets.set(outlet, { session, release, target: direction(), client: direction(), shut });
  }

  /** Bytes, or a step, for the target that hold these operations; only the ids of writes are given. @param needs input in them */
  toTarget(outlet: string, intents: readonly string[], bytes: number, needs: readonly Need[] = []): Uint8Array {
    return this.#chunk({ outlet, to: 'target', order: this.#of(outlet).target.pushed++, intents, needs }, bytes);
  }

  /** Bytes for the client that show what `needs` names. */
  toClient(outlet: string, needs: readonly Need[], bytes: number): Uint8Array {
    const order = this.#of(outlet).client.pushed++;
    return this.#chunk({ outlet, to: 'client', order, intents: [], needs: [{ kind: 'opening' }, ...needs] }, bytes);
  }

  /** From now on nothing may leave in this direction. */
  shut(outlet: string, direction: 'target' | 'client'): void {
    this.#of(outlet).shut[direction] = true;
  }

  /** chunks towards the client that have not left */
  waiting(outlet: string): number {
    const { pushed, left } = this.#of(outlet).client;
    return pushed - left;
  }

  reachedTarget(outlet: string, chunks: readonly Uint8Array[]): void {
    this.#index.follow(this.#journal.events);
    const { session } = this.#of(outlet);
    for (const chunk of chunks) {
      const label = this.#arrived(outlet, 'target', chunk);
      for (const op of label.intents) {
        this.#forwardedWrites.add(op);
        const { intents } = this.#index.operation(op);
        if (!intents.some((n) => n <= this.#journal.durable)) this.#broken('write before its intent', outlet, op);
      }
      if (label.needs.length > 0) this.#forwardedInputs.push(label);
      for (const need of label.needs)
        if (!this.#index.covers(session, need, this.#journal.durable))
          this.#broken('input before its record', outlet, JSON.stringify(need));
    }
  }

  reachedClient(outlet: string, chunks: readonly Uint8Array[]): void {
    this.#index.follow(this.#journal.events);
    const { session, release } = this.#of(outlet);
    const watermark = release === 'written' ? this.#journal.written : this.#journal.durable;
    for (const chunk of chunks) {
      const label = this.#arrived(outlet, 'client', chunk);
      this.#released.push(label);
      for (const need of label.needs)
        if (!this.#index.covers(session, need, watermark))
          this.#broken('bytes before their record', outlet, JSON.stringify(need));
    }
  }

  /** What an auditor finds after the power failed now (sessions that release on `written`: after the process died now). */
  crash(): void {
    for (const release of ['durable', 'written'] as const) {
      const survived = new RecordIndex();
      survived.follow(this.#journal.events.slice(0, this.#journal[release] + 1));
      this.#survived(
        survived,
        this.#released.filter(({ outlet }) => this.#of(outlet).release === release),
      );
      if (release === 'written') continue;
      this.#survived(survived, this.#forwardedInputs);
      for (const op of this.#forwardedWrites)
        if (survived.operation(op).intents.length === 0) this.#broken('lost in the crash', '', `intent of ${op}`);
    }
    this.#checkRecord();
  }

  #survived(survived: RecordIndex, seen: readonly Label[]): void {
    for (const { outlet, needs } of seen)
      for (const need of needs)
        if (!survived.covers(this.#of(outlet).session, need, Number.POSITIVE_INFINITY))
          this.#broken('lost in the crash', outlet, JSON.stringify(need));
  }

  /** A lane was used that should have been ended. */
  threw(error: Error): void {
    this.#broken('went on after the record failed', '', error.message);
  }

  /** Everything is recorded and nothing failed: what was pushed must have left. @param stuck sessions that still wait for something */
  quiet(stuck: readonly string[]): void {
    for (const session of stuck) this.#broken('never left', session, 'the session still waits');
    for (const [outlet, watched] of this.#outlets)
      for (const to of ['target', 'client'] as const) {
        const { pushed, left } = watched[to];
        if (!watched.shut[to] && left !== pushed)
          this.#broken('never left', outlet, `${pushed - left} of ${pushed} chunks to the ${to}`);
      }
  }

  #checkRecord(): void {
    const index = this.#index;
    index.follow(this.#journal.events);
    for (const { n, kind, members } of index.strays)
      this.#broken('event outside its session', String(members['s']), `${kind} ${n}`);
    for (const op of this.#forwardedWrites)
      if (index.operation(op).intents.length === 0) this.#broken('not one intent', '', `${op}: none`);
    for (const [op, { intents, results, inputs, ends, blocked }] of index.operations) {
      if (intents.length + blocked.length !== 1) this.#broken('not one intent', '', `${op}: ${intents.length}`);
      if (ends.length > 1) this.#broken('not one end', '', `${op}: ${ends.length}`);
      inputs.forEach(({ members }, i) => {
        if (members['chunk'] !== i) this.#broken('input chunks are not dense', '', `${op}: ${i}`);
      });
      results.forEach(({ members }, i) => {
        const wrong = members['chunk'] !== i || (members['last'] === true && i !== results.length - 1);
        if (wrong) this.#broken('result chunks are not dense', '', `${op}: ${i}`);
      });
    }
  }

  #arrived(outlet: string, to: 'target' | 'client', chunk: Uint8Array): Label {
    const label = this.#labels[new DataView(chunk.buffer, chunk.byteOffset).getUint32(0)];
    if (label === undefined || label.outlet !== outlet || label.to !== to)
      throw new Error('the schedule itself is wrong: bytes came out where they were not pushed');
    const watched = this.#of(outlet);
    this.seen[to] += 1;
    if (label.order !== watched[to].left) this.#broken('overtaken', outlet, `${to} ${label.order}`);
    watched[to].left += 1;
    if (this.#journal.state === 'poisoned')
      this.#broken('bytes after the record failed', outlet, `${to} ${label.order}`);
    if (watched.shut[to]) this.#broken('bytes after the end', outlet, `${to} ${label.order}`);
    return label;
  }

  #chunk(label: Label, bytes: number): Uint8Array {
    const chunk = new Uint8Array(LABEL_BYTES + bytes);
    new DataView(chunk.buffer).setUint32(0, this.#labels.push(label) - 1);
    return chunk;
  }

  #of(outlet: string): Watched {
    const watched = this.#outlets.get(outlet);
    if (watched === undefined) throw new Error(`nobody watches ${outlet}`);
    return watched;
  }

  #broken(rule: BrokenRule, session: string, detail: string): void {
    this.violations.push({ rule, session, detail });
  }
}
