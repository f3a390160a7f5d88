import { copyOptions } from '../copy-options.js';
import type { StatementDescription } from '../description.js';
import { collectFacts, type Facts } from './facts.js';
import { isFields, text, type Fields } from './nodes.js';
import { anySetting, movesSearchPath } from './settings.js';
import { joinEffects, statementClass, type ClassifyContext, type StatementClass } from './statement-class.js';
import { unwrap } from './verbs.js';

const queryVerbs: Readonly<Record<string, string>> = {
  SelectStmt: 'SELECT',
  InsertStmt: 'INSERT',
  UpdateStmt: 'UPDATE',
  DeleteStmt: 'DELETE',
  MergeStmt: 'MERGE',
};

/** Queries, plain writes, and the statements that wrap one. Null: not one of them. */
export function classifyQuery(type: string, fields: Fields, context: ClassifyContext): StatementClass | null {
  const verb = queryVerbs[type];
  if (verb) return query(verb, type, fields, context);
  switch (type) {
    case 'ExplainStmt':
      return explain(fields, context);
    case 'DeclareCursorStmt':
      return declare(fields, context);
    case 'PrepareStmt':
      return prepare(fields, context);
    case 'ExecuteStmt':
      return execute(fields);
    case 'CopyStmt':
      return copy(fields, context);
    default:
      return null;
  }
}

function query(verb: string, type: string, fields: Fields, context: ClassifyContext): StatementClass {
  const facts = collectFacts({ [type]: fields }, context);
  const into = type === 'SelectStmt' && intoClause(fields);
  const changes = changesOf(facts);
  return statementClass({
    verb: into ? 'SELECT INTO' : verb,
    kinds: ordered(verb.toLowerCase(), facts),
    effect: facts.effect,
    harmless: facts.effect === 'read',
    changes: into ? { ...changes, catalog: true } : changes,
    returnsRows: type === 'SelectStmt' ? !into : isFields(fields['returningClause']),
    settings: facts.settings,
    ...onlyReads(facts),
  });
}

function onlyReads({ onlyReads: oids, readsWritten }: Facts): Pick<StatementClass, 'onlyReads' | 'readsWritten'> {
  if (oids.length === 0) return {};
  return readsWritten ? { onlyReads: oids, readsWritten } : { onlyReads: oids };
}

/** INTO stands in the leftmost branch of a set operation. */
function intoClause(fields: Fields): boolean {
  for (let branch: unknown = fields; isFields(branch); branch = branch['larg'])
    if (isFields(branch['intoClause'])) return true;
  return false;
}

/** Code that is not read may set anything and create anything. */
function changesOf(facts: Facts): StatementDescription['changes'] {
  return { searchPath: facts.opaque || movesSearchPath(facts.settings), catalog: facts.opaque };
}

function ordered(first: string, facts: Facts): readonly string[] {
  return [first, ...facts.kinds.filter((kind) => kind !== first)];
}

function explain(fields: Fields, context: ClassifyContext): StatementClass {
  const { type, fields: inner } = unwrap(fields['query']);
  if (analyzes(fields)) {
    const run = classifyExplained(type, inner, context);
    const { effect, changes, settings } = run;
    const kinds = ['explain', ...run.kinds];
    return statementClass({
      ...(run.onlyReads === undefined ? {} : { onlyReads: run.onlyReads }),
      ...(run.readsWritten === undefined ? {} : { readsWritten: run.readsWritten }),
      verb: 'EXPLAIN',
      kinds,
      effect,
      harmless: run.harmless,
      changes,
      settings,
      returnsRows: true,
    });
  }
  if (type === 'ExecuteStmt') {
    return statementClass({ verb: 'EXPLAIN', kinds: ['explain'], effect: 'unknown', returnsRows: true });
  }
  // Planning runs functions marked immutable, whatever they do: only what is known to be built-in passes as a read.
  const planned = type in queryVerbs ? { [type]: inner } : inner['query'];
  const facts = collectFacts(planned, context, true);
  const effect = facts.opaque || !(type in queryVerbs || isFields(planned)) ? 'write' : 'read';
  return statementClass({
    verb: 'EXPLAIN',
    kinds: ['explain'],
    effect,
    harmless: effect === 'read',
    changes: { searchPath: facts.opaque, catalog: facts.opaque },
    returnsRows: true,
  });
}

/** ANALYZE in every spelling; a value that is not surely false counts as true, and so does one of several. */
function analyzes(fields: Fields): boolean {
  const options = Array.isArray(fields['options']) ? (fields['options'] as readonly unknown[]) : [];
  return options.some((option) => {
    const { fields: element } = unwrap(option);
    if ((text(element, 'defname') ?? '').toLowerCase() !== 'analyze') return false;
    const { type, fields: value } = unwrap(element['arg']);
    if (type === 'String') return !/^(false|off)$/i.test(text(value, 'sval') ?? '');
    if (type === 'Integer') return value['ival'] !== undefined && value['ival'] !== 0;
    return type !== 'Boolean' || value['boolval'] === true;
  });
}

function classifyExplained(type: string, fields: Fields, context: ClassifyContext): StatementClass {
  if (type === 'CreateTableAsStmt') {
    const facts = collectFacts(fields['query'], context);
    const into = isFields(fields['into']) && isFields(fields['into']['rel']) ? fields['into']['rel'] : {};
    const effect = joinEffects(facts.effect, into['relpersistence'] === 't' ? 'session' : 'schema');
    const changes = { searchPath: facts.opaque, catalog: true };
    return statementClass({
      verb: 'CREATE TABLE',
      kinds: ['create', ...facts.kinds],
      effect,
      changes,
      settings: facts.settings,
    });
  }
  const known = classifyQuery(type, fields, context);
  if (known) return known;
  return statementClass({
    verb: 'EXPLAIN',
    kinds: [],
    effect: 'unknown',
    changes: { searchPath: true, catalog: true },
  });
}

function declare(fields: Fields, context: ClassifyContext): StatementClass {
  const { type, fields: inner } = unwrap(fields['query']);
  const run = query('DECLARE', type, inner, context);
  const name = text(fields, 'portalname') ?? '';
  // It would be written by a FETCH, when nobody looks for it any more.
  const late = run.settings.length > 0;
  return {
    ...run,
    effect: late ? 'unknown' : run.effect,
    settings: late ? anySetting : [],
    verb: 'DECLARE CURSOR',
    kinds: ['declare', ...run.kinds.slice(1)],
    returnsRows: false,
    cursor: { does: 'declare', name },
  };
}

function prepare(fields: Fields, context: ClassifyContext): StatementClass {
  const { type, fields: inner } = unwrap(fields['query']);
  const facts = collectFacts({ [type]: inner }, context);
  return statementClass({
    verb: 'PREPARE',
    kinds: ['prepare', ...facts.kinds],
    effect: 'session',
    harmless: true,
    prepared: { does: 'prepare', name: text(fields, 'name') ?? '' },
    // Written by an EXECUTE, when nobody sees it any more.
    settings: facts.settings,
  });
}

function execute(fields: Fields): StatementClass {
  return statementClass({
    verb: 'EXECUTE',
    kinds: ['execute'],
    effect: 'unknown',
    changes: { searchPath: true, catalog: true },
    returnsRows: true,
    prepared: { does: 'execute', name: text(fields, 'name') ?? '' },
  });
}

function copy(fields: Fields, context: ClassifyContext): StatementClass {
  const isFrom = fields['is_from'] === true;
  const onServer = fields['is_program'] === true || text(fields, 'filename') !== null;
  // what a row of it runs is what an INSERT of it runs
  const written = { InsertStmt: { relation: fields['relation'], selectStmt: fields['whereClause'] } };
  const facts = collectFacts(isFrom ? written : (fields['query'] ?? {}), context);
  const effect = joinEffects(facts.effect, onServer ? 'admin' : facts.effect);
  const { foreignEncoding } = copyOptions(fields['options'], isFrom);
  return statementClass({
    verb: 'COPY',
    kinds: ['copy', ...facts.kinds.filter((kind) => !isFrom || kind !== 'insert')],
    effect,
    harmless: effect === 'read',
    changes: changesOf(facts),
    unsupported: onServer ? 'copy-server' : foreignEncoding ? 'copy-encoding' : null,
    ...onlyReads(facts),
  });
}
