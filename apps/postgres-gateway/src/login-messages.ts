import type { Socket } from 'node:net';
import type { FrontendParser } from '@app/pg-wire';

/** What a client says during its login, message by message, up to a deadline. Between two of them its socket is not read. */
export class LoginMessages {
  readonly #socket: Socket;
  readonly #parser: FrontendParser;
  readonly #signal: AbortSignal;
  readonly #bodies: (Buffer | null)[] = [];

  /** @param parser in its phase of authentication */
  constructor(socket: Socket, parser: FrontendParser, signal: AbortSignal) {
    this.#socket = socket;
    this.#parser = parser;
    this.#signal = signal;
  }

  /** Whether the client has said more than it was asked for. */
  get more(): boolean {
    return this.#bodies.length > 0;
  }

  send(frame: Buffer): void {
    this.#socket.write(frame);
  }

  /**
   * Body of the next password or SASL message.
   * @returns null when the client says goodbye, is gone or takes too long
   * @throws ProtocolError for what is no such message
   */
  next(): Promise<Buffer | null> {
    const first = this.#bodies.shift();
    if (first !== undefined) return Promise.resolve(first);
    if (this.#signal.aborted || this.#socket.destroyed) return Promise.resolve(null);
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const finish = (act: () => void): void => {
        socket.pause();
        socket.off('data', onData);
        socket.off('end', onGone);
        socket.off('close', onGone);
        this.#signal.removeEventListener('abort', onGone);
        act();
      };
      const onGone = (): void => finish(() => resolve(null));
      const onData = (chunk: Buffer): void => {
        try {
          for (const message of this.#parser.push(chunk))
            this.#bodies.push(message.name === 'password' ? message.bytes : null);
        } catch (error) {
          return finish(() => reject(error instanceof Error ? error : new Error(String(error))));
        }
        const body = this.#bodies.shift();
        if (body !== undefined) finish(() => resolve(body));
      };
      this.#signal.addEventListener('abort', onGone, { once: true });
      socket.on('end', onGone);
      socket.on('close', onGone);
      socket.on('data', onData);
      socket.resume();
    });
  }
}
