import pg from 'pg';
import { sleep, until } from '../support/sallyport.mjs';

const EVERY_MS = 100;

/** One connection that asks the same small question all the time and notes when it is answered, refused, or left without an answer. */
export class Probe {
  #client;
  #running = true;
  #done;
  /** { at (ms), code: 'ok' or SQLSTATE, ms } in order */
  answers = [];

  constructor(client) {
    this.#client = client;
    this.#done = this.#run();
  }

  /** Connects as soon as it is let in: workers may still be starting. */
  static open(options) {
    const attempt = async () => {
      const client = new pg.Client(options);
      client.on('error', () => undefined);
      try {
        await client.connect();
        return new Probe(client);
      } catch {
        await client.end().catch(() => undefined);
        return null;
      }
    };
    return until(attempt, 60_000, 'that the gateway lets a client in');
  }

  async #run() {
    while (this.#running) {
      const at = performance.now();
      let code = 'ok';
      try {
        await this.#client.query('SELECT abalance FROM pgbench_accounts WHERE aid = 1');
      } catch (error) {
        code = error.code ?? `no answer (${error.message})`;
      }
      this.answers.push({ at, code, ms: performance.now() - at });
      if (code.startsWith('no answer')) return;
      await sleep(EVERY_MS);
    }
  }

  /** When it was first answered with this code at or after `from`; null: never. */
  first(code, from) {
    return this.answers.find((answer) => answer.at >= from && answer.code === code)?.at ?? null;
  }

  codes(from, to) {
    return [...new Set(this.answers.filter(({ at }) => at >= from && at < to).map(({ code }) => code))];
  }

  async close() {
    this.#running = false;
    await this.#done;
    await this.#client.end().catch(() => undefined);
  }
}
