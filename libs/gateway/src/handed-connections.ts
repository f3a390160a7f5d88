import type { Worker } from 'node:cluster';

/** A connection on its way from the primary to a worker, as far as it has to be known here. */
interface Handed {
  close(): void;
}

/**
 * Closes what a worker was handed and had not taken when it died. The primary of `node:cluster` keeps each accepted connection open until
 * the worker says that it has it; a worker that is killed in between never says so, and the client would wait for ever on a connection
 * that nobody reads (Node 20: lib/internal/cluster/round_robin_handle.js, handoff). Closed, the client connects again.
 */
export function closeWhatIsNotTaken(worker: Worker): void {
  const child = worker.process;
  const untaken = new Map<number, Handed>();
  const send = child.send.bind(child) as (...parts: unknown[]) => boolean;
  child.send = ((...parts: unknown[]) => {
    const [message, handle] = parts;
    const number = numberOf(message, 'seq');
    if (number !== null && isConnection(message) && canClose(handle)) untaken.set(number, handle);
    return send(...parts);
  }) as typeof child.send;
  child.on('internalMessage', (message: unknown) => {
    const number = numberOf(message, 'ack');
    if (number !== null) untaken.delete(number);
  });
  child.once('exit', () => {
    for (const handle of untaken.values()) handle.close();
    untaken.clear();
  });
}

function isConnection(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'act' in message && message.act === 'newconn';
}

function numberOf(message: unknown, member: 'seq' | 'ack'): number | null {
  if (typeof message !== 'object' || message === null || !(member in message)) return null;
  const value = (message as Readonly<Record<string, unknown>>)[member];
  return typeof value === 'number' ? value : null;
}

function canClose(handle: unknown): handle is Handed {
  return typeof handle === 'object' && handle !== null && 'close' in handle && typeof handle.close === 'function';
}
