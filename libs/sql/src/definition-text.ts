import { Lexer, type TokenKind } from './lex.js';

const HIDDEN = "'***'";

/** Types whose literals are names of objects. */
const NAMES = new Set([
  'regclass',
  'regcollation',
  'regconfig',
  'regdictionary',
  'regnamespace',
  'regoper',
  'regoperator',
  'regproc',
  'regprocedure',
  'regrole',
  'regtype',
]);

const OBJECT_NAME = /^'[\p{L}_"][\p{L}\p{N}_$."]{0,130}'$/u;
/** Values that say nothing of anybody. */
const HARMLESS = new Set(["''", "' '", "'{}'", "'[]'", "'0'", "'1'", "'-1'", "'true'", "'false'", "'now'"]);
const HARMLESS_NUMBERS = new Set(['0', '1']);
/** Hash partitions are told by two numbers that come from no row. */
const HASH_BOUNDS = new Set(['modulus', 'remainder']);
/** Lengths and precisions: `numeric(10,2)`. */
const MODIFIER = /^\d{1,8}$/u;

interface Piece {
  readonly kind: TokenKind;
  readonly text: string;
}

/**
 * Hides what may be a value in the text that the server prints of a definition (view, default, check, index, partition bound, function):
 * string and number literals become `'***'`, bodies of functions and comments too. Names, keywords and parameters pass, and literals that
 * are names of objects (`'users_id_seq'::regclass`), type modifiers (`::numeric(10,2)`), bounds of hash partitions, 0, 1, and the empty
 * string. The text has to be a whole definition or the beginning of one.
 * @see PostgreSQL 18 source, src/backend/utils/adt/ruleutils.c
 */
export function maskDefinition(text: string): string {
  const lexer = new Lexer(text, 0, text.length);
  const pieces: Piece[] = [];
  while (lexer.next()) pieces.push({ kind: lexer.kind, text: text.slice(lexer.start, lexer.end) });
  return pieces.map((piece, at) => shown(pieces, piece, at)).join('');
}

const NAME = /^[\p{L}_][\p{L}\p{N}_$]*$/u;

/** The same for a text whose double quotes at both ends may be gone: a single name passes, anything else is hidden as a whole. */
export function maskDefinitionName(text: string): string {
  return NAME.test(text) ? text : HIDDEN;
}

function shown(pieces: readonly Piece[], piece: Piece, at: number): string {
  if (piece.kind === 'comment') return '/* *** */';
  if (piece.kind === 'string') return isHarmless(pieces, piece, at) ? piece.text : HIDDEN;
  if (piece.kind === 'number') return isCount(pieces, piece, at) ? piece.text : HIDDEN;
  return piece.text;
}

const textAt = (pieces: readonly Piece[], at: number): string => pieces[at]?.text ?? '';

function isHarmless(pieces: readonly Piece[], piece: Piece, at: number): boolean {
  if (HARMLESS.has(piece.text)) return true;
  const cast = textAt(pieces, at + 1) === ':' && textAt(pieces, at + 2) === ':';
  return cast && NAMES.has(textAt(pieces, at + 3)) && OBJECT_NAME.test(piece.text);
}

function isCount(pieces: readonly Piece[], piece: Piece, at: number): boolean {
  return HARMLESS_NUMBERS.has(piece.text) || isModifier(pieces, at) || isHashBound(pieces, at);
}

/** Pieces of a type's name with its modifiers; no type has more. */
const TYPE_PIECES = 24;

/** A number of the brackets that stand right behind the type of a cast. */
function isModifier(pieces: readonly Piece[], at: number): boolean {
  if (!MODIFIER.test(textAt(pieces, at))) return false;
  const first = at - TYPE_PIECES;
  let i = at - 1;
  while (i > first && (pieces[i]?.kind === 'number' || pieces[i]?.kind === 'word' || textAt(pieces, i) === ',')) i--;
  if (textAt(pieces, i) !== '(') return false;
  i--;
  if (textAt(pieces, i) === 'varying' && textAt(pieces, i - 1) === ' ') i -= 2;
  const isName = (): boolean => pieces[i]?.kind === 'word' || pieces[i]?.kind === 'quoted-word';
  if (!isName()) return false;
  while (i > first && (isName() || textAt(pieces, i) === '.')) i--;
  return textAt(pieces, i) === ':' && textAt(pieces, i - 1) === ':';
}

function isHashBound(pieces: readonly Piece[], at: number): boolean {
  return textAt(pieces, at - 1) === ' ' && HASH_BOUNDS.has(textAt(pieces, at - 2).toLowerCase());
}
