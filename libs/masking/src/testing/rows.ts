/** DataRow frames for specs, written byte by byte and free to lie about counts and lengths. */
export const rowFrame = (
  values: readonly (Buffer | string | null)[],
  lies: { readonly count?: number; readonly frameLength?: number } = {},
): Buffer => {
  const parts: number[] = [];
  const int32 = (value: number): void => {
    parts.push((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
  };
  const count = lies.count ?? values.length;
  parts.push(count >> 8, count & 255);
  for (const value of values) {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    int32(bytes === null ? -1 : bytes.length);
    if (bytes !== null) for (const byte of bytes) parts.push(byte);
  }
  const body = Buffer.from(parts);
  const header = Buffer.from([0x44, 0, 0, 0, 0]);
  header.writeUInt32BE(lies.frameLength ?? body.length + 4, 1);
  return Buffer.concat([header, body]);
};

/** The values of a sound DataRow frame, read independently of the masker; throws when the frame is not exactly filled. */
export const rowValues = (frame: Buffer): (Buffer | null)[] => {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint8(0) !== 0x44 || view.getUint32(1) !== frame.length - 1) throw new Error('not one DataRow frame');
  const values: (Buffer | null)[] = [];
  let at = 7;
  for (let i = 0; i < view.getUint16(5); i++) {
    const length = view.getInt32(at);
    at += 4;
    values.push(length === -1 ? null : Buffer.from(frame.subarray(at, at + length)));
    at += Math.max(0, length);
  }
  if (at !== frame.length) throw new Error('the values do not fill the frame');
  return values;
};

/** Seeded (mulberry32): a failing case can be run again. */
export const seededRandom = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
};
