import { ACCEPT, BEFORE, BOUNDARY, BYTES, CLOSE, INSIDE, OPEN, SPLIT, type Automaton } from './automaton.js';
import { WORD } from './byte-set.js';
import type { MaskedRanges } from './masked-range.js';

const NEVER = Number.POSITIVE_INFINITY;

/** The nodes that wait for the next byte; of each, where its value began (`NEVER`: not yet), where it ended, whether it is overlong. */
class Ways {
  readonly list: number[] = [];
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly overlong: Uint8Array;

  constructor(nodes: number) {
    this.from = new Float64Array(nodes);
    this.to = new Float64Array(nodes);
    this.overlong = new Uint8Array(nodes);
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
  private readonly seen: Float64Array;
  private round = 0;
  /** the earliest beginning of a value that a way is inside or behind of */
  private first = NEVER;
  private overlongFrom = NEVER;
  private overlongTo = 0;
  private overlongPattern = 0;
  private overlongLives = false;

  constructor(
    private readonly automaton: Automaton,
    private readonly ranges: MaskedRanges,
    private readonly limit: number,
  ) {
    const nodes = automaton.kind.length;
    this.here = new Ways(nodes);
    this.there = new Ways(nodes);
    this.seen = new Float64Array(nodes);
  }

  /** Goes on from nodes none of which knows a value, before the byte at `position`. */
  seed(nodes: readonly number[], afterWord: boolean, position: number): void {
    this.position = position;
    this.afterWord = afterWord;
    this.beginList(this.here);
    for (const node of nodes) this.add(node, this.here, NEVER, 0, 0);
  }

  /** Reads the next byte. */
  step(byte: number): void {
    const isWord = WORD[byte] === 1;
    if (this.afterWord !== isWord) this.passBoundaries();
    const { kind, next, other, accepts, starts } = this.automaton;
    const here = this.here;
    const there = this.there;
    this.position += 1;
    this.afterWord = isWord;
    this.beginList(there);
    for (const node of here.list) {
      if (kind[node] !== BYTES || accepts[(other[node] as number) * 256 + byte] === 0) continue;
      const from = here.from[node] as number;
      this.add(next[node] as number, there, from, here.to[node] as number, here.overlong[node] as number);
    }
    for (const node of starts) this.add(node, there, NEVER, 0, 0);
    this.here = there;
    this.there = here;
    if (this.overlongFrom !== NEVER && !this.overlongLives) this.endOverlong();
    if (this.first !== NEVER && this.position - this.undecidedFrom() >= this.limit) this.stopWaiting();
  }

  /** The text is over. */
  end(): void {
    if (this.afterWord) this.passBoundaries();
    if (this.overlongFrom !== NEVER) this.endOverlong();
    this.beginList(this.here);
  }

  /** No way is inside or behind a value. */
  get quiet(): boolean {
    return this.first === NEVER && this.overlongFrom === NEVER;
  }

  /** The first byte that may still become part of a masked value, or of a longer one. */
  undecidedFrom(): number {
    return this.ranges.decidedUpTo(Math.min(this.first, this.overlongFrom, this.position));
  }

  /** Where it stands, for the table to go on from when it is quiet. */
  state(): { readonly nodes: readonly number[]; readonly afterWord: boolean } {
    return { nodes: this.here.list, afterWord: this.afterWord };
  }

  private beginList(ways: Ways): void {
    ways.list.length = 0;
    this.round += 1;
    this.first = NEVER;
    this.overlongLives = false;
  }

  private passBoundaries(): void {
    const { kind, next } = this.automaton;
    const ways = this.here;
    this.round += 1;
    for (const node of ways.list) this.seen[node] = this.round;
    // the list grows while it is read: behind a boundary there may be another
    for (const node of ways.list) {
      if (kind[node] !== BOUNDARY) continue;
      const from = ways.from[node] as number;
      this.add(next[node] as number, ways, from, ways.to[node] as number, ways.overlong[node] as number);
    }
  }

  private add(node: number, ways: Ways, from: number, to: number, overlong: number): void {
    const { kind, next, other, zone, pattern } = this.automaton;
    const known = this.seen[node] === this.round;
    if (known) {
      const [wasFrom, wasTo] = [ways.from[node] as number, ways.to[node] as number];
      if (from >= wasFrom && to <= wasTo && overlong <= (ways.overlong[node] as number)) return;
      from = Math.min(from, wasFrom);
      to = Math.max(to, wasTo);
      overlong = Math.max(overlong, ways.overlong[node] as number);
    }
    this.seen[node] = this.round;
    ways.from[node] = from;
    ways.to[node] = to;
    ways.overlong[node] = overlong;
    if (overlong === 1) this.overlongTo = this.position;
    switch (kind[node]) {
      case SPLIT:
        this.add(next[node] as number, ways, from, to, overlong);
        this.add(other[node] as number, ways, from, to, overlong);
        return;
      case OPEN:
        this.add(next[node] as number, ways, this.position, 0, 0);
        return;
      case CLOSE:
        this.add(next[node] as number, ways, from, this.position, 0);
        return;
      case ACCEPT:
        this.ranges.add(from, to, pattern[node] as number);
        return;
      default:
        if (!known) ways.list.push(node);
        if (zone[node] !== BEFORE) this.first = Math.min(this.first, from);
        if (overlong === 1) this.overlongLives = true;
    }
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
