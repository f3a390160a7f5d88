import type { Node } from '@pgsql/types';
import type { GivenValue, StatementDescription, WrittenValue } from './description.js';
import { bodyOf } from './lineage/tree.js';
import { constantsIn } from './written.js';

/** Option bit of DECLARE (parsenodes.h, CURSOR_OPT_HOLD). */
const HOLD = 0x0020;

/** The query behind a name: DECLARE CURSOR and PREPARE store it; null: the statement stores nothing. */
export function storedIn(node: Node): { readonly query: Node; readonly holds: boolean } | null {
  const cursor = bodyOf(node, 'DeclareCursorStmt');
  const query = cursor?.query ?? bodyOf(node, 'PrepareStmt')?.query;
  return query === undefined ? null : { query, holds: ((cursor?.options ?? 0) & HOLD) !== 0 };
}

/** The constants in each value of an EXECUTE, in order; null: it is none. */
export function givenIn(node: Node): readonly (readonly GivenValue[])[] | null {
  const stmt = bodyOf(node, 'ExecuteStmt');
  return stmt === null ? null : (stmt.params ?? []).map(constantsIn);
}

const merged = new WeakMap<StatementDescription, WeakMap<StatementDescription, StatementDescription>>();
const behind = new WeakMap<StatementDescription, StatementDescription>();

/**
 * What a statement that names another one (EXECUTE, FETCH, MOVE) is, given what stands behind the name.
 * @returns the same object for the same two
 */
export function throughName(statement: StatementDescription, stored: StatementDescription): StatementDescription {
  let known = merged.get(statement);
  if (!known) merged.set(statement, (known = new WeakMap()));
  let one = known.get(stored);
  if (one === undefined) {
    one = statement.prepared?.does === 'execute' ? execution(statement, stored) : fetch(statement, stored);
    known.set(stored, one);
    behind.set(one, stored);
  }
  return one;
}

/** What stands behind the name that the statement runs, as `throughName` was given it; null: it is not known. */
export function storedBehind(statement: StatementDescription): StatementDescription | null {
  return behind.get(statement) ?? null;
}

/** FETCH and MOVE are rows of the query and what these touch: conditions and orders were judged when the cursor was declared too. */
function fetch(statement: StatementDescription, stored: StatementDescription): StatementDescription {
  const { verb, kinds, returnsRows, cursor, missing, recordText, strippedText, withholds } = statement;
  return {
    ...stored,
    verb,
    // rules for the query, its limits of rows among them, are rules for its rows
    kinds: [...kinds, ...stored.kinds],
    returnsRows,
    outputs: returnsRows ? stored.outputs : null,
    cursor,
    missing,
    protectedParameters: [],
    parameterClasses: [],
    recordText,
    strippedText,
    withholds: stored.withholds === 'messages-and-rows' ? stored.withholds : withholds,
  };
}

/** EXECUTE is the statement itself with values; what it says of them is kept from the record, as of any EXECUTE. */
function execution(statement: StatementDescription, stored: StatementDescription): StatementDescription {
  const { verb, prepared, recordText, strippedText, protectedParameters, parameterClasses } = statement;
  const { written, ...rest } = stored;
  const values = writtenWith(written ?? [], statement.given ?? []);
  return {
    ...rest,
    ...(values.length === 0 ? {} : { written: values }),
    verb,
    kinds: [...statement.kinds, ...stored.kinds],
    prepared,
    recordText,
    strippedText,
    protectedParameters,
    parameterClasses,
    withholds: stored.withholds === 'messages-and-rows' ? stored.withholds : statement.withholds,
  };
}

/** The constants that take the places of parameters on their way into protected columns. */
function writtenWith(written: readonly WrittenValue[], given: readonly (readonly GivenValue[])[]): WrittenValue[] {
  return written.flatMap((each): WrittenValue[] => {
    const { value } = each;
    // constants of the stored statement were looked at when it was prepared, and still say what they said
    if ('literal' in value) return [each];
    const constants = given[value.parameter - 1] ?? [];
    return constants.map(({ literal, direct }) => ({ ...each, direct: each.direct && direct, value: { literal } }));
  });
}

/** Whether two descriptions of the same text say the same of it: names stand for the same, and carry the same. */
export function meansTheSame(a: StatementDescription, b: StatementDescription): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
