import type { CopyShape } from '@app/sql';
import type { DetectorSet } from '../detectors/detector-set.js';
import { FoundValues, LONGEST_VALUE } from '../detectors/found-values.js';
import { maskValue } from '../mask-value.js';
import { MaskingError } from '../masking.error.js';
import type { MaskingPlan, MaskStep } from '../masking-plan.js';
import type { CopyField } from './copy-fields.js';
import { copyFields, fieldValue, lineLength } from './copy-fields.js';
import { writtenField } from './write-field.js';

/** The text format writes this for NULL and for nothing else: backslashes of values are doubled. */
const SURE_NULL = '\\N';
const COUNT_BYTES = 2;
/** written between values they hide nothing of them, and join no two: neither is part of anything that is looked for */
const PLAIN_DELIMITERS = new Set(['\t', ',', ';', '|']);
const LENGTH_BYTES = 4;

/** Masks the rows of one COPY stream. Stateful only in its counts. */
export class CopyMasker {
  /** rows masked so far */
  rows = 0;
  readonly #shape: CopyShape;
  readonly #plan: MaskingPlan;
  readonly #nulls: number[];
  /** values held back by detectors */
  readonly #hits: number[];
  readonly #found: FoundValues;
  /** what is looked for in whole rows as they are written; null: only the values tell */
  readonly #raw: DetectorSet | null;
  /** a NULL of the stream could as well be a value: neither passes */
  readonly #doubtful: boolean;
  readonly #forced: readonly boolean[];

  /**
   * @param plan columns in the stream's order, formats as its shape says
   * @param found counts what detectors find
   */
  constructor(shape: CopyShape, plan: MaskingPlan, found = new FoundValues()) {
    this.#found = found;
    this.#hits = plan.steps.map(() => 0);
    this.#shape = shape;
    this.#plan = plan;
    this.#nulls = plan.steps.map(() => 0);
    this.#doubtful = shape.format === 'text' && shape.null !== SURE_NULL;
    const { forceQuote } = shape;
    this.#raw = rawSet(shape, plan);
    this.#forced = plan.columns.map(({ name }) => forceQuote === 'all' || forceQuote.includes(name));
  }

  /** Values masked so far, per column, 0 for clear ones; NULLs are not counted. */
  get masked(): number[] {
    return this.#counts(true);
  }

  /** Values that passed so far, per column, 0 for masked ones; NULLs are not counted. */
  get clear(): number[] {
    return this.#counts(false);
  }

  #counts(masked: boolean): number[] {
    return this.#plan.steps.map(({ kind }, i) => {
      const masks = kind !== 'keep' && kind !== 'detect';
      return masks === masked ? this.rows - this.#nulls[i]! - this.#hits[i]! : 0;
    });
  }

  /**
   * Whether rows may pass as they came, of a plan that only detects: nothing is found in them as they are written. They are counted
   * then; otherwise they are not, and `mask` says what becomes of each.
   */
  passes(rows: readonly Buffer[]): boolean {
    if (this.#raw === null) return false;
    for (const row of rows) if (row.length > LONGEST_VALUE || this.#raw.find(row, 0, row.length) !== null) return false;
    this.rows += rows.length;
    return true;
  }

  /**
   * The masked form of one row, with the line end it came with.
   * @throws MaskingError when it has not exactly the plan's columns
   */
  mask(row: Buffer): Buffer {
    this.#found.beginRow();
    const fields = copyFields(row, this.#shape);
    const { steps } = this.#plan;
    // a row of no columns is an empty line
    const none = steps.length === 0 && fields.length === 1 && fields[0]!.end === 0;
    if (fields.length !== steps.length && !none)
      throw new MaskingError('row-shape', `a row of a COPY has not the ${steps.length} columns that were expected`);
    const parts = this.#shape.format === 'binary' ? this.#binary(row, fields) : this.#lines(row, fields);
    this.rows += 1;
    return Buffer.concat(parts);
  }

  #lines(row: Buffer, fields: readonly CopyField[]): Buffer[] {
    const { steps } = this.#plan;
    const alone = steps.length === 1;
    const parts: Buffer[] = [];
    let run = 0;
    fields.forEach((field, i) => {
      const step = steps[i];
      if (field.isNull) this.#nulls[i]! += 1;
      if (step === undefined || step.kind === 'keep' || (field.isNull && !this.#doubtful)) return;
      // the marker of NULL is the author's own text
      if (step.kind === 'detect' && field.isNull) return;
      const value = field.isNull ? null : fieldValue(row, field, this.#shape);
      const masked = value === null ? fallbackOf(step) : this.#masked(i, step, value);
      if (masked === value) return;
      parts.push(row.subarray(run, field.start), writtenField(masked, this.#shape, this.#forced[i]!, alone));
      run = field.end;
    });
    parts.push(row.subarray(run));
    return parts;
  }

  #masked(column: number, step: MaskStep, value: Buffer | null): Buffer | null {
    const masked = maskValue(step, value, this.#found, column);
    if (step.kind === 'detect' && masked !== value) this.#hits[column]! += 1;
    return masked;
  }

  #binary(row: Buffer, fields: readonly CopyField[]): Buffer[] {
    const parts: Buffer[] = [row.subarray(0, COUNT_BYTES)];
    fields.forEach((field, i) => {
      if (field.isNull) this.#nulls[i]! += 1;
      const value = field.isNull ? null : row.subarray(field.start, field.end);
      const masked = this.#masked(i, this.#plan.steps[i]!, value);
      const length = Buffer.allocUnsafe(LENGTH_BYTES);
      length.writeInt32BE(masked?.length ?? -1);
      parts.push(length);
      if (masked !== null) parts.push(masked);
    });
    return parts;
  }
}

/** A row in text or CSV shows whatever its values do: escapes are read as such, and a quote is doubled only. */
function rawSet(
  { format, delimiter, quote, escape }: CopyShape,
  { onlyDetects, steps }: MaskingPlan,
): DetectorSet | null {
  if (!onlyDetects || format === 'binary' || !PLAIN_DELIMITERS.has(delimiter)) return null;
  if (format === 'csv' && (quote !== '"' || escape !== '"')) return null;
  const sets = steps.flatMap((step) => (step.kind === 'detect' ? [step.rules.set] : []));
  const [first = null] = sets;
  return sets.every((set) => set === first) ? first : null;
}

function fallbackOf(step: Exclude<MaskStep, { kind: 'keep' }>): Buffer | null {
  return step.kind === 'fixed' ? step.bytes : step.fallback;
}

/** Whether a line is the mark that older clients end their data with. */
export function isEndMark(row: Buffer): boolean {
  return lineLength(row) === 2 && row[0] === 0x5c && row[1] === 0x2e;
}
