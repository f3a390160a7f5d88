import type { Node } from '@pgsql/types';
import type { CatalogColumn, CatalogRelation } from './catalog.js';
import type { WrittenValue } from './description.js';
import { isFields, isTooDeep, type Fields } from './lineage/tree.js';
import { resolveRelation, type KnowledgeIndex } from './resolve.js';

/** Texts above this many characters are no masks: of a mask only an array can be longer. */
const LONGEST = 4_096;
/** Values of one statement that are looked at; what is written in more rows than that comes by COPY. */
const MOST = 100_000;

/** What a value stands in, and whether the row may have been there before. */
interface Into {
  readonly relation: CatalogRelation;
  readonly column: CatalogColumn;
  readonly class: string;
  readonly replaces: boolean;
}

/** Constants and parameters found in an expression; `open`: it takes values from elsewhere in the statement too. */
interface Found {
  readonly values: readonly (WrittenValue['value'] & { readonly direct: boolean })[];
  readonly open: boolean;
}

class Collector {
  readonly found = new Map<string, WrittenValue>();

  constructor(
    private readonly index: KnowledgeIndex,
    private readonly searchPath: readonly string[] | null,
  ) {}

  walk(value: unknown): void {
    if (Array.isArray(value)) {
      for (const item of value) this.walk(item);
      return;
    }
    if (!isFields(value)) return;
    for (const [kind, body] of Object.entries(value)) {
      if (isFields(body)) {
        if (kind === 'InsertStmt') this.#insert(body);
        else if (kind === 'UpdateStmt') this.#update(body);
        else if (kind === 'MergeStmt') this.#merge(body);
      }
      this.walk(body);
    }
  }

  #insert(body: Fields): void {
    const relation = this.#target(body);
    if (relation === null) return;
    const conflict = fieldsOf(body['onConflictClause']);
    const replaces = conflict !== null && conflict['action'] === 'ONCONFLICT_UPDATE';
    const names = listOf(body['cols']).map((node) => wordOf(bodyIn(node, 'ResTarget'), 'name'));
    const columns = names.length > 0 ? names : relation.columns.map(({ name }) => name);
    const into = columns.map((name) => this.#into(relation, name, replaces));
    if (into.some((each) => each !== null)) this.#source(bodyIn(body['selectStmt'], 'SelectStmt'), into, body);
    if (replaces) this.#assignments(conflict['targetList'], relation, body);
  }

  /** The rows of an INSERT, position by position; of a query that is more than constants all there is in it. */
  #source(select: Fields | null, into: readonly (Into | null)[], statement: Fields): void {
    if (select === null) return;
    const branches = [fieldsOf(select['larg']), fieldsOf(select['rarg'])].filter((branch) => branch !== null);
    if (branches.length > 0) {
      for (const branch of branches) this.#source(branch, into, statement);
      return;
    }
    const rows = listOf(select['valuesLists']).map((list) => listOf(bodyIn(list, 'List')?.['items']));
    const targets = listOf(select['targetList']).map((node) => bodyIn(node, 'ResTarget')?.['val']);
    for (const row of rows.length > 0 ? rows : [targets]) {
      // a star, or anything else that gives several columns, moves all behind it
      const star = row.findIndex((node) => manyColumns(node));
      into.forEach((each, i) => {
        if (each === null) return;
        if ((star >= 0 && i >= star) || row[i] === undefined) this.#everything(each, statement);
        else this.#value(row[i], each, statement);
      });
    }
  }

  #update(body: Fields): void {
    const relation = this.#target(body);
    if (relation !== null) this.#assignments(body['targetList'], relation, body);
  }

  #merge(body: Fields): void {
    const relation = this.#target(body);
    if (relation === null) return;
    for (const node of listOf(body['mergeWhenClauses'])) {
      const clause = bodyIn(node, 'MergeWhenClause');
      if (clause === null) continue;
      if (clause['commandType'] !== 'CMD_INSERT') {
        this.#assignments(clause['targetList'], relation, body);
        continue;
      }
      const names = listOf(clause['targetList']).map((target) => wordOf(bodyIn(target, 'ResTarget'), 'name'));
      const columns = names.length > 0 ? names : relation.columns.map(({ name }) => name);
      const values = listOf(clause['values']);
      columns.forEach((name, i) => {
        const into = this.#into(relation, name, true);
        if (into !== null) this.#value(values[i], into, body);
      });
    }
  }

  #assignments(list: unknown, relation: CatalogRelation, statement: Fields): void {
    for (const node of listOf(list)) {
      const target = bodyIn(node, 'ResTarget');
      const into = this.#into(relation, wordOf(target, 'name'), true);
      if (into === null || target === null) continue;
      this.#value(oneOfMany(target['val']), into, statement);
    }
  }

  #value(node: unknown, into: Into, statement: Fields): void {
    if (node === undefined) return;
    const { values, open } = foundIn(node, true);
    for (const value of values) this.#note(into, value);
    if (open) this.#everything(into, statement);
  }

  /** It comes from a query, a WITH query or another table of the statement: any constant of it may be what is written. */
  #everything(into: Into, statement: Fields): void {
    for (const value of foundIn(statement, false).values) this.#note(into, { ...value, direct: false });
  }

  #note(into: Into, { direct, ...value }: Found['values'][number]): void {
    const { relation, column, replaces } = into;
    if ('literal' in value && (value.literal?.length ?? 0) > LONGEST) return;
    const what = 'literal' in value ? JSON.stringify(value.literal) : `$${value.parameter}`;
    const key = `${relation.oid} ${column.attnum} ${replaces} ${direct} ${what}`;
    if (this.found.has(key) || this.found.size >= MOST) return;
    this.found.set(key, {
      relationOid: relation.oid,
      attnum: column.attnum,
      column: `${relation.schema}.${relation.name}.${column.name}`,
      class: into.class,
      typeOid: column.typeOid,
      typmod: column.typmod,
      replaces,
      direct,
      value,
    });
  }

  #target(body: Fields): CatalogRelation | null {
    const range = fieldsOf(body['relation']);
    const name = wordOf(range, 'relname');
    const relation = resolveRelation(this.index, this.searchPath, wordOf(range, 'schemaname') || null, name);
    return relation === 'unknown-path' ? null : relation;
  }

  #into(relation: CatalogRelation, name: string, replaces: boolean): Into | null {
    const column = relation.columns.find((candidate) => candidate.name === name);
    if (column === undefined) return null;
    const className = this.index.protectedByRelation.get(relation.oid)?.get(column.attnum);
    return className === undefined ? null : { relation, column, class: className, replaces };
  }
}

function fieldsOf(value: unknown): Fields | null {
  return isFields(value) ? value : null;
}

function bodyIn(node: unknown, kind: string): Fields | null {
  return isFields(node) ? fieldsOf(node[kind]) : null;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function wordOf(fields: Fields | null, name: string): string {
  const word = fields?.[name];
  return typeof word === 'string' ? word : '';
}

function manyColumns(node: unknown): boolean {
  const fields = listOf(bodyIn(node, 'ColumnRef')?.['fields']);
  return fields.some((field) => bodyIn(field, 'A_Star') !== null) || bodyIn(node, 'A_Indirection') !== null;
}

/** `(a, b) = (x, y)`: each column has its part of the right side. */
function oneOfMany(node: unknown): unknown {
  const many = bodyIn(node, 'MultiAssignRef');
  if (many === null) return node;
  const row = bodyIn(many['source'], 'RowExpr');
  const number = typeof many['colno'] === 'number' ? many['colno'] : 1;
  return row === null ? many['source'] : listOf(row['args'])[number - 1];
}

/** `excluded.column`: what the same statement inserts, which is looked at there. */
function isExcluded(body: Fields): boolean {
  const [first] = listOf(body['fields']);
  return wordOf(bodyIn(first, 'String'), 'sval') === 'excluded';
}

/** @param direct the value itself, not only a part of what it is made from */
function foundIn(node: unknown, direct: boolean): Found {
  const values: Found['values'][number][] = [];
  let open = false;
  const visit = (value: unknown, isValue: boolean): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item, false);
      return;
    }
    if (!isFields(value)) return;
    for (const [kind, body] of Object.entries(value)) {
      if (!isFields(body)) {
        if (typeof body === 'object') visit(body, false);
        continue;
      }
      if (kind === 'A_Const') values.push({ literal: constantText(body), direct: isValue });
      else if (kind === 'ParamRef') values.push({ parameter: Number(body['number'] ?? 0), direct: isValue });
      else if (kind === 'TypeCast' || kind === 'CollateClause') visit(body['arg'], isValue);
      else if (kind === 'ColumnRef') open ||= !isExcluded(body);
      else {
        if (kind === 'SubLink') open = true;
        visit(body, false);
      }
    }
  };
  visit(node, direct);
  return { values, open };
}

/** The constants in an expression that stands on its own. */
export function constantsIn(node: unknown): { readonly literal: string | null; readonly direct: boolean }[] {
  if (isTooDeep(node)) return [];
  return foundIn(node, true).values.flatMap((value) =>
    'literal' in value ? [{ literal: value.literal, direct: value.direct }] : [],
  );
}

/** As the server's input function gets it; null: NULL. */
function constantText(body: Fields): string | null {
  if (body['isnull'] === true) return null;
  const text = wordOf(fieldsOf(body['sval']), 'sval') || wordOf(fieldsOf(body['fval']), 'fval');
  if (text !== '') return text;
  const integer = fieldsOf(body['ival']);
  if (integer !== null) return typeof integer['ival'] === 'number' ? String(integer['ival']) : '0';
  const truth = fieldsOf(body['boolval']);
  if (truth !== null) return truth['boolval'] === true ? 't' : 'f';
  return wordOf(fieldsOf(body['bsval']), 'bsval');
}

/**
 * The constants and parameters that a statement puts into protected columns, at whatever level, each once: directly, or by way of queries
 * of its own. Never throws; what resolves to nothing is refused elsewhere.
 */
export function writtenValues(
  stmt: Node,
  index: KnowledgeIndex,
  searchPath: readonly string[] | null,
): readonly WrittenValue[] {
  if (isTooDeep(stmt)) return [];
  const collector = new Collector(index, searchPath);
  collector.walk(stmt);
  return [...collector.found.values()];
}
