import {
  compileMaskingPlan,
  CopyMasker,
  type CopyPiece,
  CopyRows,
  type DetectRules,
  FoundValues,
  type MaskingPlan,
  type MaskRule,
  MaskingError,
  type OutputSettings,
  recordedCopyRow,
} from '@app/masking';
import { HEADER_LENGTH, readCopyResponse, type RowField, serialize } from '@app/pg-wire';
import type { CopyColumn, CopyShape } from '@app/sql';
import { ownTexts } from './found-in-messages.js';
import type { ReadState } from './read-state.js';
import type { ReleasedOutput } from './released-output.js';
import type { ResultRows, RowsHost } from './result-rows.js';
import type { SessionParts } from './session-parts.js';
import type { StatementRun } from './statement-run.js';

/** Bytes of one row that are put together when it comes in pieces; the target sends each row whole. */
const ROW_BYTES = 256 * 1024 * 1024;

/** A stream that is flowing. */
interface Stream {
  readonly run: StatementRun;
  /** null: nobody here understands its options, which only an unprotected target may be asked for */
  readonly shape: CopyShape | null;
  readonly columns: readonly CopyColumn[] | null;
  readonly rows: CopyRows | null;
  readonly masker: CopyMasker | null;
  /** masks the record's copy where the client gets classes unmasked */
  readonly recordMasker: CopyMasker | null;
  /** the binary format's signature, which leaves with what follows it */
  opening: Buffer | null;
}

/**
 * Masks of the columns of a COPY.
 * @param maskOf null for a class that passes unmasked
 * @param detect what is looked for in values of the other columns; null: nothing
 */
export function copyPlan(
  shape: CopyShape,
  columns: readonly CopyColumn[],
  maskOf: (protectedClass: string) => MaskRule | null,
  settings: OutputSettings,
  detect: DetectRules | null = null,
): MaskingPlan {
  return compileMaskingPlan(
    columns.map((column) => ({
      name: column.name,
      typeOid: column.typeOid,
      typmod: column.typmod,
      format: shape.format === 'binary' ? 1 : 0,
      mask: column.hidden ? { mode: 'null' } : column.class === null ? null : maskOf(column.class),
      detect: column.hidden || column.class !== null ? null : detect,
      settings,
    })),
  );
}

/** Rows of COPY TO STDOUT: a stream that may be cut anywhere is taken apart, masked, counted and recorded row by row. */
export class CopyOutput {
  readonly #parts: SessionParts;
  readonly #state: ReadState;
  readonly #out: ReleasedOutput;
  readonly #rows: ResultRows;
  readonly #host: RowsHost;
  #stream: Stream | null = null;

  constructor(parts: SessionParts, state: ReadState, out: ReleasedOutput, rows: ResultRows, host: RowsHost) {
    this.#parts = parts;
    this.#state = state;
    this.#out = out;
    this.#rows = rows;
    this.#host = host;
  }

  /** CopyOutResponse. */
  begin(buffer: Buffer, start: number, end: number): void {
    const run = this.#rows.current();
    if (run === null || run.statement.copy?.does !== 'out')
      return this.#host.cut('a COPY towards the client that nobody asked for');
    const { shape, columns } = run.statement.copy;
    const { formats, binary } = readCopyResponse(buffer, start, end);
    const { strict, maskOf, detection } = this.#parts.profile;
    const expected = columns === null && run.statement.outputs === null ? 0 : (columns?.length ?? -1);
    if (strict && (shape === null || formats.length !== expected || binary !== (shape.format === 'binary')))
      return this.#host.cut('the columns of a COPY are not what was expected');
    run.fields = formats.map((format, i) => fieldOf(columns?.[i], i, format));
    const own = () => ownTexts(run.sent);
    run.found = detection === null ? null : new FoundValues(own);
    const masks = (unmasked: readonly string[], found: FoundValues | undefined): CopyMasker | null => {
      if ((!strict && detection === null) || shape === null || columns === null) return null;
      const settings = this.#host.output();
      const plan = copyPlan(
        shape,
        columns,
        (name) => (unmasked.includes(name) ? null : maskOf(name)),
        settings,
        detection?.whole ?? null,
      );
      return plan.clean ? null : new CopyMasker(shape, plan, found);
    };
    const masker = masks(run.admission.unmask, run.found ?? undefined);
    run.counts = masker;
    this.#stream = {
      run,
      shape,
      columns: columns?.length === formats.length ? columns : null,
      rows: shape === null ? null : new CopyRows(shape, 'out', ROW_BYTES, 'refuse'),
      masker,
      recordMasker:
        run.admission.unmask.length === 0 && detection?.alerts !== true ? null : masks([], new FoundValues(own, true)),
      opening: null,
    };
    if (run.stopped === null) this.#out.pass(buffer, start, end);
  }

  /** CopyData. */
  data(buffer: Buffer, start: number, end: number): void {
    const stream = this.#stream;
    if (stream === null || stream.run !== this.#state.run) return this.#host.cut('data of a COPY that did not begin');
    const { run, rows, masker } = stream;
    if (run.stopped !== null) return;
    const isFresh = rows?.pending === 0 && stream.opening === null;
    const pieces = this.#sure(() => rows?.push(buffer.subarray(start + HEADER_LENGTH, end)) ?? []);
    if (pieces === null) return;
    const isBounded = run.limit !== null || run.bytesLimit !== null;
    const whole = pieces.filter(({ kind }) => kind === 'row');
    const passes = masker === null || (isFresh && rows.pending === 0 && masker.passes(whole.map(({ bytes }) => bytes)));
    if (isBounded || !passes) return this.#pieces(stream, pieces);
    this.#out.pass(buffer, start, end);
    run.count(end - start, rows === null ? 1 : whole.length);
    for (const { bytes } of whole) this.#keep(stream, bytes);
    if (run.bytes >= this.#parts.profile.chunkBytes) this.#out.recordChunk();
  }

  /** CopyDone. */
  done(buffer: Buffer, start: number, end: number): void {
    const stream = this.#stream;
    if (stream === null || stream.run !== this.#state.run)
      return this.#host.cut('the end of a COPY that did not begin');
    this.#stream = null;
    if (stream.run.stopped !== null) return;
    // each row ends in a line end or by its own lengths
    if (stream.masker !== null && (stream.rows?.pending ?? 0) > 0)
      return this.#host.cut('a COPY ended in the middle of a row');
    const last = stream.rows?.finish() ?? null;
    const bounded = stream.run.limit !== null || stream.run.bytesLimit !== null;
    if (bounded && last !== null) this.#emit(stream, last.bytes, 0);
    if (stream.opening !== null) this.#emit(stream, Buffer.alloc(0), 0);
    this.#out.pass(buffer, start, end);
  }

  /** Piece by piece: each row is held against the limits before it leaves. */
  #pieces(stream: Stream, pieces: readonly CopyPiece[]): void {
    const { run, masker, shape } = stream;
    for (let i = 0; i < pieces.length; i++) {
      const { kind, bytes } = pieces[i]!;
      if (run.stopped !== null) return;
      if (kind === 'header' && shape?.format === 'binary') {
        stream.opening = bytes;
        continue;
      }
      if (kind !== 'row') {
        this.#emit(stream, bytes, 0);
        continue;
      }
      if (run.limit !== null && run.total >= run.limit.over)
        return this.#rows.outgrown(run, run.limit, () => this.#pieces(stream, pieces.slice(i)));
      if (this.#rows.tooManyBytes(run, bytes.length + HEADER_LENGTH)) return;
      const masked = this.#sure(() => masker?.mask(bytes) ?? bytes);
      if (masked === null) return;
      if (run.found?.refusedBy != null) return this.#rows.refuseFound(run);
      this.#emit(stream, masked, 1);
      this.#keep(stream, bytes, masked);
      if (run.bytes >= this.#parts.profile.chunkBytes) this.#out.recordChunk();
    }
  }

  #emit(stream: Stream, bytes: Buffer, rows: number): void {
    const { opening } = stream;
    stream.opening = null;
    const frame = serialize.copyData(opening === null ? bytes : Buffer.concat([opening, bytes]));
    this.#out.emit(frame);
    stream.run.count(frame.length, rows);
  }

  /** The record's copy of a row. @param masked as the client gets it */
  #keep(stream: Stream, row: Buffer, masked: Buffer = row): void {
    const { run, shape, columns, recordMasker } = stream;
    if (!run.keeps || shape === null) return;
    const kept = this.#sure(() => recordedCopyRow(recordMasker?.mask(row) ?? masked, shape, columns));
    run.keepRendered(kept, row.length);
  }

  /** What cannot be read with certainty ends the session. @returns null then */
  #sure<T>(read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof MaskingError)) throw error;
      this.#host.cut(error.message);
      return null;
    }
  }
}

/** A column as a RowDescription would have it. */
export function fieldOf(column: CopyColumn | undefined, position: number, format: number): RowField {
  return {
    name: column?.name ?? `column${position + 1}`,
    tableOid: 0,
    attnum: 0,
    typeOid: column?.typeOid ?? 0,
    typeSize: -1,
    typmod: column?.typmod ?? -1,
    format,
  };
}
