import type { ExecuteStmt, Node } from '@pgsql/types';
import { builtInEffect } from '../classify/functions.js';
import { names, visitNodes } from '../classify/nodes.js';
import { Refused, refusals } from './refusals.js';
import type { Tracer } from './tracer.js';
import { EMPTY_SCOPE } from './tracer.js';
import { bodyOf, nodeParts, onlyFields } from './tree.js';
import { requireHarmlessType } from './types.js';

/** What the grammar lets PREPARE store, and lineage reads. */
const PREPARED = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/**
 * The statement that DECLARE CURSOR or PREPARE stores under a name; null: it is neither.
 * @throws Refused where more is stored than lineage reads
 */
export function requireStored(tracer: Tracer, stmt: Node): Node | null {
  const cursor = bodyOf(stmt, 'DeclareCursorStmt');
  if (cursor) {
    onlyFields('DeclareCursorStmt', cursor, ['portalname', 'options', 'query']);
    if (!bodyOf(cursor.query, 'SelectStmt')) throw new Refused(refusals.statement('DECLARE CURSOR over no query'));
    return cursor.query ?? null;
  }
  const prepared = bodyOf(stmt, 'PrepareStmt');
  if (!prepared) return null;
  onlyFields('PrepareStmt', prepared, ['name', 'argtypes', 'query']);
  for (const type of prepared.argtypes ?? []) {
    const named = bodyOf(type, 'TypeName');
    if (!named) throw new Refused(refusals.unknownNode('PREPARE'));
    requireHarmlessType(tracer.context, named);
  }
  if (!prepared.query || !PREPARED.has(nodeParts(prepared.query)[0]))
    throw new Refused(refusals.statement('PREPARE of anything but a query or plain write'));
  return prepared.query;
}

/**
 * The values of EXECUTE are computed on their own: they see no column, and no code of users runs for them. The server computes them
 * before it looks for what the stored names mean by now, so that none of them may change anything, the search path least of all.
 */
export function traceExecute(tracer: Tracer, stmt: ExecuteStmt): void {
  onlyFields('ExecuteStmt', stmt, ['name', 'params']);
  if (!stmt.name) throw new Refused(refusals.unknownNode('EXECUTE'));
  for (const value of stmt.params ?? []) {
    const [kind] = nodeParts(value);
    // the server takes neither
    if (kind === 'SubLink' || kind === 'ParamRef') throw new Refused(refusals.unknownNode(kind));
    tracer.clean(tracer, value, EMPTY_SCOPE, 'EXECUTE');
    requireOnlyReads(value);
  }
}

function requireOnlyReads(value: Node): void {
  visitNodes(value, ({ type, fields }) => {
    const name = type === 'FuncCall' ? (names(fields['funcname']).at(-1) ?? '') : null;
    if (name !== null && builtInEffect(name) !== 'read') throw new Refused(refusals.changingValue(name));
  });
}
