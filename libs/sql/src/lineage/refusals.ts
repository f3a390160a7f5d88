import type { MaskingRefusal } from '../description.js';

/** Thrown by the tracing functions and caught by `traceStatement`: this statement is not proven. */
export class Refused extends Error {
  constructor(readonly refusal: MaskingRefusal) {
    super(refusal.reason);
  }
}

const SELECT_PLAIN = 'Select the column itself; it arrives masked.';
const COMPARE_WITH_PARAMETER =
  'A protected column may be selected as it is, counted, tested with IS NULL, or compared with a bound parameter: column = $1.';
const FROM_TABLES = 'Select from its tables instead; protected columns arrive masked.';
const ASK = 'Ask for the statement to be run by someone with direct access, or leave this part out.';

/** What is written otherwise may be a value in the wrong quotes, and no reason carries a value. */
const PLAIN_NAME = /^[\p{L}_][\p{L}\p{N}_$]*(?:\.[\p{L}_][\p{L}\p{N}_$]*)*$/u;

/** Every reason for which a statement is refused on a target with protected columns. No reason carries a value of the statement. */
export const refusals = {
  uses: (use: string, column: string): MaskingRefusal => ({
    reason: `${use} uses the protected column ${column}`,
    hint: SELECT_PLAIN,
  }),
  predicate: (column: string): MaskingRefusal => ({
    reason: `A condition uses the protected column ${column} in another way than "column = $n"`,
    hint: COMPARE_WITH_PARAMETER,
  }),
  merged: (column: string): MaskingRefusal => ({
    reason: `A join merges the protected column ${column} with another column`,
    hint: 'Join on other columns, with ON instead of USING or NATURAL.',
  }),
  blockedColumn: (column: string): MaskingRefusal => ({
    reason: `The column ${column} can hold values or expressions of protected data`,
    hint: 'Name the other columns you need; select neither * nor whole rows of this relation.',
  }),
  plainOnly: (use: string, column: string): MaskingRefusal => ({
    reason: `${use} uses the column ${column}, whose type has user-defined parts`,
    hint: 'Select the column as it is.',
  }),
  systemRelation: (name: string): MaskingRefusal => ({
    reason: `The system relation ${name} is not known to be free of protected values`,
    hint: 'Use pg_class, pg_attribute, pg_type or the information_schema.',
  }),
  relationKind: (name: string, kind: string): MaskingRefusal => ({
    reason: `${name} is a ${kind}; what it computes from protected columns is not proven`,
    hint: FROM_TABLES,
  }),
  rowSecurity: (name: string): MaskingRefusal => ({
    reason: `${name} has row-level security, whose policies may call functions on protected columns`,
    hint: ASK,
  }),
  activeWrite: (name: string, parts: string): MaskingRefusal => ({
    reason: `Writing to ${name} runs ${parts}, which are not proven to keep protected columns`,
    hint: ASK,
  }),
  activeRead: (name: string): MaskingRefusal => ({
    reason: `Reading ${name} evaluates generated columns that call user-defined functions`,
    hint: ASK,
  }),
  unresolvedRelation: (name: string): MaskingRefusal => ({
    reason: `The relation "${name}" is not found in the catalog as this gateway knows it`,
    hint: 'Check the spelling and the schema; a table created a moment ago elsewhere is known after a few seconds.',
  }),
  unknownPath: (name: string): MaskingRefusal => ({
    reason: `The search path is not known at this point, so "${name}" cannot be resolved`,
    hint: 'A statement before it in the same message or pipeline changes what names mean: send that one alone, or a Sync behind it, then this one again.',
  }),
  hiddenProtected: (name: string, hidden: string): MaskingRefusal => ({
    reason: `${name} hides ${hidden}, which has protected columns and is meant by the same name once it is gone`,
    hint: 'Write the schema before the name.',
  }),
  unresolvedColumn: (name: string): MaskingRefusal =>
    PLAIN_NAME.test(name)
      ? {
          reason: `The column "${name}" is not found in the relations of the query as this gateway knows them`,
          hint: 'Check the spelling; write alias.column.',
        }
      : {
          reason: 'A name in double quotes is no column of the relations of the query as this gateway knows them',
          hint: 'Double quotes are for names; text values stand in single quotes, or better in bound parameters.',
        },
  ambiguousColumn: (name: string): MaskingRefusal => ({
    reason: `The name "${name}" is ambiguous`,
    hint: 'Write alias.column, and give each relation of the query its own alias.',
  }),
  functionNotListed: (name: string): MaskingRefusal => ({
    reason: `The function ${name} is not known to be free of side effects and of access to protected values`,
    hint: 'Use the built-in functions for numbers, text, dates, JSON and arrays.',
  }),
  functionShadowed: (name: string): MaskingRefusal => ({
    reason: `A user-defined function or type is also called ${name}, so which one runs is not proven`,
    hint: 'Write pg_catalog. before the name of a built-in function.',
  }),
  constantArguments: (name: string): MaskingRefusal => ({
    reason: `The arguments of ${name} are not constants`,
    hint: 'Write the arguments as literals.',
  }),
  operator: (name: string): MaskingRefusal => ({
    reason: `The operator ${name} is user-defined, or also user-defined`,
    hint: 'Use another operator or function; user-defined operators may run any code.',
  }),
  type: (name: string): MaskingRefusal => ({
    reason: `A cast to the type "${name}" is not known to be free of user-defined code`,
    hint: 'Cast to built-in types only.',
  }),
  builtInCasts: (): MaskingRefusal => ({
    reason: 'A user-defined cast joins two built-in types, so any expression may run its function',
    hint: ASK,
  }),
  setOperation: (column: string): MaskingRefusal => ({
    reason: `UNION, INTERSECT or EXCEPT would mix the protected column ${column} with other values`,
    hint: 'Select the protected column in a statement of its own.',
  }),
  forwardReference: (name: string): MaskingRefusal => ({
    reason: `The WITH query "${name}" is used before it is defined`,
    hint: 'Order the WITH queries so that each uses only earlier ones.',
  }),
  distinct: (column: string): MaskingRefusal => ({
    reason: `DISTINCT would compare the values of the protected column ${column}`,
    hint: 'Leave out DISTINCT, or use DISTINCT ON over other columns.',
  }),
  writesFrom: (target: string, source: string): MaskingRefusal => ({
    reason: `The protected column ${source} would be copied into ${target}`,
    hint: 'Protected columns can be written from literals and bound parameters only, and never copied.',
  }),
  writesComputed: (column: string): MaskingRefusal => ({
    reason: `The protected column ${column} would be written from an expression`,
    hint: 'Write it from a literal, a bound parameter or DEFAULT.',
  }),
  protectedObject: (what: string, name: string): MaskingRefusal => ({
    reason: `${what} of ${name} is refused because the relation has protected columns`,
    hint: ASK,
  }),
  derivedFrom: (what: string, name: string): MaskingRefusal => ({
    reason: `${what} over ${name} is refused because protected columns are there`,
    hint: 'Select from the table directly; protected columns arrive masked.',
  }),
  statement: (what: string, hint: string = ASK): MaskingRefusal => ({
    reason: `${what} is refused on a target with protected columns`,
    hint,
  }),
  copyOptions: (): MaskingRefusal => ({
    reason: 'The options of this COPY are not ones by which its stream can be read and masked',
    hint: 'Use FORMAT text, csv or binary with a delimiter, quote and escape of one ASCII character each, in UTF8.',
  }),
  eventTriggers: (): MaskingRefusal => ({
    reason: 'The database has event triggers, which run user-defined functions on every change of the schema',
    hint: ASK,
  }),
  setting: (name: string): MaskingRefusal => ({
    reason: `The setting ${name} must not be changed on a target with protected columns`,
    hint: 'Leave the setting as it is.',
  }),
  changingValue: (name: string): MaskingRefusal => ({
    reason: `A value of EXECUTE calls ${name}, which changes something before the prepared statement runs`,
    hint: 'Call it in a statement of its own.',
  }),
  unknownNode: (kind: string): MaskingRefusal => ({
    reason: `The construct ${kind} is not known to keep protected columns`,
    hint: 'Write the statement in a simpler way.',
  }),
  tooLong: (): MaskingRefusal => ({
    reason: 'The statement is too large, or its queries hold one another in too many ways, to be traced',
    hint: 'Write the statement in a simpler way.',
  }),
  tooDeep: (): MaskingRefusal => ({
    reason: 'The statement is nested too deeply to be traced',
    hint: 'Write the statement in a simpler way.',
  }),
} as const;
