import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { sleep } from '../support/sallyport.mjs';

const PAUSE_MS = 150;
const PATIENCE_MS = 180_000;

/** Somebody who approves over REST, as often as it takes; the control API may be gone at any moment. */
export class Reviewer {
  #file;
  #token;
  #ca;
  #sent;
  /** approvals whose decision was answered with 200 */
  acknowledged = new Set();

  /** @param sent told of each decision the moment it leaves, by the approval's id */
  constructor(file, { token }, sent) {
    this.#file = file;
    this.#token = token;
    this.#ca = readFileSync(file.ca);
    this.#sent = sent;
  }

  /** Resolves once the approval is pending no more. */
  async approve(id) {
    for (const end = performance.now() + PATIENCE_MS; ; await sleep(PAUSE_MS)) {
      if (performance.now() > end) throw new Error(`approval ${id} could not be decided`);
      const shown = await this.#ask('GET', `/v1/approvals/${id}`).catch(() => null);
      if (shown?.status !== 200) continue;
      const { state, rendering } = shown.body;
      if (state !== 'pending') return;
      const deciding = this.#ask('POST', `/v1/approvals/${id}/decision`, { decision: 'approve', rendering });
      this.#sent(id);
      const decided = await deciding.catch(() => null);
      if (decided?.status !== 200) continue;
      this.acknowledged.add(id);
      return;
    }
  }

  #ask(method, path, body) {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
      const asking = request(
        new URL(path, this.#file.control.url),
        { method, headers, ca: this.#ca, agent: false, timeout: 20_000 },
        (answer) => {
          let text = '';
          answer.on('data', (chunk) => (text += chunk));
          answer.once('error', reject);
          answer.once('end', () => {
            try {
              resolve({ status: answer.statusCode, body: JSON.parse(text) });
            } catch (error) {
              reject(error);
            }
          });
        },
      );
      asking.once('error', reject);
      asking.once('timeout', () => asking.destroy(new Error('no answer')));
      asking.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
