// One run of load against one door, in a process of its own: node kube-load.mjs JSON. Prints one line of JSON.
// It reads answers no further than it must to know where they end, so that the doors are measured and not this client.
import { readFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** @typedef {{ url: string, ca?: string, token?: string, path: string, connections: number, seconds: number, warm: number }} Load */
/** @type {Load} */
const { url, ca, token, path, connections, seconds, warm } = JSON.parse(process.argv[2]);
const { hostname, port, protocol, pathname } = new URL(url);
const request = Buffer.from(
  [
    `GET ${pathname.replace(/\/$/u, '')}${path} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    'Accept: application/json',
    'User-Agent: bench',
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
    '\r\n',
  ].join('\r\n'),
);
const secure = protocol === 'https:' ? { ca: readFileSync(ca), ALPNProtocols: ['http/1.1'] } : null;

/** Knows where answers end: by their length, or by their chunks. `push` gives the number of answers that have ended. */
class Answers {
  #head = Buffer.alloc(0);
  #left = -1; // bytes of a body or of a chunk with its line end; -1: in a head, -2: in the size of a chunk
  #last = false;
  bytes = 0;
  failed = 0;

  push(chunk) {
    let ended = 0;
    let at = 0;
    this.bytes += chunk.length;
    while (at < chunk.length) {
      if (this.#left >= 0) {
        const taken = Math.min(this.#left, chunk.length - at);
        this.#left -= taken;
        at += taken;
        if (this.#left > 0) break;
        if (!this.#chunked || this.#last) {
          ended++;
          this.#left = -1;
        } else this.#left = -2;
        continue;
      }
      const mark = this.#left === -1 ? '\r\n\r\n' : '\r\n';
      this.#head = this.#head.length === 0 ? chunk.subarray(at) : Buffer.concat([this.#head, chunk.subarray(at)]);
      const end = this.#head.indexOf(mark);
      if (end < 0) break;
      const text = this.#head.toString('latin1', 0, end);
      at = chunk.length - (this.#head.length - end - mark.length);
      this.#head = Buffer.alloc(0);
      if (this.#left === -1) this.#begin(text);
      else {
        const size = Number.parseInt(text, 16);
        this.#last = size === 0;
        this.#left = size + 2;
      }
      if (this.#left === 0) {
        ended++;
        this.#left = -1;
      }
    }
    return ended;
  }

  #chunked = false;

  #begin(head) {
    if (!head.startsWith('HTTP/1.1 200')) {
      this.failed++;
      if (this.failed === 1) process.stderr.write(`${head}\n`);
    }
    this.#chunked = /\r\ntransfer-encoding: *chunked/iu.test(head);
    this.#last = false;
    this.#left = this.#chunked ? -2 : Number(/\r\ncontent-length: *(\d+)/iu.exec(head)?.[1] ?? 0);
  }
}

const latencies = [];
let bytes = 0;
let failed = 0;
const begin = performance.now() + warm * 1000;
const end = begin + seconds * 1000;

function one() {
  return new Promise((resolve, reject) => {
    const socket =
      secure === null
        ? connectPlain(Number(port), hostname)
        : connectTls({ host: hostname, port: Number(port), ...secure });
    const answers = new Answers();
    let sent = 0;
    const send = () => {
      sent = performance.now();
      socket.write(request);
    };
    socket.setNoDelay(true);
    socket.once(secure === null ? 'connect' : 'secureConnect', send);
    socket.on('data', (chunk) => {
      if (answers.push(chunk) === 0) return;
      const now = performance.now();
      if (sent >= begin) {
        latencies.push(now - sent);
        bytes += answers.bytes;
        failed += answers.failed;
      }
      answers.bytes = 0;
      answers.failed = 0;
      if (now < end) send();
      else {
        socket.destroy();
        resolve();
      }
    });
    socket.once('error', reject);
  });
}

await Promise.all(Array.from({ length: connections }, one));
const took = (performance.now() - begin) / 1000;
const sorted = Float64Array.from(latencies).sort();
const quantile = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
const result = {
  perSecond: sorted.length / took,
  p50: quantile(0.5),
  p99: quantile(0.99),
  count: sorted.length,
  failed,
};
process.stdout.write(`${JSON.stringify({ ...result, megabytes: bytes / 1e6 / took })}\n`);
