import type { Node } from '@pgsql/types';
import type { ObjectReference } from '../description.js';
import { resolveRelation } from '../resolve.js';
import type { LineageContext, NamedRelations } from './result.js';
import type { Fields } from './tree.js';
import { isFields, isTooDeep } from './tree.js';

/** Statement bodies whose relation field is a name that is about to be made, not one that exists. */
const MADE: Readonly<Record<string, readonly string[]>> = {
  CreateStmt: ['relation'],
  CreateForeignTableStmt: ['base'],
  IntoClause: ['rel'],
  ViewStmt: ['view'],
  CreateSeqStmt: ['sequence'],
  CompositeTypeStmt: ['typevar'],
  LockingClause: ['lockedRels'],
};

/** The targets of writes are tables, never WITH queries. */
const TARGETS = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

const DROPPED_RELATIONS = new Set([
  'OBJECT_TABLE',
  'OBJECT_INDEX',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_SEQUENCE',
  'OBJECT_FOREIGN_TABLE',
]);

class Collector {
  private readonly found = new Map<number, ObjectReference>();
  private readonly missing = new Set<string>();

  constructor(private readonly context: LineageContext) {}

  result(): NamedRelations {
    return { objects: [...this.found.values()], unresolved: [...this.missing] };
  }

  note(database: string | null, schema: string | null, name: string): void {
    const { index, searchPath } = this.context;
    const other = database !== null && database !== index.catalog.database;
    const relation = other ? null : resolveRelation(index, searchPath, schema, name);
    if (relation === null || relation === 'unknown-path') {
      this.missing.add([database, schema, name].filter((part) => part !== null).join('.'));
    } else if (!this.found.has(relation.oid)) {
      this.found.set(relation.oid, {
        oid: relation.oid,
        schema: relation.schema,
        name: relation.name,
        kind: relation.kind,
      });
    }
  }

  private range(range: Fields, ctes: ReadonlySet<string>): void {
    const word = (field: string): string | null => (typeof range[field] === 'string' ? range[field] : null);
    const name = word('relname');
    const schema = word('schemaname');
    if (name === null || (schema === null && ctes.has(name))) return;
    this.note(word('catalogname'), schema, name);
  }

  /** `kind` is the node's kind where it is known: bodies in typed fields have none of their own. */
  walk(value: unknown, ctes: ReadonlySet<string>, kind = ''): void {
    if (Array.isArray(value)) {
      for (const item of value) this.walk(item, ctes);
      return;
    }
    if (!isFields(value)) return;
    if (typeof value['relname'] === 'string') return this.range(value, ctes);
    const inside = isFields(value['withClause']) ? this.withQueries(value['withClause'], ctes) : ctes;
    if (kind === 'DropStmt' && DROPPED_RELATIONS.has(String(value['removeType']))) this.dropped(value['objects']);
    if (kind === 'CommentStmt') this.commented(value);
    const made = MADE[kind];
    for (const field of Object.keys(value)) {
      const child = value[field];
      if (typeof child !== 'object' || child === null) continue;
      if (field === 'withClause' || made?.includes(field)) continue;
      const target = field === 'relation' && TARGETS.has(kind);
      this.walk(child, target ? new Set() : inside, MADE_FIELDS[field] ?? field);
    }
  }

  /** Each query sees the names before it; under RECURSIVE all of them, its own included. */
  private withQueries(clause: Fields, around: ReadonlySet<string>): ReadonlySet<string> {
    const names = new Set(around);
    const bodies = (Array.isArray(clause['ctes']) ? clause['ctes'] : []).map((node: unknown) =>
      isFields(node) ? node['CommonTableExpr'] : null,
    );
    const nameOf = (body: unknown): string | null =>
      isFields(body) && typeof body['ctename'] === 'string' ? body['ctename'] : null;
    if (clause['recursive'] === true) for (const body of bodies) names.add(nameOf(body) ?? '');
    for (const body of bodies) {
      this.walk(body, new Set(names), 'CommonTableExpr');
      names.add(nameOf(body) ?? '');
    }
    return names;
  }

  private dropped(objects: unknown): void {
    for (const object of Array.isArray(objects) ? objects : []) this.qualified(object, 0);
  }

  private commented(stmt: Fields): void {
    if (stmt['objtype'] === 'OBJECT_TABLE' || stmt['objtype'] === 'OBJECT_VIEW') this.qualified(stmt['object'], 0);
    if (stmt['objtype'] === 'OBJECT_COLUMN') this.qualified(stmt['object'], 1);
  }

  /** A name written as a list of strings; the last `rest` of them belong to something inside of the relation. */
  private qualified(node: unknown, rest: number): void {
    const items = isFields(node) && isFields(node['List']) ? node['List']['items'] : null;
    if (!Array.isArray(items)) return;
    const names = items.map((item: unknown) => wordOf(item));
    const [name, schema, database] = names.slice(0, names.length - rest).reverse();
    if (name !== undefined) this.note(database ?? null, schema ?? null, name);
  }
}

/** The text of a String node, empty for anything else. */
function wordOf(node: unknown): string {
  const word = isFields(node) && isFields(node['String']) ? node['String']['sval'] : null;
  return typeof word === 'string' ? word : '';
}

/** Typed fields whose bodies are of a kind that matters here. */
const MADE_FIELDS: Readonly<Record<string, string>> = {
  into: 'IntoClause',
  intoClause: 'IntoClause',
  larg: 'SelectStmt',
  rarg: 'SelectStmt',
};

/**
 * Every relation that `stmt` names, resolved as the server does it; names of WITH queries are told apart from tables by scope,
 * and names that the statement is about to make are left out.
 * @returns each relation once, in order of appearance; never throws, a tree that is too deep names nothing
 */
export function collectRelations(stmt: Node, context: LineageContext): NamedRelations {
  const collector = new Collector(context);
  if (!isTooDeep(stmt)) collector.walk(stmt, new Set());
  return collector.result();
}
