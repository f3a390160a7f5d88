import type { DescribedRefusal } from '@app/gate';
import { meansTheSame, type StatementDescription, storedBehind, type TextDescription, throughName } from '@app/sql';
import { storedChanges, type Stored, type StoredChange, type NameSpace } from './stored-names.js';

/** Looks for what stands behind a name, after `before`. */
export type Look = (of: NameSpace, name: string, before: readonly StoredChange[]) => Stored | null | 'unsettled';

/** The name that a statement runs; null: it names nothing. */
export function nameRun({
  cursor,
  prepared,
}: StatementDescription): { readonly of: NameSpace; readonly name: string } | null {
  if (cursor?.does === 'fetch') return { of: 'cursor', name: cursor.name };
  return prepared?.does === 'execute' ? { of: 'prepared', name: prepared.name } : null;
}

/** What each statement of a text runs by name, in order; null where it names nothing, or nobody knows what. */
export function namedIn(
  statements: readonly StatementDescription[],
  look: Look,
): readonly (Stored | null)[] | 'unsettled' {
  const before: StoredChange[] = [];
  const found: (Stored | null)[] = [];
  for (const statement of statements) {
    const named = nameRun(statement);
    const stored = named === null ? null : look(named.of, named.name, before);
    if (stored === 'unsettled') return stored;
    found.push(stored);
    before.push(...storedChanges(statement));
  }
  return found;
}

/** Texts that PREPARE stored and that have to be described again, since the server resolves their names again as well. */
export function textsBehind(
  statements: readonly StatementDescription[],
  found: readonly (Stored | null)[],
): readonly string[] {
  const texts = statements.flatMap(({ prepared }, i) =>
    prepared?.does === 'execute' && found[i]?.query ? [found[i].query.text] : [],
  );
  return [...new Set(texts)];
}

const changed = {
  reason: 'What the prepared statement names is not what it was when it was prepared, or is not known at this point',
  hint: 'DEALLOCATE it and PREPARE it again, each in a message of its own.',
};

/**
 * Statements with what they run in their places. A cursor is what it was when it was declared; a prepared statement runs only while it
 * means what it meant when it was prepared.
 * @param now what the texts behind the names mean now
 */
export function throughNames(
  statements: readonly StatementDescription[],
  found: readonly (Stored | null)[],
  now: ReadonlyMap<string, TextDescription>,
): readonly StatementDescription[] {
  return statements.map((statement, i) => {
    const query = found[i]?.query ?? null;
    // without its own proof nothing behind it matters
    if (query === null || statement.lineage === 'refused') return statement;
    if (statement.prepared?.does !== 'execute') return throughName(statement, query.statement);
    const again = now.get(query.text)?.statements ?? [];
    const means = again.length === 1 ? again[0]?.stored?.statement : undefined;
    if (means !== undefined && meansTheSame(means, query.statement)) return throughName(statement, query.statement);
    return { ...throughName(statement, query.statement), lineage: 'refused', refusal: changed };
  });
}

/** Whether a statement that was described before still runs what stands behind its name. */
export function standsStill(statement: StatementDescription, look: Look): boolean | 'unsettled' {
  const named = nameRun(statement);
  if (named === null) return true;
  const stored = look(named.of, named.name, []);
  if (stored === 'unsettled') return stored;
  return stored?.query != null && stored.query.statement === storedBehind(statement);
}

/** EXECUTE, FETCH and MOVE run only what was stored through this session: of anything else nobody knows what it shows. */
export function unknownName({ of, name }: NonNullable<ReturnType<typeof nameRun>>): DescribedRefusal {
  const isCursor = of === 'cursor';
  return {
    code: 'masking',
    message: isCursor
      ? `"${name}" is no cursor that was declared through this session and is known to be open.`
      : `"${name}" is no statement that was prepared by PREPARE through this session.`,
    hint: isCursor
      ? 'Declare the cursor with DECLARE in this session and this transaction, then fetch from it; protected columns arrive masked.'
      : 'PREPARE it in this session, or bind the prepared statements of your driver by the protocol; protected columns arrive masked.',
    retry: 'after-change',
  };
}

/** Between Bind and Execute the name may have been given to something else. */
export const otherByNow: DescribedRefusal = {
  code: 'masking',
  message: 'What this portal runs by its name may have become another since it was bound.',
  hint: 'Bind it again and execute it right after.',
  retry: 'after-change',
};
