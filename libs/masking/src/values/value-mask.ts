/**
 * What stands for `source[from..to)`, or null when the value is none that the mask can do something with: then the constant stands in.
 * The bytes may be shared: they are read, never written.
 */
export type ValueMask = (source: Buffer, from: number, to: number) => Buffer | null;
