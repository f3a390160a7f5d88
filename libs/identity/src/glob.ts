/** Thrown for a pattern that is no glob; the message names the pattern. */
export class GlobError extends Error {
  constructor(pattern: string, problem: string) {
    super(`the pattern ${JSON.stringify(pattern)} ${problem}`);
    this.name = 'GlobError';
  }
}

/** A compiled pattern. */
export interface Glob {
  readonly pattern: string;
  /** whether it matches the whole of `text`; case counts; time grows with the length of text × pattern, never worse */
  matches(text: string): boolean;
  /** whether it matches something that `open` could be, each `*` of it standing for any characters */
  meets(open: string): boolean;
}

/** one alternative without braces: the literal pieces between its stars */
type Pieces = readonly [first: string, ...rest: string[]];

// {a,b}{c,d}… doubles with every pair; a pattern that needs more is a mistake or an attack
const maxAlternatives = 1_024;

/**
 * Compiles a glob: `*` stands for any characters (dots and none included), `{a,b}` for one of the alternatives; everything else is
 * itself. No regular expression is involved, so that no pattern can take exponential time.
 * @throws GlobError for an empty pattern, nested or unbalanced braces, or too many alternatives
 */
export function compileGlob(pattern: string): Glob {
  const alternatives = expandBraces(pattern).map(splitAtStars);
  return {
    pattern,
    matches: (text) => alternatives.some((pieces) => piecesMatch(pieces, text)),
    meets: (open) => {
      const other = splitAtStars(open);
      return alternatives.some((pieces) => piecesOverlap(pieces, other));
    },
  };
}

/**
 * Whether some text matches both globs.
 * @throws GlobError as {@link compileGlob}
 */
export function patternsOverlap(one: string, other: string): boolean {
  const others = expandBraces(other).map(splitAtStars);
  return expandBraces(one)
    .map(splitAtStars)
    .some((left) => others.some((right) => piecesOverlap(left, right)));
}

function expandBraces(pattern: string): string[] {
  if (pattern === '') throw new GlobError(pattern, 'is empty');
  let expanded = [''];
  let rest = pattern;
  while (rest !== '') {
    const open = rest.search(/[{}]/u);
    const literal = open < 0 ? rest : rest.slice(0, open);
    expanded = expanded.map((prefix) => prefix + literal);
    if (open < 0) break;
    const close = rest.indexOf('}', open);
    if (rest[open] === '}') throw new GlobError(pattern, 'closes a brace that it did not open');
    if (close < 0) throw new GlobError(pattern, 'opens a brace that it does not close');
    const inner = rest.slice(open + 1, close);
    if (inner.includes('{')) throw new GlobError(pattern, 'nests braces');
    const choices = inner.split(',');
    if (choices.length * expanded.length > maxAlternatives)
      throw new GlobError(pattern, `stands for more than ${maxAlternatives} alternatives`);
    expanded = expanded.flatMap((prefix) => choices.map((choice) => prefix + choice));
    rest = rest.slice(close + 1);
  }
  return expanded;
}

function splitAtStars(alternative: string): Pieces {
  const [first = '', ...rest] = alternative.split('*');
  return [first, ...rest];
}

function piecesMatch(pieces: Pieces, text: string): boolean {
  const [first, ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  // the leftmost place for each piece leaves the most room for the next: no backtracking is needed
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/**
 * Do two patterns of literals and stars share a text? With a star in both only what stands before the first and behind the last of
 * them can clash: all between fits into one text, the pieces of one behind those of the other.
 */
function piecesOverlap(left: Pieces, right: Pieces): boolean {
  if (left.length === 1) return piecesMatch(right, left[0]);
  if (right.length === 1) return piecesMatch(left, right[0]);
  const [start, other] = [left[0], right[0]];
  if (!start.startsWith(other) && !other.startsWith(start)) return false;
  const [end, last] = [left.at(-1) ?? '', right.at(-1) ?? ''];
  return end.endsWith(last) || last.endsWith(end);
}
