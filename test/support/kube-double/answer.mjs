import { STATUS_CODES } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { failure } from './status.mjs';

const gzipFrom = 128 * 1024;
const junk = '{"type":"ADDED","object":{"kind":]}\n';

/** Writes one answer to a connection; all faults strike here. `finished` resolves when the next request may be read. */
export class Answer {
  #socket;
  #raw;
  #fault;
  #entry;
  #queue = Promise.resolve();
  #body = 0;
  #resolve;
  #closers = [];
  #closed = () => this.#end();
  isOver = false;
  upgraded = null;

  /** @param context `{ socket, raw, fault, entry, request, takeRest }`; `raw` is the TCP socket below TLS */
  constructor({ socket, raw, fault, entry, request, takeRest }) {
    this.#socket = socket;
    this.#raw = raw;
    this.#fault = fault;
    this.#entry = entry;
    this.request = request;
    this.takeRest = takeRest;
    this.finished = new Promise((resolve) => (this.#resolve = resolve));
    socket.once('close', this.#closed);
  }

  get fault() {
    return this.#fault;
  }

  get isGone() {
    return this.#socket.destroyed;
  }

  /** Runs when the answer is over or its reader has left. */
  onEnd(closer) {
    if (this.isOver) closer();
    else this.#closers.push(closer);
  }

  /** A whole answer; bodies that are objects become JSON. */
  async send(code, body, headers = {}) {
    const fault = this.#fault;
    let bytes = Buffer.isBuffer(body) || typeof body === 'string' ? Buffer.from(body) : this.#json(body);
    const all = { 'Content-Type': 'application/json', ...headers };
    if (fault.protobuf) {
      all['Content-Type'] = 'application/vnd.kubernetes.protobuf';
      bytes = Buffer.concat([Buffer.from('k8s\0\x0a\x00\x12'), Buffer.from([bytes.length & 0x7f]), bytes]);
    }
    if (fault.oversize) bytes = padded(fault.oversize);
    if (fault.badJson) bytes = Buffer.concat([bytes.subarray(0, Math.ceil(bytes.length / 2)), Buffer.from(junk)]);
    if (fault.body !== undefined) bytes = Buffer.from(fault.body);
    if (fault.mediaType) all['Content-Type'] = fault.mediaType;
    const accepts = /\bgzip\b/.test(this.request.header('accept-encoding') ?? '');
    if (fault.gzip || (accepts && bytes.length > gzipFrom && !('ETag' in all && code === 304))) {
      bytes = gzipSync(bytes, { level: 1 });
      Object.assign(all, { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' });
    }
    if (code !== 304) all['Content-Length'] = String(fault.contentLength ?? bytes.length);
    this.#head(code, all);
    if (this.request.method !== 'HEAD' && code !== 304) this.#write(bytes);
    await this.end();
  }

  /** Begins an answer in chunks; use `write` and `end`. */
  open(code, headers) {
    this.#head(code, { ...headers, 'Transfer-Encoding': 'chunked' });
    this.chunks = 0;
  }

  /** One chunk, in order. @returns a promise for when it may go on: not before the reader takes bytes */
  write(data) {
    const bytes = Buffer.from(data);
    const { afterEvents, badJson } = this.#fault;
    const frame = (part) => {
      this.#write(Buffer.from(`${part.length.toString(16)}\r\n`), false);
      this.#write(part);
      this.#write(Buffer.from('\r\n'), false);
    };
    frame(bytes);
    this.chunks++;
    if (badJson && this.chunks === 1) frame(Buffer.from(junk));
    if (afterEvents !== undefined && this.chunks >= afterEvents) this.#after(() => this.kill());
    return this.#queue;
  }

  /** Ends what `open` began, or nothing more than the connection's turn. */
  async end() {
    if (this.chunks !== undefined && !this.isOver) this.#write(Buffer.from('0\r\n\r\n'), false);
    await this.#queue;
    this.#end();
  }

  /** Refuses an upgrade by chunks, which a proxy must resend whole. */
  async refuseInChunks(code, message) {
    this.open(code, { 'Content-Type': 'application/json' });
    for (const part of JSON.stringify(failure(code, message)).match(/.{1,7}/gs)) void this.write(part);
    await this.end();
  }

  /** Switches protocols. @returns the socket; what the client had sent already is in `rest` */
  upgrade(headers) {
    this.#head(101, { Connection: 'Upgrade', ...headers });
    this.upgraded = { socket: this.#socket, rest: this.takeRest() };
    return this.upgraded;
  }

  /** Bytes of an upgraded connection. */
  raw(bytes) {
    this.#write(Buffer.from(bytes));
    return this.#queue;
  }

  /** The connection dies: by RST if the fault says so. */
  kill() {
    if (this.#fault.rst) this.#raw.resetAndDestroy();
    this.#socket.destroy();
    this.#end();
  }

  /** Waits, answers by an injected Status or garbage where the fault says so. @returns whether the answer is taken care of */
  async strike() {
    const fault = this.#fault;
    if (fault.delay) await sleep(fault.delay);
    if (fault.hang) return true;
    if (fault.rst && fault.cut === undefined && fault.afterEvents === undefined) {
      this.kill();
      return true;
    }
    if (fault.garbage !== undefined) {
      this.#write(Buffer.from(fault.garbage), false);
      this.#after(() => this.kill());
      return true;
    }
    if (fault.chunkedError) {
      await this.refuseInChunks(fault.status ?? 403, fault.message ?? 'the kubelet said no');
      return true;
    }
    if (!fault.status) return false;
    const retry = fault.retryAfter === undefined ? {} : { 'Retry-After': String(fault.retryAfter) };
    await this.send(fault.status, failure(fault.status, fault.message ?? 'a fault on demand'), retry);
    return true;
  }

  #json(body) {
    // curl, Wget and `?pretty=true` get it indented
    const isPretty =
      /[?&]pretty=(?!0|false)/.test(this.request.target) ||
      /^(curl|Wget|Mozilla)/.test(this.request.header('user-agent') ?? '');
    return Buffer.from(isPretty ? JSON.stringify(body, null, 2) : `${JSON.stringify(body)}\n`);
  }

  #head(code, headers) {
    this.#entry.status = code;
    const all = { 'Audit-Id': this.#entry.auditId ?? `double-${this.#entry.n}`, ...headers };
    if (this.#fault.warning) all.Warning = `299 - "${this.#fault.warning}"`;
    if (code !== 101) all.Date = new Date().toUTCString();
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    const text = `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? 'Unknown'}\r\n${lines.join('')}\r\n`;
    this.#write(Buffer.from(text), false);
  }

  #after(step) {
    this.#queue = this.#queue.then(step);
  }

  #write(bytes, isBody = true) {
    this.#after(() => this.#put(bytes, isBody));
  }

  async #put(bytes, isBody) {
    const { cut, dribble } = this.#fault;
    const room = isBody && cut !== undefined ? cut - this.#body : bytes.length;
    if (isBody) this.#body += bytes.length;
    const part = bytes.subarray(0, Math.max(0, room));
    for (let at = 0; dribble !== undefined && at < part.length; at++) {
      await this.#out(part.subarray(at, at + 1));
      await sleep(dribble);
    }
    if (dribble === undefined && part.length > 0) await this.#out(part);
    if (part.length < bytes.length) this.kill();
  }

  async #out(bytes) {
    const socket = this.#socket;
    if (socket.destroyed) return;
    const { stream } = this;
    if (stream) stream.sent += bytes.length;
    if (socket.write(bytes)) return;
    if (stream) stream.waiting = true;
    await new Promise((resolve) => {
      const go = () => {
        socket.off('drain', go).off('close', go);
        resolve();
      };
      socket.on('drain', go).on('close', go);
    });
    if (stream) stream.waiting = false;
  }

  #end() {
    if (this.isOver) return;
    this.isOver = true;
    this.#socket.off('close', this.#closed);
    for (const closer of this.#closers.splice(0)) closer();
    this.#resolve();
  }
}

function padded(size) {
  const [before, after] = ['{"kind":"ConfigMap","apiVersion":"v1","data":{"pad":"', '"}}'];
  return Buffer.from(before + 'x'.repeat(Math.max(0, size - before.length - after.length)) + after);
}
