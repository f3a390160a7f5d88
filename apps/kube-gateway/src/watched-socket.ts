import type { Duplex } from 'node:stream';

/** What a client may send before it is answered, bytes. */
const EARLY_BYTES = 64 * 1024;

/**
 * Reads a connection that nobody reads, so that it is noticed when its client leaves, and keeps what the client sends meanwhile.
 * @param head what it sent before @param gone called once when it sends no more
 * @returns ends the watch, and answers all that came
 */
export function watchSocket(socket: Duplex, head: Buffer, gone: () => void): () => Buffer {
  const early = [head];
  let bytes = head.length;
  const data = (chunk: Buffer): void => {
    early.push(chunk);
    bytes += chunk.length;
    if (bytes > EARLY_BYTES) socket.pause();
  };
  const end = (): void => gone();
  socket.on('data', data);
  socket.once('end', end);
  return () => {
    socket.off('data', data);
    socket.off('end', end);
    socket.pause();
    return Buffer.concat(early);
  };
}
