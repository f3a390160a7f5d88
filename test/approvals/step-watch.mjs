import pg from 'pg';
import { until } from '../support/sallyport.mjs';
import { RAN, STEPS } from './setting.mjs';

/** Listens to both databases for the steps of the lives; a step is told the moment it is committed. */
export class StepWatch {
  #clients = [];
  #told;

  /** @param told `asked`, `approved`, `used` or `ran` */
  constructor(told) {
    this.#told = told;
  }

  async start({ audit, target }) {
    const steps = { pending: 'asked', approved: 'approved', used: 'used' };
    await this.#listen(audit.url('sallyport'), STEPS, (payload) => {
      const step = steps[payload.split(' ')[0]];
      if (step !== undefined) this.#told(step);
    });
    await this.#listen(target.url('bench'), RAN, () => this.#told('ran'));
  }

  async stop() {
    await Promise.all(this.#clients.splice(0).map((client) => client.end().catch(() => undefined)));
  }

  async #listen(url, channel, told) {
    const client = await until(() => connected(url), 30_000, 'that the database can be listened to');
    client.on('notification', ({ payload }) => told(payload));
    await client.query(`LISTEN ${channel}`);
    this.#clients.push(client);
  }
}

async function connected(url) {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  return client.connect().then(
    () => client,
    () => null,
  );
}
