import { resolveRelation } from '../resolve.js';
import type { StatementDescription, Unsupported } from '../description.js';
import { collectFacts, isTemporaryName, type Facts } from './facts.js';
import { isFields, names, type Fields } from './nodes.js';
import { writtenBy } from './settings.js';
import { joinEffects, statementClass, type ClassifyContext, type StatementClass } from './statement-class.js';
import { unwrap, utilityVerb } from './verbs.js';

/** Upkeep and locks change nothing that a name could resolve to. */
const keepsCatalog: ReadonlySet<string> = new Set([
  'VACUUM',
  'ANALYZE',
  'CHECKPOINT',
  'CLUSTER',
  'REINDEX',
  'LOCK TABLE',
  'NOTIFY',
  'COMMENT',
]);

const unsupported: Readonly<Record<string, Unsupported>> = { LoadStmt: 'load' };

/** DDL, administration, and what runs code: everything that is neither a query nor session control. */
export function classifyUtility(type: string, fields: Fields, context: ClassifyContext): StatementClass {
  const known = utilityVerb(type, fields);
  if (!known) return unknownStatement(type);
  const { verb } = known;
  const inner = innerQuery(type, fields, context);
  const own = isOwn(type, fields, context) && context.index.catalog.eventTriggers.length === 0 && !context.staleCatalog;
  const effect = own ? joinEffects('session', inner?.effect ?? 'read') : known.effect;
  const settings = settingsOf(fields);
  const kinds = new Set([(verb.split(' ')[0] ?? verb).toLowerCase(), ...(inner?.kinds ?? [])]);
  const opaque = effect === 'unknown' || inner?.opaque === true || context.index.catalog.eventTriggers.length > 0;
  return statementClass({
    verb,
    kinds: [...kinds],
    effect,
    changes: { searchPath: opaque, catalog: opaque || !keepsCatalog.has(verb) },
    // A procedure with output parameters returns one row.
    returnsRows: type === 'CallStmt',
    settings,
    unsupported: unsupported[type] ?? null,
  });
}

/** A statement that the grammar reads and this room does not: never forwarded as anything but `unknown`. */
function unknownStatement(type: string): StatementClass {
  const verb = type
    .replace(/Stmt$/, '')
    .replace(/(?!^)([A-Z])/g, ' $1')
    .toUpperCase();
  const changes = { searchPath: true, catalog: true };
  return statementClass({
    verb,
    kinds: [(verb.split(' ')[0] ?? verb).toLowerCase()],
    effect: 'unknown',
    changes,
    unread: true,
  });
}

function innerQuery(type: string, fields: Fields, context: ClassifyContext): Facts | null {
  return type === 'CreateTableAsStmt' || type === 'ViewStmt' ? collectFacts(fields['query'], context) : null;
}

function settingsOf(fields: Fields): StatementDescription['settings'] {
  const stmt = fields['setstmt'];
  return isFields(stmt) ? writtenBy(stmt) : [];
}

/** Whether everything the statement makes or destroys is this session's own: temporary, not attached to anything lasting. */
function isOwn(type: string, fields: Fields, context: ClassifyContext): boolean {
  switch (type) {
    case 'CreateStmt':
      return isTemporaryName(fields['relation']) && !fields['inhRelations'] && !fields['partbound'];
    case 'CreateSeqStmt':
      return isTemporaryName(fields['sequence']);
    case 'ViewStmt':
      return isTemporaryName(fields['view']);
    case 'CreateTableAsStmt':
      return isFields(fields['into']) && isTemporaryName(fields['into']['rel']);
    case 'IndexStmt':
      return isTemporary(nameOf(fields['relation']), context);
    case 'DropStmt':
      return dropsTemporary(fields, context);
    default:
      return false;
  }
}

function dropsTemporary(fields: Fields, context: ClassifyContext): boolean {
  const kinds = ['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_INDEX', 'OBJECT_SEQUENCE'];
  const objects = Array.isArray(fields['objects']) ? (fields['objects'] as readonly unknown[]) : [];
  if (!kinds.includes(String(fields['removeType'])) || fields['behavior'] === 'DROP_CASCADE') return false;
  return objects.every((object) => {
    const { type, fields: list } = unwrap(object);
    return type === 'List' && isTemporary(names(list['items']), context);
  });
}

function nameOf(relation: unknown): readonly string[] {
  if (!isFields(relation)) return [];
  return [relation['schemaname'], relation['relname']].filter((part) => typeof part === 'string');
}

function isTemporary(parts: readonly string[], { index, searchPath }: ClassifyContext): boolean {
  const name = parts[parts.length - 1];
  if (name === undefined) return false;
  const relation = resolveRelation(
    index,
    searchPath,
    parts.length > 1 ? (parts[parts.length - 2] ?? null) : null,
    name,
  );
  return relation !== null && relation !== 'unknown-path' && relation.schema === index.temporarySchema;
}
