import type { Duplex } from 'node:stream';

/** Bytes waiting in a socket above which its counterpart is not read any further. */
const FULL_BYTES = 1024 * 1024;

/** The writing end of a socket: one write per release or turn, and a word when it is full or has room again. */
export class SocketWriter {
  readonly #socket: Duplex;
  #full = false;
  #held: Uint8Array[] | null = null;

  /** @param drained called once each time a full socket has room again */
  constructor(socket: Duplex, drained: () => void) {
    this.#socket = socket;
    socket.on('drain', () => {
      if (!this.#full) return;
      this.#full = false;
      drained();
    });
  }

  get full(): boolean {
    // nothing is written to a socket that is over, and nobody says that it has room
    return this.#full && !this.#socket.destroyed && !this.#socket.writableEnded;
  }

  /** Keeps what is written until `flush`: each write on its own wakes the other side, which then waits for the next one. */
  hold(): void {
    this.#held ??= [];
  }

  /** Writes what was kept since `hold`, at once. */
  flush(): void {
    const held = this.#held;
    this.#held = null;
    if (held !== null && held.length > 0) this.write(held);
  }

  write(chunks: readonly Uint8Array[]): void {
    if (this.#held !== null) {
      for (const chunk of chunks) append(this.#held, chunk);
      return;
    }
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

/** Messages that came in one piece leave as one piece: neighbours in memory become one view again. */
function append(held: Uint8Array[], chunk: Uint8Array): void {
  const last = held[held.length - 1];
  if (last === undefined || last.buffer !== chunk.buffer || last.byteOffset + last.length !== chunk.byteOffset)
    held.push(chunk);
  else held[held.length - 1] = Buffer.from(last.buffer, last.byteOffset, last.length + chunk.length);
}
