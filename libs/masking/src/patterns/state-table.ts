import { ACCEPT, BEFORE, BOUNDARY, BYTES, OPEN, type Automaton } from './automaton.js';
import { WORD } from './byte-set.js';
import type { Closures } from './closures.js';

/** A set of nodes that wait for the next byte. Outlives the table's forgetting. */
export interface TableState {
  readonly nodes: readonly number[];
  /** the byte before it was a letter, digit or `_`; false where no pattern asks */
  readonly afterWord: boolean;
  /** no node lies inside or behind a value: nothing that was read so far can be masked */
  readonly quiet: boolean;
  /** where the table has it, for as long as it has not forgotten anything */
  readonly offset: number;
  readonly memory: number;
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
  /** counts what was forgotten */
  private memory = 0;
  private readonly stride: number;
  private readonly asksForWords: boolean;

  /** set by `run`: the state before the byte it stopped at, or before `to` */
  offset = 0;
  /** set by `run` when it stops before `to`: the state behind that byte for `loud` and `quiet` */
  following = 0;
  event: TableEvent = 'accept';

  constructor(
    private readonly automaton: Automaton,
    private readonly closures: Closures,
  ) {
    this.stride = automaton.sample.length;
    this.table = new Int32Array(FIRST_ROWS * this.stride).fill(UNKNOWN);
    this.seen = new Int32Array(automaton.kind.length);
    this.asksForWords = automaton.kind.includes(BOUNDARY);
  }

  /** The state before the first byte of a text, or where nothing has begun. */
  start(afterWord: boolean): TableState {
    return this.stateOf(this.enter(this.closures.initial, afterWord));
  }

  /** Where the table has a state. Offsets handed out before are void if the table was full. */
  offsetOf(state: TableState): number {
    return state.memory === this.memory && !this.full ? state.offset : this.enter(state.nodes, state.afterWord);
  }

  stateOf(offset: number): TableState {
    return this.states[offset / this.stride] as TableState;
  }

  /** The offset of a set of nodes, to which those where nothing has begun are added. */
  enter(nodes: readonly number[], afterWord: boolean): number {
    if (this.full) this.forget();
    const sorted = [...new Set([...nodes, ...this.closures.initial])].sort((a, b) => a - b);
    const told = afterWord && this.asksForWords;
    const key = `${told}${sorted.join()}`;
    const known = this.offsets.get(key);
    if (known !== undefined) return known;
    const offset = this.states.length * this.stride;
    if (offset + this.stride > this.table.length) this.grow();
    const quiet = sorted.every((node) => this.automaton.zone[node] === BEFORE);
    this.states.push({ nodes: sorted, afterWord: told, quiet, offset, memory: this.memory });
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
    const { kind, next, other, accepts, sample } = this.automaton;
    const state = this.stateOf(offset);
    const byte = sample[byteClass] as number;
    const isWord = WORD[byte] === 1;
    const here = [...state.nodes];
    let accepted = false;
    this.round += 1;
    for (const node of here) this.seen[node] = this.round;
    const atBoundary = state.afterWord !== isWord;
    // the list grows while it is read: behind a boundary there may be another node that waits
    for (const node of here) {
      if (kind[node] !== OPEN && (kind[node] !== BOUNDARY || !atBoundary)) continue;
      if (this.add(next[node] as number, here)) accepted = true;
    }
    const there: number[] = [];
    this.round += 1;
    for (const node of here) {
      if (kind[node] !== BYTES || accepts[(other[node] as number) * 256 + byte] === 0) continue;
      if (this.add(next[node] as number, there)) accepted = true;
    }
    if (accepted) return ACCEPTED;
    if (this.states.length * this.stride >= MOST_CELLS) this.full = true;
    if (this.full) return FULL;
    const following = this.enter(there, isWord);
    return this.stateOf(following).quiet === state.quiet ? following : CHANGED - following;
  }

  /** Adds what is reached from `node` without a byte. Returns whether a pattern ends there. */
  private add(node: number, into: number[]): boolean {
    let accepted = false;
    for (const arrival of this.closures.of(node)) {
      if (this.automaton.kind[arrival.node] === ACCEPT) accepted = true;
      else if (this.seen[arrival.node] !== this.round) {
        this.seen[arrival.node] = this.round;
        into.push(arrival.node);
      }
    }
    return accepted;
  }

  private grow(): void {
    const larger = new Int32Array(this.table.length * 2).fill(UNKNOWN);
    larger.set(this.table);
    this.table = larger;
  }

  private forget(): void {
    this.full = false;
    this.memory += 1;
    this.states = [];
    this.offsets.clear();
    this.table.fill(UNKNOWN);
  }
}
