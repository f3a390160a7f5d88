import type { Node } from '@pgsql/types';
import type { LineageContext, NamedRelations } from './result.js';

/** Every relation that `stmt` names, resolved like the server does, CTE names told apart from tables. Never throws. */
export function collectRelations(stmt: Node, context: LineageContext): NamedRelations {
  void stmt; void context;
  return { objects: [], unresolved: [] };
}
