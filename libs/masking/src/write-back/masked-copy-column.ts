import type { CopyShape } from '@app/sql';
import { copyFields, fieldValue } from '../copy/copy-fields.js';
import { isMasked, type WrittenInto } from './mask-likeness.js';

/**
 * The first column of a row of COPY FROM STDIN whose value can only come from a mask.
 * @param columns in the order of the stream; null: any value may be written into it
 * @returns its index; -1: there is none, or the row has other columns than it should, which the server refuses
 * @throws MaskingError when lengths of the binary format do not fill the row
 */
export function maskedCopyColumn(row: Buffer, shape: CopyShape, columns: readonly (WrittenInto | null)[]): number {
  const fields = copyFields(row, shape);
  if (fields.length !== columns.length) return -1;
  return columns.findIndex((into, i) => {
    const field = fields[i];
    return into !== null && field !== undefined && !field.isNull && isMasked(fieldValue(row, field, shape), into);
  });
}
