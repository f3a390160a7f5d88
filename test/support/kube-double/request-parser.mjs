// Requests from raw bytes. Not Node's parser and not the product's: what a proxy smuggles is seen as the next reader sees it.

/** Go's default bound on a request's head. */
const headBytes = 1 << 20;
/** Bound of kube-apiserver on a body. */
const bodyBytes = 3 << 20;

/** Bytes that are no request; `code` is the answer's status. */
export class MalformedRequest extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * One request as it came.
 * @typedef {object} WireRequest
 * @property {string} method
 * @property {string} target as on the request line
 * @property {[string, string][]} lines header lines in order, names as sent
 * @property {Uint8Array} body
 * @property {(name: string) => string | undefined} header first value
 * @property {(name: string) => string[]} all every value of a name
 */

function head(text) {
  const [first = '', ...rest] = text.split('\r\n');
  const parts = first.split(' ');
  if (parts.length !== 3 || !/^[A-Za-z-]+$/.test(parts[0]) || parts[2] !== 'HTTP/1.1')
    throw new MalformedRequest(400, `not a request line: ${JSON.stringify(first.slice(0, 200))}`);
  const lines = rest.map((line) => {
    const colon = line.indexOf(':');
    if (colon < 1 || /[\s\0]/.test(line.slice(0, colon)))
      throw new MalformedRequest(400, `not a header line: ${JSON.stringify(line.slice(0, 200))}`);
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const all = (name) => lines.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
  return { method: parts[0], target: parts[1], lines, all, header: (name) => all(name)[0], body: Buffer.alloc(0) };
}

/** Cuts requests out of the bytes of one connection. */
export class RequestParser {
  #bytes = Buffer.alloc(0);
  #request = null;

  push(chunk) {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
  }

  /** Bytes not yet part of a request that was handed out. */
  get waiting() {
    return this.#bytes.length;
  }

  /** The head of a request whose body has not come, null without one. */
  get begun() {
    return this.#request;
  }

  /** What follows an upgrade. */
  takeRest() {
    const rest = this.#bytes;
    this.#bytes = Buffer.alloc(0);
    return rest;
  }

  /** @returns {WireRequest | null} the next whole request @throws MalformedRequest */
  next() {
    if (this.#request === null) {
      const end = this.#bytes.indexOf('\r\n\r\n');
      if (end < 0) {
        if (this.#bytes.length > headBytes) throw new MalformedRequest(431, 'request head too large');
        return null;
      }
      this.#request = head(this.#bytes.toString('latin1', 0, end));
      this.#bytes = this.#bytes.subarray(end + 4);
    }
    const request = this.#request;
    const body = request.header('transfer-encoding') === undefined ? this.#sized(request) : this.#chunked();
    if (body === null) return null;
    this.#request = null;
    return { ...request, body };
  }

  #sized(request) {
    const length = Number(request.header('content-length') ?? 0);
    if (!Number.isSafeInteger(length) || length < 0) throw new MalformedRequest(400, 'bad Content-Length');
    if (length > bodyBytes) throw new MalformedRequest(413, 'request body too large');
    if (this.#bytes.length < length) return null;
    const body = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return body;
  }

  // The whole body is looked at again with each chunk of bytes: bodies are small here.
  #chunked() {
    const chunks = [];
    for (let at = 0, total = 0; ;) {
      const end = this.#bytes.indexOf('\r\n', at);
      if (end < 0) return null;
      const size = /^([0-9a-fA-F]{1,8})(?:;.*)?$/.exec(this.#bytes.toString('latin1', at, end));
      if (size === null) throw new MalformedRequest(400, 'bad chunk size');
      const length = Number.parseInt(size[1], 16);
      total += length;
      if (total > bodyBytes) throw new MalformedRequest(413, 'request body too large');
      if (this.#bytes.length < end + 4 + length) return null;
      if (this.#bytes.toString('latin1', end + 2 + length, end + 4 + length) !== '\r\n')
        throw new MalformedRequest(400, 'chunk longer than it says, or trailers');
      chunks.push(this.#bytes.subarray(end + 2, end + 2 + length));
      at = end + 4 + length;
      if (length > 0) continue;
      this.#bytes = this.#bytes.subarray(at);
      return Buffer.concat(chunks);
    }
  }
}
