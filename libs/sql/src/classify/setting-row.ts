import { FIRST_USER_OID, resolveRelation } from '../resolve.js';
import { isFields, names, text, type Fields } from './nodes.js';
import { constantText } from './settings.js';
import type { ClassifyContext } from './statement-class.js';

/** Clauses that leave each output to be computed of a row that passed WHERE, and no name to be somebody else's. */
const known: ReadonlySet<string> = new Set(['targetList', 'fromClause', 'whereClause', 'op', 'limitOption']);

/**
 * Calls whose first argument is the name of one setting although a column is written there: outputs of
 * `SELECT set_config(name, …) FROM pg_settings WHERE name = 'x'`, by which pg_dump sets what only some servers have.
 * @param root a wrapped query; of any other form nothing is said
 */
export function callsOnOneSetting(root: unknown, context: ClassifyContext): ReadonlyMap<Fields, string> {
  const found = new Map<Fields, string>();
  const select = isFields(root) && isFields(root['SelectStmt']) ? root['SelectStmt'] : null;
  if (select === null || Object.keys(select).some((key) => !known.has(key)) || select['op'] !== 'SETOP_NONE')
    return found;
  const setting = readsSettings(select['fromClause'], context) ? comparedWith(select['whereClause'], context) : null;
  if (setting === null) return found;
  for (const output of listOf(select['targetList'])) {
    const target = isFields(output) && isFields(output['ResTarget']) ? output['ResTarget']['val'] : null;
    const call = isFields(target) && isFields(target['FuncCall']) ? target['FuncCall'] : null;
    if (call !== null && isNameColumn(listOf(call['args'])[0])) found.set(call, setting);
  }
  return found;
}

function readsSettings(from: unknown, { index, searchPath }: ClassifyContext): boolean {
  const [only, ...others] = listOf(from);
  const range = isFields(only) && isFields(only['RangeVar']) ? only['RangeVar'] : null;
  if (range === null || others.length > 0 || range['alias'] !== undefined) return false;
  if (text(range, 'relname') !== 'pg_settings') return false;
  const relation = resolveRelation(index, searchPath, text(range, 'schemaname'), 'pg_settings');
  return relation !== null && relation !== 'unknown-path' && relation.oid < FIRST_USER_OID;
}

/** The constant of `name = 'constant'`, with the operator that PostgreSQL brings. */
function comparedWith(where: unknown, { index }: ClassifyContext): string | null {
  const compared = isFields(where) && isFields(where['A_Expr']) ? where['A_Expr'] : null;
  if (compared === null || compared['kind'] !== 'AEXPR_OP' || index.userOperators.has('=')) return null;
  if (names(compared['name']).join('.') !== '=' || !isNameColumn(compared['lexpr'])) return null;
  return constantText(compared['rexpr']);
}

function isNameColumn(node: unknown): boolean {
  const column = isFields(node) && isFields(node['ColumnRef']) ? node['ColumnRef'] : null;
  return column !== null && ['name', 'pg_settings.name'].includes(names(column['fields']).join('.'));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
