import { randomBytes } from 'node:crypto';
import { connect, type TLSSocket } from 'node:tls';

/** One answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** names in lower case, several lines of one name joined by newlines */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One message of a WebSocket, fragments joined. */
export interface RawMessage {
  readonly opcode: number;
  readonly data: Buffer;
}

const patienceMs = 10_000;

/** A client that sends any bytes, also such as no HTTP library would. */
export class RawClient {
  readonly socket: TLSSocket;
  #parts: Buffer[] = [];
  #length = 0;
  #isOver = false;
  #error: Error | null = null;
  #waiting: (() => void)[] = [];
  #chunk = { isLast: false };

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    const wake = (): void => {
      for (const waiter of this.#waiting.splice(0)) waiter();
    };
    socket.on('data', (chunk: Buffer) => {
      this.#parts.push(chunk);
      this.#length += chunk.length;
      wake();
    });
    socket.on('error', (error) => (this.#error = error));
    socket.on('close', () => {
      this.#isOver = true;
      wake();
    });
  }

  static open(url: string, ca: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), ca, ALPNProtocols: ['http/1.1'] });
      socket.once('error', reject);
      socket.once('secureConnect', () => {
        socket.off('error', reject);
        resolve(new RawClient(socket));
      });
    });
  }

  /** One write: what belongs together comes together. */
  send(...parts: readonly (string | Uint8Array)[]): void {
    this.socket.write(
      Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))),
    );
  }

  /** A request; `lines` are its header lines, a body gets its Content-Length unless `Transfer-Encoding` is among them. */
  request(line: string, lines: readonly string[], body: string | Uint8Array = ''): void {
    const length = Buffer.byteLength(body);
    const isFramed = lines.some((text) => /^(transfer-encoding|content-length):/i.test(text));
    const all = [...lines, ...(length > 0 && !isFramed ? [`Content-Length: ${length}`] : [])];
    this.send(`${line} HTTP/1.1\r\nHost: k\r\n${all.map((text) => `${text}\r\n`).join('')}\r\n`, body);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether it ended by RST or another error. */
  get error(): Error | null {
    return this.#error;
  }

  /** Waits for the end of the connection. */
  ended(): Promise<void> {
    return this.#until('the end of the connection', () => (this.#isOver ? true : null)).then(() => undefined);
  }

  /** Status line and header lines of the next answer; 1xx but 101 are passed over. */
  async head(): Promise<Omit<RawAnswer, 'body'>> {
    const end = await this.#until('the head of an answer', () => found(this.#bytes.indexOf('\r\n\r\n')));
    const [first = '', ...lines] = this.#take(end + 4)
      .toString('latin1')
      .trimEnd()
      .split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
    if (status === 100) return this.head();
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      headers[name] = name in headers ? `${headers[name]}\n${value}` : value;
    }
    this.#chunk = { isLast: false };
    return { status, headers };
  }

  /** The next answer whole. */
  async answer(): Promise<RawAnswer> {
    const head = await this.head();
    const parts: Buffer[] = [];
    if (head.headers['transfer-encoding'] === 'chunked')
      for (let part = await this.chunk(); part !== null; part = await this.chunk()) parts.push(part);
    else if (head.status !== 304 && head.status !== 101)
      parts.push(await this.read(Number(head.headers['content-length'] ?? 0)));
    return { ...head, body: Buffer.concat(parts).toString('utf8') };
  }

  /** The next chunk of a chunked body; null after the last. @throws Error when the connection ends before that */
  async chunk(): Promise<Buffer | null> {
    if (this.#chunk.isLast) return null;
    const end = await this.#until('a chunk', () => found(this.#bytes.indexOf('\r\n')));
    const size = Number.parseInt(this.#take(end + 2).toString('latin1'), 16);
    const data = (await this.read(size + 2)).subarray(0, size);
    this.#chunk.isLast = size === 0;
    return size === 0 ? null : data;
  }

  /** Chunks until their joined text holds `text`, or to the end without it. */
  async chunks(text?: string): Promise<string> {
    const parts: Buffer[] = [];
    for (let end = Buffer.alloc(0); text === undefined || !end.includes(text);) {
      const part = await this.chunk();
      if (part === null) break;
      parts.push(part);
      // as much of what came before as a text across chunks needs
      if (text !== undefined) end = Buffer.concat([end.subarray(-4 * text.length), part]);
    }
    return Buffer.concat(parts).toString('utf8');
  }

  async read(count: number): Promise<Buffer> {
    await this.#until(`${count} bytes`, () => (this.#length >= count ? true : null));
    return this.#take(count);
  }

  /** Asks for a WebSocket and answers with what came back. */
  async upgrade(target: string, lines: readonly string[], protocols: readonly string[]): Promise<RawAnswer> {
    const offered = protocols.length > 0 ? [`Sec-WebSocket-Protocol: ${protocols.join(', ')}`] : [];
    this.request(`GET ${target}`, [
      ...lines,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      ...offered,
    ]);
    return this.answer();
  }

  /** One frame, masked as a client has to. */
  frame(
    opcode: number,
    data: Uint8Array | string,
    options: { fin?: boolean; rsv?: number; mask?: boolean } = {},
  ): void {
    const { fin = true, rsv = 0, mask = true } = options;
    const bytes = Buffer.from(data);
    const key = mask ? randomBytes(4) : Buffer.alloc(0);
    const masked = mask ? Buffer.from(bytes.map((byte, i) => byte ^ (key[i & 3] ?? 0))) : bytes;
    const size =
      bytes.length < 126 ? Buffer.from([bytes.length]) : Buffer.from([126, bytes.length >> 8, bytes.length & 255]);
    size[0] = (size[0] ?? 0) | (mask ? 0x80 : 0);
    this.send(Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode]), size, key, masked]));
  }

  /** One message of a channel. */
  channel(channel: number, data: Uint8Array | string, opcode = 2): void {
    this.frame(opcode, Buffer.concat([Buffer.from([channel]), Buffer.from(data)]));
  }

  /** The next message; pings are answered on the way. */
  async message(): Promise<RawMessage> {
    const parts: Buffer[] = [];
    for (let kind = 0; ;) {
      const [first = 0, second = 0] = await this.read(2);
      const short = second & 0x7f;
      const length =
        short < 126
          ? short
          : short === 126
            ? (await this.read(2)).readUInt16BE()
            : Number((await this.read(8)).readBigUInt64BE());
      const data = await this.read(length);
      const opcode = first & 15;
      if (opcode === 9) this.frame(10, data);
      if (opcode >= 9) continue;
      if (opcode === 8) return { opcode, data };
      if (opcode !== 0) kind = opcode;
      parts.push(data);
      if ((first & 0x80) !== 0) return { opcode: kind, data: Buffer.concat(parts) };
    }
  }

  /** Messages until the server closes, by channel; `until` ends it earlier. */
  async output(
    until?: (byChannel: Readonly<Record<number, string>>) => boolean,
  ): Promise<Readonly<Record<number, string>>> {
    const channels: Record<number, Buffer[]> = {};
    const texts = (): Record<number, string> =>
      Object.fromEntries(Object.entries(channels).map(([key, parts]) => [key, Buffer.concat(parts).toString('utf8')]));
    for (;;) {
      if (until?.(texts())) return texts();
      const { opcode, data } = await this.message();
      if (opcode === 8) return texts();
      (channels[data[0] ?? -1] ??= []).push(data.subarray(1));
    }
  }

  destroy(): void {
    this.socket.destroy();
  }

  // joined when somebody looks, not with each piece that comes
  get #bytes(): Buffer {
    if (this.#parts.length !== 1) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0] ?? Buffer.alloc(0);
  }

  #take(count: number): Buffer {
    const bytes = this.#bytes;
    this.#parts = [bytes.subarray(count)];
    this.#length -= count;
    return bytes.subarray(0, count);
  }

  async #until<T>(what: string, look: () => T | null): Promise<T> {
    const end = Date.now() + patienceMs;
    for (;;) {
      const seen = look();
      if (seen !== null) return seen;
      if (this.#isOver) throw new Error(`the connection ended (${this.#error?.message ?? 'FIN'}) before ${what}`);
      const left = end - Date.now();
      if (left <= 0)
        throw new Error(
          `not within ${patienceMs} ms: ${what}; there is ${JSON.stringify(this.#bytes.toString('latin1', 0, 300))}`,
        );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }
}

const found = (at: number): number | null => (at < 0 ? null : at);
