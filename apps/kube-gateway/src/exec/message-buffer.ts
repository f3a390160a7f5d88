import type { FrameWriter } from './frame-writer.js';
import { utf8Cut } from './utf8-cut.js';

interface Message {
  readonly channel: number;
  readonly parts: Uint8Array[];
  bytes: number;
  /** more of the same channel may join it */
  readonly open: boolean;
}

/** Collects messages of channels until they are recorded; neighbours of one stream become one message. */
export class MessageBuffer {
  readonly #frames: FrameWriter;
  readonly #payloadBytes: number;
  #messages: Message[] = [];

  /** @param messageBytes longest message written, with its channel byte */
  constructor(frames: FrameWriter, messageBytes: number) {
    this.#frames = frames;
    this.#payloadBytes = messageBytes - 1;
  }

  get empty(): boolean {
    return this.#messages.length === 0;
  }

  /** Bytes of a stream. */
  stream(channel: number, bytes: Uint8Array): void {
    const last = this.#messages.at(-1);
    if (last?.open === true && last.channel === channel) {
      last.parts.push(bytes);
      last.bytes += bytes.length;
    } else this.#messages.push({ channel, parts: [bytes], bytes: bytes.length, open: true });
  }

  /** A message of its own, possibly without payload. */
  message(channel: number, payload: Uint8Array | null): void {
    this.#messages.push({
      channel,
      parts: payload === null ? [] : [payload],
      bytes: payload?.length ?? 0,
      open: false,
    });
  }

  /** Everything collected, as frames; no message is longer than the bound, and no cut is inside a character. */
  take(): Uint8Array[] {
    const out: Uint8Array[] = [];
    for (const { channel, parts, bytes } of this.#messages) {
      const head = Uint8Array.of(channel);
      if (bytes <= this.#payloadBytes) {
        out.push(...this.#frames.binary([head, ...parts]));
        continue;
      }
      const whole = Buffer.concat(parts);
      for (let at = 0; at < whole.length;) {
        const rest = whole.subarray(at);
        const length = rest.length <= this.#payloadBytes ? rest.length : utf8Cut(rest, this.#payloadBytes);
        out.push(...this.#frames.binary([head, rest.subarray(0, length)]));
        at += length;
      }
    }
    this.#messages = [];
    return out;
  }
}
