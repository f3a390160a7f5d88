/** What a piece of an accepted text is; everything else (operators, brackets, commas) is one character of `other`. */
export type TokenKind = 'space' | 'comment' | 'string' | 'number' | 'word' | 'quoted-word' | 'parameter' | 'other';

const isDigit = (c: number): boolean => c >= 48 && c <= 57;
const isWordStart = (c: number): boolean => (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95 || c >= 128;
const isWordPart = (c: number): boolean => isWordStart(c) || isDigit(c) || c === 36;
const isSpace = (c: number): boolean => c === 32 || (c >= 9 && c <= 13);
const isNewline = (c: number): boolean => c === 10 || c === 13;

/**
 * Cuts a text that the grammar has accepted into its pieces, to find the literals in it; never to judge what it does.
 * Offsets are UTF-16 indexes of the text, pieces follow each other without a gap. Assumes `standard_conforming_strings = on`.
 * The parser's own scanner is several times slower and writes broken JSON for control characters; a spec compares the two.
 * @see PostgreSQL 18 source, src/backend/parser/scan.l
 */
export class Lexer {
  kind: TokenKind = 'other';
  /** a string went on behind a `--` comment: the server reads one literal, the parser library two */
  disputed = false;
  start: number;
  end: number;

  constructor(
    private readonly text: string,
    from: number,
    private readonly to: number,
  ) {
    this.start = this.end = from;
  }

  /** Moves to the next piece; false at the end. */
  next(): boolean {
    this.start = this.end;
    if (this.start >= this.to) return false;
    this.end = Math.min(this.read(this.start), this.to);
    return true;
  }

  private at(i: number): number {
    return i < this.to ? this.text.charCodeAt(i) : 0;
  }

  private read(i: number): number {
    const c = this.at(i);
    const d = this.at(i + 1);
    if (isSpace(c)) return this.take('space', i + 1, isSpace);
    if (c === 45 && d === 45) return this.take('comment', i + 2, (x) => !isNewline(x));
    if (c === 47 && d === 42) return this.blockComment(i + 2);
    if (c === 39) return this.string(i + 1, false);
    if (c === 34) return this.quotedWord(i + 1);
    if (c === 36) return this.dollar(i);
    if (isDigit(c) || (c === 46 && isDigit(d))) return this.number(i);
    if (isWordStart(c)) return this.word(i, c, d);
    this.kind = 'other';
    // `..` is one piece: what follows it is no fraction.
    return c === 46 && d === 46 ? i + 2 : i + 1;
  }

  private take(kind: TokenKind, i: number, accepts: (code: number) => boolean): number {
    this.kind = kind;
    while (i < this.to && accepts(this.text.charCodeAt(i))) i++;
    return i;
  }

  private blockComment(i: number): number {
    this.kind = 'comment';
    for (let depth = 1; i < this.to; i++) {
      const c = this.at(i);
      const d = this.at(i + 1);
      if (c === 47 && d === 42) {
        depth++;
        i++;
      } else if (c === 42 && d === 47) {
        i++;
        if (--depth === 0) return i + 1;
      }
    }
    return this.to;
  }

  /** From behind the opening quote to behind the last closing one, continuation lines included. */
  private string(i: number, escapes: boolean, doubles = true): number {
    this.kind = 'string';
    for (; i < this.to; i++) {
      const c = this.at(i);
      if (c === 92 && escapes) i++;
      else if (c === 39) {
        if (doubles && this.at(i + 1) === 39) i++;
        else {
          const continued = this.continuation(i + 1);
          if (continued < 0) return i + 1;
          i = continued;
        }
      }
    }
    return this.to;
  }

  /** Index of the quote that goes on with a string ended before `i`: only white space and `--` comments with a line end between. */
  private continuation(i: number): number {
    let line = false;
    let comment = false;
    for (; i < this.to; i++) {
      const c = this.at(i);
      if (isNewline(c)) line = true;
      else if (c === 45 && this.at(i + 1) === 45) {
        comment = true;
        while (i + 1 < this.to && !isNewline(this.at(i + 1))) i++;
      } else if (!isSpace(c)) {
        if (c !== 39 || !line) return -1;
        if (comment) this.disputed = true;
        return i;
      }
    }
    return -1;
  }

  private quotedWord(i: number): number {
    this.kind = 'quoted-word';
    for (; i < this.to; i++) {
      if (this.at(i) !== 34) continue;
      if (this.at(i + 1) !== 34) return i + 1;
      i++;
    }
    return this.to;
  }

  private dollar(i: number): number {
    if (isDigit(this.at(i + 1))) return this.take('parameter', i + 1, isDigit);
    let end = i + 1;
    if (isWordStart(this.at(end))) while (this.at(end) !== 36 && isWordPart(this.at(end))) end++;
    if (this.at(end) !== 36) {
      this.kind = 'other';
      return i + 1;
    }
    this.kind = 'string';
    const tag = this.text.slice(i, end + 1);
    const close = this.text.indexOf(tag, end + 1);
    return close < 0 ? this.to : close + tag.length;
  }

  private number(i: number): number {
    this.kind = 'number';
    if (this.at(i) === 48 && 'xXoObB'.includes(this.text.charAt(i + 1))) {
      return this.take('number', i + 2, (c) => isDigit(c) || isWordStart(c));
    }
    const digits = (from: number): number => this.take('number', from, (c) => isDigit(c) || c === 95);
    let end = digits(i);
    if (this.at(end) === 46 && this.at(end + 1) !== 46) end = digits(end + 1);
    const e = this.at(end);
    const sign = this.at(end + 1) === 43 || this.at(end + 1) === 45 ? 1 : 0;
    return (e === 69 || e === 101) && isDigit(this.at(end + 1 + sign)) ? digits(end + 1 + sign) : end;
  }

  private word(i: number, c: number, d: number): number {
    if (d === 39) {
      if (c === 69 || c === 101) return this.string(i + 2, true);
      if (c === 78 || c === 110) return this.string(i + 2, false);
      // In bit strings a doubled quote is an end and a beginning.
      if (c === 66 || c === 98 || c === 88 || c === 120) return this.string(i + 2, false, false);
    }
    if ((c === 85 || c === 117) && d === 38) {
      if (this.at(i + 2) === 39) return this.string(i + 3, false);
      if (this.at(i + 2) === 34) return this.quotedWord(i + 3);
    }
    return this.take('word', i + 1, isWordPart);
  }
}
