import { In } from 'typeorm';
import type { AuditDatabase } from './audit-database.js';
import type { StoredActor } from './entities/deny-entry.entity.js';
import { SessionTerminationEntity } from './entities/session-termination.entity.js';

/** A session that somebody ended, or wants ended. */
export interface SessionTermination {
  readonly session: string;
  readonly by: StoredActor;
  readonly reason: string;
  readonly at: Date;
}

/** `at` is taken when a row is inserted, but the row is seen when it is committed: a poll looks back this far. */
const OVERLAP_MS = 10_000;

/** Sessions to end: written by the control API's role only, polled by gateways. */
export class SessionTerminationStore {
  constructor(private readonly database: AuditDatabase) {}

  /** @returns what is in force: an earlier termination of the same session stays as it is */
  async terminate(session: string, by: StoredActor, reason: string): Promise<SessionTermination> {
    const repository = await this.database.repository(SessionTerminationEntity);
    await repository.createQueryBuilder().insert().values({ session, by, reason }).orIgnore().execute();
    return repository.findOneByOrFail({ session });
  }

  /** Terminations of these sessions, as far as there are any. */
  async of(sessions: readonly string[]): Promise<readonly SessionTermination[]> {
    if (sessions.length === 0) return [];
    const repository = await this.database.repository(SessionTerminationEntity);
    return repository.findBy({ session: In([...sessions]) });
  }

  /**
   * What was terminated since the newest `at` seen so far; the last 10 s before it come again, so keep what you know.
   * @param since null: the last day, which covers every token's life
   * @returns oldest first
   * @throws when the database is down
   */
  async changesSince(since: Date | null): Promise<readonly SessionTermination[]> {
    const repository = await this.database.repository(SessionTerminationEntity);
    const query = repository.createQueryBuilder('ended').orderBy('ended.at', 'ASC');
    if (since === null) query.where(`ended.at > now() - interval '1 day'`);
    else query.where('ended.at > :from', { from: new Date(since.getTime() - OVERLAP_MS) });
    return query.getMany();
  }
}
