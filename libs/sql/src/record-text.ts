import type { Redaction } from './classify/redaction.js';
import { Lexer } from './lex.js';

/** Longest literal-stripped text, UTF-8 bytes: it stands in a line of the record. */
const STRIPPED_BYTES = 4096;

/** One statement of a text, and what of it must not be seen; offsets are UTF-16 indexes of the text. */
export interface StatementSource {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly redaction: Redaction;
  /** where constants of protected columns stand: anywhere in the literal, or at the sign before it */
  readonly protectedAt: readonly number[];
}

const hidden = "'***'";

/** Credentials inside a string: assignments of a password, and URLs with a password. Wherever they stand, they are not recorded. */
const credentials =
  /passw(?:or)?d["']?\s*[=:'"]|:\/\/[^\s/@'":]+:[^\s/@'"]+@|user\s+mapping|dblink|pgp_sym_|crypt\s*\(/i;

/** The statement for the body of the record: exact, but for the literals that must not be seen. */
export function recordText(source: StatementSource): string {
  const { text, start, end, redaction, protectedAt } = source;
  const exact = text.slice(start, end);
  if (redaction.kind === 'none' && protectedAt.length === 0 && !credentials.test(exact)) return exact;
  const found = new Set<number>();
  const redacted = redact(source, found);
  // A constant that is not where the tree says leaves only one safe answer.
  if (protectedAt.every((offset) => found.has(offset))) return redacted;
  return redact({ ...source, redaction: { kind: 'all' }, protectedAt: [] }, found);
}

function redact(source: StatementSource, found: Set<number>): string {
  const { text, start, end, protectedAt } = source;
  const lexer = new Lexer(text, start, end);
  const secret = secretPieces(source.redaction);
  const waiting = [...protectedAt].sort((a, b) => a - b);
  let due = false;
  let out = '';
  while (lexer.next()) {
    const piece = text.slice(lexer.start, lexer.end);
    while (waiting[0] !== undefined && waiting[0] < lexer.end) {
      if (waiting[0] >= lexer.start) {
        found.add(waiting[0]);
        due = true;
      }
      waiting.shift();
    }
    if (lexer.kind === 'space' || lexer.kind === 'comment') {
      out += piece;
      continue;
    }
    const isSecret = secret(lexer, piece) || (lexer.kind === 'string' && credentials.test(piece));
    const isProtected = due && !(lexer.kind === 'other' && '-+('.includes(piece));
    if (isProtected) due = false;
    out += isSecret || isProtected ? hidden : piece;
  }
  return out;
}

const isLiteral = (lexer: Lexer): boolean => lexer.kind === 'string' || lexer.kind === 'number';

/** Decides piece by piece (white space and comments left out) which are secrets. */
function secretPieces(redaction: Redaction): (lexer: Lexer, piece: string) => boolean {
  if (redaction.kind === 'none') return () => false;
  if (redaction.kind === 'all') return isLiteral;
  const { kind, words } = redaction;
  let met = false;
  return (lexer, piece) => {
    const before = met;
    const meets = lexer.kind !== 'quoted-word' && words.includes(piece.toLowerCase());
    met = meets || (kind !== 'after' && met);
    if (!before) return false;
    return kind === 'value' || (kind === 'behind' ? isLiteral(lexer) : lexer.kind === 'string');
  };
}

/** The statement for the line of the record: every literal is `?`, comments are gone, white space is folded, at most 4 KiB. */
export function strippedText({ text, start, end, redaction }: StatementSource): string {
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
    out += isLiteral(lexer) || secret?.(lexer, piece) ? '?' : piece;
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
