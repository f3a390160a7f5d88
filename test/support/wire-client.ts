import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TestCertificate } from './certificates.js';
import type { QuickstartFile } from './quickstart.js';
import { client } from './wire-frames.js';

/** A message of the server; `type` is `S` or `N` for the one byte that answers an encryption request. */
export interface ServerFrame {
  readonly type: string;
  readonly body: Buffer;
}

/** Fields of ErrorResponse and NoticeResponse that specs look at. */
export interface ServerError {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
  readonly detail: string | null;
  readonly hint: string | null;
}

/** What came up to and with ReadyForQuery. */
export interface Reply {
  /** type bytes in order, without ParameterStatus: `TDCZ` */
  readonly types: string;
  readonly rows: readonly (readonly (string | null)[])[];
  /** the same rows as bytes, for results in binary */
  readonly raw: readonly (readonly (Buffer | null)[])[];
  readonly tags: readonly string[];
  readonly errors: readonly ServerError[];
  readonly notices: readonly ServerError[];
  /** transaction state of the last ReadyForQuery */
  readonly status: string;
}

/** How a client begins TLS where that matters. */
export interface ClientTls {
  /** what it shows when it is asked for a certificate */
  readonly own?: TestCertificate;
  readonly version?: 'TLSv1.2' | 'TLSv1.3';
}

const waitMs = 20_000;

/** A client that speaks frame by frame: for orders, cuts and pipelines that drivers do not produce. */
export class WireClient {
  readonly #frames: ServerFrame[] = [];
  #socket: Socket;
  #kept: Buffer = Buffer.alloc(0);
  #isClosed = false;
  #wake: () => void = () => undefined;
  /** an encryption request is answered by one byte without a length */
  #answersByOneByte = false;
  /** as the server reported them at login */
  readonly parameters = new Map<string, string>();
  /** BackendKeyData */
  key: { readonly pid: number; readonly secret: Buffer } = { pid: 0, secret: Buffer.alloc(0) };

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  /** A TCP connection on which nothing has been said. */
  static async open(file: Pick<QuickstartFile, 'postgres'>): Promise<WireClient> {
    const { host, port } = file.postgres;
    const socket = connect({ host, port, noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new WireClient(socket);
  }

  /** A connection with TLS on it, before the startup packet. */
  static async encrypted(file: QuickstartFile, tls: ClientTls = {}): Promise<WireClient> {
    const wire = await WireClient.open(file);
    await wire.requestEncryption(client.sslRequest());
    await wire.startTls(file, [], tls);
    return wire;
  }

  /** Logs in and reads up to ReadyForQuery. @throws Error with the server's words when it refuses */
  static async login(
    file: QuickstartFile,
    user: string,
    token: string,
    parameters: Readonly<Record<string, string>> = {},
  ): Promise<WireClient> {
    const wire = await WireClient.encrypted(file);
    wire.send(client.startup({ user, database: 'crm', ...parameters }), client.password(token));
    const frames = await wire.until('Z');
    for (const { type, body } of frames) {
      if (type === 'E') throw new Error(readError(body).message);
      if (type === 'K') wire.key = { pid: body.readInt32BE(0), secret: body.subarray(4) };
      if (type === 'S') {
        const [name = '', value = ''] = body.toString().split('\0');
        wire.parameters.set(name, value);
      }
    }
    return wire;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  send(...frames: readonly Buffer[]): void {
    this.#socket.write(Buffer.concat(frames));
  }

  /** Sends `bytes` in pieces, each in a packet of its own. */
  async sendInPieces(bytes: Buffer, size: number): Promise<void> {
    for (let at = 0; at < bytes.length; at += size) {
      this.#socket.write(bytes.subarray(at, at + size));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The byte that answers an SSLRequest or a GSSENCRequest. */
  async requestEncryption(request: Buffer): Promise<string> {
    this.#answersByOneByte = true;
    this.send(request);
    const { type } = await this.next();
    return type;
  }

  /** @param protocols names of the protocol inside (ALPN), in order; none by default. @throws what the handshake fails with */
  async startTls(
    file: Pick<QuickstartFile, 'postgres' | 'ca'>,
    protocols: readonly string[] = [],
    { own, version }: ClientTls = {},
  ): Promise<void> {
    this.#socket.removeAllListeners();
    const socket = connectTls({
      socket: this.#socket,
      ca: readFileSync(file.ca),
      host: file.postgres.host,
      ...(protocols.length > 0 ? { ALPNProtocols: [...protocols] } : {}),
      ...(own ? { cert: own.certificate, key: own.key } : {}),
      ...(version ? { minVersion: version, maxVersion: version } : {}),
    });
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    this.#socket = socket;
    this.#listen(socket);
  }

  /** The next message. @throws Error when none comes in time or the connection is closed */
  async next(): Promise<ServerFrame> {
    const end = Date.now() + waitMs;
    for (;;) {
      const first = this.#frames.shift();
      if (first) return first;
      if (this.#isClosed) throw new Error('the server closed the connection');
      await this.#news(end, 'the server says nothing');
    }
  }

  /** Messages up to and with the next of `type`. An error that closes the connection ends the list too. */
  async until(type: string): Promise<ServerFrame[]> {
    const frames: ServerFrame[] = [];
    for (;;) {
      const next = await this.next();
      frames.push(next);
      if (next.type === type) return frames;
      if (next.type === 'E' && readError(next.body).severity === 'FATAL') return frames;
    }
  }

  /** Sends and reads up to ReadyForQuery. */
  async exchange(...frames: readonly Buffer[]): Promise<Reply> {
    this.send(...frames);
    return summary(await this.until('Z'));
  }

  query(sql: string): Promise<Reply> {
    return this.exchange(client.query(sql));
  }

  /** What the server still said before it closed the connection. @throws Error when it stays open */
  async closed(withinMs = waitMs): Promise<Reply> {
    for (const end = Date.now() + withinMs; !this.#isClosed;)
      await this.#news(end, 'the server keeps the connection open');
    return summary(this.#frames.splice(0));
  }

  /** Says that nothing more is to come, and goes on reading. */
  endWriting(): void {
    this.#socket.end();
  }

  /** Reads nothing until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Closes without a Terminate, as a client that dies. */
  destroy(): void {
    this.#socket.destroy();
  }

  async #news(until: number, what: string): Promise<void> {
    const left = until - Date.now();
    if (left <= 0) throw new Error(`${what} (waiting: "${this.#frames.map(({ type }) => type).join('')}")`);
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, left);
    });
    clearTimeout(timer);
  }

  #listen(socket: Socket): void {
    const onClosed = (): void => {
      this.#isClosed = true;
      this.#wake();
    };
    socket.on('data', (chunk: Buffer) => {
      this.#kept = Buffer.concat([this.#kept, chunk]);
      this.#split();
      this.#wake();
    });
    socket.on('end', onClosed);
    socket.on('close', onClosed);
    socket.on('error', onClosed);
  }

  #split(): void {
    if (this.#answersByOneByte && this.#kept.length > 0) {
      this.#answersByOneByte = false;
      this.#frames.push({ type: this.#kept.toString('latin1', 0, 1), body: Buffer.alloc(0) });
      this.#kept = this.#kept.subarray(1);
    }
    while (this.#kept.length >= 5) {
      const end = this.#kept.readUInt32BE(1) + 1;
      if (this.#kept.length < end) return;
      this.#frames.push({ type: this.#kept.toString('latin1', 0, 1), body: this.#kept.subarray(5, end) });
      this.#kept = this.#kept.subarray(end);
    }
  }
}

/** What a list of messages says. */
export function summary(frames: readonly ServerFrame[]): Reply {
  const of = (type: string): Buffer[] => frames.filter((frame) => frame.type === type).map(({ body }) => body);
  const raw = of('D').map(readRow);
  return {
    types: frames.map(({ type }) => (type === 'S' ? '' : type)).join(''),
    raw,
    rows: raw.map((row) => row.map((value) => value?.toString() ?? null)),
    tags: of('C').map((body) => body.toString('utf8', 0, body.length - 1)),
    errors: of('E').map(readError),
    notices: of('N').map(readError),
    status: of('Z').at(-1)?.toString() ?? '',
  };
}

function readError(body: Buffer): ServerError {
  const fields = new Map(
    body
      .toString()
      .split('\0')
      .filter((field) => field !== '')
      .map((field) => [field[0], field.slice(1)] as const),
  );
  return {
    severity: fields.get('V') ?? fields.get('S') ?? '',
    code: fields.get('C') ?? '',
    message: fields.get('M') ?? '',
    detail: fields.get('D') ?? null,
    hint: fields.get('H') ?? null,
  };
}

function readRow(body: Buffer): (Buffer | null)[] {
  const row: (Buffer | null)[] = [];
  let at = 2;
  for (let left = body.readUInt16BE(0); left > 0; left--) {
    const length = body.readInt32BE(at);
    at += 4;
    row.push(length < 0 ? null : body.subarray(at, at + length));
    at += Math.max(0, length);
  }
  return row;
}
