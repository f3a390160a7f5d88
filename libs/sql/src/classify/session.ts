import type { TransactionVerb, Unsupported } from '../description.js';
import { text, type Fields } from './nodes.js';
import { movesSearchPath, writtenBy } from './settings.js';
import { statementClass, type StatementClass } from './statement-class.js';

const transactions: Readonly<Record<string, readonly [verb: string, does: TransactionVerb]>> = {
  TRANS_STMT_BEGIN: ['BEGIN', 'begin'],
  TRANS_STMT_START: ['START TRANSACTION', 'begin'],
  TRANS_STMT_COMMIT: ['COMMIT', 'commit'],
  TRANS_STMT_ROLLBACK: ['ROLLBACK', 'rollback'],
  TRANS_STMT_SAVEPOINT: ['SAVEPOINT', 'savepoint'],
  TRANS_STMT_RELEASE: ['RELEASE', 'release'],
  TRANS_STMT_ROLLBACK_TO: ['ROLLBACK', 'rollback-to'],
  TRANS_STMT_PREPARE: ['PREPARE TRANSACTION', 'prepare'],
  TRANS_STMT_COMMIT_PREPARED: ['COMMIT PREPARED', 'commit-prepared'],
  TRANS_STMT_ROLLBACK_PREPARED: ['ROLLBACK PREPARED', 'rollback-prepared'],
};

/** Statements about the session itself: transactions, settings, cursors and prepared statements by name. Null: not one. */
export function classifySession(type: string, fields: Fields): StatementClass | null {
  switch (type) {
    case 'TransactionStmt':
      return transaction(fields);
    case 'VariableSetStmt':
      return setting(fields);
    case 'VariableShowStmt':
      return session('SHOW', { harmless: true, returnsRows: true });
    case 'DiscardStmt':
      return discard(fields);
    case 'ConstraintsSetStmt':
      // Checks and triggers deferred by earlier writes run now.
      return session('SET CONSTRAINTS', { kinds: ['set'], changes: { searchPath: true, catalog: true } });
    case 'ListenStmt':
      return session('LISTEN', { harmless: true });
    case 'UnlistenStmt':
      return session('UNLISTEN', { harmless: true });
    case 'DeallocateStmt':
      return session('DEALLOCATE', {
        harmless: true,
        prepared: { does: 'deallocate', name: text(fields, 'name') ?? '*' },
      });
    case 'ClosePortalStmt':
      return session('CLOSE', { harmless: true, cursor: { does: 'close', name: text(fields, 'portalname') ?? '*' } });
    case 'FetchStmt':
      return fetch(fields);
    default:
      return null;
  }
}

function session(verb: string, given: Partial<StatementClass>): StatementClass {
  return statementClass({ verb, kinds: [(verb.split(' ')[0] ?? verb).toLowerCase()], effect: 'session', ...given });
}

function transaction(fields: Fields): StatementClass {
  const [verb, does] = transactions[text(fields, 'kind') ?? ''] ?? ['TRANSACTION', null];
  if (does === null) return session(verb, { effect: 'unknown' });
  const unsupported: Unsupported | null = verb.includes('PREPARE') ? 'prepared-transactions' : null;
  // Names of prepared transactions are literals: they may say anything.
  // What was set locally, or is undone, is not in force any more.
  const savepoint = text(fields, 'savepoint_name');
  const moves = does === 'commit' || does === 'rollback' || does === 'rollback-to';
  return session(verb, {
    transaction: does,
    ...(savepoint === null ? {} : { savepoint }),
    changes: { searchPath: moves, catalog: false },
    harmless: unsupported === null,
    effect: unsupported ? 'unknown' : 'session',
    unsupported,
  });
}

function setting(fields: Fields): StatementClass {
  const settings = writtenBy(fields);
  const kind = text(fields, 'kind') ?? '';
  return session(kind.startsWith('VAR_RESET') ? 'RESET' : 'SET', {
    harmless: true,
    settings,
    changes: { searchPath: movesSearchPath(settings), catalog: false },
  });
}

function discard(fields: Fields): StatementClass {
  const target = (text(fields, 'target') ?? '').replace(/^DISCARD_/, '');
  const all = target === 'ALL';
  return session(`DISCARD ${target}`, {
    harmless: true,
    settings: all ? [{ name: '*', value: null, local: false }] : [],
    changes: { searchPath: all, catalog: all || target === 'TEMP' },
    cursor: all ? { does: 'close', name: '*' } : null,
    prepared: all ? { does: 'deallocate', name: '*' } : null,
  });
}

function fetch(fields: Fields): StatementClass {
  const moves = fields['ismove'] === true;
  return statementClass({
    verb: moves ? 'MOVE' : 'FETCH',
    kinds: [moves ? 'move' : 'fetch'],
    effect: 'read',
    harmless: true,
    returnsRows: !moves,
    cursor: { does: 'fetch', name: text(fields, 'portalname') ?? '' },
  });
}
