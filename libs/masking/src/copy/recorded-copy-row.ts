import type { CopyColumn, CopyShape } from '@app/sql';
import { decodeForRecord } from '../recorded-values.js';
import { copyFields, fieldValue } from './copy-fields.js';

/**
 * One (masked) row of a COPY stream as the record's body has it: rendered JSON, `["7","****@example.com",null]`.
 * @param columns null: not known; binary values are then shown as hexadecimal
 * @returns null when it has other columns than expected, so that nobody knows what stands where
 * @throws MaskingError when lengths of the binary format do not fill the row
 */
export function recordedCopyRow(row: Buffer, shape: CopyShape, columns: readonly CopyColumn[] | null): string | null {
  const fields = copyFields(row, shape);
  if (columns !== null && fields.length !== columns.length) return null;
  const values = fields.map((field, i) =>
    decodeForRecord(
      columns?.[i]?.typeOid ?? 0,
      shape.format === 'binary' ? 1 : 0,
      field.isNull ? null : fieldValue(row, field, shape),
    ),
  );
  return JSON.stringify(values);
}
