import type { DenyEntry, DenyKind } from '@app/identity';
import type { AuditDatabase } from './audit-database.js';
import { DenyEntryEntity, type StoredActor } from './entities/deny-entry.entity.js';

/** An entry of the deny-list as people see it. */
export interface StoredDenyEntry {
  /** ULID */
  readonly id: string;
  readonly iss: string;
  readonly kind: DenyKind;
  readonly value: string;
  readonly reason: string;
  readonly by: StoredActor;
  readonly at: Date;
  /** null: for good */
  readonly expires: Date | null;
}

/** The deny-list: written by the control API's role only, read whole by everyone who accepts principals. */
export class DenyListStore {
  constructor(private readonly database: AuditDatabase) {}

  /** Every entry in force, newest first. @throws when the database is down */
  async list(now: Date): Promise<readonly StoredDenyEntry[]> {
    const repository = await this.database.repository(DenyEntryEntity);
    return repository
      .createQueryBuilder('entry')
      .where('entry.expires IS NULL OR entry.expires > :now', { now })
      .orderBy('entry.at', 'DESC')
      .addOrderBy('entry.id', 'DESC')
      .getMany();
  }

  /** The same for `DenyList.replace`; call it at least every 10 s. @throws when the database is down: keep the last list then */
  async load(now: Date): Promise<readonly DenyEntry[]> {
    const entries = await this.list(now);
    return entries.map(({ iss, kind, value, expires }) => ({ iss, kind, value, expires: expires?.getTime() ?? null }));
  }

  async add(entry: Omit<StoredDenyEntry, 'at'>): Promise<StoredDenyEntry> {
    const repository = await this.database.repository(DenyEntryEntity);
    await repository.insert({ ...entry });
    return repository.findOneByOrFail({ id: entry.id });
  }

  async get(id: string): Promise<StoredDenyEntry | null> {
    const repository = await this.database.repository(DenyEntryEntity);
    return repository.findOneBy({ id });
  }

  /** @returns whether there was such an entry */
  async remove(id: string): Promise<boolean> {
    const repository = await this.database.repository(DenyEntryEntity);
    return (await repository.delete({ id })).affected === 1;
  }
}
