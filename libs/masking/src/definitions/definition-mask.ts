import { maskDefinition, maskDefinitionName } from '@app/sql';
import { elementOf, TYPE } from '../built-in-types.js';
import type { ValueMask } from '../values/value-mask.js';
import { mapBinaryTextArray, mapTextArray } from './text-array.js';

const TEXTS: ReadonlySet<number> = new Set([TYPE.text, TYPE.varchar, TYPE.bpchar]);

type Masked = (text: string) => string;

const ofText =
  (mask: Masked): ValueMask =>
  (source, from, to) =>
    Buffer.from(mask(source.toString('utf8', from, to)));

const ofTextArray =
  (mask: Masked): ValueMask =>
  (source, from, to) => {
    const masked = mapTextArray(source.toString('utf8', from, to), mask);
    return masked === null ? null : Buffer.from(masked);
  };

const ofBinaryArray =
  (mask: Masked): ValueMask =>
  (source, from, to) =>
    mapBinaryTextArray(source, from, to, mask);

/** What a definition mask has to know of its column. */
interface DefinitionColumn {
  readonly typeOid: number;
  readonly typmod: number;
  readonly format: 0 | 1;
}

/**
 * Masks texts that the server prints of definitions, and arrays of such: their literals are hidden, all else is kept. The result may be
 * longer than the source.
 * @param names only texts that are a single name pass
 * @returns null for types that hold no such text (a `name` would cut what takes its place)
 */
export const definitionMask = ({ typeOid, typmod, format }: DefinitionColumn, names = false): ValueMask | null => {
  const mask = names ? maskDefinitionName : maskDefinition;
  // a length would be exceeded
  if (typmod >= 0) return null;
  if (TEXTS.has(typeOid)) return ofText(mask);
  const element = elementOf(typeOid);
  if (element === undefined || !TEXTS.has(element)) return null;
  return format === 1 ? ofBinaryArray(mask) : ofTextArray(mask);
};
