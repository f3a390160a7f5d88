import type { CurrentKnowledge, SharedComparison } from './knowledge-registry.js';
import type { OwnConnection } from './own-connection.js';

/** How often a catalog is compared while sessions go by it, ms: sooner than they would have to compare by themselves. */
const POLL_MS = 4_000;
/** The connection stays this long after the last session, ms: DROP DATABASE and CREATE DATABASE … TEMPLATE fail while it is there. */
const LINGER_MS = 5_000;
/** A session does not wait longer for what others compare too, ms; then it compares by itself. */
const WAIT_MS = 3_000;
/** A comparison that takes longer is given up, with its connection. */
const PATIENCE_MS = 20_000;
const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MOST_MS = 30_000;

/** What a watch works with. */
export interface WatchParts {
  /** a connection of the gateway's own to the very server that the sessions are at; @throws when it cannot be had */
  readonly open: (onGone: () => void) => Promise<OwnConnection>;
  /** compares, and reads what nobody knows yet; the watch owns one use of it */
  readonly compare: (connection: OwnConnection, previous: CurrentKnowledge | null) => Promise<CurrentKnowledge>;
  readonly release: (knowledge: CurrentKnowledge) => void;
  /** nobody needs it any more */
  readonly done: () => void;
}

/**
 * Looks at the catalog of one server of a target for all sessions of this process that are there, by a connection of its own: their
 * starts share comparisons, and they need not compare by themselves every 5 s. It is there from the second session on; while it is not,
 * sessions compare by themselves.
 */
export class CatalogWatch implements SharedComparison {
  readonly #parts: WatchParts;
  #sessions = 0;
  #connection: OwnConnection | null = null;
  #opening = false;
  #closed = false;
  #backoff = BACKOFF_FIRST_MS;
  #notBefore = 0;
  #last: CurrentKnowledge | null = null;
  #running: Promise<CurrentKnowledge | null> | null = null;
  #next: Promise<CurrentKnowledge | null> | null = null;
  #poll: NodeJS.Timeout | null = null;
  #linger: NodeJS.Timeout | null = null;
  #started = 0;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** A session begins. @returns what to call, once, when it is over */
  join(): () => void {
    this.#sessions += 1;
    this.#started += 1;
    if (this.#linger) clearTimeout(this.#linger);
    this.#linger = null;
    if (this.#started > 1) this.#connect();
    return () => this.#leave();
  }

  #leave(): void {
    this.#sessions -= 1;
    if (this.#sessions === 0 && !this.#closed) this.#linger = setTimeout(() => this.close(), LINGER_MS).unref();
  }

  /** What a comparison found that began after this was asked; null: sessions have to compare by themselves. */
  compared(): Promise<CurrentKnowledge | null> {
    if (this.#connection === null) return Promise.resolve(null);
    if (this.#running === null) return soon(this.#run());
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      return this.#connection === null ? null : this.#run();
    });
    return soon(this.#next);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#linger) clearTimeout(this.#linger);
    this.#drop();
    this.#parts.done();
  }

  #run(): Promise<CurrentKnowledge | null> {
    const connection = this.#connection;
    if (connection === null) return Promise.resolve(null);
    const previous = this.#last;
    const tooLong = setTimeout(() => {
      if (this.#connection === connection) this.#lost();
    }, PATIENCE_MS).unref();
    const running = this.#parts
      .compare(connection, previous)
      .then((found) => {
        if (this.#connection !== connection) {
          this.#parts.release(found);
          return null;
        }
        this.#last = found;
        if (previous) this.#parts.release(previous);
        return found;
      })
      .catch(() => {
        // what a session asks by itself fails too, and says why
        if (this.#connection === connection) this.#lost();
        return null;
      })
      .finally(() => {
        clearTimeout(tooLong);
        if (this.#running === running) this.#running = null;
      });
    this.#running = running;
    return running;
  }

  #connect(): void {
    if (this.#connection !== null || this.#opening || this.#closed || Date.now() < this.#notBefore) return;
    this.#opening = true;
    let mine: OwnConnection | null = null;
    this.#parts
      .open(() => {
        if (mine !== null && this.#connection === mine) this.#lost();
      })
      .then(
        (connection) => {
          mine = connection;
          this.#opening = false;
          if (this.#closed || connection.gone) return connection.end();
          this.#connection = connection;
          this.#backoff = BACKOFF_FIRST_MS;
          this.#poll = setInterval(() => {
            if (this.#running === null) void this.#run();
          }, POLL_MS).unref();
        },
        () => {
          this.#opening = false;
          this.#wait();
        },
      );
  }

  /** The target ended it, as DROP DATABASE … WITH (FORCE) does, or does not answer as it should. */
  #lost(): void {
    this.#drop();
    this.#wait();
  }

  #wait(): void {
    this.#notBefore = Date.now() + this.#backoff;
    this.#backoff = Math.min(this.#backoff * 2, BACKOFF_MOST_MS);
    setTimeout(() => {
      if (this.#sessions > 0) this.#connect();
    }, this.#backoff).unref();
  }

  #drop(): void {
    if (this.#poll) clearInterval(this.#poll);
    this.#poll = null;
    this.#connection?.end();
    this.#connection = null;
    if (this.#last) this.#parts.release(this.#last);
    this.#last = null;
  }
}

/** Null when it takes too long. */
async function soon(answer: Promise<CurrentKnowledge | null>): Promise<CurrentKnowledge | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(resolve, WAIT_MS, null).unref()));
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
