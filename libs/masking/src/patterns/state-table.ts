import { ACCEPT, BEFORE, BOUNDARY, BYTES, SPLIT, type Automaton } from './automaton.js';
import { WORD } from './byte-set.js';

/** A set of nodes that wait for the next byte. Outlives the table's forgetting. */
export interface TableState {
  readonly nodes: readonly number[];
  /** the byte before it was a letter, digit or `_`; false where no node asks */
  readonly afterWord: boolean;
  /** no node lies inside or behind a value: nothing that was read so far can be masked */
  readonly quiet: boolean;
}

/** What stopped a run. `full`: the table has no room for the state that follows; it forgets everything at the next `enter`. */
export type TableEvent = 'loud' | 'quiet' | 'accept' | 'full';

const UNKNOWN = -1;
const FULL = -2;
const ACCEPTED = -3;
/** entries from here down say that quiet and loud change places; the state is `CHANGED - entry` */
const CHANGED = -4;

const MOST_CELLS = 1 << 18;
const FIRST_ROWS = 16;

/**
 * Sets of nodes as single states, made when they are first met: one look-up per byte. It tells apart only whether a byte may be masked
 * and whether a match was seen; where values begin and end is the `ValueTracker`'s to say.
 */
export class StateTable {
  private table: Int32Array;
  private states: TableState[] = [];
  private readonly offsets = new Map<string, number>();
  private readonly seen: Int32Array;
  private round = 0;
  private full = false;
  private readonly stride: number;

  /** set by `run`: the state before the byte it stopped at, or before `to` */
  offset = 0;
  /** set by `run` when it stops before `to`: the state behind that byte for `loud` and `quiet` */
  following = 0;
  event: TableEvent = 'accept';

  constructor(private readonly automaton: Automaton) {
    this.stride = automaton.sample.length;
    this.table = new Int32Array(FIRST_ROWS * this.stride).fill(UNKNOWN);
    this.seen = new Int32Array(automaton.kind.length);
  }

  /** The state before the first byte of a text. */
  start(): TableState {
    const nodes: number[] = [];
    this.round += 1;
    for (const node of this.automaton.starts) this.add(node, nodes);
    return this.stateOf(this.enter(nodes, false));
  }

  stateOf(offset: number): TableState {
    return this.states[offset / this.stride] as TableState;
  }

  /** The offset of a set of nodes. Offsets handed out before are void if the table was full. */
  enter(nodes: readonly number[], afterWord: boolean): number {
    if (this.full) this.forget();
    const sorted = [...nodes].sort((a, b) => a - b);
    const asks = afterWord && sorted.some((node) => this.automaton.kind[node] === BOUNDARY);
    const key = `${asks}${sorted.join()}`;
    const known = this.offsets.get(key);
    if (known !== undefined) return known;
    const offset = this.states.length * this.stride;
    if (offset + this.stride > this.table.length) this.grow();
    const quiet = sorted.every((node) => this.automaton.zone[node] === BEFORE);
    this.states.push({ nodes: sorted, afterWord: asks, quiet });
    this.offsets.set(key, offset);
    return offset;
  }

  /** Reads from `from` on in the state at `offset`, up to the first event or to `to`. Returns where it stopped; that byte is not read. */
  run(data: Uint8Array, from: number, to: number, offset: number): number {
    const classOf = this.automaton.classOf;
    let table = this.table;
    let state = offset;
    for (let at = from; at < to; at++) {
      const cell = state + (classOf[data[at] as number] as number);
      let entry = table[cell] as number;
      if (entry === UNKNOWN) {
        entry = this.follow(state, cell - state);
        table = this.table;
        if (entry !== FULL) table[cell] = entry;
      }
      if (entry < 0) {
        this.offset = state;
        this.following = CHANGED - entry;
        this.event = this.eventOf(entry);
        return at;
      }
      state = entry;
    }
    this.offset = state;
    return to;
  }

  private eventOf(entry: number): TableEvent {
    if (entry === FULL) return 'full';
    if (entry === ACCEPTED) return 'accept';
    return this.stateOf(CHANGED - entry).quiet ? 'quiet' : 'loud';
  }

  private follow(offset: number, byteClass: number): number {
    const { kind, next, other, accepts, sample, starts } = this.automaton;
    const state = this.stateOf(offset);
    const byte = sample[byteClass] as number;
    const isWord = WORD[byte] === 1;
    const here = [...state.nodes];
    let accepted = false;
    this.round += 1;
    for (const node of here) this.seen[node] = this.round;
    for (let i = 0; i < here.length && state.afterWord !== isWord; i++) {
      const node = here[i] as number;
      if (kind[node] === BOUNDARY && this.add(next[node] as number, here)) accepted = true;
    }
    const there: number[] = [];
    this.round += 1;
    for (const node of here) {
      if (kind[node] !== BYTES || accepts[(other[node] as number) * 256 + byte] === 0) continue;
      if (this.add(next[node] as number, there)) accepted = true;
    }
    for (const node of starts) this.add(node, there);
    if (accepted) return ACCEPTED;
    if (this.states.length * this.stride >= MOST_CELLS) this.full = true;
    if (this.full) return FULL;
    const following = this.enter(there, isWord);
    return this.stateOf(following).quiet === state.quiet ? following : CHANGED - following;
  }

  /** Adds what is reached from `node` without a byte. Returns whether a pattern ends there. */
  private add(node: number, into: number[]): boolean {
    if (this.seen[node] === this.round) return false;
    this.seen[node] = this.round;
    const { kind, next, other } = this.automaton;
    if (kind[node] === BYTES || kind[node] === BOUNDARY) {
      into.push(node);
      return false;
    }
    if (kind[node] === ACCEPT) return true;
    const accepted = this.add(next[node] as number, into);
    return kind[node] === SPLIT ? this.add(other[node] as number, into) || accepted : accepted;
  }

  private grow(): void {
    const larger = new Int32Array(this.table.length * 2).fill(UNKNOWN);
    larger.set(this.table);
    this.table = larger;
  }

  private forget(): void {
    this.full = false;
    this.states = [];
    this.offsets.clear();
    this.table.fill(UNKNOWN);
  }
}
