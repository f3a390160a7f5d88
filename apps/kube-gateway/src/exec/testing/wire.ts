import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';

// WebSocket bytes built and read without the parser and writer under test.

/** One frame as it is on the wire. */
export interface WireFrame {
  readonly fin: boolean;
  readonly opcode: number;
  readonly masked: boolean;
  readonly payload: Buffer;
}

/** Builds a frame; anything illegal may be asked for. */
export function frame(
  payload: string | Uint8Array,
  options: {
    opcode?: number;
    fin?: boolean;
    rsv?: number;
    key?: string;
    lengthBytes?: 0 | 2 | 8;
    declared?: number;
  } = {},
): Buffer {
  const data = Buffer.from(payload);
  const declared = options.declared ?? data.length;
  const size = options.lengthBytes ?? (declared < 126 ? 0 : declared < 65_536 ? 2 : 8);
  const first = ((options.fin ?? true) ? 128 : 0) + (options.rsv ?? 0) * 16 + (options.opcode ?? 2);
  const bit = options.key === undefined ? 0 : 128;
  const head = [first, bit + (size === 0 ? declared : size === 2 ? 126 : 127)];
  if (size > 0) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(declared));
    head.push(...length.subarray(8 - size));
  }
  if (options.key === undefined) return Buffer.concat([Buffer.from(head), data]);
  const key = Buffer.from(options.key, 'hex');
  const masked = data.map((byte, index) => byte ^ key[index % 4]!);
  return Buffer.concat([Buffer.from(head), key, masked]);
}

/** A message of a channel as a client sends it. */
export function fromClient(channel: number, data: string | Uint8Array, opcode = 2): Buffer {
  return frame(Buffer.concat([Buffer.from([channel]), Buffer.from(data)]), { opcode, key: '0a0b0c0d' });
}

/** A message of a channel as a server sends it. */
export function fromServer(channel: number, data: string | Uint8Array): Buffer {
  return frame(Buffer.concat([Buffer.from([channel]), Buffer.from(data)]));
}

/** Cuts bytes into frames. @returns them, and what is left over */
export function readFrames(bytes: Buffer): { frames: WireFrame[]; rest: Buffer } {
  const frames: WireFrame[] = [];
  let rest = bytes;
  for (;;) {
    if (rest.length < 2) return { frames, rest };
    const masked = (rest[1]! & 128) > 0;
    let length = rest[1]! & 127;
    let at = 2;
    if (length === 126) {
      if (rest.length < 4) return { frames, rest };
      length = rest.readUInt16BE(2);
      at = 4;
    } else if (length === 127) {
      if (rest.length < 10) return { frames, rest };
      length = Number(rest.readBigUInt64BE(2));
      at = 10;
    }
    const key = rest.subarray(at, at + 4);
    if (masked) at += 4;
    if (rest.length < at + length) return { frames, rest };
    const payload = Buffer.from(rest.subarray(at, at + length));
    if (masked) for (let i = 0; i < payload.length; i++) payload[i]! ^= key[i % 4]!;
    frames.push({ fin: rest[0]! >= 128, opcode: rest[0]! & 127, masked, payload });
    rest = rest.subarray(at + length);
  }
}

/** What a server answers to a key. */
export function acceptFor(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** One end of a connection: its HTTP head, then its frames, as they come. */
export class WirePeer {
  /** the other side's head, once it came */
  head: string | null = null;
  readonly frames: WireFrame[] = [];
  /** bytes behind the head that are no frames (the body of a plain answer) */
  raw: Buffer = Buffer.alloc(0);
  ended = false;
  closed = false;
  readonly #waiting = new Set<() => void>();
  #buffer: Buffer = Buffer.alloc(0);

  constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      if (this.head === null) {
        const end = this.#buffer.indexOf('\r\n\r\n');
        if (end >= 0) {
          this.head = this.#buffer.subarray(0, end + 4).toString('latin1');
          this.#buffer = this.#buffer.subarray(end + 4);
        }
      }
      if (this.head !== null && /^HTTP\/1\.1 (?!101)/.test(this.head)) {
        this.raw = this.#buffer;
      } else if (this.head !== null) {
        const { frames, rest } = readFrames(this.#buffer);
        this.frames.push(...frames);
        this.#buffer = rest;
      }
      this.#look();
    });
    socket.on('end', () => {
      this.ended = true;
      this.#look();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.#look();
    });
  }

  /** Bytes of one channel so far, put together. */
  text(channel: number): string {
    return this.bytes(channel).toString('utf8');
  }

  bytes(channel: number): Buffer {
    const messages = this.frames.filter(({ opcode, payload }) => opcode === 2 && payload[0] === channel);
    return Buffer.concat(messages.map(({ payload }) => payload.subarray(1)));
  }

  /** Control frames of one kind. */
  control(opcode: number): Buffer[] {
    return this.frames.filter((one) => one.opcode === opcode).map(({ payload }) => payload);
  }

  /** Waits until `condition` holds; looked at whenever something comes. */
  async until(condition: () => boolean, what: string): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`waited in vain for ${what}; head ${this.head ?? 'none'}, ${this.frames.length} frames`));
      }, 5000);
      const look = (): void => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  #look(): void {
    for (const look of Array.from(this.#waiting)) look();
  }
}
