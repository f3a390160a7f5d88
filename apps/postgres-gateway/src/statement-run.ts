import type { Admission, RecordedColumn, ResultChunk } from '@app/gate';
import type { RowMasker } from '@app/masking';
import { decodeForRecord } from '@app/masking';
import { type RowField, walkDataRow } from '@app/pg-wire';
import type { StatementDescription } from '@app/sql';

/** Rows above this many bytes are kept in the record by their size only. */
const RECORDED_ROW_BYTES = 16 * 1024;
/** Recorded rows of one chunk, bytes. */
const RECORDED_BYTES = 256 * 1024;

/** Limit on rows that a rule sets: rows are only known as they flow. */
export interface RowLimit {
  readonly over: number;
  readonly rule: string;
  readonly message: string;
}

/** One statement being executed: where its rows go and what the record will say of them. */
export class StatementRun {
  readonly admission: Admission;
  readonly statement: StatementDescription;
  /** columns as the target described them; null until a RowDescription came */
  fields: readonly RowField[] | null = null;
  masker: RowMasker | null = null;
  /** rows towards the client in all */
  total = 0;
  /** the target has been told to stop, rows are dropped and the end is a refusal */
  stopped: RowLimit | null = null;
  /** the request to cancel it, when there is one: done once the target has taken it */
  cancelled: Promise<void> | null = null;
  #over = false;
  #whenOver: (() => void) | null = null;
  readonly limit: RowLimit | null;
  readonly #keep: number;
  #kept = 0;
  #rows = 0;
  #bytes = 0;
  #recorded = '';
  #columns: readonly RecordedColumn[] | null = null;
  #values: number[] | null = null;
  #walk: Int32Array | null = null;

  /** @param keep rows of the result kept in the record */
  constructor(admission: Admission, statement: StatementDescription, keep: number, limit: RowLimit | null) {
    this.admission = admission;
    this.statement = statement;
    this.#keep = keep;
    this.limit = limit;
  }

  /** COMMIT or ROLLBACK: it ends a block */
  get closesBlock(): boolean {
    const { transaction } = this.statement;
    return transaction === 'commit' || transaction === 'rollback';
  }

  /** its result is recorded to the end; a write's own end follows ReadyForQuery */
  get over(): boolean {
    return this.#over;
  }

  finish(): void {
    this.#over = true;
    this.#whenOver?.();
  }

  /** Resolves once its result is over and nothing that was asked to end it can hit what follows. */
  async settled(): Promise<void> {
    if (!this.#over) await new Promise<void>((resolve) => (this.#whenOver = resolve));
    await this.cancelled;
  }

  /** Counts one row; keeps it in the record when the level asks. `buffer` holds it as the client gets it, masked. */
  row(buffer: Buffer, start: number, end: number): void {
    this.total += 1;
    this.#rows += 1;
    this.#bytes += end - start;
    if (this.#kept < this.#keep && this.#recorded.length < RECORDED_BYTES) this.#record(buffer, start, end);
  }

  /** Whether the next row still has to be looked at (kept, masked or counted by column). */
  get keeps(): boolean {
    return this.#kept < this.#keep;
  }

  /** Counts since the last chunk, and starts the next. */
  chunk(): ResultChunk {
    const columns = this.#columnsOf();
    const masker = this.masker;
    let values: number[] | null = null;
    if (masker) {
      const { masked, clear } = masker;
      const now = columns.map((column, i) => (column.masked ? masked[i]! : clear[i]!));
      const before = this.#values;
      values = before ? now.map((value, i) => value - before[i]!) : now;
      this.#values = now;
    } else if (columns.length > 0) {
      values = columns.map(() => this.#rows);
    }
    const chunk: ResultChunk = { rows: this.#rows, bytes: this.#bytes, columns, values, recorded: this.#recorded };
    this.#rows = 0;
    this.#bytes = 0;
    this.#recorded = '';
    return chunk;
  }

  /** bytes of rows since the last chunk */
  get bytes(): number {
    return this.#bytes;
  }

  #columnsOf(): readonly RecordedColumn[] {
    if (this.#columns) return this.#columns;
    if (!this.fields) return [];
    const outputs = this.statement.outputs;
    this.#columns = this.fields.map((field, i) => ({ name: field.name, masked: outputs?.[i]?.taint === 'column' }));
    return this.#columns;
  }

  #record(buffer: Buffer, start: number, end: number): void {
    this.#kept += 1;
    const fields = this.fields;
    if (!fields) return;
    if (end - start > RECORDED_ROW_BYTES) {
      this.#recorded += `${this.#recorded ? ',' : ''}[{"bytes":${end - start}}]`;
      return;
    }
    const walk = (this.#walk ??= new Int32Array(fields.length * 2));
    const count = Math.min(walkDataRow(buffer, start, end, walk), fields.length);
    let row = '';
    for (let i = 0; i < count; i++) {
      const at = walk[2 * i]!;
      const length = walk[2 * i + 1]!;
      const field = fields[i]!;
      const value =
        length < 0
          ? null
          : decodeForRecord(field.typeOid, field.format === 1 ? 1 : 0, buffer.subarray(at, at + length));
      row += `${i > 0 ? ',' : ''}${JSON.stringify(value)}`;
    }
    this.#recorded += `${this.#recorded ? ',' : ''}[${row}]`;
  }
}
