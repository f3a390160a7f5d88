import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** What a socket tells its tunnel. */
export interface SocketEvents {
  data(chunk: Uint8Array): void;
  /** a full socket has room again */
  drained(): void;
  /** nothing comes any more: ended, failed or destroyed; called once */
  gone(error: Error | null): void;
  /** both directions are over, called once */
  closed(): void;
}

/**
 * One connection of a tunnel after its upgrade, when Node has taken its own time-outs and error handling away. A half-open
 * connection is as good as none.
 */
export class SocketSide {
  readonly #socket: Duplex;
  readonly #bound: number;
  readonly #keepAliveMs: number;
  #events: SocketEvents;
  #full = false;
  #gone = false;
  #closed = false;
  #watch: NodeJS.Timeout | null = null;

  /** @param bound bytes waiting above which it counts as full */
  constructor(socket: Duplex, bound: number, keepAliveMs: number, events: SocketEvents) {
    this.#socket = socket;
    this.#bound = bound;
    this.#keepAliveMs = keepAliveMs;
    this.#events = events;
    this.#prepare();
    socket.on('data', this.#onData);
    socket.on('drain', this.#onDrain);
    socket.on('end', () => this.#leave(null));
    socket.on('error', (error) => this.#leave(error));
    socket.once('close', () => {
      this.#leave(null);
      this.#closed = true;
      if (this.#watch !== null) clearInterval(this.#watch);
      this.#events.closed();
    });
    if (socket.destroyed) queueMicrotask(() => this.#leave(null));
  }

  /** Hands what comes to somebody else. */
  set events(events: SocketEvents) {
    this.#events = events;
  }

  get full(): boolean {
    return this.#full;
  }

  /** what comes is being read */
  get read(): boolean {
    return !this.#socket.isPaused();
  }

  get gone(): boolean {
    return this.#gone;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Writes in order; what goes to a socket that is gone is dropped. */
  write(chunks: readonly Uint8Array[]): void {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return;
    if (chunks.length === 1) socket.write(chunks[0]!);
    else {
      socket.cork();
      for (const chunk of chunks) socket.write(chunk);
      socket.uncork();
    }
    if (socket.writableLength > this.#bound) this.#full = true;
  }

  /** Reads on, or not. */
  reading(on: boolean): void {
    if (on === !this.#socket.isPaused()) return;
    if (on) this.#socket.resume();
    else this.#socket.pause();
  }

  /**
   * Sends what was written, then ends. What still comes is of no interest, but the end of it is.
   * @param ms how long a peer may take nothing, or not end its side, before it is cut off
   */
  finish(ms: number): void {
    if (this.#closed || this.#watch !== null) return;
    const socket = this.#socket;
    socket.off('data', this.#onData);
    socket.resume();
    if (!socket.writableEnded) socket.end();
    if (this.#gone) socket.once('finish', () => this.destroy());
    let waiting = -1;
    this.#watch = setInterval(() => {
      if (socket.writableLength === waiting) this.destroy();
      waiting = socket.writableLength;
    }, ms);
    if (this.#gone && socket.writableFinished) this.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #prepare(): void {
    const socket = this.#socket as Partial<Pick<Socket, 'setKeepAlive' | 'setNoDelay' | 'setTimeout'>>;
    socket.setTimeout?.(0);
    socket.setNoDelay?.(true);
    socket.setKeepAlive?.(true, this.#keepAliveMs);
  }

  readonly #onData = (chunk: Uint8Array): void => this.#events.data(chunk);

  readonly #onDrain = (): void => {
    if (!this.#full) return;
    this.#full = false;
    this.#events.drained();
  };

  #leave(error: Error | null): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#events.gone(error);
  }
}
