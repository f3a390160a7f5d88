/** Which of the 256 bytes belong to a set: 1 for those that do. */
export type ByteSet = Uint8Array;

export const byteSet = (holds: (byte: number) => boolean): ByteSet =>
  Uint8Array.from({ length: 256 }, (_, byte) => (holds(byte) ? 1 : 0));

export const without = (set: ByteSet): ByteSet => set.map((held) => 1 - held);

export const union = (sets: readonly ByteSet[]): ByteSet => byteSet((byte) => sets.some((set) => set[byte] === 1));

export const single = (byte: number): ByteSet => byteSet((other) => other === byte);

const between = (byte: number, from: string, to: string): boolean =>
  byte >= from.charCodeAt(0) && byte <= to.charCodeAt(0);

const isLetter = (byte: number): boolean => between(byte, 'a', 'z') || between(byte, 'A', 'Z');

export const DIGIT: ByteSet = byteSet((byte) => between(byte, '0', '9'));
export const WORD: ByteSet = byteSet((byte) => DIGIT[byte] === 1 || isLetter(byte) || byte === 0x5f);
export const SPACE: ByteSet = byteSet((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
export const NOT_NEWLINE: ByteSet = without(single(0x0a));

/** The set with the other case of each ASCII letter in it. */
export const anyCase = (set: ByteSet): ByteSet =>
  byteSet((byte) => set[byte] === 1 || (isLetter(byte) && set[byte ^ 0x20] === 1));
