import type { PostgresTarget } from '@app/targets';
import { CatalogWatch } from './catalog-watch.js';
import type { KnowledgeRegistry } from './knowledge-registry.js';
import type { OwnConnection } from './own-connection.js';
import type { UpstreamAddress } from './upstream-addresses.js';

/** Opens a connection of the gateway's own. @param onGone once, when the target has closed it */
type OpenOwn = (target: PostgresTarget, at: UpstreamAddress, onGone: () => void) => Promise<OwnConnection>;

/** The watches of this process: one for each server of a target at which it has sessions. */
export class CatalogWatches {
  readonly #registry: KnowledgeRegistry;
  readonly #open: OpenOwn;
  readonly #watches = new Map<string, CatalogWatch>();
  #closed = false;

  constructor(registry: KnowledgeRegistry, open: OpenOwn) {
    this.#registry = registry;
    this.#open = open;
  }

  /** The watch over the server that a session is at; the session joins and leaves it. Null: the process ends. */
  of(target: PostgresTarget, at: UpstreamAddress): CatalogWatch | null {
    if (this.#closed) return null;
    const key = `${target.name}\0${at.ip} ${at.port}`;
    const found = this.#watches.get(key);
    if (found) return found;
    const watch = new CatalogWatch({
      open: (onGone) => this.#open(target, at, onGone),
      compare: (connection, previous) =>
        this.#registry.current(
          target.name,
          (...statements) => connection.ask(...statements),
          previous?.fingerprint ?? null,
          true,
        ),
      release: ({ knowledge }) => this.#registry.release(knowledge),
      done: () => this.#watches.delete(key),
    });
    this.#watches.set(key, watch);
    return watch;
  }

  close(): void {
    this.#closed = true;
    for (const watch of Array.from(this.#watches.values())) watch.close();
  }
}
