import { CARD } from './card.js';
import { isOf, SETS } from './characters.js';
import { CONNECTION_STRING } from './connection-string.js';
import { type Detector, type DetectorName, type Finder, NUMBER, type WorkingDetector } from './detector.js';
import { EMAIL } from './email.js';
import { IBAN } from './iban.js';
import { JWT } from './jwt.js';
import { KEYS } from './keys.js';
import { NATIONAL_IDS } from './national-ids.js';
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
  readonly finder: Finder;
}

const NOT_HERE = 0;
const NUMBER_HERE = 1;
const LOOK_HERE = 2;
const NOTHING: readonly Look[] = [];

/** one for all: nothing of a text stays in it that a later one could meet */
const scan = new TextScan();

/**
 * Detectors that run together over one text: one look-up per byte, and a closer look only where a value can begin. Linear time: a text
 * of any contents costs a bounded number of steps per byte.
 */
export class DetectorSet {
  /** what to do at a byte */
  readonly #here = new Uint8Array(256);
  /** at a number */
  readonly #numbers: readonly Look[];
  /** by the byte and the one behind it: which of `#looks`, 0 none */
  readonly #pairs = new Uint8Array(65_536);
  readonly #looks: Look[][] = [[]];
  /** where to go on behind what was found */
  #resume = 0;

  /** @param names without repetitions, in any order; may be empty */
  constructor(readonly names: readonly DetectorName[]) {
    const looks = WORKING.filter(({ name }) => names.includes(name)).flatMap(({ name, finders }) =>
      finders.map((finder) => ({ name, finder })),
    );
    this.#numbers = looks.filter(({ finder }) => finder.starts.includes(NUMBER));
    if (this.#numbers.length > 0)
      for (let byte = 0; byte < 256; byte++) if (isOf(byte, SETS.digit)) this.#here[byte] = NUMBER_HERE;
    for (const look of looks) for (const start of look.finder.starts) if (start !== NUMBER) this.#place(look, start);
  }

  #place(look: Look, start: string): void {
    const first = start.charCodeAt(0);
    this.#here[first] = LOOK_HERE;
    for (let second = 0; second < 256; second++)
      if (start.length === 1 || start.charCodeAt(1) === second) this.#add(look, first * 256 + second);
  }

  #add(look: Look, pair: number): void {
    const former = this.#looks[this.#pairs[pair] as number] as Look[];
    const looks = [...former, look];
    const known = this.#looks.findIndex(
      (other) => other.length === looks.length && other.every((l, i) => l === looks[i]),
    );
    this.#pairs[pair] = known >= 0 ? known : this.#looks.push(looks) - 1;
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
  findAll(bytes: Uint8Array, from: number, to: number): Detected[] {
    const all: Detected[] = [];
    scan.begin(bytes, from, to);
    let end = from;
    for (let hit = this.#from(from); hit !== null; hit = this.#from(this.#resume)) {
      scan.passwordAt = -1;
      if (hit.start >= end) all.push(hit);
      end = Math.max(end, hit.end);
    }
    return all;
  }

  #from(from: number): Detected | null {
    const { bytes, to } = scan;
    const here = this.#here;
    for (let at = from; at < to;) {
      const what = here[bytes[at] as number];
      if (what === NOT_HERE) {
        at += 1;
        continue;
      }
      const next = what === NUMBER_HERE ? scan.readGroups(at) : at + 1;
      const looks = what === NUMBER_HERE ? this.#numbersAt(at) : this.#pairAt(at);
      for (let i = 0; i < looks.length; i++) {
        const { name, finder } = looks[i] as Look;
        if (!finder.find(scan, at)) continue;
        this.#resume = Math.max(scan.end, at + 1);
        return { name, start: scan.start, end: scan.end };
      }
      at = next;
    }
    return null;
  }

  #numbersAt(at: number): readonly Look[] {
    return scan.mayBegin(at) ? this.#numbers : NOTHING;
  }

  #pairAt(at: number): readonly Look[] {
    const second = scan.at(at + 1) ?? 0;
    return this.#looks[this.#pairs[(scan.bytes[at] as number) * 256 + second] as number] as Look[];
  }
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
