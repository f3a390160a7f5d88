import { Lexer } from './lex.js';
import { codeSecrecy, holdsCredentials, type Redaction } from './secrets.js';
import { mayEscape, unescaped } from './unescaped.js';

/** Longest literal-stripped text, UTF-8 bytes: it stands in a line of the record. */
const STRIPPED_BYTES = 4096;

/** A constant that must not be seen: UTF-16 index of the text, anywhere in the literal or at the sign before it. */
export interface ProtectedPlace {
  readonly at: number;
  /** the class of the column it is written to; null: it may be meant for any */
  readonly class: string | null;
}

/** One statement of a text, and what of it must not be seen; offsets are UTF-16 indexes of the text. */
export interface StatementSource {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly redaction: Redaction;
  /** where constants of protected columns stand */
  readonly protectedAt: readonly ProtectedPlace[];
  /**
   * Not null: nothing is proven of what its values are meant for. No literal and no comment of it is shown, and of names in double
   * quotes (text values to people of other databases) only the ones that the catalog knows.
   */
  readonly unproven: { readonly knows: (name: string) => boolean } | null;
}

/** A statement as the record has it. */
export interface RecordedText {
  readonly text: string;
  /** it carried a password, a connection string or a key; not: protected literals */
  readonly secrets: boolean;
}

const hidden = "'***'";
const hiddenName = '"***"';

/** What stands in the place of a value written to a column of this class; null: the class is not known. */
export function hiddenLiteral(className: string | null): string {
  return className === null ? hidden : `'*** ${className.replaceAll(/['\\]/g, '')}'`;
}

/** The statement for the body of the record: exact, but for the literals that must not be seen. */
export function recordText(source: StatementSource): RecordedText {
  const { text, start, end, redaction, protectedAt, unproven } = source;
  const exact = text.slice(start, end);
  const plain = redaction.kind === 'none' && protectedAt.length === 0 && unproven === null;
  if (plain && !holdsCredentials(exact) && !mayEscape(exact)) return { text: exact, secrets: false };
  const redactor = new Redactor(source);
  const redacted = redactor.run();
  // A constant that is not where the tree says leaves only one safe answer.
  if (redactor.foundAll) return redacted;
  const { text: whole, secrets } = new Redactor({ ...source, redaction: { kind: 'all' } }).run();
  return { text: whole, secrets: redacted.secrets || (secrets && redaction.kind !== 'none') };
}

class Redactor {
  readonly #source: StatementSource;
  readonly #waiting: ProtectedPlace[];
  readonly #secret: (lexer: Lexer, piece: string) => boolean;
  #due: ProtectedPlace | null = null;
  #missed = false;
  #secrets = false;

  constructor(source: StatementSource) {
    this.#source = source;
    this.#waiting = source.protectedAt.toSorted((one, other) => one.at - other.at);
    this.#secret = secretPieces(source.redaction);
  }

  /** every constant was met at its place */
  get foundAll(): boolean {
    return !this.#missed && this.#waiting.length === 0;
  }

  run(): RecordedText {
    const { text, start, end } = this.#source;
    const lexer = new Lexer(text, start, end);
    let out = '';
    while (lexer.next()) {
      const piece = text.slice(lexer.start, lexer.end);
      this.#meet(lexer);
      out += this.#shown(lexer, piece);
    }
    return { text: out, secrets: this.#secrets };
  }

  #meet(lexer: Lexer): void {
    for (let next = this.#waiting[0]; next !== undefined && next.at < lexer.end; next = this.#waiting[0]) {
      if (next.at >= lexer.start) this.#due = next;
      else this.#missed = true;
      this.#waiting.shift();
    }
  }

  #shown(lexer: Lexer, piece: string): string {
    const { redaction, unproven } = this.#source;
    if (lexer.kind === 'space') return piece;
    if (lexer.kind === 'comment') return this.#comment(piece);
    if (this.#secret(lexer, piece)) return this.#hide(null);
    const due = this.#due;
    if (due !== null && !(lexer.kind === 'other' && '-+('.includes(piece))) {
      this.#due = null;
      return hiddenLiteral(due.class);
    }
    if (unproven !== null && isLiteral(lexer)) return hidden;
    if (unproven !== null && lexer.kind === 'quoted-word') return knownName(piece, unproven.knows) ? piece : hiddenName;
    if (lexer.kind !== 'string') return piece;
    if (redaction.kind === 'code') return this.#code(piece, redaction.sql);
    // its own last quote is not one inside
    return holdsCredentials(unescaped(piece.slice(0, -1))) ? this.#hide(null) : piece;
  }

  #hide(className: string | null): string {
    this.#secrets = true;
    this.#due = null;
    return hiddenLiteral(className);
  }

  #comment(piece: string): string {
    const credentials = holdsCredentials(piece);
    if (credentials) this.#secrets = true;
    if (!credentials && this.#source.unproven === null) return piece;
    return piece.startsWith('--') ? '-- ***' : '/* *** */';
  }

  /** A body of code: its own strings are hidden where it speaks of secrets. */
  #code(piece: string, sql: boolean): string {
    const secrecy = codeSecrecy(unescaped(piece));
    if (secrecy === 'harmless') return piece;
    const tag = /^\$[^$]*\$/.exec(piece)?.[0];
    // other languages, and a body with quotes around it, write the strings inside in another way
    if (!sql || secrecy === 'whole' || tag === undefined || !piece.endsWith(tag) || piece.length < 2 * tag.length)
      return this.#hide(null);
    const body = piece.slice(tag.length, -tag.length);
    const inner = recordText({
      text: body,
      start: 0,
      end: body.length,
      redaction: { kind: 'all' },
      protectedAt: [],
      unproven: { knows: () => false },
    });
    this.#secrets = true;
    return `${tag}${inner.text}${tag}`;
  }
}

function knownName(quoted: string, knows: (name: string) => boolean): boolean {
  // U&"…" may write its characters in another way
  return quoted.startsWith('"') && knows(quoted.slice(1, -1).replaceAll('""', '"'));
}

const isLiteral = (lexer: Lexer): boolean => lexer.kind === 'string' || lexer.kind === 'number';

/** Decides piece by piece (white space and comments left out) which are secrets. */
function secretPieces(redaction: Redaction): (lexer: Lexer, piece: string) => boolean {
  if (redaction.kind === 'none' || redaction.kind === 'code') return () => false;
  if (redaction.kind === 'all') return isLiteral;
  const { kind, words } = redaction;
  let met = false;
  return (lexer, piece) => {
    const before = met;
    const meets = lexer.kind !== 'quoted-word' && words.includes(piece.toLowerCase());
    met = meets || (kind !== 'after' && met);
    if (!before) return kind === 'value' && isLiteral(lexer);
    return kind === 'value' || (kind === 'behind' ? isLiteral(lexer) : lexer.kind === 'string');
  };
}

/** The statement for the line of the record: every literal is `?`, comments are gone, white space is folded, at most 4 KiB. */
export function strippedText({ text, start, end, redaction, unproven }: StatementSource): string {
  const lexer = new Lexer(text, start, end);
  const secret = redaction.kind === 'value' ? secretPieces(redaction) : null;
  let out = '';
  let space = false;
  while (out.length <= STRIPPED_BYTES && lexer.next()) {
    if (lexer.kind === 'space' || lexer.kind === 'comment') {
      space = out !== '';
      continue;
    }
    if (space) out += ' ';
    space = false;
    const piece = text.slice(lexer.start, lexer.end);
    const isName = lexer.kind === 'quoted-word';
    if (isLiteral(lexer) || secret?.(lexer, piece)) out += '?';
    else out += isName && unproven !== null && !knownName(piece, unproven.knows) ? hiddenName : piece;
  }
  return cut(out, STRIPPED_BYTES);
}

/** The longest beginning of whole code points within `limit` UTF-8 bytes. */
function cut(text: string, limit: number): string {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const pair = code >= 0xd800 && code <= 0xdbff;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : pair ? 4 : 3;
    if (bytes > limit) return text.slice(0, i);
    if (pair) i++;
  }
  return text;
}
