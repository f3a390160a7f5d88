import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import type { Journal, JournalEntry } from '@app/audit';
import { Gate, type GateSession, type ResultEnd } from '@app/gate';
import type { Decision, Operation } from '@app/policy';
import { defaultExecLimits } from '../exec-limits.js';
import type { ExecTunnel, ExecUpgrade, StatusAnswer } from '../exec-ports.js';
import { upgradeExec } from '../upgrade-exec.js';
import { acceptFor, WirePeer } from './wire.js';

/** A journal in memory, durable at the end of the turn, or when told. */
export class TurnJournal implements Journal {
  readonly epoch = '0'.repeat(32);
  durable = -1;
  written = -1;
  state: Journal['state'] = 'open';
  readonly entries: JournalEntry[] = [];
  /** nothing becomes durable while set */
  frozen = false;
  readonly #listeners = new Set<() => void>();

  get stateReason(): string | null {
    return this.state === 'open' ? null : `the record is ${this.state}`;
  }

  append(entry: JournalEntry): number {
    if (this.state === 'poisoned') throw new Error('nothing is accepted');
    this.entries.push(entry);
    setImmediate(() => this.flush());
    return this.entries.length - 1;
  }

  onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  flush(): void {
    if (this.frozen) return;
    this.written = this.durable = this.entries.length - 1;
    for (const listener of this.#listeners) listener();
  }

  poison(): void {
    this.state = 'poisoned';
    for (const listener of this.#listeners) listener();
  }

  /** Lines of one kind, read back. */
  lines(kind: string): Record<string, unknown>[] {
    return this.entries
      .filter((entry) => entry.kind === kind)
      .map(({ members }) => JSON.parse(`{${members}}`) as Record<string, unknown>);
  }

  /** Recorded frames of both directions, in the order of the record. */
  frames(): [number, string, unknown][] {
    return this.entries.flatMap(({ kind, body }) =>
      body !== null && (kind === 'op.input' || kind === 'op.result')
        ? (JSON.parse(Buffer.from(body).toString('utf8')) as { rows: [number, string, unknown][] }).rows
        : [],
    );
  }
}

const operation: Operation = {
  target: 'prod',
  protocol: 'kubernetes',
  effect: 'connect',
  verb: 'connect',
  kinds: [],
  objects: ['prod.default/pods/web/exec'],
  reads: [],
  writes: [],
  attributes: {},
  capabilities: ['exec'],
};
const described = {
  operation,
  harmless: false,
  finishes: false,
  stripped: 'GET /api/v1/namespaces/{namespace}/pods/{name}/exec',
  statement: 'exec pod/web -- sh',
  hmac: 'ab'.repeat(32),
  doubt: null,
  refusal: null,
};
const allowed: Decision = {
  effect: 'allow',
  rules: ['alice may exec'],
  message: null,
  code: 'rule',
  policy: `sha256:${'cd'.repeat(32)}`,
  obligations: { rowLimits: [] },
  approval: null,
  validUntil: Number.POSITIVE_INFINITY,
  cacheable: true,
};

function statusOf(code: number, reason: string, message: string): StatusAnswer {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return { code, contentType: 'application/json', body: Buffer.from(JSON.stringify(status)) };
}

function portOf(server: NetServer | null): number {
  const address = server?.address() as AddressInfo | null | undefined;
  if (!address) throw new Error('the world is not started');
  return address.port;
}

/** A connection that reached the double of the target. */
export type TargetScript = (peer: WirePeer, accept: (protocol?: string, extra?: string) => void) => void;

/** A gateway with nothing but exec in it, a target that does as it is told, and raw clients. */
export class ExecWorld {
  readonly journal = new TurnJournal();
  readonly tunnels: ExecTunnel[] = [];
  readonly ends: ResultEnd[] = [];
  readonly targets: WirePeer[] = [];
  readonly clients: WirePeer[] = [];
  readonly gate: Gate;
  readonly session: GateSession;
  readonly #options: Partial<ExecUpgrade>;
  readonly #script: TargetScript;
  #gateway: Server | null = null;
  #target: NetServer | null = null;
  #ids = 0;

  constructor(script: TargetScript, options: Partial<ExecUpgrade> = {}) {
    this.#script = script;
    this.#options = options;
    this.gate = new Gate({
      journal: this.journal,
      decide: () => allowed,
      denied: () => null,
      now: () => Date.now(),
      newId: () => `01JD${String((this.#ids += 1)).padStart(22, '0')}`,
      after: () => () => undefined,
      approvals: null,
    });
    this.session = this.gate.openSession({
      session: '01JD0000000000000000000001',
      principal: {
        iss: 'https://login.example.com',
        sub: 'alice-1',
        user: 'alice@example.com',
        groups: [],
        act: ['autogen'],
        azp: 'autogen',
        purpose: null,
        method: 'oidc',
        acr: null,
        authTime: null,
        claims: {},
        jti: null,
        sid: null,
        expiresAt: Number.MAX_SAFE_INTEGER,
      },
      target: 'prod',
      protocol: 'kubernetes',
      release: 'durable',
      aheadBytes: 4 * 1024 * 1024,
      client: { address: '127.0.0.1', port: 1, application: 'kubectl' },
      upstream: { join: null, about: {} },
    });
  }

  async start(): Promise<void> {
    this.#target = createServer((socket) => this.#connected(socket));
    this.#gateway = createHttpServer();
    this.#gateway.on('upgrade', (req, socket, head) => this.#upgrade({ req, socket, head }));
    for (const server of [this.#target, this.#gateway])
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    for (const { socket } of [...this.clients, ...this.targets]) socket.destroy();
    this.#gateway?.closeAllConnections();
    for (const server of [this.#target, this.#gateway])
      if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
    this.gate.close();
  }

  /** A client that asks to switch. @param more header lines besides the necessary ones */
  client(protocols = 'v5.channel.k8s.io', more: readonly string[] = []): WirePeer {
    const socket = connect(portOf(this.#gateway), '127.0.0.1');
    const peer = new WirePeer(socket);
    this.clients.push(peer);
    socket.write(
      [
        'GET /exec HTTP/1.1',
        'Host: gateway',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        `Sec-WebSocket-Protocol: ${protocols}`,
        ...more,
        '\r\n',
      ].join('\r\n'),
    );
    return peer;
  }

  /** Waits for the end of the only command. */
  async end(): Promise<ResultEnd> {
    for (let waited = 0; waited < 500; waited++) {
      const [end] = this.ends;
      if (end) return end;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error('the command did not end');
  }

  #upgrade({ req, socket, head }: Pick<ExecUpgrade, 'req' | 'socket' | 'head'>): void {
    let tunnel: ExecTunnel | null = null;
    const lane = this.session.lane({
      toTarget: (chunks) => tunnel?.toTarget(chunks),
      toClient: (chunks) => tunnel?.toClient(chunks),
      resumed: () => tunnel?.resumed(),
      end: (refusal) => tunnel?.end(refusal),
    });
    const { admission } = lane.admit(described, []);
    if (admission === null) throw new Error('refused');
    tunnel = upgradeExec({
      req,
      socket,
      head,
      lane,
      admission,
      upstream: {
        protocol: 'http:',
        host: '127.0.0.1',
        port: portOf(this.#target),
        path: '/api/v1/namespaces/default/pods/web/exec?command=sh',
        headers: { authorization: 'Bearer of-the-gateway', 'sec-websocket-extensions': 'permessage-deflate' },
        agent: false,
      },
      subprotocols: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
      command: ['sh'],
      tty: false,
      masker: null,
      maskStatus: (json) => json,
      statusOf,
      refusalOf: (refusal) => statusOf(403, 'Forbidden', refusal.message),
      answerHeaders: { 'Audit-Id': admission.id },
      limits: { ...defaultExecLimits, closeMs: 300 },
      over: (end) => {
        this.ends.push(end);
        this.session.leave(lane);
      },
      ...this.#options,
    });
    this.tunnels.push(tunnel);
  }

  #connected(socket: Socket): void {
    const peer = new WirePeer(socket);
    this.targets.push(peer);
    const accept = (protocol = 'v5.channel.k8s.io', extra = ''): void => {
      const key = /sec-websocket-key: (.*)\r\n/i.exec(peer.head ?? '')?.[1] ?? '';
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Accept: ${acceptFor(key)}\r\nSec-WebSocket-Protocol: ${protocol}\r\n${extra}\r\n`,
      );
    };
    peer
      .until(() => peer.head !== null, 'a request')
      .then(
        () => this.#script(peer, accept),
        () => undefined,
      );
  }
}
