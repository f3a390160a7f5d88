/** Writes protobuf by hand, for tests: nothing of the reader under test is in it. */
export type Part = Uint8Array;

export function number(value: bigint | number): Buffer {
  let rest = BigInt(value);
  const bytes: number[] = [];
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

/** A field of text, bytes or messages. */
export function field(at: number, ...content: readonly (string | Part)[]): Buffer {
  const value = Buffer.concat(content.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([number((at << 3) | 2), number(value.length), value]);
}

/** A field that is a number or a truth. */
export function flag(at: number, value: bigint | number = 1): Buffer {
  return Buffer.concat([number(at << 3), number(value)]);
}

/** A body: prefix, type and the object's message. */
export function kubernetes(apiVersion: string, kind: string, ...message: readonly Part[]): Buffer {
  return Buffer.concat([Buffer.from('k8s\0'), field(1, field(1, apiVersion), field(2, kind)), field(2, ...message)]);
}
