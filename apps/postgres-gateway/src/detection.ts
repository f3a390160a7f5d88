import { compileGlob } from '@app/identity';
import {
  DETECT_ACTIONS,
  type DetectAction,
  type DetectorName,
  DETECTORS,
  DetectorSet,
  type DetectRules,
  STANDARD_DETECTORS,
} from '@app/masking';
import type { DetectConfig } from '@app/platform';
import { splitTarget } from './split-target.js';

interface Entry {
  readonly names: readonly DetectorName[];
  readonly action: DetectAction;
  /** @param column `schema.table.column` */
  readonly excepts: (column: string) => boolean;
}

const NOWHERE = (): boolean => false;
const STANDARD: Entry = { names: STANDARD_DETECTORS, action: 'mask', excepts: NOWHERE };

/** What is looked for in the values of one target. */
export class Detection {
  /** where no column is known: errors, notices, payloads */
  readonly whole: DetectRules | null;
  /** some columns are left alone */
  readonly hasExceptions: boolean;
  /** some values pass although something is found in them */
  readonly alerts: boolean;
  /** a result may end because of what is found in it */
  readonly refuses: boolean;
  readonly #entries: readonly Entry[];
  /** by the entries that leave a column alone */
  readonly #rules = new Map<string, DetectRules | null>();

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
    this.hasExceptions = entries.some(({ excepts }) => excepts !== NOWHERE);
    this.alerts = entries.some(({ action }) => action === 'alert');
    this.refuses = entries.some(({ action }) => action === 'refuse');
    this.whole = this.#of(entries);
  }

  /** @param column `schema.table.column` it is proven to be; null: none */
  rulesOf(column: string | null): DetectRules | null {
    if (column === null || !this.hasExceptions) return this.whole;
    const entries = this.#entries.filter(({ excepts }) => !excepts(column));
    return entries.length === this.#entries.length ? this.whole : this.#of(entries);
  }

  #of(entries: readonly Entry[]): DetectRules | null {
    const key = entries.map((entry) => this.#entries.indexOf(entry)).join();
    let rules = this.#rules.get(key);
    if (rules === undefined) this.#rules.set(key, (rules = combined(entries)));
    return rules;
  }
}

/** Of several entries that name a detector the strictest holds. */
function combined(entries: readonly Entry[]): DetectRules | null {
  const actions = new Map<DetectorName, DetectAction>();
  for (const { names, action } of entries)
    for (const name of names) {
      const before = actions.get(name);
      const isStricter = before === undefined || DETECT_ACTIONS.indexOf(action) > DETECT_ACTIONS.indexOf(before);
      if (isStricter) actions.set(name, action);
    }
  return actions.size === 0 ? null : { set: new DetectorSet([...actions.keys()]), actions };
}

/**
 * What the entries of `detect` say of one target; where none names it, and it has protected columns, the standard detectors mask.
 * @param strict it has protected columns
 * @returns null: nothing is looked for
 */
export function detectionOf(detect: readonly DetectConfig[], target: string, strict: boolean): Detection | null {
  const named = detect.filter(({ targets }) => targets.some((pattern) => compileGlob(pattern).matches(target)));
  const entries = named.length === 0 ? (strict ? [STANDARD] : []) : named.map((entry) => entryOf(entry, target));
  const detection = new Detection(entries);
  return detection.whole === null ? null : detection;
}

function entryOf({ detectors, action, except }: DetectConfig, target: string): Entry {
  const names =
    detectors === 'all'
      ? DETECTORS.map(({ name }) => name)
      : detectors === 'standard'
        ? STANDARD_DETECTORS
        : [...new Set(detectors)];
  const globs = except.flatMap((column) => {
    const [pattern, rest] = splitTarget(column);
    return compileGlob(pattern).matches(target) ? [compileGlob(rest)] : [];
  });
  return {
    names,
    action,
    excepts: globs.length === 0 ? NOWHERE : (column) => globs.some((glob) => glob.matches(column)),
  };
}
