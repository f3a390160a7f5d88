import type { CopyStmt } from '@pgsql/types';
import { copiedColumns } from '../copied-columns.js';
import { copyOptions } from '../copy-options.js';
import { relationItem } from './from.js';
import { Refused, refusals } from './refusals.js';
import { relationFields, relationLabel, requireReadable, requireRelation, requireWritable } from './relations.js';
import type { Field, Scope, Tracer } from './tracer.js';
import { EMPTY_SCOPE } from './tracer.js';
import { bodyOf, onlyFields, stringsOf } from './tree.js';
import { classOf, requireWritableType, writtenColumn } from './written-values.js';

const NOTHING: readonly Field[] = [];

function columnNames(stmt: CopyStmt): string[] | null {
  if (!stmt.attlist) return null;
  const names = stringsOf(stmt.attlist);
  if (names === null) throw new Refused(refusals.unknownNode('COPY column list'));
  return names;
}

function traceCopyOut(tracer: Tracer, stmt: CopyStmt): readonly Field[] {
  if (stmt.query) {
    const query = bodyOf(stmt.query, 'SelectStmt');
    return query ? tracer.query(tracer, query, EMPTY_SCOPE) : tracer.modification(tracer, stmt.query, EMPTY_SCOPE);
  }
  if (!stmt.relation) throw new Refused(refusals.unknownNode('COPY without a source'));
  const relation = requireRelation(tracer, stmt.relation);
  requireReadable(tracer, relation);
  const fields = relationFields(tracer, relation);
  const names = columnNames(stmt);
  for (const name of names ?? []) writtenColumn(relation, name);
  const copied = new Set(copiedColumns(relation, names)?.map(({ name }) => name));
  if (names === null) return fields.filter(({ name }) => copied.has(name));
  return names.flatMap((name) => fields.find((field) => field.name === name) ?? []);
}

function traceCopyIn(tracer: Tracer, stmt: CopyStmt): readonly Field[] {
  if (!stmt.relation || stmt.query) throw new Refused(refusals.unknownNode('COPY without a target'));
  const relation = requireRelation(tracer, stmt.relation);
  requireWritable(tracer, relation);
  for (const column of (columnNames(stmt) ?? copiedColumns(relation, null)?.map(({ name }) => name) ?? []).map((name) =>
    writtenColumn(relation, name),
  )) {
    requireWritableType(tracer, relation, column);
    const className = classOf(tracer, relation, column);
    if (className !== null) tracer.findings.writes.add(className);
  }
  const scope: Scope = { ...EMPTY_SCOPE, items: [relationItem(tracer, stmt.relation)] };
  tracer.clean(tracer, stmt.whereClause, scope, `COPY into ${relationLabel(relation)} with a condition`);
  return NOTHING;
}

/**
 * Traces COPY between server and client: what leaves is what a SELECT of it would give, what comes is written like bound values.
 * @returns its columns when it sends any
 * @throws Refused for files, programs, and options by which a stream could not be read
 */
export function traceCopy(tracer: Tracer, stmt: CopyStmt): readonly Field[] {
  onlyFields('CopyStmt', stmt, [
    'relation',
    'query',
    'attlist',
    'is_from',
    'is_program',
    'filename',
    'options',
    'whereClause',
  ]);
  if (stmt.filename !== undefined || stmt.is_program === true)
    throw new Refused(refusals.statement('COPY from or to a file or program of the server', 'Use STDIN or STDOUT.'));
  if (copyOptions(stmt.options, stmt.is_from === true).shape === null) throw new Refused(refusals.copyOptions());
  return stmt.is_from === true ? traceCopyIn(tracer, stmt) : traceCopyOut(tracer, stmt);
}
