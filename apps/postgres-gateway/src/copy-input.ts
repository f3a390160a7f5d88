import { createHash } from 'node:crypto';
import type { DescribedRefusal, Refusal, ResultChunk } from '@app/gate';
import {
  CopyMasker,
  CopyRows,
  isEndMark,
  maskedCopyColumn,
  MaskingError,
  recordedCopyRow,
  type WrittenInto,
} from '@app/masking';
import { upstream as messages } from '@app/pg-wire';
import type { CopyShape } from '@app/sql';
import { copyPlan, fieldOf } from './copy-output.js';
import type { SessionParts } from './session-parts.js';
import type { StatementRun } from './statement-run.js';
import { copiedInto, maskRefusal } from './write-back-guard.js';

/** Rows above this many bytes are kept in the record by their size only. */
const RECORDED_ROW_BYTES = 16 * 1024;
/** Rows into guarded columns are read whole up to here. */
const GUARDED_ROW_BYTES = 64 * 1024 * 1024;

const unreadableRows: DescribedRefusal = {
  code: 'masking',
  message: 'The data of the COPY cannot be read, so nobody can say whether it holds values masked by the gateway.',
  hint: 'Send rows as the options of the COPY say, of at most 64 MiB each.',
  retry: 'after-change',
};

/**
 * What a client sends into one COPY FROM STDIN: counted, hashed, its first rows kept masked. The server takes it from its
 * CopyInResponse on until CopyDone, CopyFail or an error of its own.
 */
export class CopyInput {
  readonly run: StatementRun;
  /** resolves once the server takes data, or never will */
  readonly known: Promise<void>;
  /** Sync that came inside: the server ignores it if it reads it there, and skips to it if it failed before */
  sync: Buffer | null = null;
  readonly #parts: SessionParts;
  readonly #rows: CopyRows | null;
  readonly #masker: CopyMasker | null;
  /** columns that no mask may be written into; null: there is none */
  readonly #guarded: readonly (WrittenInto | null)[] | null;
  readonly #hash = createHash('sha256');
  #state: 'asked' | 'open' | 'closed' | 'over' = 'asked';
  #know: () => void = () => undefined;
  #whenOver: () => void = () => undefined;
  #readable = true;
  #bytes = 0;
  #counted = 0;

  constructor(parts: SessionParts, run: StatementRun) {
    this.run = run;
    this.#parts = parts;
    this.known = new Promise((resolve) => (this.#know = resolve));
    const { shape = null, columns = null } = run.statement.copy ?? {};
    const { strict, maskOf, writeBack } = parts.profile;
    const binary = shape?.format === 'binary' ? 1 : 0;
    this.#guarded = strict && columns !== null ? copiedInto(columns, binary, maskOf, writeBack.refuses) : null;
    this.#rows =
      shape === null
        ? null
        : this.#guarded === null
          ? new CopyRows(shape, 'in', RECORDED_ROW_BYTES, 'drop')
          : new CopyRows(shape, 'in', GUARDED_ROW_BYTES, 'refuse');
    const plan = strict && shape !== null && columns !== null ? copyPlan(shape, columns, maskOf, {}) : null;
    this.#masker = plan === null || plan.clean || shape === null ? null : new CopyMasker(shape, plan);
    run.fields = (columns ?? []).map((column, i) => fieldOf(column, i, binary));
    run.input = this;
  }

  /** The server has not said yet whether it takes data. */
  get asked(): boolean {
    return this.#state === 'asked';
  }

  /** Data of the client belongs here. */
  get open(): boolean {
    return this.#state === 'asked' || this.#state === 'open';
  }

  /** The server takes data. */
  get taking(): boolean {
    return this.#state === 'open';
  }

  /** CopyInResponse came. */
  opened(): void {
    if (this.#state === 'asked') this.#state = 'open';
    this.#know();
  }

  /** The statement is over, whoever ended it. */
  over(): void {
    if (this.#state === 'over') return;
    if (this.taking) this.#record(this.#hash.digest('hex'));
    this.#state = 'over';
    this.#know();
    this.#whenOver();
  }

  /** Calls back when the statement is over. */
  onceOver(call: () => void): void {
    this.#whenOver = call;
  }

  /** CopyData of the client, on its way to the target. @param frame the message @param bytes what is in it */
  data(frame: Buffer, bytes: Buffer): void {
    this.sync = null;
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    const refusal = this.#rows !== null && this.#readable ? this.#take(this.#rows, bytes) : null;
    if (refusal !== null) return this.#refuseRow(refusal);
    if (this.#bytes >= this.#parts.profile.chunkBytes) this.#record(null);
    this.#parts.lane.forward(this.run.admission, [frame]);
  }

  /** CopyDone or CopyFail of the client. */
  close(frame: Buffer): void {
    this.sync = null;
    const last = this.#readable ? this.#rows?.finish() : null;
    const refusal = last ? this.#keep(last.bytes, last.size) : null;
    if (refusal !== null) return this.#refuseRow(refusal);
    this.#state = 'closed';
    this.#record(this.#hash.digest('hex'));
    this.#parts.lane.forward(this.run.admission, [frame]);
  }

  /** The gateway ends it: the target is told that it failed, the client why. */
  refuse(refusal: Refusal): void {
    if (!this.taking) return;
    this.run.stopped = refusal;
    this.#state = 'closed';
    this.#record(this.#hash.digest('hex'));
    this.#parts.lane.forward(this.run.admission, [messages.copyFail('refused by the gateway')]);
  }

  /** @returns why it goes no further; null: it may */
  #take(rows: CopyRows, bytes: Buffer): DescribedRefusal | null {
    try {
      for (const piece of rows.push(bytes)) {
        const refusal = piece.kind === 'row' ? this.#keep(piece.bytes, piece.size) : null;
        if (refusal !== null) return refusal;
      }
    } catch (error) {
      if (!(error instanceof MaskingError)) throw error;
      // the server will say what is wrong with it, unless it holds what may not be written
      if (this.#guarded !== null) return unreadableRows;
      this.#readable = false;
    }
    return null;
  }

  #keep(row: Buffer, size: number): DescribedRefusal | null {
    const { shape = null, columns = null } = this.run.statement.copy ?? {};
    if (shape === null || (shape.format !== 'binary' && isEndMark(row))) return null;
    this.#counted += 1;
    if (this.run.keeps) {
      const whole = row.length === 0 || row.length > RECORDED_ROW_BYTES ? null : this.#rendered(row);
      this.run.keepRendered(whole, size);
    }
    if (this.#guarded === null) return null;
    const at = this.#masked(row, shape);
    if (at === 'unreadable') return unreadableRows;
    const column = columns?.[at];
    return column === undefined ? null : maskRefusal(column.name, column.class ?? '');
  }

  #masked(row: Buffer, shape: CopyShape): number | 'unreadable' {
    try {
      return maskedCopyColumn(row, shape, this.#guarded ?? []);
    } catch (error) {
      if (error instanceof MaskingError) return 'unreadable';
      throw error;
    }
  }

  /** The data holds what may not be written: the target forgets what it had of it. */
  #refuseRow(refusal: DescribedRefusal): void {
    const { id } = this.run.admission;
    this.refuse({ ...refusal, operation: id, rule: null, fatal: false });
  }

  /** null: it does not have the columns it should have, so that nobody knows which of its values are protected */
  #rendered(row: Buffer): string | null {
    const { shape = null, columns = null } = this.run.statement.copy ?? {};
    if (shape === null) return null;
    try {
      return recordedCopyRow(this.#masker?.mask(row) ?? row, shape, columns);
    } catch (error) {
      if (error instanceof MaskingError) return null;
      throw error;
    }
  }

  #record(sha256: string | null): void {
    if (this.#bytes === 0 && sha256 === null) return;
    const chunk: ResultChunk = {
      ...this.run.chunk(),
      rows: this.#counted,
      bytes: this.#bytes,
      ...(sha256 === null ? {} : { sha256 }),
    };
    this.#bytes = 0;
    this.#counted = 0;
    this.#parts.lane.input(this.run.admission, chunk);
  }
}
