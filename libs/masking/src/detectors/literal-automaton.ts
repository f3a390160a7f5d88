/** Bits of a byte's class; more distinct bytes than that no set of literals has. */
const CLASS_BITS = 6;
const CLASSES = 1 << CLASS_BITS;
/** the class of a decimal digit: no literal has one in it */
export const DIGIT_CLASS = 1;
const FIRST_LETTER_CLASS = 2;
/** a literal ends in this state */
export const ENDS = 0x8000;

const fold = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);

/**
 * Finds many literals in one pass, one step per byte whatever the text says (Aho and Corasick, 1975). Letters of both cases are alike to it:
 * who asks for one case compares at the place found. Digits end every literal; who meets one begins again with state 0.
 */
export class LiteralAutomaton {
  /** class of each byte, 0: no literal has it */
  readonly classOf = new Uint8Array(256);
  /** by state and class: the next state, with `ENDS` */
  readonly next: Uint16Array;
  /** by state: which literals end there */
  readonly ending: readonly (readonly number[])[];

  /** @param literals ASCII, not empty, without digits */
  constructor(literals: readonly string[]) {
    let classes = FIRST_LETTER_CLASS;
    for (let digit = 0x30; digit <= 0x39; digit++) this.classOf[digit] = DIGIT_CLASS;
    for (const byte of Buffer.from(literals.join('').toLowerCase())) {
      if (this.classOf[byte] === 0) this.classOf[byte] = classes++;
    }
    if (classes > CLASSES) throw new RangeError('too many different characters in literals');
    for (let byte = 0; byte < 256; byte++) this.classOf[byte] = this.classOf[fold(byte)] as number;
    const children: Map<number, number>[] = [new Map()];
    const ending: number[][] = [[]];
    for (const [number, literal] of literals.entries()) {
      let state = 0;
      for (const byte of Buffer.from(literal)) state = childOf(children, ending, state, this.classOf[byte] as number);
      ending[state]?.push(number);
    }
    if (children.length >= ENDS) throw new RangeError('too many characters in literals');
    this.next = new Uint16Array(children.length << CLASS_BITS);
    this.ending = ending;
    this.#link(children, ending);
  }

  /** Fills in, in the order of their depth, where each state goes on: with its own letter, or as the longest end of what was read would. */
  #link(children: readonly ReadonlyMap<number, number>[], ending: number[][]): void {
    const back = new Uint16Array(children.length);
    const queue = [0];
    for (const state of queue) {
      const from = (back[state] as number) << CLASS_BITS;
      for (let letter = FIRST_LETTER_CLASS; letter < CLASSES; letter++) {
        const fallback = state === 0 ? 0 : (this.next[from + letter] as number) & ~ENDS;
        const child = children[state]?.get(letter);
        const next = child ?? fallback;
        if (child !== undefined) {
          back[child] = fallback;
          ending[child]?.push(...(ending[fallback] ?? []));
          queue.push(child);
        }
        this.next[(state << CLASS_BITS) + letter] = next | ((ending[next]?.length ?? 0) > 0 ? ENDS : 0);
      }
    }
  }

  /** The state behind `state` and a byte of this class. */
  static index(state: number, letter: number): number {
    return (state << CLASS_BITS) + letter;
  }
}

function childOf(children: Map<number, number>[], ending: number[][], state: number, letter: number): number {
  const known = children[state]?.get(letter);
  if (known !== undefined) return known;
  const child = children.push(new Map()) - 1;
  ending.push([]);
  children[state]?.set(letter, child);
  return child;
}
