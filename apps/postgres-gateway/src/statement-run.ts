import type { Admission, RecordedColumn, Refusal, ResultChunk } from '@app/gate';
import type { FoundValues, RowMasker } from '@app/masking';
import { decodeForRecord } from '@app/masking';
import { type RowField, walkDataRow } from '@app/pg-wire';
import type { RowLimit } from '@app/policy';
import type { OutputColumn, StatementDescription } from '@app/sql';
import { foundInColumns } from './found-in-messages.js';
import { passesUnmasked } from './result-columns.js';
import type { SentStatement } from './sent-statement.js';
import { rowsKept } from './rows-kept.js';

/** Rows above this many bytes are kept in the record by their size only. */
const RECORDED_ROW_BYTES = 16 * 1024;
/** Recorded rows of one chunk, bytes. */
const RECORDED_BYTES = 256 * 1024;

/** Values masked and passed so far, by column. */
export interface ValueCounts {
  readonly masked: readonly number[];
  readonly clear: readonly number[];
}

/** What a client sends into a statement that runs. */
export interface RunInput {
  /** the target takes it */
  readonly taking: boolean;
  /** the target said that it takes it */
  opened(): void;
  /** the statement is over */
  over(): void;
  /** the target is told that it failed, the client why */
  refuse(refusal: Refusal): void;
}

/** One statement being executed: where its rows go and what the record will say of them. */
export class StatementRun {
  readonly admission: Admission;
  readonly sent: SentStatement;
  readonly statement: StatementDescription;
  /** columns as the target described them; null until a RowDescription came */
  fields: readonly RowField[] | null = null;
  masker: RowMasker | null = null;
  /** what the masks of a COPY counted; null: nothing is masked */
  counts: ValueCounts | null = null;
  /** what detectors find in its values; null: nothing is looked for */
  found: FoundValues | null = null;
  /** COPY FROM STDIN: what the client sends */
  input: RunInput | null = null;
  /** masks the record's copy where the client gets classes unmasked; null: both get the same */
  recordMasker: RowMasker | null = null;
  /** rows towards the client in all */
  total = 0;
  /** bytes of rows towards the client in all */
  totalBytes = 0;
  /** nothing else is under way and no transaction block is open: its rest may wait for people */
  mayWait = false;
  /** the target has been told to stop, rows are dropped and the end is this refusal */
  stopped: Refusal | null = null;
  /** the target has been told to stop since it took too long; its error ends the statement, its success counts */
  timedOut = false;
  /** the request to cancel it, when there is one: done once the target has taken it */
  cancelled: Promise<void> | null = null;
  #over = false;
  #whenOver: (() => void) | null = null;
  /** rows that may pass, the smallest number first */
  #limits: readonly RowLimit[];
  /** bytes of rows that may pass; null: any */
  readonly bytesLimit: number | null;
  /** ms the target may take; null: any */
  readonly timeoutMs: number | null;
  readonly #keep: number;
  /** what is found in its values may end it */
  readonly #watched: boolean;
  #kept = 0;
  #rows = 0;
  #bytes = 0;
  #recorded = '';
  #columns: readonly RecordedColumn[] | null = null;
  #values: number[] | null = null;
  #walk: Int32Array | null = null;

  /**
   * @param keep rows of the result kept in the record
   * @param watched what is found in its values may end it
   */
  constructor(admission: Admission, sent: SentStatement, keep: number, watched = false) {
    const { limits, rowLimits } = admission.decision.obligations;
    this.admission = admission;
    this.sent = sent;
    this.statement = sent.statement;
    this.#keep = keep;
    this.#watched = watched;
    this.#limits = rowLimits.length < 2 ? rowLimits : [...rowLimits].sort((a, b) => a.over - b.over);
    this.bytesLimit = limits?.bytes ?? null;
    this.timeoutMs = limits?.statementTimeout ?? null;
  }

  /** The row limit that is reached first; null: there is none (any more). */
  get limit(): RowLimit | null {
    return this.#limits[0] ?? null;
  }

  /** A rule may end it before the target does. */
  get bounded(): boolean {
    return this.#watched || this.#limits.length > 0 || this.bytesLimit !== null || this.timeoutMs !== null;
  }

  /** People agreed that more rows pass than this limit lets. */
  lift({ over, rule }: RowLimit): void {
    this.#limits = this.#limits.filter(
      (limit) => limit.over > over || (limit.rule !== rule && limit.effect === 'deny'),
    );
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
    this.input?.over();
    this.#whenOver?.();
  }

  /** Resolves once its result is over and nothing that was asked to end it can hit what follows. */
  async settled(): Promise<void> {
    if (!this.#over) await new Promise<void>((resolve) => (this.#whenOver = resolve));
    await this.cancelled;
  }

  /** Counts one row; keeps it in the record when the level asks. `buffer` holds it as the client gets it, masked. */
  row(buffer: Buffer, start: number, end: number): void {
    this.count(end - start);
    if (this.keeps) this.keep(buffer, start, end);
  }

  /** Counts what the client gets. @param rows rows that end in these bytes */
  count(bytes: number, rows = 1): void {
    this.total += rows;
    this.totalBytes += bytes;
    this.#rows += rows;
    this.#bytes += bytes;
  }

  /** Whether the next row is kept in the record. */
  get keeps(): boolean {
    return this.#kept < this.#keep && this.#recorded.length < RECORDED_BYTES;
  }

  /** Counts since the last chunk, and starts the next. */
  chunk(): ResultChunk {
    const columns = this.#columnsOf();
    const masker = this.masker ?? this.counts;
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
    const found = foundInColumns(this.found?.take() ?? [], columns);
    const counts = { rows: this.#rows, bytes: this.#bytes, columns, values, recorded: this.#recorded };
    const chunk: ResultChunk = found.length === 0 ? counts : { ...counts, found };
    this.#rows = 0;
    this.#bytes = 0;
    this.#recorded = '';
    return chunk;
  }

  /** bytes of rows since the last chunk */
  get bytes(): number {
    return this.#bytes;
  }

  #hides(className: string | null): boolean {
    return className !== null && !this.admission.unmask.includes(className);
  }

  #masks(output: OutputColumn | undefined): boolean {
    return output !== undefined && !passesUnmasked(output, this.admission.unmask);
  }

  #columnsOf(): readonly RecordedColumn[] {
    if (this.#columns) return this.#columns;
    if (!this.fields) return [];
    const outputs = this.statement.outputs;
    const copied = this.statement.copy?.columns;
    this.#columns = this.fields.map((field, i) => ({
      name: field.name,
      masked: copied ? copied[i]?.hidden === true || this.#hides(copied[i]?.class ?? null) : this.#masks(outputs?.[i]),
    }));
    return this.#columns;
  }

  /** Keeps one row in the record. @param row rendered JSON, masked; null: only its size is kept */
  keepRendered(row: string | null, bytes: number): void {
    this.#kept += 1;
    const kept = row === null || bytes > RECORDED_ROW_BYTES ? `[{"bytes":${bytes}}]` : row;
    this.#recorded += `${this.#recorded ? ',' : ''}${kept}`;
  }

  /** Keeps one row in the record; `buffer` holds it masked. */
  keep(buffer: Buffer, start: number, end: number): void {
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

/**
 * A run of an admitted statement, recorded as loudly as target, rules and grant ask.
 * @param keep rows the target's level keeps
 * @param watched what is found in its values may end it
 */
export function newRun(admission: Admission, sent: SentStatement, keep: number, watched: boolean): StatementRun {
  const level = admission.decision.obligations.record;
  const rows = admission.loud ? Number.MAX_SAFE_INTEGER : level === undefined ? keep : Math.max(keep, rowsKept(level));
  return new StatementRun(admission, sent, rows, watched);
}
