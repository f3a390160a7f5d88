import pg from 'pg';
import { sleep } from '../support/sallyport.mjs';

const QUESTION = 'SELECT abalance FROM pgbench_accounts WHERE aid = 1';
/** opened at once, so that a crowd that was cut off does not become a flood */
const TOGETHER = 16;

/** Connections that are held open and asked nothing; one that is lost is opened again. */
export class IdleConnections {
  #options;
  #wanted;
  #open = new Set();
  #opening = 0;
  #stopping = false;
  /** connections that ended without being told to */
  lost = 0;
  /** attempts that the gateway or its death answered with an error */
  refused = 0;

  constructor(options, wanted) {
    this.#options = options;
    this.#wanted = wanted;
    this.#fill();
  }

  get open() {
    return this.#open.size;
  }

  #fill() {
    while (!this.#stopping && this.#opening < TOGETHER && this.#open.size + this.#opening < this.#wanted)
      void this.#openOne();
  }

  async #openOne() {
    this.#opening += 1;
    const client = new pg.Client(this.#options);
    let connected = false;
    client.on('error', () => undefined);
    client.on('end', () => {
      if (!this.#open.delete(client) || this.#stopping) return;
      this.lost += 1;
      this.#fill();
    });
    try {
      await client.connect();
      connected = true;
    } catch {
      this.refused += 1;
      await client.end().catch(() => undefined);
      await sleep(100 + Math.random() * 200);
    }
    this.#opening -= 1;
    if (connected) {
      if (this.#stopping) await client.end().catch(() => undefined);
      else this.#open.add(client);
    }
    this.#fill();
  }

  /** Asks every one of them. @returns how many answered */
  async answering() {
    const answers = await Promise.allSettled([...this.#open].map((client) => client.query(QUESTION)));
    return answers.filter(({ status }) => status === 'fulfilled').length;
  }

  async stop() {
    this.#stopping = true;
    await Promise.all([...this.#open].map((client) => client.end().catch(() => undefined)));
    this.#open.clear();
  }
}
