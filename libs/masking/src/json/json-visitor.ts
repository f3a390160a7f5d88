/** String values are decided by `leaf`. */
export const LEAF = 1;
/** Keys of an object are decided by `rename`. */
export const KEYS = 2;
/** The beginning and the end of an object or array are told by `open` and `close`. */
export const SPAN = 4;
/** Numbers, `true` and `false` are told by `scalar`, which may throw. */
export const SCALAR = 8;

/** Where the rewriter stands: valid during a call of the visitor. */
export interface JsonPlace {
  /** Number of containers around the current value; 0 for a document's own value. */
  readonly depth: number;
  /** State of the container at `level`, 0 being the outermost. */
  stateAt(level: number): number;
  /** Whether the container at `level` is an array. */
  isArray(level: number): boolean;
  /** Keys and indexes from the container at `level` down to the current value: `spec.containers[0].command[1]`; each key cut at 1 KiB. */
  path(level: number): string;
}

/**
 * What decides about each value. It answers with *states*: numbers of its own that stand for a place. 0 means that nothing is wanted
 * there or below, and is never asked about again. Strings come as bytes between the quotes, `bytes[start, end)`, valid during the call;
 * `escaped` says that there are escapes in them (`decodeString` undoes them).
 */
export interface JsonVisitor {
  /** State of each document's own value. */
  readonly root: number;
  /** What is wanted in a state: `LEAF | KEYS | SPAN | SCALAR`. */
  flags(state: number): number;
  /** State of the member `key` of an object in `state`. Called for each occurrence of a key. */
  key(state: number, bytes: Buffer, start: number, end: number, escaped: boolean): number;
  /** State of an element of an array in `state`. */
  element(state: number, index: number): number;
  /** What replaces a key, quotes included; null to keep it. */
  rename(state: number, bytes: Buffer, start: number, end: number, escaped: boolean, place: JsonPlace): Buffer | null;
  /** What replaces a string, quotes included; null to keep it. */
  leaf(state: number, bytes: Buffer, start: number, end: number, escaped: boolean, place: JsonPlace): Buffer | null;
  /** A number, `true` or `false` in `state`; throws where it may not pass. */
  scalar(state: number, place: JsonPlace): void;
  /** An object or array begins; `offset` counts the bytes given out before it, since the beginning. */
  open(state: number, array: boolean, offset: number, place: JsonPlace): void;
  /** It has ended; `offset` counts the bytes given out up to its end. `place` is that of `open`. */
  close(state: number, array: boolean, offset: number, place: JsonPlace): void;
}

export const DEFAULT_DEPTH = 512;
export const DEFAULT_STRING_BYTES = 4 * 1024 * 1024;

/** Bounds of a rewriter. */
export interface JsonLimits {
  /** containers within containers; 512 unless told */
  readonly depth?: number;
  /** bytes of one key or string that the visitor decides about; 4 MiB unless told */
  readonly stringBytes?: number;
  /** several documents, one after the other, as in a watch; false unless told */
  readonly documents?: boolean;
}
