import type { AuditDatabase } from './audit-database.js';
import { Conditions } from './conditions.js';
import { type Page, page } from './operation-search.store.js';
import { addCommon, type CommonFilter } from './search-conditions.js';

/** What sessions are looked for. */
export interface SessionFilter extends CommonFilter {
  /** true: not closed yet; false: closed; left out: both */
  readonly live?: boolean | undefined;
  readonly limit: number;
}

/** Finds sessions by their `session.open`. */
export class SessionStore {
  constructor(private readonly database: AuditDatabase) {}

  /** @returns lines of kind `session.open`. @throws CursorError, and when the database is down */
  async list(filter: SessionFilter): Promise<Page> {
    const conditions = new Conditions();
    conditions.add([], () => `e.type = 'session.open'`);
    addCommon(conditions, filter);
    if (filter.live !== undefined)
      conditions.add(
        [],
        () =>
          `${filter.live ? 'NOT ' : ''}EXISTS (SELECT 1 FROM audit_event c
             WHERE c.session = e.session AND c.type = 'session.close' AND c.ts >= e.ts)`,
      );
    return page(this.database, conditions, filter.limit);
  }
}
