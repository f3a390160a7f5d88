import { JournalError } from './audit.error.js';
import type { Journal } from './audit-event.js';

/**
 * Resolves when event `n` survives a power loss. One promise per call: for the rare event (an administrator's act), not for
 * statements, which share one `onAdvance` listener.
 * @throws JournalError `poisoned` or `closed` when that will not happen any more
 */
export function whenDurable(journal: Journal, n: number): Promise<void> {
  if (journal.durable >= n) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const { state } = journal;
      if (journal.durable >= n) resolve();
      else if (state === 'poisoned' || state === 'closed') {
        reject(new JournalError(state, journal.stateReason ?? 'the journal ended'));
      } else return;
      unsubscribe();
    };
    const unsubscribe = journal.onAdvance(look);
    look();
  });
}
