import { randomFillSync } from 'node:crypto';
import { CONTROL_BYTES, Opcode } from './websocket.js';

/** Frames up to this size are one buffer: two small writes cost more than a copy. */
const COPY_BYTES = 16 * 1024;

/** Writes whole messages as one frame each. */
export interface FrameWriter {
  /** @param parts payload in pieces, joined on the wire @returns buffers to write in order */
  binary(parts: readonly Uint8Array[]): Uint8Array[];
  ping(payload: Uint8Array): Uint8Array[];
  pong(payload: Uint8Array): Uint8Array[];
  /** @param code null: a close frame without a code, as the peer sent it */
  close(code: number | null, reason: string): Uint8Array[];
}

/** Frames of a server: not masked. Long payloads are passed on as views. */
export const serverFrames: FrameWriter = framesBy(unmasked);

/** Frames of a client, each masked with a key of its own that nobody can foresee (RFC 6455 §5.3). */
export const clientFrames: FrameWriter = framesBy(masked);

type Frame = (opcode: number, parts: readonly Uint8Array[]) => Uint8Array[];

function framesBy(frame: Frame): FrameWriter {
  return {
    binary: (parts) => frame(Opcode.binary, parts),
    ping: (payload) => frame(Opcode.ping, [payload]),
    pong: (payload) => frame(Opcode.pong, [payload]),
    close: (code, reason) => frame(Opcode.close, code === null ? [] : [closePayload(code, reason)]),
  };
}

function closePayload(code: number, reason: string): Uint8Array {
  const text = Buffer.from(reason, 'utf8');
  let length = Math.min(text.length, CONTROL_BYTES - 2);
  // no cut inside a character
  while (length > 0 && length < text.length && (text[length]! & 0xc0) === 0x80) length--;
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), text.subarray(0, length)]);
}

function unmasked(opcode: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const length = lengthOf(parts);
  const head = headerBytes(length);
  if (length > COPY_BYTES) {
    const header = Buffer.allocUnsafe(head);
    writeHeader(header, opcode, length, 0);
    return [header, ...parts];
  }
  const out = Buffer.allocUnsafe(head + length);
  writeHeader(out, opcode, length, 0);
  join(out, head, parts);
  return [out];
}

function masked(opcode: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const length = lengthOf(parts);
  const head = headerBytes(length) + 4;
  const out = Buffer.allocUnsafe(head + length);
  writeHeader(out, opcode, length, 0x80);
  randomKey(out, head - 4);
  join(out, head, parts);
  const key = [out[head - 4]!, out[head - 3]!, out[head - 2]!, out[head - 1]!] as const;
  for (let i = 0; i < length; i++) out[head + i]! ^= key[(i & 3) as 0 | 1 | 2 | 3];
  return [out];
}

function lengthOf(parts: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

function headerBytes(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

function writeHeader(out: Buffer, opcode: number, length: number, mask: number): void {
  out[0] = 0x80 | opcode;
  if (length < 126) out[1] = mask | length;
  else if (length < 65_536) {
    out[1] = mask | 126;
    out.writeUInt16BE(length, 2);
  } else {
    out[1] = mask | 127;
    out.writeUInt32BE(0, 2);
    out.writeUInt32BE(length, 6);
  }
}

function join(out: Buffer, from: number, parts: readonly Uint8Array[]): void {
  let at = from;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
}

const keys = Buffer.alloc(4096);
let nextKey = keys.length;

function randomKey(out: Buffer, at: number): void {
  if (nextKey === keys.length) {
    randomFillSync(keys);
    nextKey = 0;
  }
  keys.copy(out, at, nextKey, nextKey + 4);
  nextKey += 4;
}
