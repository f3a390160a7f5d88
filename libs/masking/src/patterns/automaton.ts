import { WORD, type ByteSet } from './byte-set.js';
import { parsePattern, type PatternTree } from './parse-pattern.js';
import { PatternError } from './pattern.error.js';

/** What a node of the automaton does. Only `BYTES` consumes; `BOUNDARY` and `OPEN` wait for the byte behind them, too. */
export const BYTES = 0;
export const SPLIT = 1;
export const BOUNDARY = 2;
export const OPEN = 3;
export const CLOSE = 4;
export const ACCEPT = 5;

/** Where a node lies: before the value, inside it, behind it. */
export const BEFORE = 0;
export const INSIDE = 1;
export const BEHIND = 2;

const MOST_NODES = 4000;
const MOST_NODES_TOGETHER = 16_000;

/** The nodes of all patterns of a set; node `n` is column `n` of each array. */
export interface Automaton {
  readonly kind: Uint8Array;
  /** the following node */
  readonly next: Int32Array;
  /** `SPLIT`: the other following node. `BYTES`: the number of its byte set */
  readonly other: Int32Array;
  readonly zone: Uint8Array;
  /** which pattern a node belongs to */
  readonly pattern: Int32Array;
  /** the first node of each pattern */
  readonly starts: readonly number[];
  /** `accepts[set * 256 + byte]` */
  readonly accepts: Uint8Array;
  /** bytes of one class are alike to every node */
  readonly classOf: Uint8Array;
  /** a byte of each class */
  readonly sample: readonly number[];
}

/** Grows the nodes from the end of each pattern to its beginning, so that what follows is always known. */
class AutomatonBuilder {
  private readonly kind: number[] = [];
  private readonly next: number[] = [];
  private readonly other: number[] = [];
  private readonly zones: number[] = [];
  private readonly owners: number[] = [];
  private readonly starts: number[] = [];
  private readonly sets: ByteSet[] = [];
  private readonly setNumbers = new Map<string, number>();
  private zone = BEHIND;
  private boundaries = false;

  add(source: string): void {
    const tree = parsePattern(source);
    const before = this.kind.length;
    this.zone = BEHIND;
    const end = this.node(ACCEPT, -1);
    const whole = hasValue(tree) ? tree : ({ kind: 'value', part: tree } as const);
    this.starts.push(this.emit(whole, end));
    const tooMany = this.kind.length - before > MOST_NODES || this.kind.length > MOST_NODES_TOGETHER;
    if (tooMany) throw new PatternError(source, 0, 'too large once its repetitions are written out');
  }

  build(): Automaton {
    const { classOf, sample } = byteClasses(this.boundaries ? [...this.sets, WORD] : this.sets);
    const accepts = new Uint8Array(this.sets.length * 256);
    for (const [number, set] of this.sets.entries()) accepts.set(set, number * 256);
    return {
      kind: Uint8Array.from(this.kind),
      next: Int32Array.from(this.next),
      other: Int32Array.from(this.other),
      zone: Uint8Array.from(this.zones),
      pattern: Int32Array.from(this.owners),
      starts: this.starts,
      accepts,
      classOf,
      sample,
    };
  }

  private node(kind: number, next: number, other = -1): number {
    this.kind.push(kind);
    this.next.push(next);
    this.other.push(other);
    this.zones.push(this.zone);
    this.owners.push(this.starts.length);
    return this.kind.length - 1;
  }

  private emit(tree: PatternTree, next: number): number {
    switch (tree.kind) {
      case 'bytes':
        return this.node(BYTES, next, this.setNumber(tree.set));
      case 'boundary':
        this.boundaries = true;
        return this.node(BOUNDARY, next);
      case 'sequence':
        return tree.parts.reduceRight((following, part) => this.emit(part, following), next);
      case 'choice':
        return tree.options
          .map((option) => this.emit(option, next))
          .reduceRight((rest, option) => this.node(SPLIT, option, rest));
      case 'repeat':
        return this.repeat(tree, next);
      case 'value': {
        const close = this.node(CLOSE, next);
        this.zone = INSIDE;
        const inside = this.emit(tree.part, close);
        this.zone = BEFORE;
        return this.node(OPEN, inside);
      }
    }
  }

  private repeat(tree: Extract<PatternTree, { kind: 'repeat' }>, next: number): number {
    let first = next;
    if (tree.most === null) {
      first = this.node(SPLIT, -1, next);
      this.next[first] = this.emit(tree.part, first);
    } else {
      for (let times = tree.least; times < tree.most && this.kind.length <= MOST_NODES_TOGETHER; times++) {
        first = this.node(SPLIT, this.emit(tree.part, first), next);
      }
    }
    for (let times = 0; times < tree.least && this.kind.length <= MOST_NODES_TOGETHER; times++) {
      first = this.emit(tree.part, first);
    }
    return first;
  }

  private setNumber(set: ByteSet): number {
    const key = set.join('');
    const known = this.setNumbers.get(key);
    if (known !== undefined) return known;
    this.setNumbers.set(key, this.sets.length);
    return this.sets.push(set) - 1;
  }
}

const hasValue = (tree: PatternTree): boolean =>
  tree.kind === 'value' || (tree.kind === 'sequence' && tree.parts.some(hasValue));

const byteClasses = (sets: readonly ByteSet[]): { classOf: Uint8Array; sample: number[] } => {
  let classOf = new Uint8Array(256);
  for (const set of sets) {
    const numbers = new Map<number, number>();
    const numberOf = (key: number): number => {
      const number = numbers.get(key) ?? numbers.size;
      numbers.set(key, number);
      return number;
    };
    classOf = classOf.map((former, byte) => numberOf(former * 2 + (set[byte] as number)));
  }
  const sample: number[] = [];
  for (const [byte, number] of classOf.entries()) sample[number] ??= byte;
  return { classOf, sample };
};

/** One automaton over bytes for all patterns. @throws PatternError for what cannot be parsed or grows too large */
export const buildAutomaton = (sources: readonly string[]): Automaton => {
  const builder = new AutomatonBuilder();
  for (const source of sources) builder.add(source);
  return builder.build();
};
