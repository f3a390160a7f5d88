/** A line of the record, as a place to go on from. */
export interface ReplayPlace {
  readonly epoch: string;
  readonly n: number;
  readonly ts: Date;
}

/** A place as a cursor. */
export function writePlace({ epoch, n, ts }: ReplayPlace): string {
  return Buffer.from(JSON.stringify([epoch, n, ts.toISOString()])).toString('base64url');
}

/** @returns null: no cursor of a timeline */
export function readPlace(cursor: string): ReplayPlace | null {
  try {
    const [epoch, n, time] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    if (typeof epoch !== 'string' || !/^[0-9a-f]{32}$/.test(epoch)) return null;
    if (typeof n !== 'number' || !Number.isSafeInteger(n) || typeof time !== 'string') return null;
    const ts = new Date(time);
    return Number.isNaN(ts.getTime()) ? null : { epoch, n, ts };
  } catch {
    return null;
  }
}
