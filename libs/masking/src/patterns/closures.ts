import { BEFORE, BOUNDARY, BYTES, CLOSE, OPEN, SPLIT, type Automaton } from './automaton.js';

/** What a step leads to: a node that waits for the next byte, or `ACCEPT`; `closed` if the value ends on the way there. */
export interface Arrival {
  readonly node: number;
  readonly closed: boolean;
  /** of a match that begins with the byte just read: the value begins with it, too */
  readonly opened: boolean;
}

/** What nodes lead to without reading a byte, found once for each node. */
export class Closures {
  private readonly ofNode: (readonly Arrival[] | undefined)[] = [];
  private readonly ofByte: (readonly Arrival[] | undefined)[] = [];
  /** the nodes that wait where nothing has begun yet */
  readonly initial: readonly number[];

  constructor(private readonly automaton: Automaton) {
    this.initial = [...new Set(automaton.starts.flatMap((start) => this.of(start).map((arrival) => arrival.node)))];
  }

  of(node: number): readonly Arrival[] {
    return (this.ofNode[node] ??= this.collect(node));
  }

  /** What a match that begins with `byte` leads to, with the edge of a word before it or not. */
  begun(byte: number, atBoundary: boolean): readonly Arrival[] {
    const key = (this.automaton.classOf[byte] as number) * 2 + (atBoundary ? 1 : 0);
    return (this.ofByte[key] ??= this.collectBegun(byte, atBoundary));
  }

  private collectBegun(byte: number, atBoundary: boolean): Arrival[] {
    const { kind, next, other, accepts, zone } = this.automaton;
    const nodes = new Set(this.initial);
    const arrivals = new Map<number, Arrival>();
    // a set may grow while it is read
    for (const node of nodes) {
      if (kind[node] === OPEN || (kind[node] === BOUNDARY && atBoundary)) {
        for (const arrival of this.of(next[node] as number)) nodes.add(arrival.node);
      }
      if (kind[node] !== BYTES || accepts[(other[node] as number) * 256 + byte] === 0) continue;
      for (const arrival of this.of(next[node] as number)) {
        arrivals.set(arrival.node, { ...arrival, opened: zone[arrival.node] !== BEFORE });
      }
    }
    return [...arrivals.values()];
  }

  private collect(first: number): Arrival[] {
    const { kind, next, other } = this.automaton;
    const arrivals: Arrival[] = [];
    const seen = new Set<number>();
    const visit = (node: number, closed: boolean): void => {
      if (seen.has(node)) return;
      seen.add(node);
      if (kind[node] === CLOSE) return visit(next[node] as number, true);
      if (kind[node] !== SPLIT) {
        arrivals.push({ node, closed, opened: false });
        return;
      }
      visit(next[node] as number, closed);
      visit(other[node] as number, closed);
    };
    visit(first, false);
    return arrivals;
  }
}
