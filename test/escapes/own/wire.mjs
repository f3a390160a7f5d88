// The frontend half of the PostgreSQL protocol, as far as an attacker needs it: it says what it likes and keeps every byte it is told.
import net from 'node:net';
import tls from 'node:tls';

const zero = (text) => Buffer.concat([Buffer.from(text), Buffer.from([0])]);
const int16 = (value) => Buffer.from([(value >> 8) & 255, value & 255]);
const int32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const values = (list) => [
  int16(list.length),
  ...list.flatMap((value) => (value === null ? [int32(-1)] : [int32(Buffer.byteLength(value)), Buffer.from(value)])),
];
const frame = (type, ...parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
};

/** Messages of a frontend by their letter; the arguments are those of the scripts in the tables. */
export const frames = {
  Q: (sql) => frame('Q', Buffer.isBuffer(sql) ? zero(sql) : zero(sql)),
  P: (name, sql, types = []) => frame('P', zero(name), zero(sql), int16(types.length), ...types.map(int32)),
  B: (portal, statement, { params = [], fmt = [0] } = {}) =>
    frame('B', zero(portal), zero(statement), int16(0), ...values(params), int16(fmt.length), ...fmt.map(int16)),
  D: (kind, name) => frame('D', Buffer.from(kind), zero(name)),
  E: (portal, rows = 0) => frame('E', zero(portal), int32(rows)),
  C: (kind, name) => frame('C', Buffer.from(kind), zero(name)),
  S: () => frame('S'),
  H: () => frame('H'),
  F: (oid, params, format) => frame('F', int32(oid), int16(0), ...values(params), int16(format)),
};

/** One connection; `heard` keeps what it was told since it was cleared: `{ t: letter, b: body }`. */
export class Wire {
  heard = [];
  closed = false;
  #unread = [];
  #rest = Buffer.alloc(0);
  #waiting = [];
  #socket;

  /** Connects and logs in; the password answers any question for one. Throws `startup: …` when it is not let in. */
  static async open({ host, port, user, database, password = '', secure = false, parameters = {} }) {
    const wire = new Wire();
    await wire.#connect(host, port, secure);
    const words = Object.entries({ user, database, ...parameters }).flatMap(([key, value]) => [zero(key), zero(value)]);
    const body = Buffer.concat([int32(196608), ...words, Buffer.from([0])]);
    wire.write(int32(body.length + 4), body);
    for (;;) {
      const last = (await wire.#until('REZ')).at(-1);
      if (last === undefined || last.t === 'E') {
        wire.end();
        throw new Error(`startup: ${last === undefined ? 'closed' : last.b.toString('utf8').replaceAll('\0', ' ')}`);
      }
      if (last.t === 'Z') break;
      if (last.b.readInt32BE(0) === 3) wire.write(frame('p', zero(password)));
    }
    wire.heard = [];
    return wire;
  }

  async #connect(host, port, secure) {
    let socket = net.connect(port, host);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    if (secure) {
      socket.write(Buffer.concat([int32(8), int32(80877103)]));
      const answer = await new Promise((resolve) => socket.once('data', resolve));
      if (answer[0] !== 83) throw new Error('startup: no TLS');
      socket = tls.connect({ socket, rejectUnauthorized: false });
      await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    }
    socket.setNoDelay(true);
    this.#socket = socket;
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  #take(bytes) {
    this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    while (this.#rest.length >= 5 && this.#rest.length > this.#rest.readInt32BE(1)) {
      const end = 1 + this.#rest.readInt32BE(1);
      const message = { t: String.fromCharCode(this.#rest[0]), b: Buffer.from(this.#rest.subarray(5, end)) };
      this.#rest = this.#rest.subarray(end);
      this.heard.push(message);
      this.#unread.push(message);
    }
    this.#wake();
  }

  #wake() {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  /** Messages up to the first of one of these letters; fewer when the connection or the time is over. */
  async #until(letters, withinMs = 15_000) {
    const end = Date.now() + withinMs;
    for (let at = 0; ;) {
      for (; at < this.#unread.length; at++)
        if (letters.includes(this.#unread[at].t)) return this.#unread.splice(0, at + 1);
      if (this.closed || Date.now() > end) return this.#unread.splice(0).filter(({ t }) => letters.includes(t));
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  write(...parts) {
    this.#socket.write(Buffer.concat(parts));
  }

  /** Reads until the server is ready again; `copy` is what a COPY FROM STDIN is given, null breaks it off. */
  async ready(copy = null) {
    for (;;) {
      const last = (await this.#until('ZGW')).at(-1);
      if (last?.t === 'G') {
        if (copy === null) this.write(frame('f', zero('no')));
        else this.write(frame('d', Buffer.from(copy)), frame('c'));
      } else if (last?.t === 'W') return this.end();
      else return;
    }
  }

  async query(sql, copy = null) {
    this.write(frames.Q(sql));
    await this.ready(copy);
  }

  /** Parse, Bind, Describe, Execute and Sync at once; one result format for all columns. */
  async extended(sql, params, format) {
    this.write(frames.P('', sql), frames.B('', '', { params, fmt: [format] }), frames.D('P', ''), frames.E(''));
    this.write(frames.S());
    await this.ready();
  }

  end() {
    if (this.closed) return;
    this.#socket.write(frame('X'));
    this.#socket.end();
  }
}

/** Rows of a conversation: cells as bytes, null for NULL. */
export function rowsOf(messages) {
  return messages
    .filter(({ t }) => t === 'D')
    .map(({ b }) => {
      let at = 2;
      return Array.from({ length: b.readInt16BE(0) }, () => {
        const length = b.readInt32BE(at);
        at += 4;
        if (length < 0) return null;
        at += length;
        return b.subarray(at - length, at);
      });
    });
}

/** One field of every error: `M` the message, `C` the SQLSTATE, `H` the hint. */
export function errorFields(messages, field) {
  return messages
    .filter(({ t }) => t === 'E')
    .map(
      ({ b }) =>
        b
          .toString('utf8')
          .split('\0')
          .find((part) => part.startsWith(field))
          ?.slice(1) ?? '',
    );
}
