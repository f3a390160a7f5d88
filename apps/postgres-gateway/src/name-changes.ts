import type { ReadyStatus } from '@app/pg-wire';
import type { StatementDescription } from '@app/sql';
import type { NameResolver } from './name-resolver.js';

/** Follows what the statements of one session may change of how names are resolved, from the moment each is sent. */
export class NameChanges {
  readonly #resolver: NameResolver;
  /** changed inside the open transaction: its end may change it back */
  #path = false;
  #catalog = false;

  constructor(resolver: NameResolver) {
    this.#resolver = resolver;
  }

  /** the end of the open transaction may change how names are resolved */
  get pending(): boolean {
    return this.#path || this.#catalog;
  }

  forwarding(statement: StatementDescription): void {
    const { transaction, changes } = statement;
    const ends =
      transaction !== null && transaction !== 'begin' && transaction !== 'savepoint' && transaction !== 'release';
    const path = ends ? this.#path : changes.searchPath;
    const catalog = ends ? this.#catalog : changes.catalog;
    if (!ends && changes.searchPath) this.#path = true;
    if (!ends && changes.catalog) this.#catalog = true;
    if (path || catalog) this.#resolver.changing(path, catalog);
  }

  /** Nothing is under way any more. */
  settled(status: ReadyStatus): void {
    if (status === 'I') {
      this.#path = false;
      this.#catalog = false;
    }
    this.#resolver.settled();
  }
}
