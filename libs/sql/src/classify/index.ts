import type { Node } from '@pgsql/types';
import { classifyQuery } from './query.js';
import { classifySession } from './session.js';
import type { ClassifyContext, StatementClass } from './statement-class.js';
import { classifyUtility } from './utility.js';
import { unwrap } from './verbs.js';

export { calledFunctions, missingClauses } from './bounds.js';
export type { ClassifyContext, StatementClass } from './statement-class.js';

/**
 * What one statement does: an allow-list of node types, functions, operators and relations; whatever is not on it is
 * `write` (it may do anything) or `unknown` (it runs code or is not known at all). Total: never throws, no tree is too deep.
 * @see docs: PostgreSQL 18 manual, "SQL Commands"
 */
export function classify(tree: Node, context: ClassifyContext): StatementClass {
  const { type, fields } = unwrap(tree);
  return (
    classifyQuery(type, fields, context) ?? classifySession(type, fields) ?? classifyUtility(type, fields, context)
  );
}
