import type { Node } from '@pgsql/types';
import type { CatalogRelation } from '../catalog.js';
import { classify } from '../classify/index.js';
import type { MaskingRefusal, OutputColumn } from '../description.js';
import { parseText } from '../parse.js';
import type { RelationTaints } from '../protected-relations.js';
import type { KnowledgeIndex } from '../resolve.js';
import { traceStatement } from './trace-statement.js';
import { bodyOf } from './tree.js';

const FROM_TABLES = 'Select from its tables instead; protected columns arrive masked.';

function refused(refusal: MaskingRefusal): RelationTaints {
  return { columns: new Map(), touches: true, refusal, reads: false };
}

function label(view: CatalogRelation): string {
  return `${view.schema}.${view.name}`;
}

/** A column of the view is known to the server by the view's own number, whatever it is computed from. */
function asColumnOf(view: CatalogRelation, attnum: number, taint: OutputColumn): OutputColumn {
  return taint.taint === 'column' ? { taint: 'column', relationOid: view.oid, attnum, class: taint.class } : taint;
}

function queryOf(text: string): Node | null {
  const parsed = parseText(text);
  const [only, ...more] = parsed.statements;
  return only && more.length === 0 && bodyOf(only.node, 'SelectStmt') ? only.node : null;
}

/**
 * Traces the query that a view or materialised view stands for, by the names it was printed with, like a statement of its own. What it
 * lets its author learn by conditions and the like is its owner's decision and no use of who reads it.
 * @returns what its columns are, or the refusal of a definition that is not proven
 */
export function traceView(index: KnowledgeIndex, view: CatalogRelation, text: string): RelationTaints {
  const searchPath = index.catalog.definitions?.searchPath ?? null;
  const node = queryOf(text);
  if (!node) return refused({ reason: `The definition of ${label(view)} is not understood`, hint: FROM_TABLES });
  const traced = traceStatement(node, { index, searchPath, bound: true });
  if (traced.refusal !== null || traced.outputs === null) {
    const why = traced.refusal === null ? 'it gives no columns' : traced.refusal.reason;
    return refused({ reason: `What ${label(view)} is computed from is not proven: ${why}`, hint: FROM_TABLES });
  }
  const { outputs, names, objects, unresolved } = traced;
  // columns of a view are never dropped: position and name must agree, or the text is not this view's
  if (
    outputs.length !== view.columns.length ||
    !view.columns.every((column, i) => column.attnum === i + 1 && column.name === names?.[i])
  )
    return refused({ reason: `The definition of ${label(view)} does not fit its columns`, hint: FROM_TABLES });
  const columns = new Map<number, OutputColumn>();
  outputs.forEach((taint, i) => {
    if (taint.taint !== 'clean') columns.set(i + 1, asColumnOf(view, i + 1, taint));
  });
  const { effect, harmless } = classify(node, { index, searchPath, objects, unresolved, staleCatalog: false });
  return { columns, touches: traced.lineage !== 'clean', refusal: null, reads: effect === 'read' && harmless };
}
