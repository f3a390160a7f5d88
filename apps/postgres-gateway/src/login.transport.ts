import type { Socket } from 'node:net';
import type { LoginTransport } from '@app/gate';
import { type FrontendParser, serialize } from '@app/pg-wire';

/** The token as password: asked for in clear, since the connection is encrypted (postgres.md §3). */
export class PasswordLogin implements LoginTransport {
  readonly target: string;
  readonly user: string;
  readonly #socket: Socket;
  readonly #parser: FrontendParser;
  readonly #signal: AbortSignal;

  constructor(socket: Socket, parser: FrontendParser, target: string, user: string, signal: AbortSignal) {
    this.#socket = socket;
    this.#parser = parser;
    this.target = target;
    this.user = user;
    this.#signal = signal;
  }

  token(): Promise<string | null> {
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
          const [message] = this.#parser.push(chunk);
          if (message === undefined) return;
          if (message.name !== 'password') return onGone();
          // one trailing NUL belongs to the message
          const { bytes } = message;
          const end = bytes.length > 0 && bytes[bytes.length - 1] === 0 ? bytes.length - 1 : bytes.length;
          finish(() => resolve(bytes.toString('latin1', 0, end)));
        } catch (error) {
          finish(() => reject(error instanceof Error ? error : new Error(String(error))));
        }
      };
      this.#signal.addEventListener('abort', onGone, { once: true });
      socket.on('end', onGone);
      socket.on('close', onGone);
      socket.on('data', onData);
      socket.write(serialize.authenticationCleartextPassword());
      socket.resume();
    });
  }
}
