import { decodeForRecord } from '@app/masking';
import type { BindMessage } from '@app/pg-wire';

/** Values of one Bind kept in the record. */
const KEPT_VALUES = 1_000;
/** Values above this many bytes are kept by their size only. */
const KEPT_BYTES = 4 * 1024;
const TEXT = 25;

/** Bound values as JSON for the record; those compared with or written to a protected column are replaced. @param hidden numbers n of $n */
export function renderParameters(message: BindMessage, types: readonly number[], hidden: readonly number[]): string[] {
  const { values, parameterFormats } = message;
  const count = Math.min(values.length, KEPT_VALUES);
  const rendered: string[] = [];
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    const format = (parameterFormats.length === 1 ? parameterFormats[0] : parameterFormats[i]) === 1 ? 1 : 0;
    if (value === null) rendered.push('null');
    else if (hidden.length > 0 && hidden.includes(i + 1)) rendered.push('"***"');
    else if (value.length > KEPT_BYTES) rendered.push(`{"bytes":${value.length}}`);
    else rendered.push(JSON.stringify(decodeForRecord(types[i] || (format === 0 ? TEXT : 0), format, value)));
  }
  if (values.length > KEPT_VALUES) rendered.push(`{"more":${values.length - KEPT_VALUES}}`);
  return rendered;
}
