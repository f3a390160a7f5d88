import type { Admission, Refusal, ResultChunk, ResultEnd } from '@app/gate';
import { readCommandTag } from '@app/pg-wire';
import { sqlstateOf, toErrorResponse } from './error-response.js';
import type { Portal } from './prepared-names.js';
import type { ReadState } from './read-state.js';
import type { ReleasedOutput } from './released-output.js';
import type { ResultRows } from './result-rows.js';
import type { SessionParts } from './session-parts.js';
import type { StatementRun } from './statement-run.js';

/** It ended well. */
export const END_OK: ResultEnd = { status: 'ok', code: null, message: null, tag: null };
/** The target never ran it. */
export const SKIPPED: ResultEnd = { ...END_OK, status: 'skipped' };
/** SQLSTATE query_canceled */
export const CANCELLED = '57014';
const NO_ROWS: ResultChunk = { rows: 0, bytes: 0, columns: [], values: null, recorded: '' };

/** What the end of a result tells the session around it. */
export interface EndsHost {
  /** nothing more may leave: the target sent what cannot be right */
  cut(reason: string): void;
  /** a statement ended well: names it may have changed */
  succeeded(run: StatementRun, tag: string): void;
  /** a result ended that is refused all the same: the pipeline fails at the target too */
  refuse(answer: Buffer): void;
}

/** Ends of results: what the record says of each, and what becomes of the queue of answers. */
export class ResultEnds {
  readonly #parts: SessionParts;
  readonly #state: ReadState;
  readonly #out: ReleasedOutput;
  readonly #rows: ResultRows;
  readonly #host: EndsHost;

  constructor(parts: SessionParts, state: ReadState, out: ReleasedOutput, rows: ResultRows, host: EndsHost) {
    this.#parts = parts;
    this.#state = state;
    this.#out = out;
    this.#rows = rows;
    this.#host = host;
  }

  /** CommandComplete. */
  complete(buffer: Buffer, start: number, end: number): void {
    const run = this.#rows.current();
    if (run === null) return this.#host.cut('a command tag without a statement');
    const tag = readCommandTag(buffer, start, end);
    if (run.stopped !== null) return this.#endStopped(run, run.stopped, tag);
    this.#out.pass(buffer, start, end);
    this.#end(run, { status: 'ok', code: null, message: null, tag });
    this.#host.succeeded(run, tag);
  }

  /** FunctionCallResponse: all there is of a call. */
  called(buffer: Buffer, start: number, end: number): void {
    const run = this.#rows.current();
    if (run === null || this.#parts.replies.head()?.kind !== 'function')
      return this.#host.cut('the result of a function that nobody called');
    this.#out.pass(buffer, start, end);
    run.count(end - start);
    this.#end(run, END_OK);
  }

  /** EmptyQueryResponse or PortalSuspended. */
  endOfResult(buffer: Buffer, start: number, end: number): void {
    const head = this.#parts.replies.head();
    if (head?.kind === 'query' && head.runs.length === 0) return this.#out.pass(buffer, start, end);
    if (head?.kind === 'execute' && head.run === null) {
      this.#parts.replies.shift();
      return this.#out.pass(buffer, start, end);
    }
    const run = this.#rows.current();
    if (run === null) return this.#host.cut('an end of result without a statement');
    if (run.stopped !== null) return this.#endStopped(run, run.stopped, null);
    this.#out.pass(buffer, start, end);
    if (head?.kind === 'execute' && this.#goesOn(run)) return this.#suspend(run, head.portal);
    this.#end(run, END_OK);
  }

  /** A piece of what people agreed to as a whole: the pieces that follow are the same operation. */
  #goesOn(run: StatementRun): boolean {
    return run.admission.runsBy !== null && run.admission.mode === 'after-intent' && run.statement.returnsRows;
  }

  #suspend(run: StatementRun, portal: Portal): void {
    run.finish();
    this.#parts.lane.result(run.admission, run.chunk(), null);
    portal.admission = run.admission;
    portal.rows = run.total;
    this.#state.run = null;
    this.#parts.replies.shift();
  }

  /**
   * The cancel came too late: the client is refused all the same. Nothing else is under way, since what follows a limited result waits
   * for its end: the extended protocol gets a statement that cannot succeed, a block is aborted at ReadyForQuery.
   */
  #endStopped(run: StatementRun, refusal: Refusal, tag: string | null): void {
    const answer = toErrorResponse(refusal);
    this.#parts.names.stored.lost(run.statement);
    const extended = this.#parts.replies.head()?.kind === 'execute';
    if (!extended) {
      this.#parts.ledger.failed();
      this.#state.limitPassed = true;
      this.#state.dropping = true;
    }
    this.#end(run, refusedEnd(refusal, tag));
    if (extended) this.#host.refuse(answer);
    else this.#out.emit(answer);
  }

  #end(run: StatementRun, end: ResultEnd): void {
    const { lane, ledger, replies } = this.#parts;
    run.finish();
    lane.result(run.admission, run.chunk(), end);
    if (run.admission.mode === 'after-intent') ledger.ended(run.admission, end, run.closesBlock);
    this.#state.run = null;
    const head = replies.head();
    if (head?.kind === 'query') head.at += 1;
    else if (head?.kind === 'execute') {
      head.portal.rows = run.total;
      replies.shift();
    }
  }

  /** An error ends a run without moving the queue: what follows is skipped or ends at ReadyForQuery. */
  inPlace(run: StatementRun, end: ResultEnd): void {
    const { lane, ledger } = this.#parts;
    if (run.over) return;
    run.finish();
    lane.result(run.admission, run.chunk(), end);
    if (run.admission.mode === 'after-intent') ledger.ended(run.admission, end, run.closesBlock);
    if (this.#state.run === run) this.#state.run = null;
  }

  /** A portal is gone that was never executed: a read of it left no trace in the record, a write has its intent. */
  unused(admission: Admission | null, end: ResultEnd = SKIPPED): void {
    if (admission === null || admission.ended) return;
    // pieces of it that left were no failure
    const own = end.status === 'skipped' && admission.chunks > 0 ? END_OK : end;
    if (admission.intent >= 0) this.#parts.lane.settle(admission, own, []);
    // planning and reading the values run too: what the client is told of them stands in the record
    else if (end.status !== 'skipped') this.#parts.lane.result(admission, NO_ROWS, end);
  }
}

/** What the record says of a result that a rule ended. @param tag of the target; null: it gave none */
export function refusedEnd(refusal: Refusal, tag: string | null): ResultEnd {
  const code = sqlstateOf(refusal);
  return { status: code === CANCELLED ? 'cancelled' : 'error', code, message: refusal.message, tag };
}
