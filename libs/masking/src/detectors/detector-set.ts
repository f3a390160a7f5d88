import { CARD } from './card.js';
import { isOf, SETS } from './characters.js';
import { CONNECTION_STRING } from './connection-string.js';
import type { Detector, DetectorName, Find, TextFinder, WorkingDetector } from './detector.js';
import { EMAIL } from './email.js';
import { IBAN } from './iban.js';
import { JWT } from './jwt.js';
import { KEYS } from './keys.js';
import { DIGIT_CLASS, ENDS, LiteralAutomaton } from './literal-automaton.js';
import { NATIONAL_IDS } from './national-ids.js';
import { NumberShapes } from './number-shapes.js';
import { PHONE } from './phone.js';
import { TextScan } from './text-scan.js';

const WORKING: readonly WorkingDetector[] = [
  EMAIL,
  PHONE,
  CARD,
  IBAN,
  ...NATIONAL_IDS,
  JWT,
  ...KEYS,
  CONNECTION_STRING,
];

/** Every detector there is: name, what it finds, whether it runs where nobody asked for it. Order is that of the documentation. */
export const DETECTORS: readonly Detector[] = WORKING.map(({ name, description, standard }) => ({
  name,
  description,
  standard,
}));

/** Names of the detectors that run where nobody asked for others. */
export const STANDARD_DETECTORS: readonly DetectorName[] = DETECTORS.filter(({ standard }) => standard).map(
  ({ name }) => name,
);

/** A value that was found: which detector, and where it stands, `end` excluded. */
export interface Detected {
  readonly name: DetectorName;
  readonly start: number;
  readonly end: number;
}

interface Look {
  readonly name: DetectorName;
  readonly find: Find;
}

interface TextLook extends Look {
  readonly text: string;
  /** the part of it that was not compared, or letters of any case; null: nothing is left to compare */
  readonly exact: string | null;
  /** bytes that the automaton has read when it is here */
  readonly read: number;
}

const NO_LOOKS: readonly Look[] = [];
const NOTHING: readonly Detected[] = [];

/** one for all: nothing of a text stays in it that a later one could meet */
const scan = new TextScan();

/**
 * Detectors that run together over one text: one step of an automaton per byte, one look-up per number, and a closer look only where a
 * value can be. Linear time: a text of any contents costs a bounded number of steps per byte.
 */
export class DetectorSet {
  readonly #automaton: LiteralAutomaton;
  /** by the state in which their texts end */
  readonly #texts: readonly (readonly TextLook[])[];
  readonly #numbers: NumberShapes<Look> | null;
  /** where to go on behind what was found */
  #resume = 0;
  /** what was found last */
  #hit: Detected | null = null;

  /** @param names without repetitions, in any order; may be empty */
  constructor(readonly names: readonly DetectorName[]) {
    const working = WORKING.filter(({ name }) => names.includes(name));
    const looks = working.flatMap(({ name, texts = [] }) => texts.map((finder) => textLook(name, finder)));
    this.#automaton = new LiteralAutomaton(looks.map(({ text, read }) => text.slice(0, read)));
    this.#texts = this.#automaton.ending.map((numbers) => numbers.map((number) => looks[number] as TextLook));
    const shapes = new NumberShapes<Look>();
    const numbers = working.flatMap(({ name, numbers: finders = [] }) => finders.map((finder) => ({ name, finder })));
    for (const { name, finder } of numbers)
      shapes.add({ name, find: finder.find }, finder.shapes, finder.behindLetter ?? false);
    this.#numbers = numbers.length === 0 ? null : shapes;
  }

  /**
   * The first value in `bytes[from..to)`, a text in UTF-8 (or in any encoding that has ASCII in it).
   * @returns null: there is none
   */
  find(bytes: Uint8Array, from: number, to: number): Detected | null {
    scan.begin(bytes, from, to);
    return this.#from(from);
  }

  /** Every value, in the order of the text; none shares a byte with another one. */
  findAll(bytes: Uint8Array, from: number, to: number): readonly Detected[] {
    scan.begin(bytes, from, to);
    const first = this.#from(from);
    if (first === null) return NOTHING;
    const all: Detected[] = [];
    let end = from;
    for (let hit: Detected | null = first; hit !== null; hit = this.#from(this.#resume)) {
      scan.passwordAt = -1;
      if (hit.start >= end) all.push(hit);
      end = Math.max(end, hit.end);
    }
    return all;
  }

  #from(from: number): Detected | null {
    const { bytes, to } = scan;
    const { classOf, next } = this.#automaton;
    let state = 0;
    for (let at = from; at < to;) {
      const letter = classOf[bytes[at] as number] as number;
      if (letter === DIGIT_CLASS) {
        const end = scan.groups.moveTo(at);
        if (this.#hasNumber(at)) return this.#hit;
        state = 0;
        at = end;
        continue;
      }
      state = next[LiteralAutomaton.index(state, letter)] as number;
      at += 1;
      if ((state & ENDS) === 0) continue;
      state &= ~ENDS;
      if (this.#hasText(state, at)) return this.#hit;
    }
    return null;
  }

  #hasNumber(at: number): boolean {
    const { groups } = scan;
    const behindLetter = isOf(scan.at(at - 1), SETS.letter);
    const looks = this.#numbers?.at(groups.size(0), groups.size(1), behindLetter) ?? NO_LOOKS;
    for (let i = 0; i < looks.length; i++) if (this.#found(looks[i] as Look, at)) return true;
    return false;
  }

  #hasText(state: number, end: number): boolean {
    const looks = this.#texts[state] as readonly TextLook[];
    for (let i = 0; i < looks.length; i++) {
      const look = looks[i] as TextLook;
      const at = end - look.read;
      if (look.exact !== null && !scan.has(look.exact, at)) continue;
      if (this.#found(look, at)) return true;
    }
    return false;
  }

  #found({ name, find }: Look, at: number): boolean {
    if (!find(scan, at)) return false;
    this.#hit = { name, start: scan.start, end: scan.end };
    this.#resume = Math.max(scan.end, at + 1);
    return true;
  }
}

function textLook(name: DetectorName, { text, anyCase, find }: TextFinder): TextLook {
  const digit = text.search(/\d/);
  const read = digit < 0 ? text.length : digit;
  const isSure = read === text.length && (anyCase || !/[a-z]/i.test(text));
  return { name, find, text, read, exact: isSure ? null : text };
}

const ALL = new DetectorSet(DETECTORS.map(({ name }) => name));

/**
 * Which detector of all finds the first value in `bytes[from..to)`.
 * @returns null: none finds any
 */
export const detect = (bytes: Uint8Array, from: number, to: number): DetectorName | null =>
  ALL.find(bytes, from, to)?.name ?? null;

/** The same for a text. */
export const detectText = (text: string): DetectorName | null => {
  const bytes = Buffer.from(text, 'utf8');
  return detect(bytes, 0, bytes.length);
};
