import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import type { SallyportConfig } from '@app/platform';
import type { ExchangeParts } from './enter.js';
import { Exchange } from './exchange.js';
import { statusBody } from './kube-status.js';
import { UpgradeExchange } from './upgrade-exchange.js';

/** Heads may be as long as kube-apiserver takes them: programs travel in the URL of exec. */
const HEAD_BYTES = 1 << 20;
/** Go clients reuse connections for 90 s: ours must not go first. */
const KEEP_ALIVE_MS = 120_000;
const HEAD_MS = 60_000;
const CLOSE_MS = 3_000;

/** The TLS door of one worker: HTTP/1.1 only, since upgrades cannot run over h2. */
export class KubeListener {
  readonly #parts: ExchangeParts;
  readonly #config: SallyportConfig['listen']['kubernetes'];
  readonly #server: Server;
  readonly #underWay = new Set<Exchange | UpgradeExchange>();
  /** connections with a request under way */
  readonly #answering = new Map<Duplex, ServerResponse>();
  #closing = false;

  constructor(parts: ExchangeParts, config: SallyportConfig['listen']['kubernetes']) {
    this.#parts = parts;
    this.#config = config;
    const server = createServer({
      cert: config.tls.certificate,
      key: config.tls.key.reveal(),
      ALPNProtocols: ['http/1.1'],
      maxHeaderSize: HEAD_BYTES,
      requestTimeout: 0,
      headersTimeout: HEAD_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
      insecureHTTPParser: false,
    });
    server.timeout = 0;
    server.on('request', (req: IncomingMessage, res: ServerResponse) => this.#request(req, res));
    server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => this.#request(req, res));
    server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) => this.#request(req, res));
    server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(req, socket, head));
    server.on('connect', (_req: IncomingMessage, socket: Duplex) =>
      answerRaw(socket, 405, 'MethodNotAllowed', 'CONNECT is not served.'),
    );
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
      // an answer that is under way must not get a second one in its middle
      if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
      if (this.#answering.get(socket)?.headersSent === true) return void socket.destroy();
      const [code, reason] =
        error.code === 'HPE_HEADER_OVERFLOW' ? [431, 'RequestHeaderFieldsTooLarge'] : [400, 'BadRequest'];
      answerRaw(socket, code as number, reason as string, 'The request is not well-formed HTTP/1.1.');
    });
    server.on('tlsClientError', () => undefined);
    this.#server = server;
  }

  /** @returns the port. @throws Error when it is taken */
  listen(): Promise<number> {
    const { host, port } = this.#config;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: 1024 }, () => {
        this.#server.off('error', reject);
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  tick(now: number): void {
    for (const exchange of this.#underWay) exchange.tick(now);
  }

  /** Takes nothing new, tells what is under way, and waits a little for it to be told. */
  async close(): Promise<void> {
    this.#closing = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    await this.#parts.sessions.finishAll('shutdown', 'The gateway is shutting down; connect again.');
    this.#server.closeIdleConnections();
    const late = setTimeout(() => this.#server.closeAllConnections(), CLOSE_MS);
    await closed;
    clearTimeout(late);
  }

  #request(req: IncomingMessage, res: ServerResponse): void {
    if (this.#closing) res.setHeader('Connection', 'close');
    const exchange = new Exchange(this.#parts, req, res);
    this.#underWay.add(exchange);
    this.#answering.set(req.socket, res);
    res.once('close', () => {
      this.#underWay.delete(exchange);
      this.#answering.delete(req.socket);
    });
    void exchange.run();
  }

  #upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    // before anything waits: Node took its own handlers away
    socket.on('error', () => socket.destroy());
    const exchange = new UpgradeExchange(this.#parts, req, socket, head);
    this.#underWay.add(exchange);
    socket.once('close', () => this.#underWay.delete(exchange));
    void exchange.run();
  }
}

/** A complete answer on a socket that Node's HTTP gave up. */
function answerRaw(socket: Duplex, code: number, reason: string, message: string): void {
  const body = statusBody({ code, reason, message });
  socket.end(
    `HTTP/1.1 ${code} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body.toString('latin1')}`,
  );
}
