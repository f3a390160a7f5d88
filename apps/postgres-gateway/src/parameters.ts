import { decodeForRecord } from '@app/masking';
import type { BindMessage } from '@app/pg-wire';

/** Values of one Bind kept in the record. */
const KEPT_VALUES = 1_000;
/** Values above this many bytes are kept by their size only. */
const KEPT_BYTES = 4 * 1024;
const TEXT = 25;

/**
 * Bound values as JSON for the record and reviewers; those that are not to be seen are `"***"`, with the class where it is known.
 * @param hidden numbers n of $n
 * @param classes of the hidden ones, in their order
 */
export function renderParameters(
  message: BindMessage,
  types: readonly number[],
  hidden: readonly number[],
  classes: readonly (string | null)[] = [],
): string[] {
  const { values, parameterFormats } = message;
  const count = Math.min(values.length, KEPT_VALUES);
  const rendered: string[] = [];
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    const format = (parameterFormats.length === 1 ? parameterFormats[0] : parameterFormats[i]) === 1 ? 1 : 0;
    const hiddenAt = hidden.length > 0 ? hidden.indexOf(i + 1) : -1;
    // whether there was a value at all tells as much as the value of a small column
    if (hiddenAt >= 0) rendered.push(hiddenValue(classes[hiddenAt] ?? null));
    else if (value === null) rendered.push('null');
    else if (value.length > KEPT_BYTES) rendered.push(`{"bytes":${value.length}}`);
    else rendered.push(JSON.stringify(decodeForRecord(types[i] || (format === 0 ? TEXT : 0), format, value)));
  }
  if (values.length > KEPT_VALUES) rendered.push(`{"more":${values.length - KEPT_VALUES}}`);
  return rendered;
}

function hiddenValue(className: string | null): string {
  return className === null ? '"***"' : JSON.stringify(`*** ${className}`);
}
