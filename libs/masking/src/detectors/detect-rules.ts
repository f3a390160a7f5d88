import { elementOf, isTextLike, TYPE } from '../built-in-types.js';
import type { DetectorSet } from './detector-set.js';
import type { DetectorName } from './detector.js';

/** What becomes of a value in which a detector finds something, the mildest first. */
export const DETECT_ACTIONS = ['alert', 'mask', 'refuse'] as const;

/** `alert`: it passes, and the record says so; `mask`: the mask of its type stands for it; `refuse`: the result ends before it. */
export type DetectAction = (typeof DETECT_ACTIONS)[number];

/** Which detectors look at the values of a column, and what follows. Immutable, shared by all results. */
export interface DetectRules {
  readonly set: DetectorSet;
  /** of each detector of the set */
  readonly actions: ReadonlyMap<DetectorName, DetectAction>;
}

/** A value passes unless something is found in it; `fallback` stands for it then. */
export interface DetectStep {
  readonly kind: 'detect';
  readonly rules: DetectRules;
  /** there are bytes between the texts of a value */
  readonly lengths: boolean;
  readonly fallback: Buffer | null;
}

/** Where the server's own types end and those of its databases begin. */
const FIRST_USER_OID = 16_384;
const RECORD = 2249;
const RECORD_ARRAY = 2287;
const CSTRING = 2275;
const JSONPATH = 4072;
const REFCURSOR = 1790;

const TEXTS: ReadonlySet<number> = new Set([
  TYPE.json,
  TYPE.jsonb,
  TYPE.xml,
  TYPE.tsvector,
  TYPE.tsquery,
  CSTRING,
  JSONPATH,
  REFCURSOR,
  RECORD,
  RECORD_ARRAY,
]);

/**
 * Whether values of a type may hold any text: texts, documents, rows, arrays of them, and every type of a database's own. 0: a type
 * that is not known. Numbers, times, addresses of hosts, bit strings and bytea are not looked at.
 */
export function holdsText(typeOid: number): boolean {
  if (typeOid === 0 || typeOid >= FIRST_USER_OID || isTextLike(typeOid) || TEXTS.has(typeOid)) return true;
  const element = elementOf(typeOid);
  return element !== undefined && holdsText(element);
}

/** Whether the binary form of a type has anything in it but the text: lengths, numbers of elements, other fields. */
export function hasLengths(typeOid: number): boolean {
  return !isTextLike(typeOid) && typeOid !== TYPE.json && typeOid !== TYPE.jsonb && typeOid !== TYPE.xml;
}
