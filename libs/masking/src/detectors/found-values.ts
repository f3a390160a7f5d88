import { DETECT_ACTIONS, type DetectAction, type DetectRules, type DetectStep } from './detect-rules.js';
import { type Detected, DETECTORS, DetectorSet } from './detector-set.js';
import type { DetectorName } from './detector.js';

/**
 * A longer value is not looked through, so that nothing else waits for it: it counts as if something was found.
 */
export const LONGEST_VALUE = 1024 * 1024;
/** Bytes of one row that are looked through; behind them values count as too long. */
const LONGEST_ROW = 2 * LONGEST_VALUE;
/** Bytes of each of the author's own texts in which values are looked for. */
const OWN_BYTES = 64 * 1024;
const OWN_VALUES = 1_000;

/** A detector's name, or `too-long` for a value that none looked at. */
export type FoundName = DetectorName | 'too-long';

/** How many values of a column a detector found something in. */
export interface FoundCount {
  /** index of the column */
  readonly column: number;
  readonly name: FoundName;
  readonly action: DetectAction;
  readonly values: number;
}

const ALL = new DetectorSet(DETECTORS.map(({ name }) => name));
const NOTHING: ReadonlySet<string> = new Set();

/**
 * What detectors find in one result. Values that its author wrote into the statement or its parameters are no finding: they know them.
 */
export class FoundValues {
  /** the first detector whose action is to refuse; null: none found anything */
  refusedBy: { readonly name: FoundName; readonly column: number } | null = null;
  readonly #own: () => readonly Uint8Array[];
  readonly #isRecord: boolean;
  #words: ReadonlySet<string> | null = null;
  /** bytes that may still be looked through in the row at hand */
  #left = LONGEST_ROW;
  #counts = new Map<string, { column: number; name: FoundName; action: DetectAction; values: number }>();

  /**
   * @param own texts that the author of the statement sent: the statement, its values; asked once, and only after something was found
   * @param forRecord nothing is counted, and what passes with an alert is held too
   */
  constructor(own: () => readonly Uint8Array[] = () => [], forRecord = false) {
    this.#own = own;
    this.#isRecord = forRecord;
  }

  /** Another row begins. */
  beginRow(): void {
    this.#left = LONGEST_ROW;
  }

  /**
   * Looks at one value and counts what is found. @param column index, for the count
   * @returns whether it must not leave as it is
   */
  holds(column: number, step: DetectStep, bytes: Uint8Array, from: number, to: number): boolean {
    const { set, actions } = step.rules;
    if (to - from > Math.min(LONGEST_VALUE, this.#left)) return this.#judge(column, ['too-long'], actions);
    this.#left -= to - from;
    const data = step.lengths ? withoutLengths(bytes, from, to) : bytes;
    const [start, end] = data === bytes ? [from, to] : [0, data.length];
    const hits = set.findAll(data, start, end);
    if (hits.length === 0) return false;
    const others = hits.filter((hit) => !this.#isOwn(data, hit));
    return this.#judge(column, new Set(others.map(({ name }) => name)), actions);
  }

  /** Counts since the last call, by column and detector. */
  take(): readonly FoundCount[] {
    if (this.#counts.size === 0) return [];
    const counts = [...this.#counts.values()];
    this.#counts = new Map();
    return counts;
  }

  #judge(column: number, names: Iterable<FoundName>, actions: DetectRules['actions']): boolean {
    let held = false;
    for (const name of names) {
      const action = name === 'too-long' ? strongest([...actions.values()]) : (actions.get(name) ?? 'mask');
      if (action !== 'alert' || this.#isRecord) held = true;
      if (this.#isRecord) continue;
      if (action === 'refuse') this.refusedBy ??= { name, column };
      this.#count(column, name, action);
    }
    return held;
  }

  #count(column: number, name: FoundName, action: DetectAction): void {
    const key = `${column} ${name}`;
    const count = this.#counts.get(key) ?? { column, name, action, values: 0 };
    count.values += 1;
    this.#counts.set(key, count);
  }

  #isOwn(bytes: Uint8Array, { start, end }: Detected): boolean {
    this.#words ??= ownWords(this.#own());
    return this.#words.size > 0 && this.#words.has(wordOf(bytes, start, end));
  }
}

function strongest(actions: readonly DetectAction[]): DetectAction {
  return actions.reduce((most, action) =>
    DETECT_ACTIONS.indexOf(action) > DETECT_ACTIONS.indexOf(most) ? action : most,
  );
}

const wordOf = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');

function ownWords(texts: readonly Uint8Array[]): ReadonlySet<string> {
  if (texts.length === 0) return NOTHING;
  const words = new Set<string>();
  for (const text of texts) {
    const data = withoutLengths(text, 0, Math.min(text.length, OWN_BYTES));
    for (const { start, end } of ALL.findAll(data, 0, data.length)) {
      if (words.size === OWN_VALUES) return words;
      words.add(wordOf(data, start, end));
    }
  }
  return words;
}

/**
 * The texts of a value in binary without the lengths between them: a length of 52 is the byte of the digit 4, and would be read as
 * part of the number behind it. No text holds a zero byte, and every length below 16 MiB begins with one: the four bytes from there on
 * are no text.
 * @returns `bytes` between the bounds as they are where there is no zero byte
 */
export function withoutLengths(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const part = bytes.subarray(from, to);
  const zero = part.indexOf(0);
  if (zero < 0) return part;
  const text = new Uint8Array(part);
  for (let at = zero; at < text.length; at++) {
    if (text[at] !== 0) continue;
    const end = Math.min(text.length, at + 4);
    for (at += 1; at < end; at++) text[at] = 0;
    at -= 1;
  }
  return text;
}
