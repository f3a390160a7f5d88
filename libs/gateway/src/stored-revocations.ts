import { type AuditDatabase, DenyListStore, SessionTerminationStore } from '@app/store';
import { RevocationSource } from './revocations.js';

/** Revocations out of the audit database. */
export class StoredRevocations extends RevocationSource {
  readonly #deny: DenyListStore;
  readonly #terminations: SessionTerminationStore;
  #since: Date | null = null;

  constructor(database: AuditDatabase) {
    super();
    this.#deny = new DenyListStore(database);
    this.#terminations = new SessionTerminationStore(database);
  }

  override denied(now: Date): ReturnType<DenyListStore['load']> {
    return this.#deny.load(now);
  }

  override async terminated(): Promise<readonly string[]> {
    const ended = await this.#terminations.changesSince(this.#since);
    const newest = ended[ended.length - 1];
    if (newest) this.#since = newest.at;
    return ended.map((termination) => termination.session);
  }
}
