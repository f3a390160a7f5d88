import { createDecipheriv } from 'node:crypto';
import type { BatchHeader } from './batch-header.js';
import { BATCH_BYTES, batchNonce } from './batch-header.js';
import { BODY_HEAD_BYTES } from './batch.js';
import { SALT_BYTES, bodyHash } from './chain.js';
import { readFrame } from './frame.js';
import { parseLineHead } from './line.js';

const TAG_BYTES = 16;

/** One event as it was written. */
export interface ReadEvent {
  readonly n: number;
  /** ms since 1970, from the line */
  readonly at: number;
  readonly kind: string;
  /** exact bytes, a copy */
  readonly line: Buffer;
  /** leaf hash, 64 hex digits */
  readonly leaf: string;
  /** null: none, or not asked for */
  body: { readonly salt: Buffer; readonly body: Buffer; readonly dk: string } | null;
}

/** What must come before the first event of the batch. */
export interface Expected {
  readonly epoch: string;
  readonly n: number;
  readonly previous: string;
}

/**
 * Reads a whole batch back: each crc, dense numbers, the chain, each body's hash.
 * @param bytes header, frames and bodies, exactly @param key segment key; null: leave the bodies out
 * @returns the events, or a text that says what is wrong
 */
export function readBatch(
  bytes: Buffer,
  header: BatchHeader,
  expected: Expected,
  key: Uint8Array | null,
): ReadEvent[] | string {
  const framesEnd = BATCH_BYTES + header.frameBytes;
  const events: ReadEvent[] = [];
  let { n, previous } = expected;
  let at = BATCH_BYTES;
  for (let i = 0; i < header.count; i++) {
    const frame = readFrame(bytes, at, framesEnd);
    if (frame === null) return `the frame of event ${n} is damaged`;
    if (frame.n !== n || frame.previous !== previous) return `event ${n} does not follow the one before`;
    const head = parseLineHead(frame.line);
    if (head === null || head.epoch !== expected.epoch || head.n !== n || head.previous !== previous) {
      return `the line of event ${n} does not agree with its frame`;
    }
    events.push({ n, at: head.at, kind: head.kind, line: frame.line, leaf: frame.leaf, body: null });
    previous = frame.leaf;
    at = frame.end;
    n++;
  }
  if (at !== framesEnd) return `bytes left over behind event ${n - 1}`;
  if (header.bodyBytes === 0 || key === null) return events;
  const bodies = openBodies(bytes, header, key);
  return bodies === null ? `the bodies behind event ${n - 1} are damaged` : (attach(events, bodies) ?? events);
}

function openBodies(bytes: Buffer, header: BatchHeader, key: Uint8Array): Buffer | null {
  const start = BATCH_BYTES + header.frameBytes;
  const end = start + header.bodyBytes;
  if (header.bodyBytes < TAG_BYTES) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, batchNonce(header.number), { authTagLength: TAG_BYTES });
  decipher.setAAD(bytes.subarray(8, BATCH_BYTES));
  decipher.setAuthTag(bytes.subarray(end - TAG_BYTES, end));
  const clear = decipher.update(bytes.subarray(start, end - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return clear;
}

/** @returns a text if the bodies are not those of the lines */
function attach(events: readonly ReadEvent[], bodies: Buffer): string | null {
  for (let at = 0; at < bodies.length;) {
    const event = events[bodies.readUInt32BE(at)];
    const end = at + BODY_HEAD_BYTES + bodies.readUInt32BE(at + 4);
    if (event === undefined || end > bodies.length) return 'a body without its event';
    const salt = bodies.subarray(at + 8, at + 8 + SALT_BYTES);
    const body = bodies.subarray(at + BODY_HEAD_BYTES, end);
    const bound = /,"bh":"([0-9a-f]{64})","dk":"([^"\\]+)"\}$/.exec(
      event.line.toString('utf8', Math.max(0, event.line.length - 256)),
    );
    if (bound?.[1] !== bodyHash(salt, body)) return `the body of event ${event.n} is not the one its line names`;
    event.body = { salt, body, dk: bound[2] ?? '' };
    at = end;
  }
  return null;
}
