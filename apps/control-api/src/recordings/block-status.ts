/** Status of a transaction block as ReadyForQuery says it: idle, in a block, in a failed block. */
export type BlockStatus = 'I' | 'T' | 'E';

/**
 * The status after a statement, as the server keeps it. The record does not have ReadyForQuery itself; it follows from the commands and
 * how they ended.
 * @param stripped the statement without its literals
 * @param status how it ended: `ok`, `error`, `cancelled`, …
 */
export function blockAfter(before: BlockStatus, verb: string, stripped: string, status: string): BlockStatus {
  // what never ran changes nothing
  if (status === 'skipped') return before;
  const failed = status !== 'ok';
  const text = stripped.toLowerCase();
  switch (verb) {
    case 'BEGIN':
    case 'START TRANSACTION':
      return failed ? afterFailure(before) : before === 'I' ? 'T' : before;
    case 'ROLLBACK':
      if (/^(?:rollback|abort)\b.*\bto\b/s.test(text)) return failed ? afterFailure(before) : 'T';
      return failed && before === 'E' ? 'E' : chains(text) ? 'T' : 'I';
    case 'COMMIT':
      // one that fails has rolled back
      return chains(text) && !failed ? 'T' : 'I';
    case 'PREPARE TRANSACTION':
      return 'I';
    default:
      return failed ? afterFailure(before) : before;
  }
}

function afterFailure(before: BlockStatus): BlockStatus {
  return before === 'T' ? 'E' : before;
}

function chains(text: string): boolean {
  return /\band\s+chain\b/.test(text);
}
