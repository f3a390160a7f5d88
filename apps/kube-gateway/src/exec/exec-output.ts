import type { ResultEnd } from '@app/gate';
import { Channel, type ChannelSink } from './channels.js';
import type { ExecUpgrade } from './exec-ports.js';
import { exitStatus, failureStatus, killedCode } from './exit-status.js';
import { FramePace } from './frame-pace.js';
import { serverFrames } from './frame-writer.js';
import { MessageBuffer } from './message-buffer.js';
import { movesArchives, OutputChannel } from './output-channel.js';
import { type Recording, StreamRecorder } from './stream-recorder.js';

/** What a command sends back: masked, recorded, and with the record durable released, all in order. */
export class ExecOutput implements ChannelSink {
  readonly #upgrade: ExecUpgrade;
  readonly #channels: ReadonlyMap<number, OutputChannel>;
  readonly #recorder: StreamRecorder;
  readonly #failed: (error: unknown) => void;
  readonly #pace: FramePace;
  readonly #buffer: MessageBuffer;
  #hold: NodeJS.Timeout | null = null;
  #exit: ResultEnd | null = null;
  #deaf = false;

  /** @param flushed called after each part; @param failed the record does not take it */
  constructor(upgrade: ExecUpgrade, recording: Recording, flushed: () => void, failed: (error: unknown) => void) {
    const { limits, masker, tty, command } = upgrade;
    this.#upgrade = upgrade;
    this.#failed = failed;
    this.#channels = new Map([
      [Channel.stdout, new OutputChannel(masker && (() => masker('o', tty)), movesArchives(command))],
      [Channel.stderr, new OutputChannel(masker && (() => masker('e', tty)), false)],
    ]);
    this.#recorder = new StreamRecorder(recording, masker !== null);
    this.#pace = new FramePace(limits.frameMs, limits.frameBytes, () => {
      try {
        this.#flush();
      } catch (error) {
        failed(error);
        return;
      }
      flushed();
    });
    this.#buffer = new MessageBuffer(serverFrames, limits.sentMessageBytes);
  }

  /** how the command ended, once it told */
  get exit(): ResultEnd | null {
    return this.#exit;
  }

  stream(number: number, bytes: Uint8Array): void {
    const channel = this.#channels.get(number);
    if (!channel || this.#deaf) return;
    this.#emit(number, channel, channel.push(bytes));
    if (channel.held > 0) this.#hold ??= setTimeout(() => this.#timeIsUp(), this.#holdMs());
  }

  /** The status that ends the command, behind all of its output. */
  message(channel: number, bytes: Uint8Array): void {
    if (!this.#deaf) this.finish();
    let status: Uint8Array;
    try {
      status = this.#upgrade.maskStatus(bytes);
    } catch {
      status = failureStatus('InternalError', 'the exit status of the command is not readable');
    }
    const { code, end } = exitStatus(status);
    this.#exit ??= end;
    if (code !== null) this.#recorder.note('x', String(code));
    if (this.#deaf) return;
    this.#buffer.message(channel, status);
    this.#pace.added(status.length);
  }

  opener(channel: number): void {
    if (this.#deaf) return;
    this.#buffer.message(channel, null);
    this.#pace.added(1);
  }

  /** Lets go what was held back: no more output is to come. */
  finish(): void {
    for (const [number, channel] of this.#channels) this.#emit(number, channel, channel.finish());
    if (this.#hold !== null) clearTimeout(this.#hold);
    this.#hold = null;
  }

  /** It ends by our hand: the record has the exit code that the client is told. */
  killed(): void {
    this.#recorder.note('x', killedCode);
  }

  /** The client takes nothing more than what came so far; only how the command ends still counts. */
  close(): void {
    this.finish();
    this.#pace.now();
    this.#deaf = true;
  }

  /**
   * Records how it ended, with all that is not recorded yet.
   * @returns frames that may be released once it is recorded, in order
   * @throws JournalError when the record does not take it
   */
  end(end: ResultEnd): Uint8Array[] {
    this.stop();
    const { lane, admission } = this.#upgrade;
    const frames = this.#buffer.take();
    lane.result(
      admission,
      this.#recorder.take(() => this.#takeMasks()),
      end,
    );
    lane.settle(admission, end, []);
    return frames;
  }

  /** Drops what is scheduled. */
  stop(): void {
    this.#pace.stop();
    if (this.#hold !== null) clearTimeout(this.#hold);
    this.#hold = null;
  }

  #holdMs(): number {
    const { limits, tty } = this.#upgrade;
    return tty ? limits.holdTtyMs : limits.holdMs;
  }

  #timeIsUp(): void {
    this.#hold = null;
    try {
      for (const [number, channel] of this.#channels) this.#emit(number, channel, channel.release());
    } catch (error) {
      this.#failed(error);
    }
  }

  #emit(number: number, channel: OutputChannel, parts: readonly Uint8Array[]): void {
    let bytes = 0;
    for (const part of parts) {
      this.#recorder.add(number === Channel.stdout ? 'o' : 'e', part, !channel.archive);
      this.#buffer.stream(number, part);
      bytes += part.length;
    }
    if (bytes > 0) this.#pace.added(bytes);
  }

  #flush(): void {
    if (this.#buffer.empty) return;
    const { lane, admission } = this.#upgrade;
    const frames = this.#buffer.take();
    const receipt = this.#recorder.empty
      ? lane.receipt()
      : lane.result(
          admission,
          this.#recorder.take(() => this.#takeMasks()),
          null,
        );
    lane.release(receipt, frames);
  }

  #takeMasks(): number {
    let masks = 0;
    for (const channel of this.#channels.values()) masks += channel.takeMasks();
    return masks;
  }
}
