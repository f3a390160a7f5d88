import type { ResultEnd } from '@app/gate';
import { scrubError } from '@app/masking';
import { readErrorFields, serialize } from '@app/pg-wire';
import { toErrorResponse } from './error-response.js';
import { findInMessage } from './found-in-messages.js';
import type { ReadState } from './read-state.js';
import type { ReleasedOutput } from './released-output.js';
import { type Expected, prepares, statementOf } from './reply-queue.js';
import { type SentStatement, unbound } from './sent-statement.js';
import { CANCELLED, refusedEnd, type ResultEnds, SKIPPED } from './result-ends.js';
import { timeoutRefusal } from './result-refusals.js';
import type { SessionParts } from './session-parts.js';
import type { StatementRun } from './statement-run.js';

/** What an error tells the session around it. */
export interface ErrorsHost {
  /** an error while no Sync is on its way: the target skips what comes until then */
  skipToSync(): void;
  /** the target closes the session after this error */
  targetFatal(): void;
}

/** Errors and notices of the target: which of what was sent failed with it, and which of its words may leave. */
export class TargetErrors {
  readonly #parts: SessionParts;
  readonly #state: ReadState;
  readonly #out: ReleasedOutput;
  readonly #ends: ResultEnds;
  readonly #host: ErrorsHost;

  constructor(parts: SessionParts, state: ReadState, out: ReleasedOutput, ends: ResultEnds, host: ErrorsHost) {
    this.#parts = parts;
    this.#state = state;
    this.#out = out;
    this.#ends = ends;
    this.#host = host;
  }

  /** ErrorResponse. */
  error(buffer: Buffer, start: number, end: number): void {
    const { replies, ledger, names } = this.#parts;
    const head = replies.head();
    const fields = readErrorFields(buffer, start, end);
    ledger.failed();
    names.stored.failed();
    // behind the refusal that ended a simple query's message nothing more of it is answered
    if (this.#state.dropping && fields.get('V') === 'ERROR') return;
    let failure = SKIPPED;
    if (head?.kind === 'refusal' || head?.kind === 'refusal-query') this.#out.emit(head.answer);
    else failure = this.#targetError(head, fields, buffer, start, end);
    if (fields.get('V') === 'FATAL' || fields.get('V') === 'PANIC') return this.#host.targetFatal();
    if (head === undefined || head.kind === 'query' || head.kind === 'function' || head.kind === 'refusal-query')
      return;
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
    const run = this.#state.run ?? this.#state.waiting();
    const own = run?.stopped ?? (run?.timedOut && fields.get('C') === CANCELLED ? timeoutRefusal(run) : null);
    if (run != null && own !== null) {
      this.#out.emit(toErrorResponse(own));
      const refused = refusedEnd(own, null);
      this.#ends.inPlace(run, refused);
      return refused;
    }
    const hides = this.#scrubs(head, run) || this.#holds('error', fields, head, run);
    const scrubbed = hides ? scrubError(fields, false) : null;
    if (scrubbed) this.#out.emit(serialize.errorFromFields(scrubbed));
    else this.#out.pass(buffer, start, end);
    const shown = scrubbed ?? fields;
    const code = shown.get('C') ?? null;
    const status = code === CANCELLED ? 'cancelled' : 'error';
    const failure: ResultEnd = { status, code, message: shown.get('M') ?? null, tag: null };
    if (run === null) return failure;
    this.#ends.inPlace(run, failure);
    if (head?.kind === 'query') for (const later of head.runs.slice(head.at + 1)) this.#ends.inPlace(later, SKIPPED);
    return failure;
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
        return this.#ends.unused(expected.portal.admission, expected === first ? failure : SKIPPED);
      case 'close':
        return names.drop(expected.change);
      case 'execute':
        if (expected.run) this.#ends.inPlace(expected.run, prepares(first, expected.portal) ? failure : SKIPPED);
        return;
      case 'query':
        for (const run of expected.runs) this.#ends.inPlace(run, SKIPPED);
        return expected.changes.forEach((change) => names.drop(change));
      case 'function':
        return this.#ends.inPlace(expected.run, SKIPPED);
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

  /** Whether texts of the target may quote protected values: the statement touches them, or something in its transaction did. */
  #scrubs(head: Expected | undefined, run: StatementRun | null): boolean {
    if (!this.#parts.profile.strict) return false;
    this.#state.touch(run?.statement ?? statementOf(head));
    return this.#state.touched;
  }

  /** NoticeResponse. */
  notice(buffer: Buffer, start: number, end: number): void {
    const run = this.#state.run ?? this.#state.waiting();
    if (this.#state.startingUp) return;
    const head = this.#parts.replies.head();
    const scrubs = this.#scrubs(head, run);
    if (!scrubs && this.#parts.profile.detection === null) return this.#out.pass(buffer, start, end);
    const fields = readErrorFields(buffer, start, end);
    if (!scrubs && !this.#holds('notice', fields, head, run)) return this.#out.pass(buffer, start, end);
    this.#out.emit(serialize.noticeFromFields(scrubError(fields, false)));
  }

  /** Whether detectors find something in texts that would pass, besides what the author of the statement wrote. */
  #holds(
    what: 'error' | 'notice',
    fields: ReadonlyMap<string, string>,
    head: Expected | undefined,
    run: StatementRun | null,
  ): boolean {
    const { lane, profile } = this.#parts;
    const rules = profile.detection?.whole ?? null;
    const { held, found } = findInMessage(rules, { in: what, name: null }, fields.values(), writtenBy(head, run));
    lane.detected(found, run?.admission.id ?? null);
    return held;
  }
}

/** What its author wrote of the message that an answer belongs to. */
function writtenBy(
  head: Expected | undefined,
  run: StatementRun | null,
): Pick<SentStatement, 'text' | 'values'> | null {
  if (run !== null) return run.sent;
  if (head?.kind === 'parse') return { text: head.prepared.text, values: unbound };
  if (head?.kind !== 'bind' && head?.kind !== 'execute') return null;
  const { prepared, values } = head.portal;
  return { text: prepared.text, values: values ?? unbound };
}
