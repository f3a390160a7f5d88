import type { Refusal, Refused } from '@app/gate';
import { FoundValues, type OutputSettings, RowMasker, Slab } from '@app/masking';
import type { RowField } from '@app/pg-wire';
import type { RowLimit } from '@app/policy';
import { ownTexts } from './found-in-messages.js';
import type { ReadState } from './read-state.js';
import type { ReleasedOutput } from './released-output.js';
import { resultMasks } from './masking-plans.js';
import { misfit, withFormats, type IsProtected } from './result-columns.js';
import { bytesRefusal, foundRefusal, limitRefusal } from './result-refusals.js';
import type { SessionParts } from './session-parts.js';
import type { StatementRun } from './statement-run.js';

/** What rows need of the session around them. */
export interface RowsHost {
  /** knowledge in force, for the last check of what the target announces */
  readonly isProtected: IsProtected;
  /** `schema.table.column` of a column as the catalog has it; null: there is none */
  columnName(relationOid: number, attnum: number): string | null;
  /** what values of rows look like: settings that shape their text, types that are not part of the server */
  readonly output: () => OutputSettings;
  /** nothing more may leave: the target sent what cannot be right */
  cut(reason: string): void;
  /** the rest of a result waits for people; null: it may leave. Nothing of it is read meanwhile */
  holdRows(run: StatementRun, limit: RowLimit): Promise<Refused | null>;
  /** the session ends */
  end(refusal: Refusal): void;
  /** the target may be read again */
  resumed(): void;
}

/** Rows of results: each is masked, counted, kept for the record, and held against what rules let pass. */
export class ResultRows {
  readonly #parts: SessionParts;
  readonly #state: ReadState;
  readonly #out: ReleasedOutput;
  readonly #host: RowsHost;
  readonly #again: (frames: ReadState['back']) => void;
  /** takes the record's copy of rows that leave unmasked */
  readonly #copies = new Slab();

  /** @param again reads frames that waited for people */
  constructor(
    parts: SessionParts,
    state: ReadState,
    out: ReleasedOutput,
    host: RowsHost,
    again: (frames: ReadState['back']) => void,
  ) {
    this.#parts = parts;
    this.#state = state;
    this.#out = out;
    this.#host = host;
    this.#again = again;
  }

  /** The run the next row or tag belongs to. */
  current(): StatementRun | null {
    const state = this.#state;
    if (state.run !== null) return state.run;
    const head = this.#parts.replies.head();
    if (head?.kind === 'query') state.run = head.runs[head.at] ?? null;
    else if (head?.kind === 'function') state.run = head.run;
    else if (head?.kind === 'execute') {
      state.run = head.run;
      const { portal } = head;
      if (state.run) state.run.total = portal.rows;
      const known =
        portal.fields ?? (portal.prepared.fields && withFormats(portal.prepared.fields, portal.resultFormats));
      // a COPY has no columns by the protocol: those of its stream come later
      if (state.run && known && state.run.statement.copy === null) this.describe(state.run, known);
    }
    if (state.run !== null) {
      state.since = state.run.admission.startedAt;
      state.touch(state.run.statement);
    }
    return state.run;
  }

  /** Columns of a run as the target announced them. @returns false when the session was cut */
  describe(run: StatementRun, fields: readonly RowField[]): boolean {
    const { profile } = this.#parts;
    run.fields = fields;
    if (!profile.strict && profile.detection === null) return true;
    const why = profile.strict ? misfit(run.statement, fields, this.#host.isProtected) : null;
    if (why !== null) {
      this.#host.cut(`the result is not what was described: ${why}`);
      return false;
    }
    const terms = { profile, settings: this.#host.output(), unmask: run.admission.unmask };
    const { shown, recorded: plan } = resultMasks(run.statement, fields, terms, (oid, attnum) =>
      this.#host.columnName(oid, attnum),
    );
    const { detection } = profile;
    const own = () => ownTexts(run.sent);
    run.found = detection === null ? null : new FoundValues(own);
    run.masker = shown === null ? null : new RowMasker(shown, run.found ?? undefined);
    const differs = plan !== shown || (detection?.alerts ?? false);
    run.recordMasker = !differs || plan === null ? null : new RowMasker(plan, new FoundValues(own, true));
    return true;
  }

  /** DataRow. */
  row(buffer: Buffer, start: number, end: number): void {
    const run = this.current();
    if (run === null) return this.#host.cut('a row without a statement');
    if (run.stopped !== null) return;
    if (run.limit !== null && run.total >= run.limit.over)
      return this.outgrown(run, run.limit, () => this.#again([[buffer[start]!, buffer, start, end]]));
    if (this.tooManyBytes(run, end - start)) return;
    if (run.fields === null && this.#parts.profile.strict) return this.#host.cut('rows before their description');
    if (run.masker === null || (run.masker.onlyDetects && run.masker.passes(buffer, start, end))) {
      this.#out.pass(buffer, start, end);
      if (run.recordMasker === null) run.row(buffer, start, end);
      else run.count(end - start);
    } else {
      const { slab } = this.#out;
      const piece = slab.buffer;
      const at = slab.at;
      run.masker.mask(buffer, start, end, slab);
      const from = slab.buffer === piece ? at : 0;
      if (run.found?.refusedBy != null) {
        // the row does not leave, masked or not
        slab.at = from;
        return this.refuseFound(run);
      }
      if (run.recordMasker === null) run.row(slab.buffer, from, slab.at);
      else run.count(slab.at - from);
    }
    if (run.recordMasker !== null && run.keeps) this.#keepMasked(run, run.recordMasker, buffer, start, end);
    if (run.bytes >= this.#parts.profile.chunkBytes) this.#out.recordChunk();
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

  /** A result ends before the row in which a detector found what may not leave. */
  refuseFound(run: StatementRun): void {
    const { name, column } = run.found?.refusedBy ?? { name: '', column: 0 };
    this.#stop(run, foundRefusal(run, name, run.fields?.[column]?.name ?? null));
  }

  /** Whether `bytes` more are above what a rule lets pass; the result is then cut. */
  tooManyBytes(run: StatementRun, bytes: number): boolean {
    if (run.bytesLimit === null || run.totalBytes + bytes <= run.bytesLimit) return false;
    this.#stop(run, bytesRefusal(run, run.bytesLimit));
    return true;
  }

  /**
   * A row too many: people are asked where the client may wait, otherwise the rest is refused.
   * @param rest goes on with the row, when it may leave or to see it dropped
   */
  outgrown(run: StatementRun, limit: RowLimit, rest: () => void): void {
    if (limit.effect !== 'hold' || !run.mayWait) return this.#stop(run, limitRefusal(run, limit));
    this.#state.back = [];
    this.#parts.upstream.socket.pause();
    // what came before it leaves meanwhile
    this.#out.recordChunk();
    void this.#host.holdRows(run, limit).then((refused) => this.#decided(run, limit, rest, refused));
  }

  #decided(run: StatementRun, limit: RowLimit, rest: () => void, refused: Refused | null): void {
    const { back } = this.#state;
    this.#state.back = null;
    if (this.#state.abandoned) return;
    if (refused === null) run.lift(limit);
    else if (refused.refusal.fatal) return this.#host.end(refused.refusal);
    else this.#stop(run, refused.refusal);
    rest();
    this.#again(back);
    this.#host.resumed();
  }
}
