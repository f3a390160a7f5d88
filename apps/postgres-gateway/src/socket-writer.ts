import type { Socket } from 'node:net';

/** Bytes waiting in a socket above which its counterpart is not read any further. */
const FULL_BYTES = 1024 * 1024;

/** The writing end of a socket: one write per release, and a word when it is full or has room again. */
export class SocketWriter {
  readonly #socket: Socket;
  #full = false;

  /** @param drained called once each time a full socket has room again */
  constructor(socket: Socket, drained: () => void) {
    this.#socket = socket;
    socket.on('drain', () => {
      if (!this.#full) return;
      this.#full = false;
      drained();
    });
  }

  get full(): boolean {
    return this.#full;
  }

  write(chunks: readonly Uint8Array[]): void {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return;
    if (chunks.length === 1) socket.write(chunks[0]!);
    else {
      socket.cork();
      for (const chunk of chunks) socket.write(chunk);
      socket.uncork();
    }
    if (socket.writableLength > FULL_BYTES) this.#full = true;
  }
}
