import { anyCase, byteSet, DIGIT, NOT_NEWLINE, SPACE, single, union, without, WORD, type ByteSet } from './byte-set.js';
import { PatternError } from './pattern.error.js';

/** What a pattern says, in bytes. `most` null: without end. */
export type PatternTree =
  | { readonly kind: 'bytes'; readonly set: ByteSet }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternTree[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternTree[] }
  | { readonly kind: 'repeat'; readonly part: PatternTree; readonly least: number; readonly most: number | null }
  | { readonly kind: 'boundary' }
  | { readonly kind: 'value'; readonly part: PatternTree };

const MOST_REPEATS = 1000;
const DEEPEST = 50;
const LONGEST_SOURCE = 4096;
const VALUE_GROUP = '(?<value>';

const CLASS_ESCAPES: ReadonlyMap<string, ByteSet> = new Map([
  ['d', DIGIT],
  ['D', without(DIGIT)],
  ['w', WORD],
  ['W', without(WORD)],
  ['s', SPACE],
  ['S', without(SPACE)],
]);

const CONTROL_ESCAPES: ReadonlyMap<string, number> = new Map([
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['f', 0x0c],
  ['v', 0x0b],
]);

/** A recursive descent over the pattern's text. One object per pattern. */
class PatternParser {
  private at = 0;
  private depth = 0;
  private ignoreCase = false;
  private valueAt: number | null = null;
  private readonly encoder = new TextEncoder();

  constructor(private readonly source: string) {}

  parse(): PatternTree {
    if (this.take('(?i)')) this.ignoreCase = true;
    const tree = this.choice();
    if (this.at < this.source.length) throw this.error('a ")" without its "("');
    if (this.valueAt !== null && !valueInLine(tree)) {
      this.at = this.valueAt;
      throw this.error(`${VALUE_GROUP}…) may not stand inside a repetition or an alternative`);
    }
    return tree;
  }

  private choice(): PatternTree {
    const options = [this.sequence()];
    while (this.take('|')) options.push(this.sequence());
    return options.length === 1 ? (options[0] as PatternTree) : { kind: 'choice', options };
  }

  private sequence(): PatternTree {
    const parts: PatternTree[] = [];
    while (this.at < this.source.length && this.peek() !== '|' && this.peek() !== ')') {
      parts.push(this.repeated());
    }
    return parts.length === 1 ? (parts[0] as PatternTree) : { kind: 'sequence', parts };
  }

  private repeated(): PatternTree {
    const start = this.at;
    const part = this.atom();
    const bounds = this.quantifier();
    if (bounds === null) return part;
    if (part.kind === 'boundary') throw this.error('\\b cannot be repeated', start);
    if (/^[?*+{]/.test(this.source.slice(this.at))) {
      throw this.error('a repetition of a repetition: matches are always the longest, there is no lazy form');
    }
    return { kind: 'repeat', part, least: bounds.least, most: bounds.most };
  }

  private quantifier(): { least: number; most: number | null } | null {
    if (this.take('?')) return { least: 0, most: 1 };
    if (this.take('*')) return { least: 0, most: null };
    if (this.take('+')) return { least: 1, most: null };
    if (this.peek() !== '{') return null;
    const braces = /^\{(\d{1,9})(?:(,)(\d{0,9}))?\}/.exec(this.source.slice(this.at));
    if (braces === null) throw this.error('"{" begins a repetition, as {3} or {3,5} or {3,}; escape it as \\{');
    const least = Number(braces[1]);
    const most = braces[2] === undefined ? least : braces[3] === '' ? null : Number(braces[3]);
    if (Math.max(least, most ?? 0) > MOST_REPEATS) throw this.error(`more than ${MOST_REPEATS} repetitions`);
    if (most !== null && most < least) throw this.error('the repetition ends below its beginning');
    this.at += braces[0].length;
    return { least, most };
  }

  private atom(): PatternTree {
    const start = this.at;
    const next = this.peek();
    if (next === '(') return this.group();
    if (next === '[') return this.bytes(this.class());
    if (this.take('.')) return { kind: 'bytes', set: NOT_NEWLINE };
    if (this.take('\\b')) return { kind: 'boundary' };
    if (next === '\\') return this.bytes(this.escape());
    if ('?*+{'.includes(next)) throw this.error('nothing stands before the repetition');
    if ('^$'.includes(next)) throw this.error(`"${next}" is no part of patterns over streams; escape it or use \\b`);
    if (']}'.includes(next)) throw this.error(`escape "${next}" as \\${next}`);
    const character = String.fromCodePoint(this.source.codePointAt(this.at) as number);
    this.at += character.length;
    const parts = Array.from(this.encoder.encode(character), (byte) => this.bytes(byte));
    if (parts.length === 1) return parts[0] as PatternTree;
    if (/[\uD800-\uDFFF]/u.test(character)) throw this.error('half of a surrogate pair', start);
    return { kind: 'sequence', parts };
  }

  private group(): PatternTree {
    const start = this.at;
    const value = this.take(VALUE_GROUP);
    if (value) {
      if (this.valueAt !== null) throw this.error(`a second ${VALUE_GROUP}…)`, start);
      this.valueAt = start;
    } else if (!this.take('(?:')) {
      this.at += 1;
      if (this.peek() === '?') throw this.error(`of groups there are ( ), (?: ) and ${VALUE_GROUP} ) only`, start);
    }
    this.depth += 1;
    if (this.depth > DEEPEST) throw this.error(`groups nested deeper than ${DEEPEST}`, start);
    const part = this.choice();
    if (!this.take(')')) throw this.error('a "(" without its ")"', start);
    this.depth -= 1;
    return value ? { kind: 'value', part } : part;
  }

  private class(): ByteSet {
    const start = this.at;
    this.at += 1;
    const negated = this.take('^');
    const sets: ByteSet[] = [];
    while (!this.take(']')) {
      if (this.at >= this.source.length) throw this.error('a "[" without its "]"', start);
      const from = this.classMember();
      if (this.peek() !== '-' || this.source[this.at + 1] === ']') {
        sets.push(typeof from === 'number' ? single(from) : from);
        continue;
      }
      this.at += 1;
      const to = this.at < this.source.length ? this.classMember() : from;
      if (typeof from !== 'number' || typeof to !== 'number' || to < from)
        throw this.error('not a range of characters');
      sets.push(byteSet((byte) => byte >= from && byte <= to));
    }
    if (sets.length === 0) throw this.error('an empty class', start);
    // the other case belongs to the members, so that a negated class leaves both out
    const set = this.ignoreCase ? anyCase(union(sets)) : union(sets);
    return negated ? without(set) : set;
  }

  private classMember(): ByteSet | number {
    const next = this.peek();
    if (next === '\\') return this.escape();
    if (next === '[') throw this.error('escape "[" inside a class as \\[');
    const code = next.charCodeAt(0);
    if (code > 0x7f) throw this.error('only ASCII characters may stand in a class; write others as (ä|ö)');
    this.at += 1;
    return code;
  }

  private escape(): ByteSet | number {
    const escaped = this.source[this.at + 1] ?? '';
    const hex = /^\\x([0-9a-fA-F]{2})/.exec(this.source.slice(this.at, this.at + 4));
    if (hex !== null) {
      this.at += 4;
      return Number.parseInt(hex[1] as string, 16);
    }
    const meant =
      CLASS_ESCAPES.get(escaped) ??
      CONTROL_ESCAPES.get(escaped) ??
      (/^[!-/:-@[-`{-~ ]$/.test(escaped) ? escaped.charCodeAt(0) : null);
    if (meant === null) throw this.error(`no escape of the patterns: \\${escaped}`);
    this.at += 2;
    return meant;
  }

  private bytes(meant: ByteSet | number): PatternTree {
    if (typeof meant !== 'number') return { kind: 'bytes', set: meant };
    return { kind: 'bytes', set: this.ignoreCase ? anyCase(single(meant)) : single(meant) };
  }

  private peek(): string {
    return this.source[this.at] ?? '';
  }

  private take(text: string): boolean {
    if (!this.source.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private error(reason: string, at = this.at): PatternError {
    return new PatternError(this.source, at, reason);
  }
}

/** Whether the value stands where every match passes exactly once. */
const valueInLine = (tree: PatternTree): boolean => {
  switch (tree.kind) {
    case 'value':
      return true;
    case 'sequence':
      return tree.parts.some(valueInLine);
    case 'bytes':
    case 'boundary':
    case 'choice':
    case 'repeat':
      return false;
  }
};

/** Bytes of the shortest match. */
export const shortestMatch = (tree: PatternTree): number => {
  switch (tree.kind) {
    case 'bytes':
      return 1;
    case 'boundary':
      return 0;
    case 'value':
      return shortestMatch(tree.part);
    case 'sequence':
      return tree.parts.reduce((sum, part) => sum + shortestMatch(part), 0);
    case 'choice':
      return Math.min(...tree.options.map(shortestMatch));
    case 'repeat':
      return tree.least * shortestMatch(tree.part);
  }
};

/** The tree of a pattern. @throws PatternError at the first thing that is not of the subset */
export const parsePattern = (source: string): PatternTree => {
  if (source.length > LONGEST_SOURCE) {
    throw new PatternError(source.slice(0, 40), LONGEST_SOURCE, `longer than ${LONGEST_SOURCE} characters`);
  }
  const tree = new PatternParser(source).parse();
  if (shortestMatch(tree) === 0) throw new PatternError(source, 0, 'it matches the empty text');
  return tree;
};
