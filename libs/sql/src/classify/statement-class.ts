import type { ObjectReference, StatementDescription, StatementEffect } from '../description.js';
import type { KnowledgeIndex } from '../resolve.js';

/** What a statement does, as far as the tree and the catalog prove it. */
export type StatementClass = Pick<
  StatementDescription,
  | 'verb'
  | 'kinds'
  | 'effect'
  | 'harmless'
  | 'transaction'
  | 'savepoint'
  | 'changes'
  | 'returnsRows'
  | 'cursor'
  | 'prepared'
  | 'settings'
  | 'unsupported'
  | 'onlyReads'
  | 'readsWritten'
> & {
  /** the grammar reads it and this room does not: anything in it may be a secret */
  readonly unread: boolean;
};

/** What a statement is classified against; the relations are those it names, resolved. */
export interface ClassifyContext {
  readonly index: KnowledgeIndex;
  readonly searchPath: readonly string[] | null;
  readonly objects: readonly ObjectReference[];
  readonly unresolved: readonly string[];
  /** an earlier statement of the same text may have changed the catalog: nothing about it is proven any more */
  readonly staleCatalog: boolean;
}

const weight: Readonly<Record<StatementEffect, number>> = {
  read: 0,
  session: 1,
  write: 2,
  admin: 3,
  schema: 4,
  unknown: 5,
};

/** The effect of doing both: the one that asks for more. */
export function joinEffects(a: StatementEffect, b: StatementEffect): StatementEffect {
  return weight[a] >= weight[b] ? a : b;
}

/** A class with everything that most statements do not do. */
export function statementClass(
  given: Pick<StatementClass, 'verb' | 'kinds' | 'effect'> & Partial<StatementClass>,
): StatementClass {
  return {
    harmless: false,
    transaction: null,
    changes: { searchPath: false, catalog: false },
    returnsRows: false,
    cursor: null,
    prepared: null,
    settings: [],
    unsupported: null,
    unread: false,
    ...given,
  };
}
