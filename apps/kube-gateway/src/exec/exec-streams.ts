import type { ResultEnd } from '@app/gate';
import { Channel, ChannelReader, type ChannelSink } from './channels.js';
import { ExecInput } from './exec-input.js';
import { ExecOutput } from './exec-output.js';
import type { ExecUpgrade } from './exec-ports.js';
import { failureStatus, killedCode } from './exit-status.js';
import { FrameParser } from './frame-parser.js';
import { clientFrames, serverFrames } from './frame-writer.js';
import type { SocketSide } from './socket-side.js';
import type { Recording } from './stream-recorder.js';
import { CloseCode, WebSocketError } from './websocket.js';

/** Longest exit status, bytes. */
const STATUS_BYTES = 256 * 1024;

const clientLeft: ResultEnd = { status: 'cancelled', code: null, message: 'the client left', tag: null };
const noExit: ResultEnd = {
  status: 'unknown',
  code: null,
  message: 'the cluster ended the connection without an exit status',
  tag: null,
};

/** Last words to a client: a status where the command did not end by itself, and the close frame. */
interface Goodbye {
  readonly status: Uint8Array | null;
  readonly code: number | null;
  readonly text: string;
}

/** How the two connections are: the client may have said goodbye while its command still ends. */
type Phase = 'open' | 'client-closed' | 'over';

/**
 * Both directions of a switched exec or attach. What a client sends is recorded before the target gets it, what the target sends is
 * masked and recorded before the client gets it; pings wait for neither. Whichever side ends, the other one ends too.
 */
export class ExecStreams {
  readonly #upgrade: ExecUpgrade;
  readonly #client: SocketSide;
  readonly #target: SocketSide;
  readonly #input: ExecInput;
  readonly #output: ExecOutput;
  readonly #fromClient: FrameParser;
  readonly #fromTarget: FrameParser;
  #phase: Phase = 'open';
  #ended: ResultEnd | null = null;
  #closing: NodeJS.Timeout | null = null;
  /** what still waits to be released is dropped */
  #muted = false;
  /** pongs that found their socket full; only the latest ping needs one */
  #owedClient: Uint8Array | null = null;
  #owedTarget: Uint8Array | null = null;
  /** chunks of the target, now and at the client's last ping */
  #heard = 0;
  #heardAtPing = -1;

  /** @param protocol what the target chose */
  constructor(upgrade: ExecUpgrade, protocol: string, client: SocketSide, target: SocketSide) {
    this.#upgrade = upgrade;
    this.#client = client;
    this.#target = target;
    const beginning = performance.now();
    const recording: Recording = { keep: upgrade.limits.keepBytes, elapsed: () => performance.now() - beginning };
    const flushed = (): void => this.#throttle();
    const failed = (error: unknown): void => this.#broken(error, 'the record of this command cannot be kept');
    this.#input = new ExecInput(upgrade, recording, flushed, failed);
    this.#output = new ExecOutput(upgrade, recording, flushed, failed);
    const halfCloses = new Map(protocol.startsWith('v5.') ? [[Channel.close, 1]] : []);
    this.#fromClient = this.#parser('client', this.#input, [Channel.stdin, Channel.resize], halfCloses);
    const statuses = new Map([[Channel.status, STATUS_BYTES]]);
    this.#fromTarget = this.#parser('server', this.#output, [Channel.stdout, Channel.stderr], statuses);
  }

  /** how it ended; null: it runs */
  get ended(): ResultEnd | null {
    return this.#ended;
  }

  /** Takes both connections over. @param early what the client sent before it was answered @param late likewise of the target */
  start(early: readonly Uint8Array[], late: readonly Uint8Array[]): void {
    this.#client.events = {
      data: (chunk) => this.#clientData(chunk),
      drained: () => this.resumed(),
      gone: () => this.#clientGone(),
      closed: () => this.#closed(),
    };
    this.#target.events = {
      data: (chunk) => this.#targetData(chunk),
      drained: () => this.resumed(),
      gone: () => this.#targetOver(null),
      closed: () => this.#closed(),
    };
    for (const chunk of early) this.#clientData(chunk);
    for (const chunk of late) this.#targetData(chunk);
    if (this.#client.gone) this.#clientGone();
    else if (this.#target.gone) this.#targetOver(null);
    this.#throttle();
  }

  /** Recorded output leaves. */
  toClient(chunks: readonly Uint8Array[]): void {
    if (!this.#muted) this.#client.write(chunks);
  }

  /** Recorded input leaves. */
  toTarget(chunks: readonly Uint8Array[]): void {
    this.#target.write(chunks);
  }

  /** There is room again: in a socket, or in what waits for the record. */
  resumed(): void {
    if (this.#owedClient && !this.#client.full) {
      this.#client.write(serverFrames.pong(this.#owedClient));
      this.#owedClient = null;
    }
    if (this.#owedTarget && !this.#target.full) {
      this.#target.write(clientFrames.pong(this.#owedTarget));
      this.#owedTarget = null;
    }
    this.#throttle();
  }

  /** Ends it at once: the client is told why, the target's connection is cut. */
  terminate(message: string): void {
    if (this.#phase === 'over') return;
    this.#muted = true;
    const end: ResultEnd = { status: 'cancelled', code: killedCode, message, tag: 'terminated' };
    this.#finish(end, { status: failureStatus('Forbidden', message), code: CloseCode.normal, text: '' });
  }

  #parser(
    from: 'client' | 'server',
    sink: ChannelSink,
    streams: readonly number[],
    messages: ReadonlyMap<number, number>,
  ): FrameParser {
    const channels = new ChannelReader(new Set(streams), messages, sink);
    const client = from === 'client';
    return new FrameParser(from, this.#upgrade.limits.messageBytes, {
      data: (piece, start, end) => channels.piece(piece, start, end),
      ping: (payload) => (client ? this.#clientPing(payload) : this.#targetPing(payload)),
      // whoever asked was answered by us
      pong: () => undefined,
      close: (code, reason) => (client ? this.#clientClose(code, reason) : this.#targetOver({ code })),
    });
  }

  #clientData(chunk: Uint8Array): void {
    if (this.#phase !== 'open') return;
    try {
      this.#fromClient.push(chunk);
    } catch (error) {
      if (!(error instanceof WebSocketError)) {
        this.#broken(error, 'an internal error ended this command');
        return;
      }
      const message = `the client broke the WebSocket protocol: ${error.message}`;
      this.#muted = true;
      const end: ResultEnd = { status: 'error', code: String(error.code), message, tag: null };
      this.#finish(end, { status: null, code: error.code, text: error.message });
    }
    this.#throttle();
  }

  #targetData(chunk: Uint8Array): void {
    if (this.#phase === 'over') return;
    this.#heard += 1;
    try {
      this.#fromTarget.push(chunk);
    } catch (error) {
      if (!(error instanceof WebSocketError)) {
        this.#broken(error, 'an internal error ended this command');
        return;
      }
      const message = `the cluster broke the WebSocket protocol: ${error.message}`;
      const end: ResultEnd = { status: 'error', code: String(error.code), message, tag: null };
      const status = failureStatus('InternalError', message);
      this.#finish(end, { status, code: CloseCode.internalError, text: message });
    }
    this.#throttle();
  }

  /** What cannot go on ends this command, and no other. */
  #broken(error: unknown, message: string): void {
    this.#upgrade.report?.(error);
    this.terminate(message);
  }

  /**
   * Answered here, whatever waits for the record. A quiet target hears it too, so that nothing on the way forgets the connection; one
   * that is sending does not: it may have ended already, and a write to it would throw away what of it was not read yet.
   */
  #clientPing(payload: Uint8Array): void {
    if (this.#client.full) this.#owedClient = payload;
    else this.#client.write(serverFrames.pong(payload));
    const quiet = this.#heard === this.#heardAtPing;
    this.#heardAtPing = this.#heard;
    if (quiet && this.#target.read && !this.#target.full) this.#target.write(clientFrames.ping(payload));
  }

  #targetPing(payload: Uint8Array): void {
    if (this.#target.full) this.#owedTarget = payload;
    else this.#target.write(clientFrames.pong(payload));
  }

  /** The client takes nothing more; what it sent still goes to the target, and the target may still tell how the command ended. */
  #clientClose(code: number | null, reason: string): void {
    if (this.#phase !== 'open') return;
    const { lane, limits } = this.#upgrade;
    this.#input.close(code, reason);
    this.#output.close();
    // the record may have failed just now
    if (this.#ended !== null) return;
    this.#phase = 'client-closed';
    lane.release(lane.receipt(), serverFrames.close(code, ''));
    lane.onceReleased(() => this.#client.finish(limits.closeMs));
    this.#closing = setTimeout(() => this.#finish(this.#output.exit ?? clientLeft, null), limits.closeMs);
  }

  #clientGone(): void {
    if (this.#phase === 'open') {
      this.#finish(this.#output.exit ?? clientLeft, null);
      this.#client.destroy();
    } else this.#client.finish(this.#upgrade.limits.closeMs);
  }

  /** @param closed the target said goodbye, with this code; null: its connection just ended */
  #targetOver(closed: { readonly code: number | null } | null): void {
    const { exit } = this.#output;
    if (this.#phase === 'over') this.#target.finish(this.#upgrade.limits.closeMs);
    else if (this.#phase === 'client-closed') this.#finish(exit ?? clientLeft, null);
    else {
      if (closed) {
        this.#target.write(clientFrames.close(closed.code, ''));
        this.#target.finish(this.#upgrade.limits.closeMs);
      }
      this.#output.finish();
      const lost = exit === null && closed === null;
      const code = closed ? closed.code : lost ? CloseCode.internalError : CloseCode.normal;
      const text = lost ? 'the connection to the cluster was lost' : '';
      this.#finish(exit ?? noExit, { status: null, code, text }, closed !== null);
    }
  }

  /**
   * Records the end, then tells the client. What is muted drops what was not released yet, and says its word at once.
   * @param goodbye null: there is nobody to tell @param leaving the target's connection ends by itself
   */
  #finish(end: ResultEnd, goodbye: Goodbye | null, leaving = false): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#ended = end;
    if (this.#closing !== null) clearTimeout(this.#closing);
    const { lane, limits } = this.#upgrade;
    this.#input.stop();
    if (!leaving) this.#target.destroy();
    if (goodbye?.status) this.#output.killed();
    let frames: Uint8Array[] = [];
    try {
      frames = this.#output.end(end);
    } catch {
      // the record failed: nothing of the target's leaves any more, and its lane ends the session
      this.#muted = true;
    }
    if (goodbye === null) return;
    const last = [
      ...(goodbye.status ? serverFrames.binary([Uint8Array.of(Channel.status), goodbye.status]) : []),
      ...serverFrames.close(goodbye.code, goodbye.text),
    ];
    if (this.#muted) {
      this.#client.write(last);
      this.#client.finish(limits.closeMs);
    } else {
      lane.release(lane.receipt(), [...frames, ...last]);
      lane.onceReleased(() => this.#client.finish(limits.closeMs));
    }
  }

  #closed(): void {
    if (this.#client.closed && this.#target.closed && this.#ended) this.#upgrade.over(this.#ended);
  }

  #throttle(): void {
    const { lane } = this.#upgrade;
    const open = this.#phase === 'open';
    if (open) this.#client.reading(!lane.stalled && !this.#target.full && this.#owedClient === null);
    if (open) this.#target.reading(!lane.congested && !this.#client.full && this.#owedTarget === null);
    else if (this.#phase === 'client-closed') this.#target.reading(true);
  }
}
