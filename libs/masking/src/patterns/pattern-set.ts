import { buildAutomaton, type Automaton } from './automaton.js';
import { Closures } from './closures.js';
import { PatternError } from './pattern.error.js';
import { StateTable } from './state-table.js';

/** One entry of a pattern set: what it finds is of `class`. */
export interface PatternEntry {
  readonly class: string;
  readonly pattern: string;
}

/** Compiled patterns. Any number of maskers may use one set at a time; its memory is bounded (about 4 MiB at most). */
export class PatternSet {
  /** @internal */
  readonly table: StateTable;
  /** @internal */
  readonly closures: Closures;

  /** @internal */
  constructor(
    readonly automaton: Automaton,
    /** the class of each pattern, in the order they were given */
    readonly classes: readonly string[],
  ) {
    this.closures = new Closures(automaton);
    this.table = new StateTable(automaton, this.closures);
  }
}

/**
 * Compiles patterns into one automaton over bytes; texts are matched in linear time, whatever the patterns say.
 *
 * A pattern is made of characters, `.` (any byte but newline), classes `[a-z_]` `[^"]` of ASCII characters, `\d \D \w \W \s \S` (ASCII),
 * `\n \r \t \f \v \xHH`, escaped punctuation, `\b` (edge of a run of `\w`), groups `( )` `(?: )`, `|`, `? * + {m} {m,} {m,n}` (up to 1000) and a
 * leading `(?i)` (ASCII). One `(?<value> )`, outside repetitions and alternatives, names the part that is masked; without it all of a
 * match is. `.`, `\D`, `\W`, `\S` and negated classes match single bytes of a longer UTF-8 sequence. There are no anchors, look-arounds,
 * back-references or lazy repetitions.
 *
 * **What is masked**: each byte that lies in the value of any match, wherever the match begins and ends; no match hides another one.
 * Values that share a byte become one mask, of the class of the value that begins first, then of the longest, then of the one listed
 * first. Where one text can be read as a match in several ways, the value runs from its earliest beginning to its latest end.
 * @param entries class and pattern, in any order; may be empty
 * @throws PatternError with class, pattern and position: not of this subset, matches the empty text, or too large
 */
export const compilePatterns = (entries: readonly PatternEntry[]): PatternSet => {
  for (const entry of entries) {
    try {
      buildAutomaton([entry.pattern]);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      throw error.inClass(entry.class);
    }
  }
  return new PatternSet(
    buildAutomaton(entries.map((entry) => entry.pattern)),
    entries.map((entry) => entry.class),
  );
};
