import { createServer, type Server, type Socket } from 'node:net';
import type { Gate } from '@app/gate';
import { FrontendParser, negotiate, parseOptions, ProtocolError, serialize, type WireLimits } from '@app/pg-wire';
import type { Logger, SallyportConfig } from '@app/platform';
import type { CredentialVault, PostgresTarget } from '@app/targets';
import { type CancelKey, CancelKeys } from './cancel-keys.js';
import { type ClientStart, readClientStart } from './client-startup.js';
import { fatal } from './error-response.js';
import { HalfOpen } from './half-open.js';
import type { CatalogWatches } from './catalog-watches.js';
import type { KnowledgeRegistry } from './knowledge-registry.js';
import type { LoggedIn, Logins } from './login.js';
import { type ClientTls, clientTls } from './login-tls.js';
import { networkOf } from './network-of.js';
import type { ParserPool } from './parser-pool.js';
import { PostgresSession } from './postgres-session.js';
import type { TargetProfile } from './session-parts.js';
import { encodingRefusal, startupSettings } from './session-settings.js';
import { personKey, SessionTable } from './session-table.js';
import { RequestRate } from './request-rate.js';
import { UpstreamConnection, UpstreamError } from './upstream-connection.js';

/** What the listener is made of; one per worker process. */
export interface ListenerParts {
  readonly config: SallyportConfig;
  readonly logger: Logger;
  readonly gate: Gate;
  readonly logins: Logins;
  readonly vault: CredentialVault;
  readonly pool: ParserPool;
  readonly knowledge: KnowledgeRegistry;
  readonly catalogs: CatalogWatches;
  readonly profileOf: (target: PostgresTarget) => TargetProfile;
  /** HMAC of exact bytes under the monthly key, hex */
  readonly hmac: (text: string) => string;
  readonly newId: (now: number) => string;
  readonly now: () => number;
  /** base64url of the writer epoch, for application_name */
  readonly epoch: string;
  /** key of what gateways tell each other of cancel requests */
  readonly cancelMac: (text: string) => Buffer;
  /** hands a cancel request round to the other workers and replicas: its session may be theirs. Never rejects */
  readonly tellOthers: (word: string) => Promise<void>;
}

/** How long the end waits for sessions to leave the approvals they waited for. */
const LEAVE_MS = 2_000;
/** Cancel requests of which other workers and replicas are told, by one worker: a flood of them stays here. */
const WORDS_PER_SECOND = 50;
const NOTHING = Buffer.alloc(0);

/** The port of one worker: accepts, reads the first bytes, logs in, connects, hands over to a session. */
export class PostgresListener {
  readonly sessions: SessionTable;
  readonly #cancelKeys: CancelKeys;
  readonly #cancelRate: RequestRate;
  readonly #wordRate: RequestRate;
  readonly #parts: ListenerParts;
  readonly #server: Server;
  readonly #tls: ClientTls;
  readonly #limits: WireLimits;
  readonly #starting: HalfOpen;
  #closing = false;

  /** @throws Error when certificate and key do not fit */
  constructor(parts: ListenerParts) {
    this.#parts = parts;
    this.#tls = clientTls(parts.config);
    this.#limits = {
      messageBytes: parts.config.limits.messageBytes,
      backendMessageBytes: parts.config.limits.serverMessageBytes,
    };
    this.sessions = new SessionTable(parts.config.limits.sessions);
    this.#starting = new HalfOpen(parts.config.limits.sessions);
    this.#cancelKeys = new CancelKeys(parts.cancelMac);
    this.#cancelRate = new RequestRate(parts.config.limits.cancelsPerAddress, parts.now);
    this.#wordRate = new RequestRate(WORDS_PER_SECOND, parts.now);
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }, (socket) =>
      this.#accept(socket),
    );
  }

  /** @returns the port listened on. @throws Error `EADDRINUSE` when it is taken */
  listen(): Promise<number> {
    const { host, port } = this.#parts.config.listen.postgres;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: 1024 }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#parts.logger.error('the listener failed', error));
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** Accepts nobody any more and ends all sessions; resolves when they are recorded. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#server.close();
    this.#starting.endAll();
    const sessions = this.sessions.all();
    for (const session of sessions)
      session.finish('shutdown', fatal('57P01', 'the gateway is shutting down', 'Connect again in a moment.'));
    const left = Promise.allSettled(sessions.map((session) => session.left));
    await Promise.race([left, new Promise((resolve) => setTimeout(resolve, LEAVE_MS).unref())]);
  }

  /** A cancel request that came to another worker or replica. */
  cancelElsewhere(word: string): void {
    void this.#cancelKeys.take(word)?.();
  }

  /** A cancel request gets no answer by the protocol: the connection is closed once the target was told. */
  async #cancel(key: CancelKey, address: string): Promise<void> {
    if (!this.#cancelRate.allows(networkOf(address))) return;
    const word = this.#cancelKeys.word(key);
    const cancel = this.#cancelKeys.take(word);
    if (cancel !== null) await cancel();
    else if (this.#wordRate.allows('')) await this.#parts.tellOthers(word);
  }

  #accept(socket: Socket): void {
    const { logger, config } = this.#parts;
    socket.on('error', () => undefined);
    if (this.#closing) {
      socket.destroy();
      return;
    }
    this.#starting.add(socket);
    const deadline = AbortSignal.timeout(config.limits.startup);
    this.#serve(socket, deadline)
      .catch((error: unknown) => {
        if (error instanceof ProtocolError) {
          socket.destroy();
          return;
        }
        logger.error(
          'a connection failed before its session began',
          error instanceof Error ? error : { error: String(error) },
        );
        socket.destroy();
      })
      .finally(() => this.#starting.delete(socket));
  }

  async #serve(accepted: Socket, deadline: AbortSignal): Promise<void> {
    const start = await readClientStart(accepted, this.#tls, deadline);
    if (start.kind === 'broken') {
      const { socket, error } = start;
      if (error.silent) accepted.destroy();
      else end(socket, fatal(error.code, error.message));
      return;
    }
    if (start.kind === 'cancel') {
      await this.#cancel(start.key, accepted.remoteAddress ?? '');
      return end(start.socket, NOTHING);
    }
    if (start.kind !== 'startup') {
      accepted.destroy();
      return;
    }
    const { socket } = start;
    try {
      await this.#login(start, accepted, deadline);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      socket.end(fatal(error.code, error.message));
    }
  }

  async #login(
    start: Extract<ClientStart, { kind: 'startup' }>,
    accepted: Socket,
    deadline: AbortSignal,
  ): Promise<void> {
    const { socket, packet } = start;
    if (!start.encrypted)
      return end(
        socket,
        fatal(
          '28000',
          'the gateway accepts TLS connections only',
          'Connect with sslmode=verify-full (or at least sslmode=require).',
        ),
      );
    const negotiation = negotiate(packet.major, packet.minor, packet.protocolOptions);
    const user = packet.parameters.get('user') ?? '';
    if (user === '') return end(socket, fatal('28000', 'no PostgreSQL user name specified in startup packet'));
    const database = packet.parameters.get('database') ?? user;
    if (negotiation.negotiate)
      socket.write(serialize.negotiateProtocolVersion(negotiation.version, negotiation.unrecognised));
    const options = parseOptions(packet.parameters.get('options') ?? '');

    const parser = new FrontendParser(this.#limits, 'authentication');
    const who = await this.#parts.logins.logIn(socket, parser, { user, database }, deadline);
    if (who.principal === null) {
      if (who.answer === null) return void socket.destroy();
      return end(socket, who.answer);
    }
    this.#starting.delete(accepted);
    const { version } = negotiation;
    await this.#connect(socket, parser, packet.parameters, options, version, who, deadline);
  }

  async #connect(
    socket: Socket,
    parser: FrontendParser,
    parameters: ReadonlyMap<string, string>,
    options: readonly (readonly [string, string])[],
    protocolVersion: number,
    { principal, target, method }: LoggedIn,
    deadline: AbortSignal,
  ): Promise<void> {
    const { gate, config, vault, logger, newId, now } = this.#parts;
    const profile = this.#parts.profileOf(target);
    const settings = startupSettings(parameters, options, profile.strict);
    if (settings.refusal !== null)
      return end(socket, fatal('42501', settings.refusal, 'Leave this setting out of the connection.'));
    if (!gate.accepting)
      return end(
        socket,
        fatal(
          '57P03',
          `the gateway cannot record operations right now${gate.closedReason ? ` (${gate.closedReason})` : ''}`,
          'Try again later.',
        ),
      );
    const person = personKey(principal);
    const full = this.sessions.fullFor(person);
    if (full !== null) return end(socket, fatal('53300', full, 'Close sessions you no longer need.'));
    const giveBack = this.sessions.reserve(person);
    const id = newId(now());
    let upstream: UpstreamConnection;
    try {
      upstream = await UpstreamConnection.open({
        target,
        vault,
        settings: new Map([...settings.forward, ['application_name', `sp:${id}:${this.#parts.epoch}`]]),
        limits: this.#limits,
        timeoutMs: config.limits.connect,
        signal: deadline,
      });
    } catch (error) {
      giveBack();
      logger.error('a target cannot be used', {
        session: id,
        target: target.name,
        error: error instanceof Error ? error.message : String(error),
      });
      return end(socket, upstreamAnswer(error, target));
    }
    if (socket.destroyed || this.#closing) {
      giveBack();
      upstream.end();
      socket.destroy();
      return;
    }
    const foreign = encodingRefusal(upstream.parameters, profile.strict);
    if (foreign !== null) {
      giveBack();
      upstream.end();
      return end(socket, fatal('0A000', foreign));
    }
    const session = await PostgresSession.open({
      id,
      client: socket,
      parser,
      upstream,
      principal,
      method,
      profile,
      gate,
      pool: this.#parts.pool,
      knowledge: this.#parts.knowledge,
      catalogs: this.#parts.catalogs,
      cancelKeys: this.#cancelKeys,
      protocolVersion,
      hmac: this.#parts.hmac,
      logger,
      applicationName: settings.applicationName,
      limits: {
        aheadBytes: config.limits.aheadOfDurability,
        preparedStatements: config.limits.preparedStatements,
        pipeline: config.limits.pipeline,
        idleMs: config.limits.idle,
        idleInTransactionMs: config.limits.idleInTransaction,
      },
      now,
      ended: (ended) => {
        giveBack();
        this.sessions.remove(ended);
      },
    });
    if (!session.over) this.sessions.add(session);
  }
}

function end(socket: Socket, answer: Buffer): void {
  socket.end(answer);
  setTimeout(() => socket.destroy(), 2_000).unref();
}

/** What the client may know of why its target cannot be used: nothing of the credential. */
function upstreamAnswer(error: unknown, target: PostgresTarget): Buffer {
  const sqlstate = error instanceof UpstreamError ? error.sqlstate : null;
  if (sqlstate === '53300' || sqlstate === '57P03')
    return fatal(sqlstate, `target ${target.name} takes no further connections right now`, 'Try again later.');
  if (sqlstate !== null && (sqlstate.startsWith('22') || sqlstate === '42704'))
    return fatal(sqlstate, error instanceof Error ? error.message : 'a setting of the connection is invalid');
  if (error instanceof UpstreamError && error.code === 'login')
    return fatal('08006', `the gateway could not log in to target ${target.name}`, 'Tell the operator of the gateway.');
  return fatal(
    '08006',
    `target ${target.name} cannot be reached`,
    'Try again later; if it lasts, tell the operator of the gateway.',
  );
}
