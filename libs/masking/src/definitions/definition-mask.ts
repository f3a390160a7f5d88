import { maskDefinition } from '@app/sql';
import { elementOf, TYPE } from '../built-in-types.js';
import type { ValueMask } from '../values/value-mask.js';
import { mapBinaryTextArray, mapTextArray } from './text-array.js';

const TEXTS: ReadonlySet<number> = new Set([TYPE.text, TYPE.varchar, TYPE.bpchar]);

const ofText: ValueMask = (source, from, to) => Buffer.from(maskDefinition(source.toString('utf8', from, to)));

const ofTextArray: ValueMask = (source, from, to) => {
  const masked = mapTextArray(source.toString('utf8', from, to), maskDefinition);
  return masked === null ? null : Buffer.from(masked);
};

const ofBinaryArray: ValueMask = (source, from, to) => mapBinaryTextArray(source, from, to, maskDefinition);

/**
 * Masks texts that the server prints of definitions, and arrays of such: their literals are hidden, all else is kept. The result may be
 * longer than the source.
 * @returns null for types that hold no such text (a `name` would cut what takes its place)
 */
export const definitionMask = (typeOid: number, typmod: number, format: 0 | 1): ValueMask | null => {
  // a length would be exceeded
  if (typmod >= 0) return null;
  if (TEXTS.has(typeOid)) return ofText;
  const element = elementOf(typeOid);
  if (element === undefined || !TEXTS.has(element)) return null;
  return format === 1 ? ofBinaryArray : ofTextArray;
};
