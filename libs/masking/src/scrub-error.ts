import { isStandardSqlstate } from './standard-sqlstates.js';

/** One sentence per code that people meet; it names the kind of failure and no value. */
const MESSAGE_BY_CODE: ReadonlyMap<string, string> = new Map([
  ['21000', 'more than one row was returned where one was expected'],
  ['22001', 'a value is too long for its type'],
  ['22003', 'a numeric value is out of range'],
  ['22004', 'a null value is not allowed here'],
  ['22007', 'invalid date or time format'],
  ['22008', 'a date or time value is out of range'],
  ['22011', 'an invalid substring was asked for'],
  ['22012', 'division by zero'],
  ['2201B', 'invalid regular expression'],
  ['2201E', 'invalid argument of a logarithm'],
  ['2201F', 'invalid argument of a power function'],
  ['22021', 'a character does not exist in the encoding'],
  ['22023', 'invalid parameter value'],
  ['22025', 'invalid escape sequence'],
  ['22030', 'duplicate key in a JSON object'],
  ['22032', 'invalid JSON text'],
  ['22P02', 'invalid text representation of a value'],
  ['22P03', 'invalid binary representation of a value'],
  ['22P05', 'a character cannot be translated to the encoding'],
  ['23502', 'a null value violates a not-null constraint'],
  ['23503', 'a row violates a foreign key constraint'],
  ['23505', 'a key value violates a unique constraint'],
  ['23514', 'a row violates a check constraint'],
  ['23P01', 'a key value conflicts with an exclusion constraint'],
  ['25001', 'the statement cannot run inside a transaction block'],
  ['25006', 'the transaction is read-only'],
  ['25P01', 'there is no transaction in progress'],
  ['25P02', 'current transaction is aborted, commands ignored until end of transaction block'],
  ['25P03', 'terminating connection due to idle-in-transaction timeout'],
  ['26000', 'the prepared statement does not exist'],
  ['34000', 'the cursor or portal does not exist'],
  ['3B001', 'the savepoint does not exist'],
  ['40001', 'could not serialize access: retry the transaction'],
  ['40P01', 'deadlock detected: retry the transaction'],
  ['42501', 'permission denied'],
  ['42601', 'syntax error'],
  ['42702', 'an ambiguous column name'],
  ['42703', 'a column does not exist'],
  ['42704', 'an object does not exist'],
  ['42710', 'an object exists already'],
  ['42725', 'a function or operator name is ambiguous'],
  ['42803', 'a column must appear in GROUP BY or in an aggregate'],
  ['42804', 'a value has not the expected data type'],
  ['42846', 'a value cannot be cast to the type'],
  ['42883', 'a function or operator does not exist'],
  ['42P01', 'a relation does not exist'],
  ['42P02', 'a parameter does not exist'],
  ['42P05', 'the prepared statement exists already'],
  ['42P07', 'a relation exists already'],
  ['42P10', 'an invalid column reference'],
  ['42P18', 'the data type of a parameter could not be determined'],
  ['44000', 'a row violates the check option of a view'],
  ['53100', 'the disk of the database is full'],
  ['53200', 'the database is out of memory'],
  ['53300', 'the database has too many connections'],
  ['54001', 'the statement is too complex'],
  ['55P03', 'a lock is not available'],
  ['57014', 'canceling statement'],
  ['57P01', 'terminating connection due to administrator command'],
  ['57P05', 'terminating connection due to idle-session timeout'],
  ['P0001', 'an exception was raised by a function'],
  ['P0002', 'a query returned no rows where one was expected'],
  ['P0003', 'a query returned more than one row'],
  ['P0004', 'an assertion failed'],
]);

const MESSAGE_BY_CLASS: ReadonlyMap<string, string> = new Map([
  ['00', 'a message of the database'],
  ['01', 'a warning of the database'],
  ['02', 'no data'],
  ['08', 'connection failure'],
  ['0A', 'the feature is not supported'],
  ['20', 'no case matched'],
  ['22', 'a value is not valid for its use'],
  ['23', 'a row violates an integrity constraint'],
  ['24', 'invalid cursor state'],
  ['25', 'invalid transaction state'],
  ['28', 'authorization failed'],
  ['2B', 'other objects depend on it'],
  ['38', 'an external routine failed'],
  ['39', 'an external routine was called wrongly'],
  ['3B', 'savepoint failure'],
  ['3D', 'the database does not exist'],
  ['3F', 'the schema does not exist'],
  ['40', 'the transaction was rolled back'],
  ['42', 'syntax error or access rule violation'],
  ['44', 'a row violates the check option of a view'],
  ['53', 'the database lacks resources'],
  ['54', 'a limit of the database is exceeded'],
  ['55', 'an object is not in the state the statement needs'],
  ['57', 'operator intervention'],
  ['58', 'a system error of the database'],
  ['F0', 'a configuration file error of the database'],
  ['HV', 'a foreign data wrapper failed'],
  ['P0', 'an error in a function'],
  ['XX', 'internal error of the database'],
]);

const SUFFIX = ' (details withheld: the statement touches protected data)';
const SEVERITIES: ReadonlySet<string> = new Set([
  'ERROR',
  'FATAL',
  'PANIC',
  'WARNING',
  'NOTICE',
  'INFO',
  'LOG',
  'DEBUG',
]);
const UNKNOWN_CODE = 'XX000';
/** schema, table, column, constraint */
const NAMES = ['s', 't', 'c', 'n'] as const;

/** Their text in the server is fixed and quotes nothing: there are no details to withhold. */
const WITHOUT_DETAILS: ReadonlySet<string> = new Set(['25P02']);

const messageOf = (code: string): string => {
  const message = MESSAGE_BY_CODE.get(code) ?? MESSAGE_BY_CLASS.get(code.slice(0, 2)) ?? 'an error of the database';
  return WITHOUT_DETAILS.has(code) ? message : message + SUFFIX;
};

const severityOf = (fields: ReadonlyMap<string, string>): string => {
  // V is never translated; S may be, so it is only trusted when it is one of the known words.
  for (const letter of ['V', 'S']) {
    const severity = fields.get(letter);
    if (severity !== undefined && SEVERITIES.has(severity)) return severity;
  }
  return 'ERROR';
};

/**
 * What may be told of an ErrorResponse or NoticeResponse of a statement that touches protected columns: severity, SQLSTATE (XX000 unless
 * the server itself raises it), a fixed sentence, and the position in the client's own text. Message, detail, hint, context, internal
 * query, source and routine are dropped, they quote values.
 * @param fields field letter → value, as read from the wire
 * @param keepNames the caller has proven schema, table, column and constraint names (s t c n) against the catalog
 */
export const scrubError = (fields: ReadonlyMap<string, string>, keepNames: boolean): Map<string, string> => {
  const severity = severityOf(fields);
  const raised = fields.get('C') ?? UNKNOWN_CODE;
  const code = isStandardSqlstate(raised) ? raised : UNKNOWN_CODE;
  const scrubbed = new Map([
    ['S', severity],
    ['V', severity],
    ['C', code],
    ['M', messageOf(code)],
  ]);
  const position = fields.get('P');
  if (position !== undefined && /^\d{1,10}$/.test(position)) scrubbed.set('P', position);
  if (keepNames) {
    for (const letter of NAMES) {
      const name = fields.get(letter);
      if (name !== undefined) scrubbed.set(letter, name);
    }
  }
  return scrubbed;
};
