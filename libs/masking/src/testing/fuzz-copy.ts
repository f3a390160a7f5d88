import type { CopyShape } from '@app/sql';
import { CopyMasker } from '../copy/copy-masker.js';
import { CopyRows } from '../copy/copy-rows.js';
import type { CopyPiece } from '../copy/piece-scan.js';
import { MaskingError } from '../masking.error.js';
import { compileMaskingPlan } from '../masking-plan.js';

/** What a run of hostile COPY streams came to; every error but MaskingError is thrown on, with its seed. */
export interface CopyFuzzReport {
  readonly streams: number;
  readonly pieces: number;
  readonly refused: number;
}

const SECRET = 'S3CRET';
const MOST = 4_096;
const TEXT = 25;
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');

/** mulberry32 */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
}

function shapeOf(below: (n: number) => number): CopyShape {
  const format = (['text', 'csv', 'binary'] as const)[below(3)]!;
  return {
    format,
    header: format !== 'binary' && below(3) === 0,
    delimiter: format === 'text' ? ['\t', '|'][below(2)]! : [',', ';'][below(2)]!,
    null: format === 'text' ? ['\\N', 'NULL', ''][below(3)]! : ['', 'NULL'][below(2)]!,
    quote: below(3) === 0 ? "'" : '"',
    escape: ['"', '\\', "'"][below(3)]!,
    forceQuote: below(3) === 0 ? 'all' : [],
  };
}

/** A clear column and a protected one, as a server would write them; the second always holds the secret. */
function rowOf(shape: CopyShape, below: (n: number) => number): Buffer {
  const clear = ['1', '', 'a b', 'line'][below(4)]!;
  if (shape.format === 'binary') {
    const field = (value: string): Buffer => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(value.length);
      return Buffer.concat([length, Buffer.from(value)]);
    };
    return Buffer.concat([Buffer.from([0, 2]), field(clear), field(SECRET)]);
  }
  if (shape.format === 'text')
    return Buffer.from(`${clear}${shape.delimiter}${['', 'a\\n', '\\\\'][below(3)]}${SECRET}\n`);
  const { quote, escape, delimiter } = shape;
  const inside = [`${SECRET}`, `${delimiter}${SECRET}`, `${escape}${quote}${SECRET}`, `\n${SECRET}`][below(4)]!;
  return Buffer.from(`${clear}${delimiter}${quote}${inside}${quote}\n`);
}

function damage(whole: Buffer, below: (n: number) => number): Buffer {
  const at = below(whole.length + 1);
  switch (below(4)) {
    case 0:
      return whole.subarray(0, at);
    case 1:
      return Buffer.concat([whole.subarray(0, at), Buffer.from([below(256)]), whole.subarray(at)]);
    case 2:
      return Buffer.concat([whole.subarray(0, at), whole.subarray(Math.min(whole.length, at + 1 + below(9)))]);
    default: {
      const changed = Buffer.from(whole);
      if (changed.length > 0) changed[at % changed.length] = below(256);
      return changed;
    }
  }
}

/** Feeds `cases` seeded COPY streams, a third of them damaged, to scanner and masker, whole and cut anywhere. */
export function fuzzCopy(seed: number, cases: number): CopyFuzzReport {
  const report = { streams: 0, pieces: 0, refused: 0 };
  for (let i = 0; i < cases; i++) {
    try {
      runStream(generator(seed + i), report);
    } catch (error) {
      throw new Error(`seed ${seed + i} breaks COPY`, { cause: error });
    }
    report.streams += 1;
  }
  return report;
}

function runStream(below: (n: number) => number, report: { pieces: number; refused: number }): void {
  const shape = shapeOf(below);
  const header = shape.format === 'binary' ? SIGNATURE : Buffer.from(shape.header ? `a${shape.delimiter}b\n` : '');
  const rows = Array.from({ length: 1 + below(6) }, () => rowOf(shape, below));
  const sound = Buffer.concat([header, ...rows, ...(shape.format === 'binary' ? [Buffer.from([0xff, 0xff])] : [])]);
  const isDamaged = below(3) === 0;
  const stream = isDamaged ? damage(sound, below) : sound;
  const whole = piecesOf(shape, [stream]);
  const cut = piecesOf(shape, cuts(stream, below));
  if (JSON.stringify(whole) !== JSON.stringify(cut))
    throw new Error('what the pieces are depends on how the stream is cut');
  if (whole.failed) {
    if (!isDamaged) throw new Error('a sound stream is refused');
    report.refused += 1;
    return;
  }
  report.pieces += whole.pieces.length;
  const plan = compileMaskingPlan(
    ['a', 'b'].map((name) => ({
      name,
      typeOid: TEXT,
      typmod: -1,
      format: shape.format === 'binary' ? 1 : 0,
      mask: name === 'b' ? { mode: 'constant' } : null,
    })),
  );
  const masker = new CopyMasker(shape, plan);
  for (const { kind, bytes } of whole.pieces) {
    if (kind !== 'row') continue;
    try {
      const masked = masker.mask(bytes);
      if (!isDamaged && masked.includes(SECRET)) throw new Error('a protected value passes');
    } catch (error) {
      if (!(error instanceof MaskingError) || !isDamaged) throw error;
      report.refused += 1;
      return;
    }
  }
}

function cuts(whole: Buffer, below: (n: number) => number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < whole.length;) {
    const end = Math.min(whole.length, at + [1, 2, 3, 7, 64][below(5)]!);
    pieces.push(whole.subarray(at, end));
    at = end;
  }
  return pieces;
}

function piecesOf(shape: CopyShape, chunks: readonly Buffer[]): { pieces: CopyPiece[]; failed: boolean } {
  const scanner = new CopyRows(shape, 'out', MOST, 'refuse');
  const pieces: CopyPiece[] = [];
  try {
    for (const chunk of chunks) pieces.push(...scanner.push(chunk));
    const last = scanner.finish();
    if (last !== null) pieces.push(last);
    return { pieces, failed: false };
  } catch (error) {
    if (!(error instanceof MaskingError)) throw error;
    return { pieces: [], failed: true };
  }
}
