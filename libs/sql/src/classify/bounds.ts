import type { KnowledgeIndex } from '../resolve.js';
import { isFields, names, visitNodes, type Fields } from './nodes.js';
import { unwrap } from './verbs.js';

/** A clause that bounds what a statement touches. */
export type Clause = 'where' | 'limit';

/** Statements that stand around a query, by the field it stands in. */
const around: Readonly<Record<string, string>> = {
  DeclareCursorStmt: 'query',
  PrepareStmt: 'query',
  ExplainStmt: 'query',
  CopyStmt: 'query',
  CreateTableAsStmt: 'query',
  InsertStmt: 'selectStmt',
};

/** Statements that hide what they run. */
const hiding: ReadonlySet<string> = new Set(['ExecuteStmt', 'DoStmt', 'CallStmt', 'FetchStmt']);

/**
 * Clauses that the statement could have and has not, sorted. `where`: an UPDATE or DELETE anywhere in it, or the query itself, takes
 * every row of a relation. `limit`: the query itself gives as many rows as there are. A clause that surely bounds nothing (`WHERE true`,
 * `LIMIT ALL`) is missing. Null: what it runs is not written in it.
 */
export function missingClauses(tree: unknown): readonly Clause[] | null {
  let { type, fields } = unwrap(tree);
  if (hiding.has(type)) return null;
  const missing = new Set<Clause>();
  visitNodes(tree, (node) => {
    if ((node.type === 'UpdateStmt' || node.type === 'DeleteStmt') && boundsNothing(node.fields['whereClause']))
      missing.add('where');
  });
  for (let field = around[type]; field !== undefined && isFields(fields[field]); field = around[type])
    ({ type, fields } = unwrap(fields[field]));
  if (hiding.has(type)) return null;
  if (type === 'SelectStmt') {
    const branches = branchesOf(fields);
    if (branches.some(readsAll)) missing.add('where');
    if (branches.some(readsSomething) && boundsNothing(fields['limitCount'])) missing.add('limit');
  }
  return [...missing].sort();
}

/** Names of functions that are not part of the server and are called in the statement, sorted; they decide what it does. */
export function calledFunctions(tree: unknown, index: KnowledgeIndex): readonly string[] {
  const called = new Set<string>();
  visitNodes(tree, ({ type, fields }) => {
    const call = type === 'CallStmt' && isFields(fields['funccall']) ? fields['funccall'] : fields;
    if (type !== 'FuncCall' && type !== 'CallStmt') return;
    const name = names(call['funcname']).at(-1) ?? '';
    if (index.userFunctionSchemas.has(name)) called.add(name);
  });
  return [...called].sort();
}

/** The branches of a set operation; most queries are one. Iterative: a chain of a thousand is one statement too. */
function branchesOf(root: Fields): readonly Fields[] {
  const branches: Fields[] = [];
  const pending: unknown[] = [root];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (!isFields(next)) continue;
    if (isFields(next['larg'])) pending.push(next['rarg'], next['larg']);
    else branches.push(next);
  }
  return branches;
}

function readsSomething(select: Fields): boolean {
  return Array.isArray(select['fromClause']) && select['fromClause'].length > 0;
}

function readsAll(select: Fields): boolean {
  return readsSomething(select) && boundsNothing(select['whereClause']);
}

/** No clause, NULL (`LIMIT ALL`), or the constant true. */
function boundsNothing(clause: unknown): boolean {
  if (!isFields(clause)) return true;
  const constant = isFields(clause['A_Const']) ? clause['A_Const'] : null;
  if (constant === null) return false;
  const truth = constant['boolval'];
  return constant['isnull'] === true || (isFields(truth) && truth['boolval'] === true);
}
