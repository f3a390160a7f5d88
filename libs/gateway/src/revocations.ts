import type { DenyEntry, DenyList, Principal } from '@app/identity';
import type { Logger } from '@app/platform';

/** Where revocations come from; the audit database behind it. */
export abstract class RevocationSource {
  /** @throws when it cannot be reached */
  abstract denied(now: Date): Promise<readonly DenyEntry[]>;
  /** @returns sessions to end since the last call. @throws when it cannot be reached */
  abstract terminated(): Promise<readonly string[]>;
}

/** How often gateways look, ms: a revocation is learnt within 10 s, with room for a slow database. */
const EVERY_MS = 2_000;

/** Keeps the deny-list fresh and hands on terminations; with the database down the last list stays in force. */
export class Revocations {
  readonly #source: RevocationSource;
  readonly #list: DenyList;
  readonly #logger: Logger;
  readonly #terminate: (session: string) => void;
  readonly #changed: () => void;
  #timer: NodeJS.Timeout | null = null;
  #down = false;
  #stopped = false;

  /** @param terminate ends one session @param changed the deny-list was read anew */
  constructor(
    source: RevocationSource,
    list: DenyList,
    logger: Logger,
    terminate: (session: string) => void,
    changed: () => void,
  ) {
    this.#source = source;
    this.#list = list;
    this.#logger = logger;
    this.#terminate = terminate;
    this.#changed = changed;
  }

  denied(principal: Principal, now: number): DenyEntry | null {
    return this.#list.isDenied(principal, now);
  }

  get loaded(): boolean {
    return this.#list.loaded;
  }

  /** Looks at once and then every 2 s. */
  async start(): Promise<void> {
    await this.#look();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      const now = new Date();
      this.#list.replace(await this.#source.denied(now), now.getTime());
      this.#changed();
      for (const session of await this.#source.terminated()) this.#terminate(session);
      if (this.#down) this.#logger.log('the deny-list can be read again');
      this.#down = false;
    } catch (error) {
      if (!this.#down)
        this.#logger.warn(
          'the deny-list cannot be read; the last one stays in force',
          error instanceof Error ? error : {},
        );
      this.#down = true;
    }
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#look(), EVERY_MS).unref();
  }
}
