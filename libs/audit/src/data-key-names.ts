import { JournalError } from './audit.error.js';

const REMEMBERED = 100_000;

/** Ids of data keys: one per session, named after the day of the session's first event with a body. */
export class DataKeyNames {
  private readonly names = new Map<string, string>();

  /**
   * @param time ISO 8601 of the event @returns `d/<YYYY-MM-DD>/<session>`, the same for a session until it is forgotten
   * @throws JournalError `line-malformed` without a session or with one that is no plain id
   */
  nameFor(session: string | null, time: string): string {
    const known = session === null ? undefined : this.names.get(session);
    if (known !== undefined) return known;
    if (session === null || !/^[A-Za-z0-9_-]{1,64}$/.test(session)) {
      throw new JournalError('line-malformed', 'a body needs the id of its session');
    }
    const name = `d/${time.slice(0, 10)}/${session}`;
    this.names.set(session, name);
    if (this.names.size > REMEMBERED) {
      // The oldest; should it still live, its later bodies get a second key: no harm.
      for (const oldest of this.names.keys()) {
        this.names.delete(oldest);
        break;
      }
    }
    return name;
  }

  forget(session: string): void {
    this.names.delete(session);
  }
}
