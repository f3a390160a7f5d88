import type { AnswerRedactor } from './answer-relay.js';

/** Longest answer kept whole for the record, bytes. */
const KEPT_BYTES = 16 * 1024;
const NO_MASKS: ReadonlyMap<string, number> = new Map();

/**
 * Lets an answer pass as it is where nothing of it can be protected; a short JSON text is kept for the record.
 * @param keep whether the record wants texts @param json whether the answer is plain JSON
 */
export function passingAnswer(keep: boolean, json: boolean): AnswerRedactor {
  let kept: Uint8Array[] | null = keep && json ? [] : null;
  let bytes = 0;
  let done = false;
  return {
    push(chunk) {
      bytes += chunk.length;
      if (kept !== null && bytes <= KEPT_BYTES) kept.push(chunk);
      else kept = null;
      return [chunk];
    },
    finish() {
      done = true;
      return [];
    },
    take() {
      if (!done) return { items: 0, masked: NO_MASKS, documents: [] };
      const text = kept === null ? '' : Buffer.concat(kept).toString('utf8');
      kept = null;
      return { items: 1, masked: NO_MASKS, documents: isJson(text) ? [text] : [] };
    },
  };
}

function isJson(text: string): boolean {
  if (text === '') return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
