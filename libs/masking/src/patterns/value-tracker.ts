import { ACCEPT, BEFORE, BOUNDARY, BYTES, INSIDE, OPEN, type Automaton } from './automaton.js';
import { WORD } from './byte-set.js';
import type { Arrival, Closures } from './closures.js';
import type { MaskedRanges } from './masked-range.js';

const NEVER = Number.POSITIVE_INFINITY;

/** The nodes that wait for the next byte; of each, where its value began (`NEVER`: not yet), where it ended, whether it is overlong. */
class Ways {
  readonly list: number[] = [];
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly overlong: Uint8Array;
  /** where a node was last added */
  readonly seen: Float64Array;

  constructor(nodes: number) {
    this.from = new Float64Array(nodes);
    this.to = new Float64Array(nodes);
    this.overlong = new Uint8Array(nodes);
    this.seen = new Float64Array(nodes).fill(-1);
  }
}

/**
 * Follows every way through the automaton at once and knows where each one's value began and ended. Of the ways that meet in a node the
 * one whose value began first goes on: it ends wherever the others do. Each byte costs at most a constant per node.
 *
 * A value that has not ended `limit` bytes after its beginning is masked up to there; the rest of it is masked for as long as it goes on
 * (`overlong`), whether or not the match ends.
 */
export class ValueTracker {
  private here: Ways;
  private there: Ways;
  private position = 0;
  private afterWord = false;
  /** the earliest beginning of a value that a way is inside or behind of */
  private first = NEVER;
  private overlongFrom = NEVER;
  private overlongTo = 0;
  private overlongPattern = 0;
  private overlongLives = false;

  constructor(
    private readonly automaton: Automaton,
    private readonly closures: Closures,
    private readonly ranges: MaskedRanges,
    private readonly limit: number,
  ) {
    const nodes = automaton.kind.length;
    this.here = new Ways(nodes);
    this.there = new Ways(nodes);
  }

  /** Goes on from nodes none of which knows a value, before the byte at `position`. Matches that have not begun need not be among them. */
  seed(nodes: readonly number[], afterWord: boolean, position: number): void {
    this.position = position;
    this.afterWord = afterWord;
    this.begin(this.here);
    this.here.seen.fill(-1);
    this.there.seen.fill(-1);
    for (const node of nodes) this.add(this.here, node, NEVER, 0, 0);
  }

  /** Reads the next byte. */
  step(byte: number): void {
    const isWord = WORD[byte] === 1;
    const atBoundary = this.afterWord !== isWord;
    this.passWaiting(atBoundary);
    const { kind, next, other, accepts } = this.automaton;
    const here = this.here;
    const there = this.there;
    const began = this.position;
    this.position += 1;
    this.afterWord = isWord;
    this.begin(there);
    const list = here.list;
    for (let i = 0; i < list.length; i++) {
      const node = list[i] as number;
      if (kind[node] !== BYTES || accepts[(other[node] as number) * 256 + byte] === 0) continue;
      const from = here.from[node] as number;
      this.arrive(
        there,
        this.closures.of(next[node] as number),
        from,
        here.to[node] as number,
        here.overlong[node] as number,
      );
    }
    for (const arrival of this.closures.begun(byte, atBoundary)) {
      this.add(there, arrival.node, arrival.opened ? began : NEVER, arrival.closed ? this.position : 0, 0);
    }
    this.here = there;
    this.there = here;
    if (this.overlongFrom !== NEVER && !this.overlongLives) this.endOverlong();
    if (this.first !== NEVER && this.position - this.undecidedFrom() >= this.limit) this.stopWaiting();
  }

  /** The text is over. */
  end(): void {
    this.passWaiting(this.afterWord);
    if (this.overlongFrom !== NEVER) this.endOverlong();
    this.begin(this.here);
  }

  /** No way is inside or behind a value. */
  get quiet(): boolean {
    return this.first === NEVER && this.overlongFrom === NEVER;
  }

  /** The first byte that may still become part of a masked value, or of a longer one. */
  undecidedFrom(): number {
    return this.ranges.decidedUpTo(Math.min(this.first, this.overlongFrom, this.position));
  }

  /** Where it stands, for the table to go on from when it is quiet; no nodes if all that goes on has not begun. */
  state(): { readonly nodes: readonly number[]; readonly afterWord: boolean } {
    return { nodes: this.here.list, afterWord: this.afterWord };
  }

  private begin(ways: Ways): void {
    ways.list.length = 0;
    this.first = NEVER;
    this.overlongLives = false;
  }

  /** What does without a byte: values that begin here, and boundaries if this is one. */
  private passWaiting(atBoundary: boolean): void {
    const { kind, next } = this.automaton;
    const ways = this.here;
    // the list grows while it is read: behind a boundary there may be another node that waits
    for (let i = 0; i < ways.list.length; i++) {
      const node = ways.list[i] as number;
      if (kind[node] === BYTES || (kind[node] === BOUNDARY && !atBoundary)) continue;
      const from = kind[node] === OPEN ? this.position : (ways.from[node] as number);
      const arrivals = this.closures.of(next[node] as number);
      this.arrive(ways, arrivals, from, ways.to[node] as number, ways.overlong[node] as number);
    }
  }

  private arrive(ways: Ways, arrivals: readonly Arrival[], from: number, to: number, overlong: number): void {
    if (overlong === 1) this.overlongTo = this.position;
    for (let i = 0; i < arrivals.length; i++) {
      const { node, closed } = arrivals[i] as Arrival;
      if (closed) this.add(ways, node, from, this.position, 0);
      else this.add(ways, node, from, to, overlong);
    }
  }

  private add(ways: Ways, node: number, from: number, to: number, overlong: number): void {
    const { kind, zone, pattern } = this.automaton;
    if (kind[node] === ACCEPT) {
      this.ranges.add(from, to, pattern[node] as number);
      return;
    }
    if (ways.seen[node] === this.position) {
      if (from < (ways.from[node] as number)) ways.from[node] = from;
      if (to > (ways.to[node] as number)) ways.to[node] = to;
      if (overlong > (ways.overlong[node] as number)) ways.overlong[node] = overlong;
    } else {
      ways.seen[node] = this.position;
      ways.from[node] = from;
      ways.to[node] = to;
      ways.overlong[node] = overlong;
      ways.list.push(node);
    }
    if (zone[node] !== BEFORE && from < this.first) this.first = from;
    if (overlong === 1) this.overlongLives = true;
  }

  private endOverlong(): void {
    this.ranges.add(this.overlongFrom, this.overlongTo, this.overlongPattern);
    this.overlongFrom = NEVER;
  }

  private stopWaiting(): void {
    const { zone, pattern } = this.automaton;
    const { list, from, overlong } = this.here;
    const now = this.position;
    const earliest = list.find((node) => zone[node] !== BEFORE && from[node] === this.first) as number;
    this.ranges.add(this.first, now, pattern[earliest] as number);
    this.first = NEVER;
    this.overlongFrom = NEVER;
    let kept = 0;
    for (const node of list) {
      // behind a value there is nothing left to mask of it
      if (zone[node] !== BEFORE && zone[node] !== INSIDE) continue;
      list[kept++] = node;
      if (zone[node] === BEFORE) continue;
      overlong[node] = now - (from[node] as number) >= this.limit ? 1 : 0;
      if (overlong[node] === 1) {
        this.overlongFrom = now;
        this.overlongTo = now;
        this.overlongPattern = pattern[node] as number;
      }
      from[node] = now;
      this.first = now;
    }
    list.length = kept;
  }
}
