// A client of HTTP/1.1 that costs little, so that it measures what stands in front of it: heads are looked at only as far as the
// end of an answer asks for.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

/**
 * A door to the cluster: where clients get to it and which processes stand in it.
 * @param {{ name: string, url: string, ca?: string | null, token?: string | null, pids?: () => number[] }} options `url` with
 *   a path before every request, or without; `ca`: a file, null: no TLS
 */
export function kubeDoor({ name, url, ca = null, token = null, pids = () => [] }) {
  const { hostname, port, pathname } = new URL(url);
  const prefix = pathname.replace(/\/$/u, '');
  const head = (method, path, body) =>
    [
      `${method} ${prefix}${path} HTTP/1.1`,
      `Host: ${hostname}:${port}`,
      'User-Agent: kube-bench',
      'Accept: application/json',
      ...(token === null ? [] : [`Authorization: Bearer ${token}`]),
      ...(body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
      `\r\n${body ?? ''}`,
    ].join('\r\n');
  const trusted = ca === null ? null : readFileSync(ca);
  const dial = () => {
    const where = { host: hostname, port: Number(port) };
    return trusted === null ? connect(where) : connectTls({ ...where, ca: trusted, ALPNProtocols: ['http/1.1'] });
  };
  return { name, url, ca, token, pids, head, dial };
}

/** One kept-alive connection through a door, for one request at a time. */
export class KubeConnection {
  #door;
  #socket;
  #settle = null;
  #head = null;
  #left = 0;
  #bytes = 0;
  #tail = Buffer.alloc(0);

  constructor(door) {
    this.#door = door;
    this.#socket = door.dial();
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk) => this.#data(chunk));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error(`${door.name} closed the connection`)));
  }

  /** @returns `{ status, bytes }`, the bytes of the body as they came (chunk lengths included) */
  request(method, path, body) {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#head = null;
      this.#bytes = 0;
      this.#tail = Buffer.alloc(0);
      this.#socket.write(this.#door.head(method, path, body));
    });
  }

  /** @throws Error unless the answer is a success */
  async expect(method, path, body) {
    const answer = await this.request(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} through ${this.#door.name}: ${answer.status}`);
    return answer;
  }

  close() {
    this.#settle = null;
    this.#socket.destroy();
  }

  #data(chunk) {
    let body = chunk;
    if (this.#head === null) {
      const all = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]);
      const end = all.indexOf(HEAD_END);
      if (end < 0) return void (this.#tail = all);
      const text = all.latin1Slice(0, end);
      const length = /\r\ncontent-length: *(\d+)/iu.exec(text);
      this.#head = { status: Number(text.slice(9, 12)), chunked: length === null };
      this.#left = Number(length?.[1] ?? 0);
      body = all.subarray(end + HEAD_END.length);
      // the line before the first chunk's length ended with the head
      this.#tail = HEAD_END.subarray(2);
    }
    this.#bytes += body.length;
    if (!this.#head.chunked) {
      this.#left -= body.length;
      if (this.#left <= 0) this.#done();
      return;
    }
    // a JSON text has no line ends of HTTP in it
    this.#tail =
      body.length >= LAST_CHUNK.length ? body.subarray(-LAST_CHUNK.length) : Buffer.concat([this.#tail, body]);
    if (this.#tail.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)) this.#done();
  }

  #done() {
    const settle = this.#settle;
    this.#settle = null;
    settle?.resolve({ status: this.#head.status, bytes: this.#bytes });
  }

  #fail(error) {
    const settle = this.#settle;
    this.#settle = null;
    settle?.reject(error);
  }
}

/** Runs `work(connection, number)` on so many connections side by side until `more()` says no more. */
export async function sideBySide(door, connections, work, more) {
  let number = 0;
  const all = Array.from({ length: connections }, () => new KubeConnection(door));
  try {
    await Promise.all(
      all.map(async (connection) => {
        while (more(number)) await work(connection, number++);
      }),
    );
  } finally {
    for (const connection of all) connection.close();
  }
  return number;
}
