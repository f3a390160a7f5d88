import type { SessionLane } from '@app/gate';
import type { Principal } from '@app/identity';
import { type FrontendMessage, ProtocolError, type ReadyStatus, serialize } from '@app/pg-wire';
import { type CancelKey, secretBytes } from './cancel-keys.js';
import { Conversation } from './conversation.js';
import type { DescribeFor } from './describe-statement.js';
import { fatal, toErrorResponse } from './error-response.js';
import { NameResolver } from './name-resolver.js';
import { OutputBuffer } from './output-buffer.js';
import { PreparedNames } from './prepared-names.js';
import { type Inspect, Question, questionBytes } from './question.js';
import { ReplyQueue } from './reply-queue.js';
import { endOf, messageOf } from './session-end.js';
import type { SessionEnd, SessionMaterials } from './session-materials.js';
import type { SessionParts } from './session-parts.js';
import { SocketWriter } from './socket-writer.js';
import { TargetReader } from './target-reader.js';
import { TargetReports } from './target-reports.js';
import { TransactionLedger } from './transaction-ledger.js';

/** Messages without a Sync that a session may send, as a multiple of the pipeline's bound. */
const UNSYNCED = 1_000;

/** One client connection and its session at the target, from the moment both are there to the end. */
export class PostgresSession {
  readonly id: string;
  readonly principal: Principal;
  readonly #m: SessionMaterials;
  readonly #startedAt: number;
  readonly #resolver: NameResolver;
  #leaveWatch: () => void = () => undefined;
  readonly #toClient: SocketWriter;
  readonly #toTarget: SocketWriter;
  readonly #queue: FrontendMessage[] = [];
  #lane: SessionLane | null = null;
  #parts: SessionParts | null = null;
  #reader: TargetReader | null = null;
  #conversation: Conversation | null = null;
  #busy = false;
  /** a block is being aborted at the target: no message goes there meanwhile */
  #aborting = false;
  #over = false;
  /** the client said goodbye; what it had asked for by then is still answered */
  #leaving = false;
  #lastMessageAt: number;
  /** notifications delivered when idle time was last looked at */
  #notified = 0;
  readonly #reports: TargetReports;
  #setup: Question | null = null;
  readonly #key: CancelKey;
  /** a cancel request is on its way to the target: nothing more goes there, so that it hits nothing else */
  #cancelling: Promise<void> | null = null;

  private constructor(materials: SessionMaterials) {
    this.#m = materials;
    this.id = materials.id;
    this.principal = materials.principal;
    this.#key = materials.cancelKeys.issue(() => this.#cancel(), secretBytes(materials.protocolVersion));
    this.#startedAt = materials.now();
    this.#lastMessageAt = this.#startedAt;
    this.#reports = new TargetReports(materials, {
      cut: (reason) => this.#cut(reason),
      pathReported: (value) => this.#resolver.pathReported(value),
    });
    this.#toClient = new SocketWriter(materials.client, () => this.#flow());
    this.#toTarget = new SocketWriter(materials.upstream.socket, () => this.#flow());
    this.#resolver = new NameResolver(
      (...statements) => this.#ask(...statements),
      materials.knowledge,
      materials.profile.target.name,
      materials.upstream.parameters.get('search_path') ?? null,
    );
  }

  get target(): string {
    return this.#m.profile.target.name;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Resolves once what waited for people in this session has left the approval it waited for. */
  get left(): Promise<unknown> {
    return this.#conversation?.holds.left ?? Promise.resolve();
  }

  /** Reads the catalog, records the opening, tells the client that it may begin. Never throws: a failure ends the session. */
  static async open(materials: SessionMaterials): Promise<PostgresSession> {
    const session = new PostgresSession(materials);
    try {
      await session.#begin();
    } catch (error) {
      materials.logger.warn({ session: session.id, error: messageOf(error) }, 'the session could not begin');
      const answer = materials.gate.accepting
        ? fatal('08006', 'the gateway could not prepare the session at the target')
        : fatal('57P03', 'the gateway cannot record operations right now', 'Try again later.');
      session.finish('error', answer);
    }
    return session;
  }

  async #begin(): Promise<void> {
    const { upstream, profile, gate, principal, client, limits } = this.#m;
    // from the first moment: nobody is told again that a client is gone which left while the catalog was read
    client.once('close', () => this.#clientGone());
    if (client.destroyed) return this.finish('client');
    upstream.relay(
      (type, buffer, start, end) => this.#setUp(type, buffer, start, end),
      () => undefined,
      () => this.finish('upstream', fatal('08006', 'the target closed the connection')),
    );
    const watch = this.#m.catalogs.of(profile.target, upstream.address);
    if (watch !== null) this.#leaveWatch = watch.join();
    const start = await this.#resolver.begin(watch);
    if (this.#over) return this.#resolver.close();
    const { target } = profile;
    const lane = gate.open(
      {
        session: this.id,
        principal,
        target: target.name,
        protocol: 'postgres',
        release: target.release,
        aheadBytes: limits.aheadBytes,
        client: {
          address: client.remoteAddress ?? '',
          port: client.remotePort ?? 0,
          application: this.#m.applicationName,
          login: this.#m.method,
        },
        upstream: {
          join: upstream.pid === null ? null : { pid: upstream.pid, start: start ?? '' },
          about: {
            host: upstream.address.host,
            port: upstream.address.port,
            address: upstream.address.ip,
            database: target.postgres.database,
            user: target.credential.user,
          },
        },
      },
      {
        toTarget: (chunks) => this.#toTarget.write(chunks),
        toClient: (chunks) => {
          this.#toClient.write(chunks);
          if (this.#toClient.full) this.#flow();
        },
        resumed: () => this.#flow(),
        end: (refusal) => this.finish(endOf(refusal), toErrorResponse({ ...refusal, fatal: true })),
      },
    );
    this.#lane = lane;
    const parts: SessionParts = {
      profile,
      lane,
      upstream,
      replies: new ReplyQueue(),
      names: new PreparedNames(limits.preparedStatements),
      ledger: new TransactionLedger(),
      output: new OutputBuffer(),
    };
    this.#parts = parts;
    this.#relay(parts);
  }

  #relay(parts: SessionParts): void {
    const { upstream, client, profile, pool, hmac } = this.#m;
    const reader = new TargetReader(parts, {
      isProtected: (oid, attnum) => isProtected(this.#resolver, oid, attnum),
      columnName: (oid, attnum) => columnName(this.#resolver, oid, attnum),
      output: () => this.#reports.output(this.#resolver.knowledge),
      cut: (reason) => this.#cut(reason),
      succeeded: (run, tag) => this.#conversation?.succeeded(run, tag),
      refuse: (answer) => this.#conversation?.refuseLate(answer),
      skipToSync: () => this.#conversation?.skipToSync(),
      ready: (status) => this.#ready(status),
      holdRows: (run, limit) =>
        this.#conversation?.holds.rows(run.admission, limit, run.total, run.sent) ?? Promise.resolve(null),
      end: (refusal) => this.finish(endOf(refusal), toErrorResponse({ ...refusal, fatal: true })),
      resumed: () => this.#flow(),
      parameterChanged: (name, value) => this.#reports.changed(name, value),
      targetFatal: () => this.#targetGone(null),
    });
    this.#reader = reader;
    const { strict, oracles } = profile;
    const about: DescribeFor = { target: profile.target.name, strict, oracles, hmac };
    this.#conversation = new Conversation(parts, pool, this.#resolver, about, {
      end: (refusal) =>
        this.finish(endOf(refusal), toErrorResponse({ ...refusal, fatal: true }), refusal.code !== 'not-recordable'),
      goodbye: () => this.#goodbye(),
      violation: (error) => this.#violation(error),
      ask: (...statements) => this.#ask(...statements),
      say: (bytes) => this.#reader?.say(bytes),
      now: () => this.#m.now(),
    });
    upstream.relay(
      reader.onFrame,
      () => {
        reader.onChunk();
        if (parts.lane.congested || client.isPaused()) this.#flow();
      },
      (error) =>
        error instanceof ProtocolError
          ? this.#unreadable(error)
          : this.#targetGone(fatal('08006', 'the target closed the connection unexpectedly')),
      () => this.#flow(),
    );
    parts.lane.release(parts.lane.receipt(), this.#reports.greeting(this.#key));
    reader.started();
    client.on('data', (chunk: Buffer) => this.#onClientData(chunk));
    client.on('end', () => this.#clientGone());
    client.on('error', () => this.#clientGone());
    this.#m.parser.enterSession();
    client.resume();
  }

  // ── from the client ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #onClientData(chunk: Buffer): void {
    if (this.#over) return;
    this.#lastMessageAt = this.#m.now();
    try {
      const messages = this.#m.parser.push(chunk);
      if (messages.length > 0) this.#queue.push(...messages);
      // who says goodbye does not wait for people any more
      const holds = this.#conversation?.holds;
      if (holds?.waiting && messages.some(({ name }) => name === 'terminate')) return this.finish('client');
    } catch (error) {
      return this.#violation(error);
    }
    this.#pump();
  }

  /** Takes messages in order; one that has to wait stops the line. */
  #pump(): void {
    const conversation = this.#conversation;
    if (conversation === null) return;
    this.#toTarget.hold();
    try {
      while (this.#mayGoOn && this.#queue.length > 0) {
        const waiting = conversation.handle(this.#queue.shift()!);
        if (!waiting) continue;
        this.#busy = true;
        waiting.then(
          () => {
            this.#busy = false;
            this.#pump();
          },
          (error: unknown) => this.#failed(error),
        );
      }
    } catch (error) {
      this.#failed(error);
    }
    this.#toTarget.flush();
    this.#flow();
  }

  get #mayGoOn(): boolean {
    return !this.#busy && !this.#aborting && this.#cancelling === null && !this.#over && !this.#leaving;
  }

  /** As the server, which reads a goodbye after it has done what came before it: nothing of that is cancelled. */
  #goodbye(): void {
    this.#leaving = true;
    this.#leave();
  }

  #leave(): void {
    const replies = this.#parts?.replies;
    // what no Sync follows is undone by the target when the session ends
    if (this.#leaving && !this.#aborting && replies?.answered === replies?.cycle)
      this.finish('client', undefined, true);
  }

  /** The connection is no more. Whoever left without a goodbye wants nothing any more. */
  #clientGone(): void {
    if (this.#leaving || this.#queue.some(({ name }) => name === 'terminate')) this.#flow();
    else this.finish('client');
  }

  /** Reads each end only as far as the other takes it. */
  #flow(): void {
    if (this.#over) return;
    const { client, upstream, limits } = this.#m;
    const replies = this.#parts?.replies;
    if ((replies?.length ?? 0) > limits.pipeline * UNSYNCED)
      return this.finish('protocol', fatal('54000', 'too many messages without a Sync', 'Send Sync more often.'));
    // messages without a Sync are not waited for: the target may answer none of them before it comes
    const waiting = this.#queue.length + (replies ? replies.cycle - replies.answered : 0);
    const full = this.#toTarget.full || this.#lane?.stalled || waiting > limits.pipeline;
    if (full) client.pause();
    else if (client.isPaused() && this.#conversation !== null) client.resume();
    if (this.#toClient.full || this.#lane?.congested || this.#reader?.waiting || upstream.resting)
      upstream.socket.pause();
    else if (upstream.socket.isPaused()) upstream.socket.resume();
  }

  /** A cancel request with the key of this session: withdraws what waits for people, or cancels what runs at the target. */
  #cancel(): Promise<void> {
    if (this.#over || this.#parts === null || this.#conversation?.holds.leave('cancelled')) return Promise.resolve();
    if (this.#cancelling !== null) return this.#cancelling;
    if (this.#parts.replies.empty) return Promise.resolve();
    const taken = this.#m.upstream.cancel().then(() => {
      this.#cancelling = null;
      this.#pump();
    });
    this.#cancelling = taken;
    return taken;
  }

  #violation(error: unknown): void {
    const known = error instanceof ProtocolError ? error : null;
    if (known === null) return this.#failed(error);
    this.finish('protocol', fatal(known.code, known.message));
  }

  #failed(error: unknown): void {
    if (this.#over) return;
    this.#m.logger.error({ session: this.id, error: messageOf(error) }, 'the session failed');
    this.finish('error', fatal('XX000', `internal error of the gateway (session ${this.id})`));
  }

  // ── from the target ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Before the relay: answers to the gateway's questions and reports. */
  #setUp(type: number, buffer: Buffer, start: number, end: number): void {
    if (this.#setup?.take(type, buffer, start, end) === 'done') this.#setup = null;
  }

  #ask(...statements: Parameters<Inspect>): Promise<(string | null)[][]> {
    if (this.#over) return Promise.reject(new Error('the session is over'));
    if (this.#reader !== null && this.#lane !== null) {
      const answer = this.#reader.expectAnswer();
      this.#lane.forwardProtocol(questionBytes(statements));
      return answer;
    }
    this.#setup = new Question();
    this.#toTarget.write(questionBytes(statements));
    return this.#setup.answer;
  }

  #ready(status: ReadyStatus): void {
    if (this.#reader!.takeLimitPassed()) return this.#abortBlock();
    this.#conversation!.ready(status);
    this.#leave();
  }

  /** A row limit was reached after the target had finished: the block must fail there as it failed here. */
  #abortBlock(): void {
    if (!this.#parts!.replies.empty)
      return this.finish(
        'error',
        fatal('57P01', 'a row limit was passed in a pipeline; the session ends so that nothing is committed'),
      );
    this.#aborting = true;
    this.#ask('REFUSED BY SALLYPORT')
      .catch(() => undefined)
      .then(() => {
        this.#conversation!.ready('E');
        this.#reader!.say(serialize.readyForQuery('E'));
        this.#aborting = false;
        this.#leave();
        this.#pump();
      })
      .catch((error: unknown) => this.#failed(error));
  }

  /** The target sent what the gateway does not take: most likely a row above the limit. */
  #unreadable({ code, message }: ProtocolError): void {
    this.#m.logger.error({ session: this.id, error: message }, 'a message of the target cannot be read');
    const hint = 'Ask for smaller rows, or for a higher limits.serverMessageBytes.';
    this.finish('upstream', fatal(code, `a message of the target cannot be passed on: ${message}`, hint), true);
  }

  #targetGone(answer: Buffer | null): void {
    if (this.#over) return;
    if (this.#m.upstream.parser.pending() > 0)
      return this.finish('upstream', fatal('08006', 'the target closed the connection in the middle of a message'));
    // what was recorded leaves first, then the bad news
    this.finish('upstream', answer ?? undefined, true);
  }

  /** Fail closed: nothing that waits leaves. */
  #cut(reason: string): void {
    if (this.#over) return;
    this.#m.logger.error({ session: this.id, reason }, 'the session was cut');
    this.finish('error', fatal('08006', 'the gateway ended the session because the target sent something unexpected'));
  }

  // ── clock and end ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The clock of long results. @param now ms */
  tick(now: number): void {
    if (!this.#over) this.#reader?.tick(now);
  }

  /** Idle time-outs and expiry. @param now ms */
  check(now: number): void {
    if (this.#over || this.#conversation === null) return;
    if (now >= this.principal.expiresAt)
      return this.finish(
        'expired',
        fatal('57P01', 'the token of this session has expired', 'Connect again with a fresh token.'),
      );
    // who waits for people is not idle, however long they take; nor is who listens, while there is something to hear
    const notified = this.#reader?.notified ?? 0;
    const heard = notified > this.#notified;
    this.#notified = notified;
    if (heard || !this.#parts!.replies.empty || this.#conversation.holds.waiting) {
      this.#lastMessageAt = now;
      return;
    }
    const { idleMs, idleInTransactionMs } = this.#m.limits;
    const limit = this.#conversation.status === 'I' ? idleMs : idleInTransactionMs;
    if (now - this.#lastMessageAt > limit) this.finish('idle', fatal('57P05', 'the session was idle for too long'));
  }

  /** Ends the session, once. @param answer FATAL for the client @param orderly what is recorded leaves before it */
  finish(why: SessionEnd, answer?: Buffer, orderly = false): void {
    if (this.#over) return;
    this.#over = true;
    this.#m.cancelKeys.drop(this.#key);
    this.#conversation?.stop(
      why === 'client' || why === 'upstream' || why === 'protocol' ? 'disconnected' : 'shutdown',
    );
    const { upstream, client, gate, now } = this.#m;
    this.#setup?.abandon();
    const busy = this.#parts !== null && !this.#parts.replies.empty;
    if (busy && why !== 'upstream') void upstream.cancel();
    const lane = this.#lane;
    if (lane === null) {
      client.end(answer ?? '');
    } else {
      try {
        if (orderly) {
          this.#reader?.onChunk();
          // the refusal waits for its own record like everything before it
          if (answer !== undefined) lane.release(lane.receipt(), [answer]);
        }
        this.#reader?.abandon();
        lane.close(why, now() - this.#startedAt);
      } catch (error) {
        this.#m.logger.error(
          { session: this.id, error: messageOf(error) },
          'the end of a session could not be recorded',
        );
      }
      const leave = (): void => {
        gate.forget(lane);
        if (!client.destroyed) client.end(orderly ? '' : (answer ?? ''));
        setTimeout(() => client.destroy(), 2_000).unref();
      };
      if (orderly) lane.onceReleased(leave);
      else leave();
    }
    this.#toTarget.flush();
    upstream.end();
    this.#resolver.close();
    this.#leaveWatch();
    this.#queue.length = 0;
    this.#m.ended(this);
  }
}

function columnName(resolver: NameResolver, oid: number, attnum: number): string | null {
  const relation = resolver.knowledge.catalog.relations.find((each) => each.oid === oid);
  const column = relation?.columns.find((each) => each.attnum === attnum);
  return relation && column ? `${relation.schema}.${relation.name}.${column.name}` : null;
}

function isProtected(resolver: NameResolver, oid: number, attnum: number): boolean {
  return resolver.knowledge.protected.some((column) => column.relationOid === oid && column.attnum === attnum);
}
