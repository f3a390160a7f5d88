/**
 * What goes wrong with an answer, on demand. Without `times` once.
 * @typedef {object} Fault
 * @property {number} [times] how many requests it befalls
 * @property {number} [delay] ms before anything is answered
 * @property {boolean} [hang] nothing is ever answered
 * @property {number} [status] answer with this code and a Status instead; `message`, `retryAfter` (s) go with it
 * @property {string} [message]
 * @property {number} [retryAfter]
 * @property {number} [cut] the connection ends after this many bytes of body
 * @property {boolean} [rst] where the connection ends it ends by RST; alone: at once
 * @property {number} [dribble] the answer's bytes one by one, this many ms apart
 * @property {boolean} [badJson] the body is no JSON; in a stream after its first event
 * @property {number} [oversize] the body is this many bytes of JSON
 * @property {boolean} [protobuf] `k8s\0` and protobuf's media type though nobody asked
 * @property {boolean} [gzip] compressed though nobody asked
 * @property {boolean} [chunkedError] an upgrade is refused by a Status in chunks
 * @property {string | Uint8Array} [garbage] these bytes instead of an answer
 * @property {string | Uint8Array} [body] this body; `mediaType` with it
 * @property {string} [mediaType]
 * @property {number} [contentLength] says so, whatever comes
 * @property {number} [afterEvents] a stream ends after this many writes
 * @property {string} [warning] text of a Warning header
 */

/** Faults that wait for their request. */
export class Faults {
  #waiting = [];

  /** @param match `METHOD /path` (without query), or a predicate `(method, target) => boolean` @param {Fault} fault */
  add(match, fault) {
    const fits =
      typeof match === 'function' ? match : (method, target) => match === `${method} ${target.split('?', 1)[0]}`;
    this.#waiting.push({ fits, fault, left: fault.times ?? 1 });
  }

  clear() {
    this.#waiting = [];
  }

  /** @returns {Fault} what befalls this request; empty when nothing does */
  take(method, target) {
    const found = this.#waiting.find((entry) => entry.fits(method, target));
    if (found === undefined) return {};
    if (--found.left <= 0) this.#waiting.splice(this.#waiting.indexOf(found), 1);
    return found.fault;
  }
}
