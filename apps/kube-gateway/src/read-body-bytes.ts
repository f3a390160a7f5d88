import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Reads a request's body whole: a decision needs all of it.
 * @returns null when it is longer than `limit` bytes: the rest is left unread. @throws Error when the client goes away in the middle
 */
export function readBodyBytes(req: IncomingMessage, res: ServerResponse, limit: number): Promise<Uint8Array | null> {
  if (Number(req.headers['content-length'] ?? 0) > limit) return Promise.resolve(null);
  const bodiless = req.headers['content-length'] === undefined && req.headers['transfer-encoding'] === undefined;
  if (bodiless || req.headers['content-length'] === '0') {
    req.resume();
    return Promise.resolve(new Uint8Array(0));
  }
  // only now: a client that waits for it has been told who it is
  if (/^100-continue$/iu.test(req.headers.expect ?? '')) res.writeContinue();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limit) chunks.push(chunk);
      else {
        req.pause();
        req.removeAllListeners('data');
        resolve(null);
      }
    });
    req.on('end', () => resolve(Buffer.concat(chunks)));
    req.on('close', () => reject(new Error('the client went away in the middle of its request')));
  });
}

const REST_BYTES = 32 * 1024 * 1024;
const REST_MS = 3_000;

/**
 * Takes the rest of a body that is not wanted, for a while: a client that is still sending reads no answer, and closing on it would
 * throw the answer away.
 */
export function discardRest(req: IncomingMessage): Promise<void> {
  if (req.complete || req.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let bytes = 0;
    const late = setTimeout(resolve, REST_MS);
    const done = (): void => {
      clearTimeout(late);
      resolve();
    };
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > REST_BYTES) done();
    });
    req.once('end', done);
    req.once('close', done);
    req.resume();
  });
}
