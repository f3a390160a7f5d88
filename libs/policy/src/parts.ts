import type { Operation } from './operation.js';

/** What rules are held against: an operation, or of a write that reads other objects what it writes, and what it only reads. */
export interface Part {
  /** left out: it is all of the operation */
  readonly about?: 'writes' | 'reads';
  readonly operation: Operation;
  /** command of the operation it is part of */
  readonly verb: string;
}

/**
 * The parts of an operation, each of which has to be let pass, as a server asks for its privileges: rules for what it does are asked
 * about the objects it writes, rules for reading about those it only reads. Everything else of the operation is said of both parts, so
 * that only `objects` makes the difference.
 */
export function partsOf(operation: Operation): readonly Part[] {
  const { onlyReads = [], verb, effect } = operation;
  const writes = effect === 'write' || effect === 'session';
  if (onlyReads.length === 0 || !writes) return [{ operation, verb }];
  const read = new Set(onlyReads);
  const written = operation.objects.filter((name) => !read.has(name));
  return [
    { about: 'writes', operation: { ...operation, objects: written }, verb },
    {
      about: 'reads',
      operation: { ...operation, effect: 'read', verb: 'SELECT', kinds: ['select'], objects: onlyReads, writes: [] },
      verb,
    },
  ];
}
