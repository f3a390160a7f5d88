import { forgetOldest } from '@app/platform';
import type { StatementDescription, StoredStatement } from '@app/sql';

/** The two namespaces of SQL: PREPARE and DECLARE CURSOR. */
export type NameSpace = 'prepared' | 'cursor';

/** What stands behind a name. */
export interface Stored {
  /** null: nothing is protected at the target, so that nobody has to know */
  readonly query: StoredStatement | null;
}

/** What a statement makes of a name once it succeeds; null: nothing stands behind it any more, or nobody knows. */
export interface StoredChange {
  readonly of: NameSpace;
  /** `*`: all */
  readonly name: string;
  readonly value: Stored | null;
}

interface Cursor extends Stored {
  /** savepoints that were open when it was declared */
  level: number;
  /** WITH HOLD, and its transaction was committed */
  lasting: boolean;
}

/** What a statement that is about to be sent may change. */
export function storedChanges({ prepared, cursor, transaction, stored }: StatementDescription): StoredChange[] {
  const changes: StoredChange[] = [];
  const value = { query: stored ?? null };
  if (prepared !== null && prepared.does !== 'execute')
    changes.push({ of: 'prepared', name: prepared.name, value: prepared.does === 'prepare' ? value : null });
  if (cursor !== null && cursor.does !== 'fetch')
    changes.push({ of: 'cursor', name: cursor.name, value: cursor.does === 'declare' ? value : null });
  // until it is answered nobody knows which cursors are left
  if (transaction === 'commit' || transaction === 'rollback' || transaction === 'rollback-to')
    changes.push({ of: 'cursor', name: '*', value: null });
  return changes;
}

/**
 * What stands behind the names of PREPARE and DECLARE CURSOR in one session, as far as it is certain: the statement that made a name
 * last and succeeded, which on the server excludes any other of that name. What is not certain is forgotten, and a name that is not
 * known here runs nothing on a protected target.
 */
export class StoredNames {
  readonly #prepared = new Map<string, Stored>();
  readonly #cursors = new Map<string, Cursor>();
  readonly #most: number;
  /** changes on their way to the target */
  #sent: (StoredChange & { readonly cycle: number })[] = [];
  /** open savepoints, oldest first */
  #savepoints: string[] = [];
  /** an error came since the last ReadyForQuery */
  #failed = false;

  /** @param most names of each kind that are remembered */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * What a statement that is sent now would find behind the name; null: nobody knows.
   * @param cycle number of the cycle it is sent in @param answered cycles below this are answered
   * @param before changes by statements that stand before it in the same message
   */
  look(
    of: NameSpace,
    name: string,
    cycle: number,
    answered: number,
    before: readonly StoredChange[] = [],
  ): Stored | null | 'unsettled' {
    const isMeant = (change: StoredChange): boolean =>
      change.of === of && (change.name === name || change.name === '*');
    // in one cycle the target stops at the first error: what follows a change runs only if the change was made
    const here = before.findLast(isMeant) ?? this.#sent.findLast((sent) => sent.cycle === cycle && isMeant(sent));
    if (here !== undefined) return here.value;
    if (this.#sent.some((sent) => sent.cycle >= answered && isMeant(sent))) return 'unsettled';
    return (of === 'prepared' ? this.#prepared : this.#cursors).get(name) ?? null;
  }

  /** A statement goes to the target to be executed. */
  sending(statement: StatementDescription, cycle: number, answered: number): void {
    if (this.#sent.length > 0) this.#sent = this.#sent.filter((sent) => sent.cycle >= answered);
    for (const change of storedChanges(statement)) this.#sent.push({ ...change, cycle });
  }

  /** It ended well. @param tag as the target gave it: a COMMIT may have been a rollback */
  succeeded(statement: StatementDescription, tag: string): void {
    const { transaction, savepoint } = statement;
    if (transaction === null) {
      for (const change of storedChanges(statement)) this.#make(change);
      return;
    }
    const at = this.#savepoints.lastIndexOf(savepoint ?? '');
    if (transaction === 'savepoint') this.#savepoints.push(savepoint ?? '');
    else if (transaction === 'commit' || transaction === 'rollback') this.#ended(tag.startsWith('COMMIT'));
    else if (transaction === 'rollback-to') {
      this.#savepoints.length = at + 1;
      this.#drop(({ level }) => level > at);
    } else if (transaction === 'release' && at >= 0) {
      this.#savepoints.length = at;
      for (const cursor of this.#cursors.values()) cursor.level = Math.min(cursor.level, at);
    }
  }

  /** Nobody knows whether it did what it should. */
  lost(statement: StatementDescription): void {
    for (const { of, name } of storedChanges(statement)) this.#make({ of, name, value: null });
  }

  /** The protocol gave the name away, or closed what stood behind it. */
  taken(of: NameSpace, name: string): void {
    this.#make({ of, name, value: null });
  }

  /** The target reported an error. */
  failed(): void {
    this.#failed = true;
  }

  /** ReadyForQuery. */
  ready(status: 'I' | 'T' | 'E'): void {
    if (status === 'I') this.#ended(!this.#failed);
    this.#failed = false;
  }

  #make({ of, name, value }: StoredChange): void {
    const names: Map<string, Stored> = of === 'prepared' ? this.#prepared : this.#cursors;
    if (name === '*') return names.clear();
    names.delete(name);
    if (value === null) return;
    if (of === 'prepared') this.#prepared.set(name, value);
    else this.#cursors.set(name, { ...value, level: this.#savepoints.length, lasting: false });
    forgetOldest(names, this.#most);
  }

  #ended(committed: boolean): void {
    this.#savepoints = [];
    this.#drop(({ query }) => !committed || query?.holds === false);
    for (const cursor of this.#cursors.values()) cursor.lasting = true;
  }

  #drop(isGone: (cursor: Cursor) => boolean): void {
    for (const [name, cursor] of this.#cursors) if (!cursor.lasting && isGone(cursor)) this.#cursors.delete(name);
  }
}
