import { Client } from 'pg';
import { type DatabaseUrl, revealUrl } from '../data-source.js';

/** ms; the second is the longest pause between two attempts to connect. */
const RETRY_MS = [200, 5_000] as const;
/** A connection that says nothing is asked whether it is alive this often, and given up if it does not answer as long; ms. */
const ALIVE_MS = 10_000;

/**
 * Listens to changes of approvals on a connection of its own and comes back when that breaks. It wakes, it does not tell: read the store
 * then. Nothing is lost by a break, since `null` says that anything may have changed.
 */
export class ApprovalFeed {
  readonly #url: DatabaseUrl;
  readonly #onChange: (id: string | null) => void;
  readonly #channels = new Map<string, (payload: string) => void>();
  #client: Client | null = null;
  #timer: NodeJS.Timeout | null = null;
  #running = false;
  #pause: number = RETRY_MS[0];

  /** @param onChange the approval that changed; null: connected (again), anything may have changed. Must not throw */
  constructor(url: DatabaseUrl, onChange: (id: string | null) => void) {
    this.#url = url;
    this.#onChange = onChange;
  }

  /**
   * Listens to another channel on the same connection. Before {@link start}; what is said there while the connection is broken is lost.
   * @param channel a plain lower-case identifier @param heard anything that somebody in the database sent; must not throw
   */
  also(channel: string, heard: (payload: string) => void): void {
    this.#channels.set(channel, heard);
  }

  /** Begins to listen; returns at once, also while the database is down. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#connect();
  }

  /** Ends the connection; nothing is called after it resolves. */
  async stop(): Promise<void> {
    this.#running = false;
    if (this.#timer) clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = new Client({
      connectionString: revealUrl(this.#url),
      application_name: 'sallyport-feed',
      connectionTimeoutMillis: ALIVE_MS,
      query_timeout: ALIVE_MS,
      keepAlive: true,
    });
    this.#client = client;
    const broken = (): void => this.#lost(client);
    client.on('error', broken);
    client.on('end', broken);
    client.on('notification', ({ channel, payload }) => {
      if (this.#client !== client || !payload) return;
      const heard = this.#channels.get(channel);
      if (heard === undefined) this.#onChange(payload);
      else heard(payload);
    });
    try {
      await client.connect();
      await client.query('LISTEN sallyport_approval');
      for (const channel of this.#channels.keys()) await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
    } catch {
      broken();
      return;
    }
    if (this.#client !== client) return;
    this.#pause = RETRY_MS[0];
    this.#onChange(null);
    this.#watch(client);
  }

  #watch(client: Client): void {
    this.#later(ALIVE_MS, () => {
      client.query('SELECT 1').then(
        () => {
          if (this.#client === client) this.#watch(client);
        },
        () => this.#lost(client),
      );
    });
  }

  #lost(client: Client): void {
    if (this.#client !== client) return;
    this.#client = null;
    client.end().catch(() => undefined);
    if (!this.#running) return;
    this.#later(this.#pause, () => void this.#connect());
    this.#pause = Math.min(this.#pause * 2, RETRY_MS[1]);
  }

  #later(ms: number, then: () => void): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
    this.#timer.unref();
  }
}
