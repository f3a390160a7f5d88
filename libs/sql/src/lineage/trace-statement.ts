import type { Node } from '@pgsql/types';
import type { LineageContext, LineageResult } from './result.js';

/** Traces one statement. Total. */
export function traceStatement(stmt: Node, context: LineageContext): LineageResult {
  void stmt; void context;
  return { lineage: 'refused', outputs: null, refusal: { reason: 'Nothing is proven.', hint: '' }, reads: [], writes: [], protectedParameters: [], protectedLiterals: [], objects: [], unresolved: [] };
}
