import type { ReadyStatus } from '@app/pg-wire';
import type { StatementDescription } from '@app/sql';

/** Statements that take no locks and change nothing but the session: a transaction that did nothing else may wait. */
const QUIET_VERBS = new Set(['BEGIN', 'START TRANSACTION', 'SET', 'RESET', 'SHOW', 'SET TRANSACTION']);

/** BEGIN, SET or SHOW, and nothing that runs code in passing. */
function isQuiet(statement: StatementDescription): boolean {
  if (statement.transaction === 'begin') return true;
  const verb = statement.verb;
  return (QUIET_VERBS.has(verb) || verb.startsWith('SET ')) && statement.harmless && statement.objects.length === 0;
}

/**
 * What a session's transaction has done so far, from the moment each statement is sent: one that only began may wait for an approval,
 * since it holds no locks; any other would make others wait with it (evidence §7.3).
 */
export class Freshness {
  /** something other than BEGIN, SET, SHOW was sent since the block began */
  #usedBlock = false;
  /** the same since the last Sync or simple query */
  #usedCycle = false;
  /** a statement of the open cycle ends a block, so that nobody knows yet whether one is open */
  #ends = false;
  /** a statement of the open cycle begins a block */
  #begins = false;
  /** a message came since the last Sync that makes or uses a statement or portal */
  #opened = false;

  /** Everything since BEGIN was BEGIN, SET or SHOW. */
  get freshBlock(): boolean {
    return !this.#usedBlock;
  }

  /** Nothing but BEGIN, SET or SHOW was sent since the last Sync. */
  get freshCycle(): boolean {
    return !this.#usedCycle;
  }

  /** The open cycle may have ended the block that was open before it. */
  get endsBlock(): boolean {
    return this.#ends;
  }

  /** The open cycle began a block, unless the target refuses that. */
  get beginsBlock(): boolean {
    return this.#begins;
  }

  /** BEGIN is executed. */
  beginning(): void {
    this.#begins = true;
  }

  /** Nothing that a portal could hang on came since the last Sync. */
  get unopened(): boolean {
    return !this.#opened;
  }

  /** A message that makes or uses a statement or portal is taken. */
  opening(): void {
    this.#opened = true;
  }

  /** A statement goes to the target to be executed. */
  forwarding(statement: StatementDescription): void {
    const { transaction } = statement;
    if (transaction === 'commit' || transaction === 'rollback') this.#ends = true;
    if (isQuiet(statement)) return;
    this.#usedBlock = true;
    this.#usedCycle = true;
  }

  /** A Sync, or a simple query with its own statements behind it, ends the open cycle. */
  endCycle(): void {
    this.#usedCycle = false;
    this.#ends = false;
    this.#begins = false;
    this.#opened = false;
  }

  /** Nothing is under way any more. */
  settled(status: ReadyStatus): void {
    if (status === 'I') this.#usedBlock = false;
  }
}
