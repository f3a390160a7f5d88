import type { Node } from '@pgsql/types';
import { loadModule, parseSync, SqlError } from 'libpg-query';
import { Lexer } from './lex.js';
import { SqlRoomError } from './sql.error.js';

/** One statement of a text; the range is in UTF-8 bytes of the whole text, without the semicolon. */
export interface ParsedStatement {
  readonly node: Node;
  readonly start: number;
  readonly end: number;
}

/** A text read by the server's own grammar; `statements` is empty for an empty or comment-only text. */
export type ParsedText =
  | { readonly statements: readonly ParsedStatement[]; readonly error: null }
  | { readonly statements: readonly []; readonly error: { readonly message: string; readonly position: number } };

// The parser takes a C string: it would read a shorter text than the server gets, or another one.
const unreadable = /\0|\p{Surrogate}/u;

/** A quote, a comment, a quote on a later line: only then the two may read a string differently. */
const continued = /'\s*--[^\n\r]*[\n\r]\s*(?:--[^\n\r]*[\n\r]\s*)*'/;

/** Loads the parser; once per thread, before `parseText`. */
export async function loadParser(): Promise<void> {
  await loadModule();
}

/**
 * Reads `text` with the grammar of PostgreSQL 18.
 * @returns the statements with their byte ranges, or the error the server would report (position: 1-based characters, 0: none)
 * @throws SqlRoomError `parser-died` on anything but a syntax error: this thread's parser must not be used again
 * @see PostgreSQL 18 source, raw_parser
 */
export function parseText(text: string): ParsedText {
  if (text === '') return { statements: [], error: null };
  if (unreadable.test(text)) return refused('invalid byte sequence for encoding "UTF8"', -1);
  // The server joins such strings, this parser does not: it would see another statement than the server runs.
  if (continued.test(text) && joinsBehindComment(text)) {
    return refused('a string that continues behind a comment is not supported: write it as one', -1);
  }
  try {
    const { stmts } = parseSync(text);
    const length = stmts?.length ? utf8Length(text) : 0;
    return { statements: (stmts ?? []).map((raw) => statement(raw, length)), error: null };
  } catch (error) {
    if (error instanceof SqlError) return refused(error.message, error.sqlDetails?.cursorPosition ?? -1);
    throw new SqlRoomError('parser-died', 'the parser failed on a statement', { cause: error });
  }
}

function joinsBehindComment(text: string): boolean {
  const lexer = new Lexer(text, 0, text.length);
  while (lexer.next()) if (lexer.disputed) return true;
  return false;
}

function statement(
  raw: { readonly stmt?: Node; readonly stmt_location?: number; readonly stmt_len?: number },
  length: number,
): ParsedStatement {
  if (!raw.stmt) throw new SqlRoomError('parser-died', 'the parser returned a statement without a tree');
  const start = raw.stmt_location ?? 0;
  // A length of zero is left out, and means: to the end.
  return { node: raw.stmt, start, end: raw.stmt_len ? start + raw.stmt_len : length };
}

function refused(message: string, position: number): ParsedText {
  return { statements: [], error: { message, position: position + 1 } };
}

/** Length of a well-formed string in UTF-8 bytes. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Each half of a surrogate pair counts two bytes: four for the pair.
    if (code >= 0x80) bytes += code >= 0x800 && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return bytes;
}
