import type { DenyEntry } from '@app/identity';
import { type AuditDatabase, CredentialStore, DenyListStore, SessionTerminationStore } from '@app/store';
import { RevocationSource } from './revocations.js';

/** Revocations out of the audit database. */
export class StoredRevocations extends RevocationSource {
  readonly #deny: DenyListStore;
  readonly #credentials: CredentialStore;
  readonly #terminations: SessionTerminationStore;
  #since: Date | null = null;

  constructor(database: AuditDatabase) {
    super();
    this.#deny = new DenyListStore(database);
    this.#credentials = new CredentialStore(database);
    this.#terminations = new SessionTerminationStore(database);
  }

  /** A revoked credential is one that is denied, so that the sessions it opened end as well. */
  override async denied(now: Date): Promise<readonly DenyEntry[]> {
    return [...(await this.#deny.load(now)), ...(await this.#credentials.revoked())];
  }

  override async terminated(): Promise<readonly string[]> {
    const ended = await this.#terminations.changesSince(this.#since);
    const newest = ended[ended.length - 1];
    if (newest) this.#since = newest.at;
    return ended.map((termination) => termination.session);
  }
}
