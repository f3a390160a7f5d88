import { Channel, type ChannelSink } from './channels.js';
import type { ExecUpgrade } from './exec-ports.js';
import { FramePace } from './frame-pace.js';
import { clientFrames } from './frame-writer.js';
import { MessageBuffer } from './message-buffer.js';
import { looksBinary, movesArchives } from './output-channel.js';
import { resizeMessage, ResizeReader } from './resize-reader.js';
import { type Recording, StreamRecorder } from './stream-recorder.js';

/** What a client sends into its command: recorded, and with the record durable forwarded, all in order. */
export class ExecInput implements ChannelSink {
  readonly #upgrade: ExecUpgrade;
  readonly #recorder: StreamRecorder;
  readonly #pace: FramePace;
  readonly #buffer: MessageBuffer;
  readonly #resizes = new ResizeReader();
  #archive: boolean | null;
  #masks = 0;

  /** @param flushed called after each part; @param failed the record does not take it */
  constructor(upgrade: ExecUpgrade, recording: Recording, flushed: () => void, failed: (error: unknown) => void) {
    const { limits, masker, tty, command } = upgrade;
    this.#upgrade = upgrade;
    this.#archive = movesArchives(command) ? null : false;
    this.#recorder = new StreamRecorder(
      recording,
      masker !== null,
      masker &&
        ((bytes) => {
          const once = masker('i', tty);
          const shown = Buffer.concat([once.push(bytes), once.finish()]);
          for (const count of once.take().values()) this.#masks += count;
          return shown;
        }),
    );
    this.#pace = new FramePace(limits.frameMs, limits.frameBytes, () => {
      try {
        this.#flush();
      } catch (error) {
        failed(error);
        return;
      }
      flushed();
    });
    this.#buffer = new MessageBuffer(clientFrames, limits.sentMessageBytes);
  }

  stream(channel: number, bytes: Uint8Array): void {
    if (channel === Channel.resize) {
      for (const size of this.#resizes.push(bytes)) {
        this.#recorder.note('r', `${size.width}x${size.height}`);
        this.#buffer.message(Channel.resize, resizeMessage(size));
      }
      if (!this.#buffer.empty) this.#pace.added(bytes.length);
      return;
    }
    this.#archive ??= looksBinary(bytes);
    this.#recorder.add('i', bytes, !this.#archive);
    this.#buffer.stream(channel, bytes);
    this.#pace.added(bytes.length);
  }

  /** The client closes one of its channels (v5): behind all it sent on it. */
  message(channel: number, bytes: Uint8Array): void {
    this.#buffer.message(channel, bytes);
    this.#pace.added(bytes.length);
  }

  opener(channel: number): void {
    this.#buffer.message(channel, null);
    this.#pace.added(1);
  }

  /** Nothing more comes: what was collected goes its way, then the closing handshake. */
  close(code: number | null, reason: string): void {
    this.#pace.now();
    this.#upgrade.lane.forwardProtocol(clientFrames.close(code, reason));
  }

  /** Nothing more is forwarded. */
  stop(): void {
    this.#pace.stop();
  }

  #flush(): void {
    if (this.#buffer.empty) return;
    const { lane, admission } = this.#upgrade;
    const frames = this.#buffer.take();
    if (this.#recorder.empty) {
      lane.forwardProtocol(frames);
      return;
    }
    const chunk = this.#recorder.take(() => {
      const masks = this.#masks;
      this.#masks = 0;
      return masks;
    });
    lane.forwardAfter(lane.input(admission, chunk), frames);
  }
}
