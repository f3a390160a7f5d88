import type { Refusal, Refused, ResultChunk, ResultEnd } from '@app/gate';
import type { RowLimit } from '@app/policy';
import { RowMasker, scrubError, Slab } from '@app/masking';
import {
  readCommandTag,
  readErrorFields,
  readParameterStatus,
  readReadyStatus,
  readRowDescription,
  readParameterDescription,
  type ReadyStatus,
  type RowField,
  serialize,
} from '@app/pg-wire';
import { maskingPlan, misfit, namesProtected, withFormats, type IsProtected } from './result-columns.js';
import { sqlstateOf, toErrorResponse } from './error-response.js';
import type { SessionParts } from './session-parts.js';
import type { StatementRun } from './statement-run.js';
import type { Portal } from './prepared-names.js';
import { type Expected, prepares, runsOf, statementOf } from './reply-queue.js';
import { Question } from './question.js';
import { bytesRefusal, limitRefusal, timeoutRefusal } from './result-refusals.js';

/** What the reader tells the session. */
export interface ReaderHost {
  /** knowledge in force, for the last check of what the target announces */
  readonly isProtected: IsProtected;
  /** text of a row as DateStyle shapes it */
  readonly dateStyle: () => string;
  /** nothing more may leave: the target sent what cannot be right */
  cut(reason: string): void;
  /** a statement ended well: names it may have changed */
  succeeded(run: StatementRun, tag: string): void;
  /** a result ended that is refused all the same: the pipeline fails at the target too */
  refuse(answer: Buffer): void;
  /** an error while no Sync is on its way: the target skips what comes until then */
  skipToSync(): void;
  /** ReadyForQuery was answered */
  ready(status: ReadyStatus): void;
  /** @returns what the client is told; null: nothing */
  parameterChanged(name: string, value: string): string | null;
  /** the rest of a result waits for people; null: it may leave. Nothing of it is read meanwhile */
  holdRows(run: StatementRun, limit: RowLimit): Promise<Refused | null>;
  /** the session ends */
  end(refusal: Refusal): void;
  /** the target may be read again */
  resumed(): void;
  /** the target closes the session after this error */
  targetFatal(): void;
}

const END_OK: ResultEnd = { status: 'ok', code: null, message: null, tag: null };
const SKIPPED: ResultEnd = { ...END_OK, status: 'skipped' };
/** SQLSTATE query_canceled */
const CANCELLED = '57014';
const NO_ROWS: ResultChunk = { rows: 0, bytes: 0, columns: [], values: null, recorded: '' };

/** Rows, their descriptions and ends. */
const DROPPED = new Set([0x44, 0x43, 0x54, 0x49]);

/** Reads what the target answers: follows which message each answer belongs to, masks, counts, records, releases. */
export class TargetReader {
  readonly #parts: SessionParts;
  readonly #host: ReaderHost;
  readonly #slab = new Slab();
  /** the statement whose result is coming; null between results */
  #run: StatementRun | null = null;
  /** ms when the current result began, for the chunk clock */
  #since = 0;
  /** an answer to a question of the gateway's own is being read */
  #question: Question | null = null;
  /** a row limit was reached too late to stop the target: the block has to be aborted */
  #limitPassed = false;
  /** the client was told of the limit: what the target still answers to the same message nobody expects after an error */
  #dropping = false;
  /** frames that came after a result began to wait for people, in order; null: none waits */
  #back: (readonly [type: number, buffer: Buffer, start: number, end: number])[] | null = null;
  /** takes the record's copy of rows that leave unmasked */
  readonly #copies = new Slab();
  #startingUp = true;
  #abandoned = false;
  /** something in this transaction touched protected columns: its late errors (deferred constraints) are scrubbed */
  #touched = false;

  constructor(parts: SessionParts, host: ReaderHost) {
    this.#parts = parts;
    this.#host = host;
  }

  /** From now on ParameterStatus goes to the client. */
  started(): void {
    this.#startingUp = false;
  }

  /** Reads the coming answer as one to the gateway's own question; nothing of it reaches the client. */
  expectAnswer(): Promise<(string | null)[][]> {
    this.#question = new Question();
    return this.#question.answer;
  }

  /** The rest of a result waits for people: the target is not read. */
  get waiting(): boolean {
    return this.#back !== null;
  }

  /** After a late row limit inside a block: the block must not commit. */
  takeLimitPassed(): boolean {
    const passed = this.#limitPassed;
    this.#limitPassed = false;
    return passed;
  }

  readonly onFrame = (type: number, buffer: Buffer, start: number, end: number): void => {
    if (this.#back !== null) {
      this.#back.push([type, buffer, start, end]);
      return;
    }
    if (this.#question !== null) {
      const taken = this.#question.take(type, buffer, start, end);
      if (taken === 'done') this.#question = null;
      if (taken === 'fatal') this.#host.targetFatal();
      if (taken !== 'not-mine') return;
    }
    if (this.#dropping && DROPPED.has(type)) return;
    switch (type) {
      case 0x44: // D
        return this.#dataRow(buffer, start, end);
      case 0x43: // C
        return this.#commandComplete(buffer, start, end);
      case 0x5a: // Z
        return this.#ready(buffer, start, end);
      case 0x31: // 1
      case 0x32: // 2
      case 0x33: // 3
        return this.#acknowledged(type, buffer, start, end);
      case 0x54: // T
        return this.#rowDescription(buffer, start, end);
      case 0x74: // t
        return this.#parameterDescription(buffer, start, end);
      case 0x6e: // n
        return this.#noData(buffer, start, end);
      case 0x45: // E
        return this.#error(buffer, start, end);
      case 0x4e: // N
        return this.#notice(buffer, start, end);
      case 0x53: // S
        return this.#parameterStatus(buffer, start, end);
      case 0x49: // I
      case 0x73: // s
        return this.#endOfResult(buffer, start, end);
      case 0x41: // A: nobody can LISTEN through this gateway
        return;
      default:
        return this.#host.cut(`an unexpected message of type ${String.fromCharCode(type)}`);
    }
  };

  /** After the last frame of a chunk: what is recorded may leave. */
  readonly onChunk = (): void => {
    if (this.#run === null || this.#run.bytes === 0) this.#release();
    else if (this.#parts.output.bytes + this.#slab.size() >= this.#parts.profile.chunkBytes) this.#recordChunk();
  };

  /** The clock of long results. @param now ms */
  tick(now: number): void {
    const run = this.#run ?? this.#waiting();
    if (run === null || this.#back !== null) return;
    if (run.timeoutMs !== null && run.cancelled === null && now - run.admission.startedAt > run.timeoutMs) {
      run.timedOut = true;
      run.cancelled = this.#parts.upstream.cancel();
    }
    if (now - Math.max(this.#since, run.admission.startedAt) < this.#parts.profile.chunkMs) return;
    this.#parts.lane.recordIntent(run.admission);
    if (this.#run !== null && run.bytes > 0) this.#recordChunk();
    this.#since = now;
  }

  /** The session is over: ends what is still open as unknown. */
  abandon(): void {
    const { lane, replies, ledger, names } = this.#parts;
    this.#abandoned = true;
    this.#back = null;
    this.#question?.abandon();
    this.#question = null;
    for (const expected of replies.rest())
      for (const run of runsOf(expected)) {
        if (run.admission.ended) continue;
        if (run.admission.mode === 'after-intent') lane.settle(run.admission, { ...END_OK, status: 'unknown' }, []);
        else lane.result(run.admission, run.chunk(), { ...END_OK, status: 'unknown' });
      }
    for (const { admission, end, settles } of ledger.ready('E', -1))
      lane.settle(admission, { ...end, status: 'unknown' }, settles);
    for (const admission of names.abandon()) this.#settleUnused(admission);
  }

  #waiting(): StatementRun | null {
    const head = this.#parts.replies.head();
    if (head?.kind === 'execute') return head.run;
    if (head?.kind === 'query') return head.runs[head.at] ?? null;
    return null;
  }

  /** The run the next row or tag belongs to. */
  #current(): StatementRun | null {
    if (this.#run !== null) return this.#run;
    const head = this.#parts.replies.head();
    if (head?.kind === 'query') this.#run = head.runs[head.at] ?? null;
    else if (head?.kind === 'execute') {
      this.#run = head.run;
      const { portal } = head;
      if (this.#run) this.#run.total = portal.rows;
      const known =
        portal.fields ?? (portal.prepared.fields && withFormats(portal.prepared.fields, portal.resultFormats));
      if (this.#run && known) this.#describeRun(this.#run, known);
    }
    if (this.#run !== null) {
      this.#since = this.#run.admission.startedAt;
      this.#touch(this.#run.statement);
    }
    return this.#run;
  }

  /** @returns false when the session was cut */
  #describeRun(run: StatementRun, fields: readonly RowField[]): boolean {
    const { profile } = this.#parts;
    run.fields = fields;
    if (!profile.strict) return true;
    const why = misfit(run.statement, fields, this.#host.isProtected);
    if (why !== null) {
      this.#host.cut(`the result is not what was described: ${why}`);
      return false;
    }
    const settings = { dateStyle: this.#host.dateStyle() };
    const plan = maskingPlan(run.statement, fields, profile.maskOf, settings);
    const { unmask } = run.admission;
    const shown =
      plan === null || unmask.length === 0
        ? plan
        : maskingPlan(run.statement, fields, (name) => (unmask.includes(name) ? null : profile.maskOf(name)), settings);
    run.masker = shown === null ? null : new RowMasker(shown);
    run.recordMasker = plan === shown || plan === null ? null : new RowMasker(plan);
    return true;
  }

  #dataRow(buffer: Buffer, start: number, end: number): void {
    const run = this.#current();
    if (run === null) return this.#host.cut('a row without a statement');
    if (run.stopped !== null) return;
    if (run.limit !== null && run.total >= run.limit.over) return this.#outgrown(run, run.limit, buffer, start, end);
    if (run.bytesLimit !== null && run.totalBytes + end - start > run.bytesLimit)
      return this.#stop(run, bytesRefusal(run, run.bytesLimit));
    const { output } = this.#parts;
    if (run.fields === null && this.#parts.profile.strict) return this.#host.cut('rows before their description');
    if (run.masker === null) {
      if (this.#slab.size() > 0) this.#takeSlab();
      output.pass(buffer, start, end);
      if (run.recordMasker === null) run.row(buffer, start, end);
      else run.count(end - start);
    } else {
      const piece = this.#slab.buffer;
      const at = this.#slab.at;
      run.masker.mask(buffer, start, end, this.#slab);
      const from = this.#slab.buffer === piece ? at : 0;
      if (run.recordMasker === null) run.row(this.#slab.buffer, from, this.#slab.at);
      else run.count(this.#slab.at - from);
    }
    if (run.recordMasker !== null && run.keeps) this.#keepMasked(run, run.recordMasker, buffer, start, end);
    if (run.bytes >= this.#parts.profile.chunkBytes) this.#recordChunk();
  }

  /** The client gets classes that the record does not. */
  #keepMasked(run: StatementRun, masker: RowMasker, buffer: Buffer, start: number, end: number): void {
    masker.mask(buffer, start, end, this.#copies);
    const copy = Buffer.concat(this.#copies.take());
    run.keep(copy, 0, copy.length);
  }

  #stop(run: StatementRun, refusal: Refusal): void {
    run.stopped = refusal;
    run.cancelled ??= this.#parts.upstream.cancel();
  }

  /** A row too many: people are asked where the client may wait, otherwise the rest is refused. */
  #outgrown(run: StatementRun, limit: RowLimit, buffer: Buffer, start: number, end: number): void {
    if (limit.effect !== 'hold' || !run.mayWait) return this.#stop(run, limitRefusal(run, limit));
    this.#back = [[buffer[start]!, buffer, start, end]];
    this.#parts.upstream.socket.pause();
    // what came before it leaves meanwhile
    this.#recordChunk();
    void this.#host.holdRows(run, limit).then((refused) => this.#decided(run, limit, refused));
  }

  #decided(run: StatementRun, limit: RowLimit, refused: Refused | null): void {
    const back = this.#back ?? [];
    this.#back = null;
    if (this.#abandoned) return;
    if (refused === null) run.lift(limit);
    else if (refused.refusal.fatal) return this.#host.end(refused.refusal);
    else this.#stop(run, refused.refusal);
    for (const [type, buffer, start, end] of back) this.onFrame(type, buffer, start, end);
    this.onChunk();
    this.#host.resumed();
  }

  #commandComplete(buffer: Buffer, start: number, end: number): void {
    const run = this.#current();
    if (run === null) return this.#host.cut('a command tag without a statement');
    const tag = readCommandTag(buffer, start, end);
    if (run.stopped !== null) return this.#endStopped(run, run.stopped, tag);
    this.#pass(buffer, start, end);
    this.#endRun(run, { status: 'ok', code: null, message: null, tag });
    this.#host.succeeded(run, tag);
  }

  #endOfResult(buffer: Buffer, start: number, end: number): void {
    const head = this.#parts.replies.head();
    if (head?.kind === 'query' && head.runs.length === 0) return this.#pass(buffer, start, end);
    if (head?.kind === 'execute' && head.run === null) {
      this.#parts.replies.shift();
      return this.#pass(buffer, start, end);
    }
    const run = this.#current();
    if (run === null) return this.#host.cut('an end of result without a statement');
    if (run.stopped !== null) return this.#endStopped(run, run.stopped, null);
    this.#pass(buffer, start, end);
    if (head?.kind === 'execute' && this.#goesOn(run)) return this.#suspend(run, head.portal);
    this.#endRun(run, END_OK);
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
    this.#run = null;
    this.#parts.replies.shift();
  }

  /**
   * The cancel came too late: the client is refused all the same. Nothing else is under way, since what follows a limited result waits
   * for its end: the extended protocol gets a statement that cannot succeed, a block is aborted at ReadyForQuery.
   */
  #endStopped(run: StatementRun, refusal: Refusal, tag: string | null): void {
    const answer = toErrorResponse(refusal);
    const extended = this.#parts.replies.head()?.kind === 'execute';
    if (!extended) {
      this.#parts.ledger.failed();
      this.#limitPassed = true;
      this.#dropping = true;
    }
    this.#endRun(run, refusedEnd(refusal, tag));
    if (extended) this.#host.refuse(answer);
    else this.#emit(answer);
  }

  #endRun(run: StatementRun, end: ResultEnd): void {
    const { lane, ledger, replies } = this.#parts;
    run.finish();
    lane.result(run.admission, run.chunk(), end);
    if (run.admission.mode === 'after-intent') ledger.ended(run.admission, end, run.closesBlock);
    this.#run = null;
    const head = replies.head();
    if (head?.kind === 'query') head.at += 1;
    else if (head?.kind === 'execute') {
      head.portal.rows = run.total;
      replies.shift();
    }
  }

  #acknowledged(type: number, buffer: Buffer, start: number, end: number): void {
    const head = this.#parts.replies.head();
    const wanted = type === 0x31 ? 'parse' : type === 0x32 ? 'bind' : 'close';
    if (head?.kind !== wanted) return this.#host.cut(`an acknowledgement (${wanted}) without its message`);
    this.#parts.replies.shift();
    this.#settleUnused(this.#parts.names.commit(head.change));
    this.#pass(buffer, start, end);
  }

  #rowDescription(buffer: Buffer, start: number, end: number): void {
    const head = this.#parts.replies.head();
    const fields = readRowDescription(buffer, start, end);
    if (head?.kind === 'query') {
      const run = this.#current();
      if (run === null) return this.#host.cut('a description without a statement');
      if (this.#describeRun(run, fields)) this.#pass(buffer, start, end);
      return;
    }
    if (head?.kind !== 'describe') return this.#host.cut('a description nobody asked for');
    this.#parts.replies.shift();
    const statement = (head.portal ?? head.prepared)?.statement ?? null;
    if (this.#parts.profile.strict) {
      const { isProtected } = this.#host;
      const isCursor = head.portal === null && head.prepared === null;
      if (isCursor && namesProtected(fields, isProtected))
        return this.#host.cut('a cursor over a protected column was described');
      if (statement === null && !isCursor) return this.#host.cut('a description of an unknown statement');
      const why = statement === null ? null : misfit(statement, fields, isProtected);
      if (why !== null) return this.#host.cut(`the description is not what was expected: ${why}`);
    }
    if (head.portal) head.portal.fields = fields;
    else if (head.prepared) head.prepared.fields = fields;
    if (!head.own) this.#pass(buffer, start, end);
  }

  #parameterDescription(buffer: Buffer, start: number, end: number): void {
    const head = this.#parts.replies.head();
    if (head?.kind !== 'describe') return this.#host.cut('a description nobody asked for');
    if (head.prepared) head.prepared.parameterTypes = readParameterDescription(buffer, start, end);
    if (!head.own) this.#pass(buffer, start, end);
  }

  #noData(buffer: Buffer, start: number, end: number): void {
    const head = this.#parts.replies.head();
    if (head?.kind !== 'describe') return this.#host.cut('a description nobody asked for');
    this.#parts.replies.shift();
    if (head.portal) head.portal.fields = [];
    else if (head.prepared) head.prepared.fields = [];
    if (!head.own) this.#pass(buffer, start, end);
  }

  #error(buffer: Buffer, start: number, end: number): void {
    const { replies, ledger } = this.#parts;
    const head = replies.head();
    const fields = readErrorFields(buffer, start, end);
    ledger.failed();
    // behind the refusal that ended a simple query's message nothing more of it is answered
    if (this.#dropping && fields.get('V') === 'ERROR') return;
    let failure = SKIPPED;
    if (head?.kind === 'refusal' || head?.kind === 'refusal-query') this.#emit(head.answer);
    else failure = this.#targetError(head, fields, buffer, start, end);
    if (fields.get('V') === 'FATAL' || fields.get('V') === 'PANIC') return this.#host.targetFatal();
    if (head === undefined || head.kind === 'query' || head.kind === 'refusal-query') return;
    // the extended protocol: the target answers nothing more up to the next Sync
    const skipped = replies.skipped();
    for (const expected of skipped) this.#undo(expected, head, failure);
    const sync = replies.head();
    if (sync === undefined) this.#host.skipToSync();
    else if (sync.kind === 'sync' && sync.own !== null) sync.own.failed = true;
  }

  #targetError(
    head: Expected | undefined,
    fields: ReadonlyMap<string, string>,
    buffer: Buffer,
    start: number,
    end: number,
  ): ResultEnd {
    const run = this.#run ?? this.#waiting();
    const own = run?.stopped ?? (run?.timedOut && fields.get('C') === CANCELLED ? timeoutRefusal(run) : null);
    if (run != null && own !== null) {
      this.#emit(toErrorResponse(own));
      const refused = refusedEnd(own, null);
      this.#endRunInPlace(run, refused);
      return refused;
    }
    const scrubbed = this.#scrubs(head, run) ? scrubError(fields, false) : null;
    if (scrubbed) this.#emit(serialize.errorFromFields(scrubbed));
    else this.#pass(buffer, start, end);
    const shown = scrubbed ?? fields;
    const code = shown.get('C') ?? null;
    const status = code === CANCELLED ? 'cancelled' : 'error';
    const failure: ResultEnd = { status, code, message: shown.get('M') ?? null, tag: null };
    if (run === null) return failure;
    this.#endRunInPlace(run, failure);
    if (head?.kind === 'query') for (const later of head.runs.slice(head.at + 1)) this.#endRunInPlace(later, SKIPPED);
    return failure;
  }

  /** An error ends a run without moving the queue: what follows is skipped or ends at ReadyForQuery. */
  #endRunInPlace(run: StatementRun, end: ResultEnd): void {
    const { lane, ledger } = this.#parts;
    if (run.over) return;
    run.finish();
    lane.result(run.admission, run.chunk(), end);
    if (run.admission.mode === 'after-intent') ledger.ended(run.admission, end, run.closesBlock);
    if (this.#run === run) this.#run = null;
  }

  /** Takes back a message that the target refused (the `first`) or skipped because of it. */
  #undo(expected: Expected, first: Expected, failure: ResultEnd): void {
    const { names } = this.#parts;
    switch (expected.kind) {
      case 'parse':
        names.drop(expected.change);
        // a failing unnamed Parse destroys the unnamed statement; a skipped one changes nothing
        if (expected === first && expected.prepared.name === '') names.forgetStatement('');
        return;
      case 'bind':
        names.drop(expected.change);
        return this.#endUnused(expected.portal.admission, expected === first ? failure : SKIPPED);
      case 'close':
        return names.drop(expected.change);
      case 'execute':
        if (expected.run) this.#endRunInPlace(expected.run, prepares(first, expected.portal) ? failure : SKIPPED);
        return;
      case 'query':
        for (const run of expected.runs) this.#endRunInPlace(run, SKIPPED);
        return expected.changes.forEach((change) => names.drop(change));
      case 'refusal-query':
        return expected.changes.forEach((change) => names.drop(change));
      case 'describe':
      case 'sync':
      case 'refusal':
        return;
      default:
        return expected satisfies never;
    }
  }

  /** A portal is gone that was never executed: a read of it left no trace in the record, a write has its intent. */
  #settleUnused(admission: StatementRun['admission'] | null): void {
    this.#endUnused(admission, SKIPPED);
  }

  #endUnused(admission: StatementRun['admission'] | null, end: ResultEnd): void {
    if (admission === null || admission.ended) return;
    // pieces of it that left were no failure
    const own = end.status === 'skipped' && admission.chunks > 0 ? END_OK : end;
    if (admission.intent >= 0) this.#parts.lane.settle(admission, own, []);
    // planning and reading the values run too: what the client is told of them stands in the record
    else if (end.status !== 'skipped') this.#parts.lane.result(admission, NO_ROWS, end);
  }

  /** Whether texts of the target may quote protected values: the statement touches them, or something in its transaction did. */
  #scrubs(head: Expected | undefined, run: StatementRun | null): boolean {
    if (!this.#parts.profile.strict) return false;
    this.#touch(run?.statement ?? statementOf(head));
    return this.#touched;
  }

  #touch(statement: StatementRun['statement'] | null): void {
    if (statement !== null && statement.lineage !== 'clean') this.#touched = true;
  }

  #notice(buffer: Buffer, start: number, end: number): void {
    const run = this.#run ?? this.#waiting();
    if (this.#startingUp) return;
    if (!this.#scrubs(this.#parts.replies.head(), run)) return this.#pass(buffer, start, end);
    this.#emit(serialize.noticeFromFields(scrubError(readErrorFields(buffer, start, end), false)));
  }

  #parameterStatus(buffer: Buffer, start: number, end: number): void {
    const { name, value } = readParameterStatus(buffer, start, end);
    const shown = this.#host.parameterChanged(name, value);
    if (this.#startingUp || shown === null) return;
    if (shown === value) this.#pass(buffer, start, end);
    else this.#emit(serialize.parameterStatus(name, shown));
  }

  #ready(buffer: Buffer, start: number, end: number): void {
    const { replies, lane, ledger, names } = this.#parts;
    const head = replies.head();
    if (head?.kind !== 'sync' && head?.kind !== 'query' && head?.kind !== 'refusal-query')
      return this.#host.cut('ReadyForQuery nobody asked for');
    replies.shift();
    this.#run = null;
    this.#dropping = false;
    const status = readReadyStatus(buffer, start, end);
    if (head.kind === 'query') for (const run of head.runs) this.#endRunInPlace(run, SKIPPED);
    if (head.kind !== 'sync') for (const change of head.changes) this.#settleUnused(names.commit(change));
    for (const { admission, end: outcome, settles } of ledger.ready(status, replies.answered - 1))
      lane.settle(admission, outcome, settles);
    if (status === 'I') for (const admission of names.transactionEnded()) this.#settleUnused(admission);
    if (this.#limitPassed && status === 'T') {
      // ReadyForQuery waits until the block is aborted
      this.#host.ready(status);
      return;
    }
    this.#limitPassed = false;
    if (status === 'I') this.#touched = false;
    if (head.kind !== 'sync' || head.own === null) this.#pass(buffer, start, end);
    this.#host.ready(status);
  }

  /** Bytes of ours, in order. */
  #emit(bytes: Buffer): void {
    this.#takeSlab();
    this.#parts.output.add(bytes);
  }

  #pass(buffer: Buffer, start: number, end: number): void {
    if (this.#slab.size() > 0) this.#takeSlab();
    this.#parts.output.pass(buffer, start, end);
  }

  #takeSlab(): void {
    if (this.#slab.size() === 0) return;
    for (const piece of this.#slab.take()) this.#parts.output.add(piece);
  }

  #recordChunk(): void {
    const run = this.#run;
    if (run === null) return;
    const receipt = this.#parts.lane.result(run.admission, run.chunk(), null);
    this.#takeSlab();
    this.#parts.lane.release(receipt, this.#parts.output.take());
  }

  /** Everything collected belongs to recorded results or to none. */
  #release(): void {
    this.#takeSlab();
    const { lane, output } = this.#parts;
    if (output.bytes > 0) lane.release(lane.receipt(), output.take());
  }

  /** Releases what the session itself has to say, in its place. */
  say(bytes: Buffer): void {
    this.#emit(bytes);
    if (this.#run === null || this.#back !== null) this.#release();
  }
}

function refusedEnd(refusal: Refusal, tag: string | null): ResultEnd {
  const code = sqlstateOf(refusal);
  return { status: code === CANCELLED ? 'cancelled' : 'error', code, message: refusal.message, tag };
}
