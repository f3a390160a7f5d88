import type { CopyShape } from './description.js';

/** Tree of an option as the parser gives it: fields are looked at one by one, anything unexpected makes the options unreadable. */
type Fields = Readonly<Record<string, unknown>>;

/** What the options of a COPY say. */
export interface CopyOptions {
  /** null: the gateway does not read them, or the server would refuse them */
  readonly shape: CopyShape | null;
  /** the encoding that was asked for is not UTF8 */
  readonly foreignEncoding: boolean;
}

/** Bytes that end or begin something in the text format, so that the server takes none of them for a delimiter. */
const TEXT_FORBIDDEN = '\\.abcdefghijklmnopqrstuvwxyz0123456789';
const OPEN_ESCAPE = /(?<!\\)(?:\\\\)*\\$/;
/** Options that change what the server does with rows and nothing of how they are written. */
const BESIDE = new Set([
  'freeze',
  'on_error',
  'reject_limit',
  'log_verbosity',
  'force_not_null',
  'force_null',
  'default',
]);
const TRUE = new Set(['true', 'on', '1']);
const FALSE = new Set(['false', 'off', '0']);

class Unreadable extends Error {}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bodyOf(node: unknown, kind: string): Fields | null {
  const body = isFields(node) ? node[kind] : undefined;
  return isFields(body) ? body : null;
}

/** A value as the server's defGetString reads it. */
function textOf(node: unknown): string {
  const string = bodyOf(node, 'String');
  if (string) return typeof string['sval'] === 'string' ? string['sval'] : '';
  const integer = bodyOf(node, 'Integer');
  const value = integer === null ? undefined : (integer['ival'] ?? 0);
  if (typeof value === 'number') return String(value);
  throw new Unreadable();
}

function booleanOf(node: unknown): boolean {
  if (node === undefined) return true;
  const boolean = bodyOf(node, 'Boolean');
  if (boolean) return boolean['boolval'] === true;
  const text = textOf(node).toLowerCase();
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw new Unreadable();
}

function columnsOf(node: unknown): 'all' | readonly string[] {
  if (bodyOf(node, 'A_Star')) return 'all';
  const items = bodyOf(node, 'List')?.['items'];
  if (!Array.isArray(items)) throw new Unreadable();
  return items.map((item: unknown) => {
    const name = bodyOf(item, 'String')?.['sval'];
    if (typeof name !== 'string') throw new Unreadable();
    return name;
  });
}

function formatOf(text: string | undefined): CopyShape['format'] {
  if (text === undefined || text === 'text') return 'text';
  if (text === 'csv' || text === 'binary') return text;
  throw new Unreadable();
}

/** One character of one byte that ends no line, as the server asks for. */
function requireOneByte(text: string): void {
  if (text.length !== 1 || text.charCodeAt(0) > 0x7f || text === '\n' || text === '\r') throw new Unreadable();
}

/** What the server's ProcessCopyOptions demands of a text or CSV stream; elsewhere it raises its own error. */
function requireSound({ format, delimiter, null: nothing, quote, escape }: CopyShape): void {
  requireOneByte(delimiter);
  if (/[\r\n]/.test(nothing) || nothing.includes(delimiter)) throw new Unreadable();
  if (format === 'text' && TEXT_FORBIDDEN.includes(delimiter)) throw new Unreadable();
  // what the server writes for NULL is not escaped: a backslash at its end would be read as one before the delimiter or line end
  if (format === 'text' && OPEN_ESCAPE.test(nothing)) throw new Unreadable();
  if (format !== 'csv') return;
  requireOneByte(quote);
  requireOneByte(escape);
  if (delimiter === quote || nothing.includes(quote)) throw new Unreadable();
}

function namesEncoding(text: string): boolean {
  const name = text.toLowerCase().replace(/[^a-z0-9]/g, '');
  return name === 'utf8' || name === 'unicode';
}

function named(options: unknown): Map<string, unknown> {
  const found = new Map<string, unknown>();
  if (options === undefined) return found;
  if (!Array.isArray(options)) throw new Unreadable();
  for (const option of options) {
    const element = bodyOf(option, 'DefElem');
    const name = element?.['defname'];
    if (typeof name !== 'string' || found.has(name)) throw new Unreadable();
    found.set(name, element?.['arg']);
  }
  return found;
}

function shapeOf(options: ReadonlyMap<string, unknown>, isFrom: boolean): CopyShape {
  const text = (name: string): string | undefined => (options.has(name) ? textOf(options.get(name)) : undefined);
  const known = ['format', 'delimiter', 'null', 'quote', 'escape', 'header', 'force_quote', 'encoding'];
  for (const name of options.keys()) if (!known.includes(name) && !BESIDE.has(name)) throw new Unreadable();
  const format = formatOf(text('format'));
  const given = (names: readonly string[]): boolean => names.some((name) => options.has(name));
  if (format === 'binary' && given(['delimiter', 'null', 'header', 'default'])) throw new Unreadable();
  if (format !== 'csv' && given(['quote', 'escape', 'force_quote'])) throw new Unreadable();
  if (isFrom && given(['force_quote'])) throw new Unreadable();
  const headerArgument = options.get('header');
  const matches = isFrom && headerArgument !== undefined && bodyOf(headerArgument, 'String')?.['sval'] === 'match';
  const quote = text('quote') ?? '"';
  const shape: CopyShape = {
    format,
    header: options.has('header') && (matches || booleanOf(headerArgument)),
    delimiter: text('delimiter') ?? (format === 'csv' ? ',' : '\t'),
    null: text('null') ?? (format === 'csv' ? '' : '\\N'),
    quote,
    escape: text('escape') ?? quote,
    forceQuote: options.has('force_quote') ? columnsOf(options.get('force_quote')) : [],
  };
  if (format !== 'binary') requireSound(shape);
  return shape;
}

/**
 * Reads the options of a COPY, in the spelling of any version: `(FORMAT csv, …)`, `WITH CSV HEADER`, `BINARY`. Never throws.
 * @param options `CopyStmt.options`
 * @see PostgreSQL source, commands/copy.c, ProcessCopyOptions
 */
export function copyOptions(options: unknown, isFrom: boolean): CopyOptions {
  try {
    const found = named(options);
    const foreignEncoding = found.has('encoding') && !namesEncoding(textOf(found.get('encoding')));
    return { shape: foreignEncoding ? null : shapeOf(found, isFrom), foreignEncoding };
  } catch (error) {
    if (error instanceof Unreadable) return { shape: null, foreignEncoding: false };
    throw error;
  }
}
