import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Server as NetServer, type Socket } from 'node:net';
import { Gate } from '@app/gate';
import { TokenVerifier, type Principal } from '@app/identity';
import { createLogger, Secret, ulid } from '@app/platform';
import { compilePolicy, decide, type Rule } from '@app/policy';
import type { KubernetesTarget } from '@app/targets';
import { ClusterRegistry } from '../cluster-registry.js';
import type { ExchangeParts } from '../enter.js';
import { DescribedReads } from '../described-reads.js';
import { Fallbacks } from '../fallbacks.js';
import { TurnJournal } from '../exec/testing/exec-world.js';
import { Exchange } from '../exchange.js';
import { KubeSessions } from '../kube-sessions.js';
import { type ProtectConfig, protectionOf } from '../protection.js';
import { UpgradeExchange } from '../upgrade-exchange.js';
import { UpstreamProxy } from '../upstream-proxy.js';
import { AskedPeople } from './asked-people.js';

/** What a request of a test got. */
export interface Got {
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** the answer is whole: its length or its last chunk came */
  readonly whole: boolean;
}

/** alice, who may do what the rules of a world say. */
export function alice(changes: Partial<Principal> = {}): Principal {
  return {
    iss: 'https://login.example.com',
    sub: 'alice-1',
    user: 'alice@example.com',
    groups: ['analysts'],
    act: [],
    azp: null,
    purpose: null,
    method: 'oidc',
    acr: null,
    authTime: null,
    claims: {},
    jti: null,
    sid: null,
    expiresAt: Number.MAX_SAFE_INTEGER,
    ...changes,
  };
}

/** A kubeconfig of one context, as JSON, which is YAML. */
export function kubeconfigFor(
  server: string,
  user: Record<string, unknown> = { token: 'upstream-canary' },
  cluster: Record<string, unknown> = {},
): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'gateway' } }],
    clusters: [{ name: 'k', cluster: { server, ...cluster } }],
    users: [{ name: 'gateway', user }],
  });
}

class KnownTokens extends TokenVerifier {
  constructor(readonly known: ReadonlyMap<string, Principal>) {
    super();
  }

  override verify(token: string): Promise<Principal> {
    const principal = this.known.get(token);
    return principal ? Promise.resolve(principal) : Promise.reject(new Error('nobody has such a token'));
  }
}

const everything: readonly Rule[] = [
  { name: 'all', effect: 'allow', on: { target: 'prod', does: ['read', 'write', 'session'] } },
  { name: 'exec', effect: 'allow', on: { target: 'prod', does: ['connect'], capabilities: ['exec'] } },
];

/** How a test changes a world. */
export interface WorldOptions {
  readonly rules?: readonly Rule[];
  readonly chunkBytes?: number;
  /** ms after which a part of an answer leaves; short, so that tests need not wait */
  readonly chunkMs?: number;
  readonly requestBytes?: number;
  readonly perPerson?: number;
  readonly protect?: readonly ProtectConfig[];
}

/** Exchanges with all their real parts on a plain socket, in front of a server that does as a test says. */
export class GatewayWorld {
  readonly journal = new TurnJournal();
  readonly gate: Gate;
  readonly sessions: KubeSessions;
  readonly proxy = new UpstreamProxy();
  readonly people = new AskedPeople();
  readonly logged: string[] = [];
  readonly principals = new Map<string, Principal>([['alice-token', alice()]]);
  /** what reached the cluster, bodies not read */
  readonly asked: IncomingMessage[] = [];
  readonly #options: WorldOptions;
  readonly #underWay = new Set<Exchange | UpgradeExchange>();
  readonly #cluster: Server;
  readonly #gateway: Server;
  readonly #sockets: Socket[] = [];
  #clock: NodeJS.Timeout | null = null;
  #clusters: ClusterRegistry | null = null;

  constructor(script: (req: IncomingMessage, res: ServerResponse) => void, options: WorldOptions = {}) {
    this.#options = options;
    const policy = compilePolicy(options.rules ?? everything);
    this.gate = new Gate({
      journal: this.journal,
      decide: (principal, operation, now, situation) => decide(principal, operation, policy, now, situation),
      denied: () => null,
      now: Date.now,
      newId: ulid,
      after: (ms, call) => {
        const timer = setTimeout(call, ms);
        return () => clearTimeout(timer);
      },
      approvals: this.people,
    });
    this.sessions = new KubeSessions(this.gate, () => ulid(Date.now()), 4 * 1024 * 1024);
    this.#cluster = createServer((req, res) => {
      this.asked.push(req);
      script(req, res);
    });
    this.#gateway = createServer();
  }

  async start(): Promise<void> {
    await listening(this.#cluster);
    const target: KubernetesTarget = {
      kind: 'kubernetes',
      name: 'prod',
      release: 'durable',
      record: { first: 50 },
      kubernetes: {
        kubeconfig: new Secret(
          kubeconfigFor(`http://127.0.0.1:${portOf(this.#cluster)}`, undefined, { 'insecure-skip-tls-verify': true }),
        ),
        identity: 'service-account',
        hosts: [],
      },
    };
    const logger = createLogger('test', { destination: { write: (line) => void this.logged.push(line) } });
    this.#clusters = new ClusterRegistry([target], this.journal, logger);
    const parts: ExchangeParts = {
      gate: this.gate,
      login: {
        verifier: new KnownTokens(this.principals),
        targets: { get: (name) => (name === 'prod' ? target : undefined) },
        denied: () => null,
        denyListLoaded: () => true,
        now: Date.now,
      },
      clusters: this.#clusters,
      sessions: this.sessions,
      proxy: this.proxy,
      fallbacks: new Fallbacks(() => undefined),
      reads: new DescribedReads(),
      protection: protectionOf(this.#options.protect ?? [], Buffer.alloc(32, 7)),
      logger,
      hosts: new Map(),
      limits: {
        requestBytes: this.#options.requestBytes ?? 64 * 1024,
        chunkBytes: this.#options.chunkBytes ?? 1024 * 1024,
        chunkMs: this.#options.chunkMs ?? 20,
        exchanges: 100,
        perPerson: this.#options.perPerson ?? 100,
      },
      hmac: () => 'ab'.repeat(32),
      newId: () => ulid(Date.now()),
      asksForLabels: () => false,
      wouldAllow: () => ({ allowed: true, reason: '' }),
      nearMiss: () => 'The rule "exec" comes nearest.',
    };
    const run = (exchange: Exchange | UpgradeExchange, end: NodeJS.EventEmitter): void => {
      this.#underWay.add(exchange);
      end.once('close', () => this.#underWay.delete(exchange));
      void exchange.run();
    };
    this.#gateway.on('request', (req, res) => run(new Exchange(parts, req, res), res));
    this.#gateway.on('upgrade', (req, socket, head) => run(new UpgradeExchange(parts, req, socket, head), socket));
    await listening(this.#gateway);
    this.#clock = setInterval(() => {
      for (const exchange of this.#underWay) exchange.tick(Date.now());
    }, 10);
  }

  async stop(): Promise<void> {
    if (this.#clock !== null) clearInterval(this.#clock);
    for (const socket of this.#sockets) socket.destroy();
    this.#clusters?.close();
    for (const server of [this.#gateway, this.#cluster]) {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
    this.gate.close();
  }

  /** exchanges whose client is still there */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** A raw connection. */
  connect(allowHalfOpen = false): Socket {
    const socket = connect({ port: portOf(this.#gateway), host: '127.0.0.1', allowHalfOpen });
    socket.on('error', () => undefined);
    this.#sockets.push(socket);
    return socket;
  }

  /** Sends one request on a connection of its own; what came is in `text`. */
  send(path: string, { method = 'GET', token = 'alice-token', body = '', headers = [] as string[] } = {}): Client {
    const socket = this.connect();
    const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
    const lines = [
      `${method} ${path} HTTP/1.1`,
      'Host: gateway',
      `Authorization: Bearer ${token}`,
      ...length,
      ...headers,
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
    return new Client(socket);
  }
}

/** What came over one connection so far. */
export class Client {
  text = '';
  closed = false;

  constructor(readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => (this.text += chunk));
    socket.on('close', () => (this.closed = true));
  }

  /** The answer, once its body is whole or the connection is gone. */
  async answer(): Promise<Got> {
    await until(
      () => this.closed || this.#read()?.whole === true,
      () => `an answer; ${JSON.stringify(this.text)}`,
    );
    const got = this.#read();
    if (got === null) throw new Error('the connection ended without an answer');
    return got;
  }

  #read(): Got | null {
    const end = this.text.indexOf('\r\n\r\n');
    if (end < 0) return null;
    const [first = '', ...lines] = this.text.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const raw = this.text.slice(end + 4);
    const code = Number(first.split(' ')[1]);
    const length = headers['content-length'];
    if (length !== undefined) return { code, headers, body: raw, whole: raw.length >= Number(length) };
    return { code, headers, ...unchunked(raw) };
  }
}

function unchunked(raw: string): { body: string; whole: boolean } {
  let body = '';
  let rest = raw;
  for (;;) {
    const line = rest.indexOf('\r\n');
    if (line < 0) return { body, whole: false };
    const size = Number.parseInt(rest.slice(0, line), 16);
    if (size === 0) return { body, whole: true };
    body += rest.slice(line + 2, line + 2 + size);
    rest = rest.slice(line + 2 + size + 2);
  }
}

/** Waits until something holds, looked at every few ms. */
export async function until(condition: () => boolean, what: () => string): Promise<void> {
  const started = Date.now();
  while (!condition()) {
    if (Date.now() - started > 4_000) throw new Error(`waited in vain for ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function listening(server: NetServer): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function portOf(server: NetServer): number {
  return (server.address() as AddressInfo).port;
}
