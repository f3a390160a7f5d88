// What people who decide do in the checks of holds: they read what waits for them, and decide by REST.
import assert from 'node:assert/strict';
import { client } from '../../kube-server/rest.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Longer than any of this takes on a busy machine. */
const withinMs = 60_000;

/** Somebody who may decide, or not; carol is the reviewer of the sample. */
export class Reviewer {
  #ask;
  /** approvals that were there before, or have been taken */
  #seen = new Set();

  constructor({ file, person }, name = 'carol') {
    this.#ask = client(file.control.url, file.ca, { authorization: `Bearer ${person(name).token}` });
  }

  /** Whatever is pending by now is none of this check's. */
  async begin() {
    for (const { id } of (await this.list('pending')).items) this.#seen.add(id);
    return this;
  }

  async list(state) {
    const { status, json, text } = await this.#ask('GET', `/v1/approvals?state=${state}&limit=100`);
    assert.equal(status, 200, text);
    return json;
  }

  async show(id) {
    const { status, json, text } = await this.#ask('GET', `/v1/approvals/${id}`);
    assert.equal(status, 200, text);
    return json;
  }

  /** The next approval that waits and was not seen before, as it is shown. */
  async next() {
    for (const end = performance.now() + withinMs; ; await sleep(100)) {
      const found = (await this.list('pending')).items.find(({ id }) => !this.#seen.has(id));
      if (found !== undefined) {
        this.#seen.add(found.id);
        return this.show(found.id);
      }
      if (performance.now() > end) throw new Error('nothing was asked for');
    }
  }

  /** Waits until an approval is in this state. */
  async until(id, state) {
    for (const end = performance.now() + withinMs; ; await sleep(100)) {
      const approval = await this.show(id);
      if (approval.state === state) return approval;
      if (performance.now() > end) throw new Error(`${id} is ${approval.state}, not ${state}`);
    }
  }

  /** @returns the answer: status and JSON */
  decide({ id, rendering }, decision, reason) {
    return this.#ask('POST', `/v1/approvals/${id}/decision`, { decision, rendering, reason });
  }

  async approve(approval) {
    const { status, text } = await this.decide(approval, 'approve', 'checked');
    assert.ok(status < 300, `${status}: ${text}`);
  }

  async deny(approval, reason) {
    const { status, text } = await this.decide(approval, 'deny', reason);
    assert.ok(status < 300, `${status}: ${text}`);
  }
}
