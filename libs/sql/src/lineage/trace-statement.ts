import type { Node } from '@pgsql/types';
import type { OutputColumn } from '../description.js';
import { collectRelations } from './collect-relations.js';
import { cleanExpression, traceExpression } from './expressions.js';
import { Refused, refusals } from './refusals.js';
import type { LineageContext, LineageResult } from './result.js';
import { traceQuery } from './select.js';
import { requireStored } from './stored.js';
import type { Field, Findings, Tracer } from './tracer.js';
import { EMPTY_SCOPE } from './tracer.js';
import { bodyOf, measure, nodeParts } from './tree.js';
import { traceUtility } from './utility.js';
import { traceModification } from './writes.js';

/** Looks at expressions and queries beyond one at each: queries that are traced again and again use them up. */
const LOOKS = 500_000;

const MODIFICATIONS = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

function sorted<T>(values: Iterable<T>, order: (a: T, b: T) => number): T[] {
  return [...values].sort(order);
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function traceKind(tracer: Tracer, stmt: Node): readonly Field[] | null {
  const query = bodyOf(stmt, 'SelectStmt');
  if (query) return traceQuery(tracer, query, EMPTY_SCOPE);
  if (MODIFICATIONS.has(nodeParts(stmt)[0])) return traceModification(tracer, stmt, EMPTY_SCOPE);
  return traceUtility(tracer, stmt);
}

/** The columns of the result; no columns are no result set. */
function outputs(findings: Findings, fields: readonly Field[] | null): OutputColumn[] | null {
  if (!fields || fields.length === 0) return null;
  return fields.map(({ taint }) => {
    if (taint.taint === 'blocked') throw new Refused(refusals.blockedColumn(taint.label));
    if (taint.taint === 'column') findings.reads.add(taint.class);
    if (taint.taint === 'derived') for (const className of taint.classes) findings.reads.add(className);
    return taint;
  });
}

function failed(error: unknown): Refused {
  if (error instanceof Refused) return error;
  // a surprise in the walkers, or the stack's end: not proven, like everything unknown
  return new Refused(error instanceof RangeError ? refusals.tooDeep() : refusals.unknownNode('of this statement'));
}

/**
 * Traces one statement of the parser's tree: what each output column is, and whether anything protected could leave by any way.
 * Total: it never throws, and what it does not know is refused.
 * @param stmt the statement node (`RawStmt.stmt`)
 */
export function traceStatement(stmt: Node, context: LineageContext): LineageResult {
  const { size, tooDeep } = measure(stmt);
  const findings: Findings = {
    touches: false,
    named: null,
    reads: new Set(),
    writes: new Set(),
    filters: new Set(),
    parameters: new Map(),
    oracles: [],
    literals: [],
    opens: false,
    partial: 0,
    budget: LOOKS + size,
  };
  const tracer: Tracer = {
    context,
    findings,
    noted: new Set(),
    value: traceExpression,
    clean: cleanExpression,
    query: traceQuery,
    modification: traceModification,
  };
  const named = collectRelations(stmt, context);
  const found = (): Pick<
    LineageResult,
    'reads' | 'writes' | 'oracles' | 'protectedParameters' | 'protectedLiterals'
  > => ({
    oracles: findings.oracles,
    reads: sorted(findings.reads, byText),
    writes: sorted(findings.writes, byText),
    protectedParameters: [...findings.parameters]
      .map(([number, className]) => ({ number, class: className }))
      .sort((a, b) => a.number - b.number),
    protectedLiterals: findings.literals,
  });
  try {
    if (tooDeep) throw new Refused(refusals.tooDeep());
    const stored = requireStored(tracer, stmt);
    const fields = traceKind(tracer, stored ?? stmt);
    const columns = outputs(findings, fields);
    // what stores a query gives none of its rows
    const shown = stored === null ? columns : null;
    const names = shown === null ? null : (fields ?? []).map(({ name }) => name);
    // of catalogs alone, definitions and values are no less to be kept from errors
    if (columns?.some(({ taint }) => taint !== 'clean')) findings.touches = true;
    const lineage = findings.touches ? 'touches' : 'clean';
    const filters = sorted(findings.filters, byText);
    return { ...named, ...found(), filters, lineage, outputs: shown, names, refusal: null };
  } catch (error) {
    return {
      ...named,
      ...found(),
      filters: null,
      lineage: 'refused',
      outputs: null,
      names: null,
      refusal: failed(error).refusal,
    };
  }
}
