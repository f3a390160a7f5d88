import { FrameCursor } from './frame-cursor.js';
import { HEADER_LENGTH } from './frame-splitter.js';
import { ProtocolError } from './protocol.error.js';

/** What a FunctionCall calls. */
export interface CalledFunction {
  /** OID in pg_proc */
  readonly function: number;
  /** how many there are */
  readonly arguments: number;
}

/** Decodes `F` (the whole frame), every byte of it. Null: it is malformed. */
export function readFunctionCall(raw: Buffer): CalledFunction | null {
  const body = new FrameCursor(raw, HEADER_LENGTH, raw.length);
  try {
    const oid = body.uint32();
    const formats = body.uint16();
    for (let i = 0; i < formats; i++) if (body.uint16() > 1) return null;
    const count = body.uint16();
    if (formats > 1 && formats !== count) return null;
    for (let i = 0; i < count; i++) {
      const length = body.int32();
      if (length < -1) return null;
      body.bytes(Math.max(length, 0));
    }
    if (body.uint16() > 1) return null;
    body.finish();
    return { function: oid, arguments: count };
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
