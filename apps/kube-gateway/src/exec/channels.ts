import { CloseCode, WebSocketError } from './websocket.js';

// Subprotocols v4.channel.k8s.io and v5.channel.k8s.io: the first byte of a message names its channel.

/** Channels of exec and attach. */
export const Channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

/** Subprotocols that are carried, best first. Those in base64 never are. */
export const channelProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

/** Messages by channel. */
export interface ChannelSink {
  /** Bytes of a channel that streams, as they come; never empty. */
  stream(channel: number, bytes: Uint8Array): void;
  /** A whole message of a channel whose messages are read as one. */
  message(channel: number, bytes: Uint8Array): void;
  /** A message without bytes: servers open their channels with it. */
  opener(channel: number): void;
}

/**
 * Sorts one direction's messages by channel. Channels that this direction does not have are dropped, as the server drops them:
 * nothing that is not recorded may pass.
 */
export class ChannelReader {
  readonly #streams: ReadonlySet<number>;
  readonly #messages: ReadonlyMap<number, number>;
  readonly #sink: ChannelSink;
  #channel = -1;
  #bytes = 0;
  #kept: Uint8Array[] = [];

  /** @param messages channels read message by message, with the bound of one in bytes */
  constructor(streams: ReadonlySet<number>, messages: ReadonlyMap<number, number>, sink: ChannelSink) {
    this.#streams = streams;
    this.#messages = messages;
    this.#sink = sink;
  }

  /** A piece of a message as {@link FrameSink.data} has it. @throws WebSocketError 1009 */
  piece(bytes: Uint8Array, start: boolean, end: boolean): void {
    if (start) {
      this.#channel = -1;
      this.#bytes = 0;
      this.#kept = [];
    }
    let payload = bytes;
    if (this.#channel === -1 && payload.length > 0) {
      this.#channel = payload[0]!;
      payload = payload.subarray(1);
    }
    const channel = this.#channel;
    this.#bytes += payload.length;
    if (this.#streams.has(channel)) {
      if (payload.length > 0) this.#sink.stream(channel, payload);
      else if (end && this.#bytes === 0) this.#sink.opener(channel);
      return;
    }
    const bound = this.#messages.get(channel);
    if (bound === undefined) return;
    if (this.#bytes > bound)
      throw new WebSocketError(CloseCode.tooBig, `a message of channel ${channel} is longer than ${bound} bytes`);
    if (payload.length > 0) this.#kept.push(payload);
    if (!end) return;
    if (this.#bytes === 0) this.#sink.opener(channel);
    else this.#sink.message(channel, this.#kept.length === 1 ? this.#kept[0]! : Buffer.concat(this.#kept));
  }
}
