import {
  readParameterStatus,
  readReadyStatus,
  readRowDescription,
  readParameterDescription,
  type ReadyStatus,
  serialize,
} from '@app/pg-wire';
import { CopyOutput } from './copy-output.js';
import { findInMessage, HIDDEN_TEXT } from './found-in-messages.js';
import { Question } from './question.js';
import { ReadState } from './read-state.js';
import { ReleasedOutput } from './released-output.js';
import { endsCycle, runsOf, statementOf } from './reply-queue.js';
import { misfit } from './result-columns.js';
import { END_OK, type EndsHost, ResultEnds, SKIPPED } from './result-ends.js';
import { timeoutRefusal } from './result-refusals.js';
import { ResultRows, type RowsHost } from './result-rows.js';
import type { SessionParts } from './session-parts.js';
import { type ErrorsHost, TargetErrors } from './target-errors.js';

/** What the reader tells the session. */
export interface ReaderHost extends RowsHost, EndsHost, ErrorsHost {
  /** ReadyForQuery was answered */
  ready(status: ReadyStatus): void;
  /** @returns what the client is told; null: nothing */
  parameterChanged(name: string, value: string): string | null;
}

/** Reported settings that hold any text. What the client called itself at its start it knows. */
const FREE_SETTINGS = new Set(['search_path', 'TimeZone']);

/** Rows, their descriptions and ends, those of a COPY too. */
const DROPPED = new Set([0x44, 0x43, 0x54, 0x49, 0x48, 0x64, 0x63]);

/** Reads what the target answers: follows which message each answer belongs to, masks, counts, records, releases. */
export class TargetReader {
  readonly #parts: SessionParts;
  readonly #host: ReaderHost;
  readonly #state: ReadState;
  readonly #out: ReleasedOutput;
  readonly #rows: ResultRows;
  readonly #copy: CopyOutput;
  readonly #ends: ResultEnds;
  readonly #errors: TargetErrors;
  /** an answer to a question of the gateway's own is being read */
  #question: Question | null = null;

  constructor(parts: SessionParts, host: ReaderHost) {
    this.#parts = parts;
    this.#host = host;
    const state = new ReadState(parts);
    const out = new ReleasedOutput(parts, state);
    this.#state = state;
    this.#out = out;
    this.#rows = new ResultRows(parts, state, out, host, (frames) => this.#again(frames));
    this.#copy = new CopyOutput(parts, state, out, this.#rows, host);
    this.#ends = new ResultEnds(parts, state, out, this.#rows, host);
    this.#errors = new TargetErrors(parts, state, out, this.#ends, host);
  }

  /** From now on ParameterStatus goes to the client. */
  started(): void {
    this.#state.startingUp = false;
  }

  /** Reads the coming answer as one to the gateway's own question; nothing of it reaches the client. */
  expectAnswer(): Promise<(string | null)[][]> {
    this.#question = new Question();
    return this.#question.answer;
  }

  /** The rest of a result waits for people: the target is not read. */
  get waiting(): boolean {
    return this.#state.back !== null;
  }

  /** After a late row limit inside a block: the block must not commit. */
  takeLimitPassed(): boolean {
    const passed = this.#state.limitPassed;
    this.#state.limitPassed = false;
    return passed;
  }

  readonly onFrame = (type: number, buffer: Buffer, start: number, end: number): void => {
    if (this.#state.back !== null) {
      this.#state.back.push([type, buffer, start, end]);
      return;
    }
    if (this.#question !== null) {
      const taken = this.#question.take(type, buffer, start, end);
      if (taken === 'done') this.#question = null;
      if (taken === 'fatal') this.#host.targetFatal();
      if (taken !== 'not-mine') return;
    }
    if (this.#state.dropping && DROPPED.has(type)) return;
    switch (type) {
      case 0x44: // D
        return this.#rows.row(buffer, start, end);
      case 0x64: // d
        return this.#copy.data(buffer, start, end);
      case 0x56: // V
        return this.#ends.called(buffer, start, end);
      case 0x43: // C
        return this.#ends.complete(buffer, start, end);
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
        return this.#errors.error(buffer, start, end);
      case 0x4e: // N
        return this.#errors.notice(buffer, start, end);
      case 0x53: // S
        return this.#parameterStatus(buffer, start, end);
      case 0x48: // H
        return this.#copy.begin(buffer, start, end);
      case 0x63: // c
        return this.#copy.done(buffer, start, end);
      case 0x47: // G
        return this.#copyIn(buffer, start, end);
      case 0x49: // I
      case 0x73: // s
        return this.#ends.endOfResult(buffer, start, end);
      case 0x41: // A
        return this.#notification(buffer, start, end);
      default:
        return this.#host.cut(`an unexpected message of type ${String.fromCharCode(type)}`);
    }
  };

  /** Notifications of other sessions delivered so far. */
  get notified(): number {
    return this.#out.notifications.delivered;
  }

  /** After the last frame of a chunk: what is recorded may leave. */
  readonly onChunk = (): void => {
    if (this.#state.run === null || this.#state.run.bytes === 0) this.#out.release();
    else if (this.#out.bytes >= this.#parts.profile.chunkBytes) this.#out.recordChunk();
  };

  /** The clock of long results. @param now ms */
  tick(now: number): void {
    const run = this.#state.run ?? this.#state.waiting();
    if (run === null || this.#state.back !== null) return;
    if (run.timeoutMs !== null && run.cancelled === null && now - run.admission.startedAt > run.timeoutMs) {
      run.timedOut = true;
      // a target that waits for data of a COPY hears of no cancel
      if (run.input?.taking) run.input.refuse(timeoutRefusal(run));
      else run.cancelled = this.#parts.upstream.cancel();
    }
    if (now - Math.max(this.#state.since, run.admission.startedAt) < this.#parts.profile.chunkMs) return;
    this.#parts.lane.recordIntent(run.admission);
    if (this.#state.run !== null && run.bytes > 0) this.#out.recordChunk();
    this.#state.since = now;
  }

  /** The session is over: ends what is still open as unknown. */
  abandon(): void {
    const { lane, replies, ledger, names } = this.#parts;
    this.#state.abandoned = true;
    this.#state.back = null;
    this.#question?.abandon();
    this.#question = null;
    for (const expected of replies.rest())
      for (const run of runsOf(expected)) {
        if (run.admission.ended) continue;
        run.input?.over();
        if (run.admission.mode === 'after-intent') lane.settle(run.admission, { ...END_OK, status: 'unknown' }, []);
        else lane.result(run.admission, run.chunk(), { ...END_OK, status: 'unknown' });
      }
    for (const { admission, end, settles } of ledger.ready('E', -1))
      lane.settle(admission, { ...end, status: 'unknown' }, settles);
    for (const admission of names.abandon()) this.#ends.unused(admission);
  }

  /** What waited for people is read. */
  #again(frames: ReadState['back']): void {
    for (const [type, buffer, start, end] of frames ?? []) this.onFrame(type, buffer, start, end);
    this.onChunk();
  }

  /** CopyInResponse: what the client sends from now on belongs to the statement. */
  #copyIn(buffer: Buffer, start: number, end: number): void {
    const run = this.#rows.current();
    if (run?.input == null) return this.#host.cut('a COPY from the client that nobody asked for');
    this.#out.pass(buffer, start, end);
    run.input.opened();
  }

  #acknowledged(type: number, buffer: Buffer, start: number, end: number): void {
    const head = this.#parts.replies.head();
    const wanted = type === 0x31 ? 'parse' : type === 0x32 ? 'bind' : 'close';
    if (head?.kind !== wanted) return this.#host.cut(`an acknowledgement (${wanted}) without its message`);
    this.#parts.replies.shift();
    this.#ends.unused(this.#parts.names.commit(head.change));
    this.#out.pass(buffer, start, end);
  }

  #rowDescription(buffer: Buffer, start: number, end: number): void {
    const head = this.#parts.replies.head();
    const fields = readRowDescription(buffer, start, end);
    if (head?.kind === 'query') {
      const run = this.#rows.current();
      if (run === null) return this.#host.cut('a description without a statement');
      if (this.#rows.describe(run, fields)) this.#out.pass(buffer, start, end);
      return;
    }
    if (head?.kind !== 'describe') return this.#host.cut('a description nobody asked for');
    this.#parts.replies.shift();
    const statement = statementOf(head);
    if (this.#parts.profile.strict) {
      const { isProtected } = this.#host;
      if (statement === null) return this.#host.cut('a description of an unknown statement');
      const why = misfit(statement, fields, isProtected);
      if (why !== null) return this.#host.cut(`the description is not what was expected: ${why}`);
    }
    if (head.portal) head.portal.fields = fields;
    else if (head.prepared) head.prepared.fields = fields;
    if (!head.own) this.#out.pass(buffer, start, end);
  }

  #parameterDescription(buffer: Buffer, start: number, end: number): void {
    const head = this.#parts.replies.head();
    if (head?.kind !== 'describe') return this.#host.cut('a description nobody asked for');
    if (head.prepared) head.prepared.parameterTypes = readParameterDescription(buffer, start, end);
    if (!head.own) this.#out.pass(buffer, start, end);
  }

  #noData(buffer: Buffer, start: number, end: number): void {
    const head = this.#parts.replies.head();
    if (head?.kind !== 'describe') return this.#host.cut('a description nobody asked for');
    this.#parts.replies.shift();
    if (head.portal) head.portal.fields = [];
    else if (head.prepared) head.prepared.fields = [];
    if (!head.own) this.#out.pass(buffer, start, end);
  }

  #notification(buffer: Buffer, start: number, end: number): void {
    const shown = this.#out.notifications.take(buffer, start, end);
    if (shown === null) this.#out.pass(buffer, start, end);
    else this.#out.emit(shown);
  }

  #parameterStatus(buffer: Buffer, start: number, end: number): void {
    const { name, value } = readParameterStatus(buffer, start, end);
    const shown = this.#host.parameterChanged(name, value);
    if (this.#state.startingUp || shown === null) return;
    if (this.#hidesSetting(name, shown)) return this.#out.emit(serialize.parameterStatus(name, HIDDEN_TEXT));
    if (shown === value) this.#out.pass(buffer, start, end);
    else this.#out.emit(serialize.parameterStatus(name, shown));
  }

  /** Settings that hold any text; those that take one of a few words cannot carry anything. */
  #hidesSetting(name: string, value: string): boolean {
    if (!FREE_SETTINGS.has(name)) return false;
    const { profile, lane } = this.#parts;
    const run = this.#state.run ?? this.#state.waiting();
    const rules = profile.detection?.whole ?? null;
    const { held, found } = findInMessage(rules, { in: 'setting', name }, [value], run?.sent ?? null);
    lane.detected(found, run?.admission.id ?? null);
    return held;
  }

  #ready(buffer: Buffer, start: number, end: number): void {
    const { replies, lane, ledger, names } = this.#parts;
    const head = replies.head();
    if (head === undefined || !endsCycle(head)) return this.#host.cut('ReadyForQuery nobody asked for');
    replies.shift();
    this.#state.run = null;
    this.#state.dropping = false;
    const status = readReadyStatus(buffer, start, end);
    if (head.kind === 'query') for (const run of head.runs) this.#ends.inPlace(run, SKIPPED);
    if (head.kind === 'query' || head.kind === 'refusal-query')
      for (const change of head.changes) this.#ends.unused(names.commit(change));
    for (const { admission, end: outcome, settles } of ledger.ready(status, replies.answered - 1))
      lane.settle(admission, outcome, settles);
    names.stored.ready(status);
    if (status === 'I') for (const admission of names.transactionEnded()) this.#ends.unused(admission);
    if (this.#state.limitPassed && status === 'T') {
      // ReadyForQuery waits until the block is aborted
      this.#host.ready(status);
      return;
    }
    this.#state.limitPassed = false;
    if (status === 'I') this.#state.touched = false;
    if (head.kind !== 'sync' || head.own === null) this.#out.pass(buffer, start, end);
    this.#host.ready(status);
  }

  /** Releases what the session itself has to say, in its place. */
  say(bytes: Buffer): void {
    this.#out.emit(bytes);
    if (this.#state.run === null || this.#state.back !== null) this.#out.release();
  }
}
