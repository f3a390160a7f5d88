import type { BindMessage } from '@app/pg-wire';

function int32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeInt32BE(value | 0, 4 * i));
  return bytes;
}

/**
 * The exact values of one Bind for the binding of an approval: number of values, then type as the client declared it, format, length
 * (-1: NULL) and bytes of each, then the formats of the result. Every part has its length before it, so that no two sets of values
 * have the same bytes. No Bind, no bytes.
 */
export function boundValues(message: BindMessage, declaredTypes: readonly number[]): Buffer {
  const { values, parameterFormats, resultFormats } = message;
  const parts: Buffer[] = [int32(values.length)];
  values.forEach((value, i) => {
    const format = (parameterFormats.length === 1 ? parameterFormats[0] : parameterFormats[i]) ?? 0;
    parts.push(int32(declaredTypes[i] ?? 0, format, value?.length ?? -1));
    if (value !== null) parts.push(value);
  });
  parts.push(int32(resultFormats.length, ...resultFormats));
  return Buffer.concat(parts);
}
