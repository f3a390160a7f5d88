import type { JsonBehavior, JsonTable, JsonTablePathSpec, Node } from '@pgsql/types';
import { Refused, refusals } from './refusals.js';
import { cleanField, type Field, type Scope, type Tracer } from './tracer.js';
import { bodyOf, isFields, onlyFields } from './tree.js';
import { requireHarmlessType } from './types.js';

const USE = 'JSON_TABLE';

/** Columns with a path of their own; NESTED ones are left out. */
const SIMPLE: ReadonlySet<string> = new Set(['JTC_FOR_ORDINALITY', 'JTC_REGULAR', 'JTC_EXISTS', 'JTC_FORMATTED']);

function bodyIn<T>(node: unknown, kind: string): T | null {
  if (!isFields(node)) return null;
  return (bodyOf(node as unknown as Node, kind) as T | null) ?? null;
}

function requireFormat(format: object | undefined): void {
  if (format) onlyFields('JsonFormat', format, ['format_type', 'encoding', 'location']);
}

function requireCleanPath(tracer: Tracer, path: JsonTablePathSpec | undefined, scope: Scope): void {
  if (!path) return;
  onlyFields('JsonTablePathSpec', path, ['string', 'name', 'name_location', 'location']);
  tracer.clean(tracer, path.string, scope, USE);
}

function requireCleanBehavior(tracer: Tracer, behavior: JsonBehavior | undefined, scope: Scope): void {
  if (!behavior) return;
  onlyFields('JsonBehavior', behavior, ['btype', 'expr', 'coerce', 'location']);
  tracer.clean(tracer, behavior.expr, scope, USE);
}

function requireCleanJson(tracer: Tracer, body: object | undefined, scope: Scope): void {
  if (!body) throw new Refused(refusals.unknownNode('JsonValueExpr'));
  onlyFields('JsonValueExpr', body, ['raw_expr', 'format']);
  const { raw_expr: raw, format } = body as { raw_expr?: Node; format?: object };
  requireFormat(format);
  tracer.clean(tracer, raw, scope, USE);
}

function columnOf(tracer: Tracer, node: Node, scope: Scope): Field {
  const column = bodyOf(node, 'JsonTableColumn');
  if (!column) throw new Refused(refusals.unknownNode(USE));
  if (!SIMPLE.has(column.coltype ?? '')) throw new Refused(refusals.unknownNode('NESTED in JSON_TABLE'));
  onlyFields(
    'JsonTableColumn',
    column,
    'coltype name typeName pathspec format wrapper quotes on_empty on_error location'.split(' '),
  );
  if (column.coltype !== 'JTC_FOR_ORDINALITY') requireHarmlessType(tracer.context, column.typeName);
  requireFormat(column.format);
  requireCleanPath(tracer, column.pathspec, scope);
  requireCleanBehavior(tracer, column.on_empty, scope);
  requireCleanBehavior(tracer, column.on_error, scope);
  return cleanField(column.name ?? '');
}

/**
 * The columns of JSON_TABLE, over values that carry nothing protected: paths and casts in it fail by values, and give as many rows as
 * these have parts.
 * @param scope what is to the left of it in FROM is visible to it
 * @throws Refused when anything in it carries a protected value, and for NESTED columns
 */
export function tableOfJson(tracer: Tracer, table: JsonTable, scope: Scope): readonly Field[] {
  onlyFields('JsonTable', table, 'context_item pathspec passing columns on_error alias lateral location'.split(' '));
  requireCleanJson(tracer, table.context_item, scope);
  requireCleanPath(tracer, table.pathspec, scope);
  for (const node of table.passing ?? []) {
    const argument = bodyIn<{ val?: object }>(node, 'JsonArgument');
    if (!argument) throw new Refused(refusals.unknownNode(USE));
    onlyFields('JsonArgument', argument, ['val', 'name']);
    requireCleanJson(tracer, argument.val, scope);
  }
  requireCleanBehavior(tracer, table.on_error, scope);
  // a path or cast may fail
  tracer.findings.partial += 1;
  return (table.columns ?? []).map((node) => columnOf(tracer, node, scope));
}
