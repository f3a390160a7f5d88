import { createHmac } from 'node:crypto';
import type { KeyStore } from '@app/audit';
import type { ApprovalFeed, AuditDatabase } from '@app/store';

const CHANNEL = 'sallyport_cancel';
/** The longest word that is looked at; what gateways say is shorter. */
const WORD_LENGTH = 200;
/** Words that may be on their way to the database at once. */
const UNDER_WAY = 8;
/** ms that the sender of a cancel request waits for the database to take it */
const PATIENCE_MS = 1_000;

/**
 * Hands cancel requests round to the replicas of an installation, over the audit database they share. A plain NOTIFY: a function of the
 * schema would guard nothing, since whoever can connect may notify any channel, and what comes is only obeyed for the secret it proves to
 * know. With the database down a cancel request still reaches every worker of its own gateway, by its primary.
 */
export class CancelWords {
  readonly #database: Pick<AuditDatabase, 'notify'>;
  #underWay = 0;

  constructor(database: Pick<AuditDatabase, 'notify'>) {
    this.#database = database;
  }

  /** Says a word to all replicas, and to this process too. Resolves when it is said, or cannot be; never rejects. */
  async say(word: string): Promise<void> {
    if (this.#underWay >= UNDER_WAY) return;
    this.#underWay += 1;
    const said = this.#database
      .notify(CHANNEL, word)
      .catch(() => undefined)
      .finally(() => (this.#underWay -= 1));
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([said, new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)))]);
    clearTimeout(timer);
  }

  /** Before the feed starts. @param hear any word of a replica, possibly of somebody else in the database */
  static listen(feed: Pick<ApprovalFeed, 'also'>, hear: (word: string) => void): void {
    feed.also(CHANNEL, (word) => {
      if (word.length <= WORD_LENGTH) hear(word);
    });
  }
}

/** MAC of what gateways of one installation tell each other, under a key they share and the audit database does not have. */
export function gatewaysMac(keys: Pick<KeyStore, 'bindingKey'>): (text: string) => Buffer {
  const key = createHmac('sha256', keys.bindingKey()).update('sallyport/gateways/v1').digest();
  return (text) => createHmac('sha256', key).update(text).digest();
}
