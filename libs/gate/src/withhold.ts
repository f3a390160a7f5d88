import type { DescribedOperation, ResultChunk, ResultEnd } from './described.js';

const WITHHELD = 'withheld: the operation carries secrets, which messages may quote';

/** A chunk of a result as the record may have it: counts always, rows unless they may show secrets of the operation itself. */
export function recordedChunk({ withholds }: DescribedOperation, chunk: ResultChunk): ResultChunk {
  return withholds === 'messages-and-rows' && chunk.recorded !== '' ? { ...chunk, recorded: '' } : chunk;
}

/** An end as the record may have it: status and code always, its message unless that may quote secrets of the operation itself. */
export function recordedEnd({ withholds = 'nothing' }: DescribedOperation, end: ResultEnd | null): ResultEnd | null {
  return withholds === 'nothing' || end === null || end.message === null ? end : { ...end, message: WITHHELD };
}
