import type { StoredEvent } from './stored-event.js';

/** The place after which a page goes on, newest first. */
export interface Cursor {
  readonly ts: Date;
  readonly epoch: string;
  readonly n: number;
}

/** A cursor that was not made by {@link encodeCursor}. */
export class CursorError extends Error {
  constructor() {
    super('the cursor is not one of this list; start again without it');
    this.name = 'CursorError';
  }
}

/** @returns opaque text for `next` */
export function encodeCursor(event: Pick<StoredEvent, 'ts' | 'epoch' | 'n'>): string {
  return Buffer.from(JSON.stringify([event.ts.getTime(), event.epoch, event.n])).toString('base64url');
}

/** @throws CursorError */
export function decodeCursor(text: string): Cursor {
  try {
    const [ts, epoch, n] = JSON.parse(Buffer.from(text, 'base64url').toString()) as [unknown, unknown, unknown];
    if (typeof ts === 'number' && typeof epoch === 'string' && Number.isSafeInteger(n) && Math.abs(ts) <= 8.64e15)
      return { ts: new Date(ts), epoch, n: n as number };
  } catch {
    // falls through to the one error
  }
  throw new CursorError();
}
