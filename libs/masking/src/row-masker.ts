import type { DetectStep } from './detectors/detect-rules.js';
import { FoundValues, LONGEST_VALUE } from './detectors/found-values.js';
import { MaskingError } from './masking.error.js';
import type { MaskingPlan, MaskStep } from './masking-plan.js';
import type { Slab } from './slab.js';
import { writePartial } from './write-partial.js';

/** Type byte, int32 length, int16 field count. */
const ROW_HEADER = 7;
const MAX_FRAME = 0x3fffffff;

/** A plain loop beats the call into native code for runs this short. */
const SHORT_RUN = 64;

const KEEP = 0;
const FIXED = 1;
const PARTIAL = 2;
const COMPUTED = 3;
const DETECT = 4;

const KINDS = { keep: KEEP, fixed: FIXED, partial: PARTIAL, computed: COMPUTED, detect: DETECT } as const;

const NULL_FIELD = Buffer.from([0xff, 0xff, 0xff, 0xff]);

/** The value with its length before it, as it stands in a row. */
const asField = (bytes: Buffer | null): Buffer => {
  if (bytes === null) return NULL_FIELD;
  const field = Buffer.allocUnsafeSlow(4 + bytes.length);
  field.writeInt32BE(bytes.length);
  bytes.copy(field, 4);
  return field;
};

const fieldOf = (step: MaskStep): Buffer => {
  switch (step.kind) {
    case 'keep':
      return NULL_FIELD;
    case 'fixed':
      return asField(step.bytes);
    case 'partial':
    case 'computed':
    case 'detect':
      return asField(step.fallback);
  }
};

/** What a plan comes to for every masker of it. */
interface Prepared {
  readonly kinds: Uint8Array;
  readonly fields: readonly Buffer[];
  readonly maskedNulls: readonly boolean[] | null;
  readonly lastComputed: number;
}

const prepared = new WeakMap<MaskingPlan, Prepared>();

const prepare = (plan: MaskingPlan): Prepared => {
  const kinds = Uint8Array.from(plan.steps, (step) => KINDS[step.kind]);
  const maskedNulls = plan.steps.map((step) => step.kind === 'fixed' && step.nulls === true);
  return {
    kinds,
    fields: plan.steps.map(fieldOf),
    maskedNulls: maskedNulls.includes(true) ? maskedNulls : null,
    lastComputed: kinds.lastIndexOf(COMPUTED),
  };
};

/**
 * Masks the rows of one result, frame by frame. Stateful only in its counts; the same plan may feed many maskers.
 */
export class RowMasker {
  /** rows masked so far */
  rows = 0;

  /** NULLs are the rare case: counting them is cheaper than counting values. */
  private readonly nulls: Float64Array;
  private readonly kinds: Uint8Array;
  private readonly fields: readonly Buffer[];
  /** columns whose NULLs are masked as well; null: none */
  private readonly maskedNulls: readonly boolean[] | null;
  /** index of the last column whose values are computed, -1: none */
  private readonly lastComputed: number;
  /** computed values of the row at hand; null: the fallback */
  private readonly computed: (Buffer | null)[] = [];

  /** values held back by detectors, per column */
  private readonly hits: Float64Array;
  /** columns of the row at hand that are NULL */
  private readonly nullsHere: number[] = [];

  /** @param found counts what detectors find */
  constructor(
    private readonly plan: MaskingPlan,
    private readonly found: FoundValues = new FoundValues(),
  ) {
    let of = prepared.get(plan);
    if (of === undefined) prepared.set(plan, (of = prepare(plan)));
    this.kinds = of.kinds;
    this.lastComputed = of.lastComputed;
    this.fields = of.fields;
    this.maskedNulls = of.maskedNulls;
    this.nulls = new Float64Array(plan.steps.length);
    this.hits = new Float64Array(plan.steps.length);
  }

  /** nothing is masked unless something is found in it */
  get onlyDetects(): boolean {
    return this.plan.onlyDetects;
  }

  /** Values masked so far, per column, 0 for clear ones; NULLs from the server are not counted. A fresh array each time. */
  get masked(): number[] {
    return this.valuesOf((kind) => kind !== KEEP && kind !== DETECT);
  }

  /** Values that passed so far, per column, 0 for masked ones; NULLs are not counted. A fresh array each time. */
  get clear(): number[] {
    return this.valuesOf((kind) => kind === KEEP || kind === DETECT);
  }

  private valuesOf(counts: (kind: number) => boolean): number[] {
    return Array.from(this.kinds, (kind, i) => {
      const others = (this.nulls[i] as number) + (this.hits[i] as number);
      return counts(kind) ? this.rows - others : 0;
    });
  }

  /**
   * Appends the masked form of the DataRow at `buffer[start..end)` (header included) to `slab`.
   * @throws MaskingError when it has not exactly the plan's columns or its lengths do not fill the frame; nothing of it is appended
   */
  mask(buffer: Buffer, start: number, end: number, slab: Slab): void {
    const kinds = this.kinds;
    const count = kinds.length;
    if (end - start < ROW_HEADER || end > buffer.length) {
      throw new MaskingError('row-bytes', 'a row is shorter than its header');
    }
    if ((((buffer[start + 5] as number) << 8) | (buffer[start + 6] as number)) !== count) {
      throw new MaskingError('row-shape', `a row has not the ${count} columns that were described`);
    }
    this.found.beginRow();
    const computedBytes = this.lastComputed < 0 ? 0 : this.compute(buffer, start, end);
    slab.reserve(end - start + this.plan.growthBytes + computedBytes);
    const out = slab.buffer;
    const origin = slab.at;
    let to = origin;
    let run = start; // first byte not yet copied
    let at = start + ROW_HEADER;
    for (let i = 0; i < count; i++) {
      if (end - at < 4) throw outOfFrame();
      const length =
        ((buffer[at] as number) << 24) |
        ((buffer[at + 1] as number) << 16) |
        ((buffer[at + 2] as number) << 8) |
        (buffer[at + 3] as number);
      if (length < 0) {
        if (length !== -1) throw outOfFrame();
        if (this.maskedNulls?.[i] === true) {
          to = copyField(this.fields[i] as Buffer, out, copyRun(buffer, run, at, out, to));
          run = at + 4;
        } else (this.nulls[i] as number)++;
        at += 4;
        continue;
      }
      const next = at + 4 + length;
      if (next > end) throw outOfFrame();
      if (kinds[i] === KEEP || (kinds[i] === DETECT && !this.holds(i, buffer, at + 4, next))) {
        at = next;
        continue;
      }
      to = copyRun(buffer, run, at, out, to);
      to =
        kinds[i] === PARTIAL
          ? this.partial(i, buffer, at + 4, next, out, to)
          : kinds[i] === COMPUTED
            ? this.ready(i, out, to)
            : copyField(this.fields[i] as Buffer, out, to);
      at = next;
      run = next;
    }
    if (at !== end) throw outOfFrame();
    to = copyRun(buffer, run, end, out, to);
    const length = to - origin - 1;
    if (length > MAX_FRAME) throw new MaskingError('row-size', 'a masked row is longer than a message can be');
    out[origin + 1] = length >>> 24;
    out[origin + 2] = length >>> 16;
    out[origin + 3] = length >>> 8;
    out[origin + 4] = length;
    slab.at = to;
    this.rows++;
  }

  /**
   * Computes what has no length that is known before: the row's place in the output is reserved once it is. Lengths are looked at
   * only as far as it goes; `mask` holds all of them against the frame. @returns bytes that the computed values take at most
   */
  private compute(buffer: Buffer, start: number, end: number): number {
    let bytes = 0;
    let at = start + ROW_HEADER;
    for (let i = 0; i <= this.lastComputed; i++) {
      if (end - at < 4) throw outOfFrame();
      const length = buffer.readInt32BE(at);
      at += 4;
      if (length > end - at) throw outOfFrame();
      if (length < 0) continue;
      if (this.kinds[i] === COMPUTED) {
        const step = this.plan.steps[i] as Extract<MaskStep, { kind: 'computed' }>;
        const value = step.mask(buffer, at, at + length);
        this.computed[i] = value;
        bytes += value === null ? (this.fields[i] as Buffer).length : value.length;
      }
      at += length;
    }
    return bytes;
  }

  /** A value that `compute` made, or the fallback. */
  private ready(column: number, out: Buffer, to: number): number {
    const value = this.computed[column] as Buffer | null;
    if (value === null) return copyField(this.fields[column] as Buffer, out, to);
    out[to] = value.length >>> 24;
    out[to + 1] = value.length >>> 16;
    out[to + 2] = value.length >>> 8;
    out[to + 3] = value.length;
    return copyField(value, out, to + 4);
  }

  /** Whether something is found in a value that must not leave. */
  private holds(column: number, buffer: Buffer, from: number, to: number): boolean {
    const step = this.plan.steps[column] as DetectStep;
    if (!this.found.holds(column, step, buffer, from, to)) return false;
    (this.hits[column] as number)++;
    return true;
  }

  /**
   * Whether the DataRow at `buffer[start..end)` may pass as it came, of a plan that only detects: nothing is found in it. It is counted
   * then; otherwise it is not, and `mask` says what becomes of it.
   * @throws MaskingError as `mask` does
   */
  passes(buffer: Buffer, start: number, end: number): boolean {
    const { kinds, nullsHere } = this;
    nullsHere.length = 0;
    // of a long row only a closer look tells how much of it is looked through
    if (end - start > LONGEST_VALUE) return false;
    if (end - start < ROW_HEADER || buffer.readUInt16BE(start + 5) !== kinds.length) return false;
    let at = start + ROW_HEADER;
    for (let i = 0; i < kinds.length; i++) {
      if (end - at < 4) throw outOfFrame();
      const length = buffer.readInt32BE(at);
      at += 4;
      if (length < 0) {
        if (length !== -1) throw outOfFrame();
        nullsHere.push(i);
        continue;
      }
      const next = at + length;
      if (next > end) throw outOfFrame();
      if (kinds[i] === DETECT && this.suspects(i, buffer, at, next)) return false;
      at = next;
    }
    if (at !== end) throw outOfFrame();
    for (const column of nullsHere) (this.nulls[column] as number)++;
    this.rows++;
    return true;
  }

  private suspects(column: number, buffer: Buffer, from: number, to: number): boolean {
    const step = this.plan.steps[column] as DetectStep;
    // where lengths stand between texts only a closer look tells
    return step.lengths || step.rules.set.find(buffer, from, to) !== null;
  }

  private partial(column: number, source: Buffer, from: number, end: number, out: Buffer, to: number): number {
    const step = this.plan.steps[column] as Extract<MaskStep, { kind: 'partial' }>;
    const written = writePartial(step, source, from, end, out, to + 4);
    if (written < 0) return copyField(this.fields[column] as Buffer, out, to);
    out[to] = written >>> 24;
    out[to + 1] = written >>> 16;
    out[to + 2] = written >>> 8;
    out[to + 3] = written;
    return to + 4 + written;
  }
}

const outOfFrame = (): MaskingError => new MaskingError('row-bytes', 'a row does not match its own length');

const copyRun = (source: Buffer, from: number, end: number, out: Buffer, to: number): number => {
  if (end - from >= SHORT_RUN) return to + source.copy(out, to, from, end);
  for (let i = from; i < end; i++) out[to++] = source[i] as number;
  return to;
};

const copyField = (field: Buffer, out: Buffer, to: number): number => {
  if (field.length >= SHORT_RUN) return to + field.copy(out, to);
  for (let i = 0; i < field.length; i++) out[to++] = field[i] as number;
  return to;
};
