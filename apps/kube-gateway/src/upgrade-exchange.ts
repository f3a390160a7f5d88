import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type {
  Admission,
  Admitted,
  DescribedRefusal,
  Held,
  LaneSinks,
  Receipt,
  Refusal,
  Refused,
  SessionLane,
} from '@app/gate';
import {
  type DescribedRequest,
  describeRequest,
  type ReadRequest,
  readRequest,
  type ToldAs,
  unreadable,
} from './described-request.js';
import { type Entered, enter, type ExchangeParts, impersonationFor, keptItems } from './enter.js';
import { defaultExecLimits, type ExecTunnel, type StatusAnswer, upgradeExec, wholeAnswer } from './exec/index.js';
import type { RefusedUpgrade } from './fallbacks.js';
import { abandon, HoldStop, holdTerms } from './held-request.js';
import type { KubeSession } from './kube-sessions.js';
import { refusalStatus, statusBody, type StatusError, StatusFailure } from './kube-status.js';
import { labelsFor } from './object-labels.js';
import { answerRedactor } from './redaction/index.js';
import { watchSocket } from './watched-socket.js';
import { BadRequest, servedSubprotocols, type UpgradeKind, upgradeKind, upstreamHeaders } from './request/index.js';

const NO_BODY = new Uint8Array(0);

const later: Readonly<Record<Exclude<UpgradeKind, 'none' | 'websocket'>, string>> = {
  spdy: 'exec and attach over SPDY come with a later version of the gateway; kubectl 1.30 and later use WebSocket (KUBECTL_REMOTE_COMMAND_WEBSOCKETS=true).',
  'port-forward': 'port-forward comes with a later version of the gateway.',
  proxy: 'Upgrades through the proxy of a pod, service or node come with a later version of the gateway.',
};

/** One upgrade: exec or attach over WebSocket, from its head to the end of both connections. */
export class UpgradeExchange implements LaneSinks {
  readonly #parts: ExchangeParts;
  readonly #req: IncomingMessage;
  readonly #socket: Duplex;
  /** what the client sent behind its handshake */
  #head: Buffer;
  #lane: SessionLane | null = null;
  #session: KubeSession | null = null;
  #tunnel: ExecTunnel | null = null;
  #over = false;
  /** it waits for an approval */
  #hold: HoldStop | null = null;
  /** what ended the session meanwhile, where that is told instead of how the wait ended */
  #ending: StatusError | null = null;
  readonly #cameAt = Date.now();

  constructor(parts: ExchangeParts, req: IncomingMessage, socket: Duplex, head: Buffer) {
    this.#parts = parts;
    this.#req = req;
    this.#socket = socket;
    this.#head = head;
    socket.once('close', () => {
      if (this.#tunnel === null) this.#leave();
    });
  }

  /** The whole way. Never throws: what goes wrong is a Status, complete, on the connection it came by. */
  async run(): Promise<void> {
    try {
      const entered = await enter(this.#parts, this.#req, this);
      this.#session = entered.session;
      if (this.#socket.destroyed || this.#over) return this.#leaveSession(entered.session);
      const lane = this.#join(entered);
      const read = this.#read(entered, lane);
      if (read === null) return;
      const { hmac, protection } = this.#parts;
      const labels = await labelsFor(this.#parts, entered, read);
      const request = describeRequest(read, entered.target, protection, NO_BODY, undefined, labels, hmac);
      if (this.#over) return;
      // kubectl repeats over SPDY what was refused over WebSocket, and prints the second answer only: it is the same refusal
      const kind = upgradeKind(read.info, this.#req.rawHeaders);
      const { hmac: same } = request.described;
      const { fallbacks } = this.#parts;
      const { principal, invocation } = entered;
      const repeated = kind === 'spdy' ? fallbacks.take(principal, invocation, same, Date.now()) : null;
      if (repeated !== null) return this.#answer(repeated, lane.receipt());
      // the rules come first: who may not do it at all is told so, whatever the protocol
      const described = { ...request.described, refusal: request.described.refusal ?? this.#notServed(read) };
      const verdict = lane.admit(described, request.parameters);
      const settled = verdict.held === null ? verdict : await this.#held(entered, request, verdict.held, lane);
      if (settled.refusal !== null) {
        const refusal = this.#nearMiss(settled.refusal, entered, request);
        const status = this.#ending ?? refusalStatus(refusal, request.told);
        const answer = { code: status.code, body: statusBody(status).toString(), operation: settled.refusal.operation };
        if (kind === 'websocket') fallbacks.refused(principal, invocation, same, answer, Date.now());
        return this.#refuse(refusal, settled.receipt, request.told);
      }
      const { admission } = settled;
      if (this.#ending !== null) return this.#givenUp(admission, lane, this.#ending);
      const refused = ({ code, body }: StatusAnswer): void => {
        const answer = { code, body: Buffer.from(body).toString(), operation: admission.id };
        fallbacks.refused(principal, invocation, same, answer, Date.now());
      };
      try {
        this.#tunnelTo(entered, read, admission, lane, refused);
      } catch (error) {
        // what was let in and could not begin has its end in the record, too
        if (this.#tunnel === null) abandon(lane, admission, 'it could not be begun');
        throw error;
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  tick(): void {
    // the tunnel has its own clock
  }

  terminate(message: string, why: string): void {
    if (this.#tunnel !== null) return this.#tunnel.terminate(message);
    const status: StatusError = { code: 401, reason: 'Unauthorized', message };
    if (this.#hold !== null) {
      this.#ending = why === 'shutdown' ? null : status;
      return this.#hold.ended(why);
    }
    this.#direct(status);
    this.#leave();
  }

  toTarget(chunks: readonly Uint8Array[]): void {
    this.#tunnel?.toTarget(chunks);
  }

  toClient(chunks: readonly Uint8Array[]): void {
    if (this.#tunnel !== null) this.#tunnel.toClient(chunks);
    else for (const chunk of chunks) this.#socket.write(chunk);
  }

  resumed(): void {
    this.#tunnel?.resumed();
  }

  end(refusal: Refusal): void {
    if (this.#tunnel !== null) return this.#tunnel.end(refusal);
    this.#direct(refusalStatus(refusal));
    this.#leave();
  }

  #join(entered: Entered): SessionLane {
    this.#lane = entered.session.gate.lane(this);
    return this.#lane;
  }

  #read(entered: Entered, lane: SessionLane): ReadRequest | null {
    const { method = '', rawHeaders, headers } = this.#req;
    try {
      const read = readRequest(method, entered.rest, rawHeaders, true);
      const kind = upgradeKind(read.info, rawHeaders);
      if (kind === 'websocket') servedSubprotocols(rawHeaders);
      if (Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined)
        throw new BadRequest('an upgrade has no body');
      impersonationFor(entered);
      return read;
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      const described = unreadable(method, entered.target.name, error.message, this.#parts.hmac, entered.rest);
      const verdict = lane.refuse(described, [], described.refusal!);
      if (verdict.refusal !== null) this.#refuse(verdict.refusal, verdict.receipt, error);
      return null;
    }
  }

  /** Waits for people before anything goes to the cluster, and before the client's connection switches. */
  async #held(entered: Entered, request: DescribedRequest, held: Held, lane: SessionLane): Promise<Admitted | Refused> {
    const { protection, hmac } = this.#parts;
    const { rawHeaders } = this.#req;
    const describe = async (): Promise<DescribedRequest> => {
      const labels = await labelsFor(this.#parts, entered, request);
      return describeRequest(request, entered.target, protection, NO_BODY, undefined, labels, hmac);
    };
    const stop = new HoldStop();
    this.#hold = stop;
    // Node's HTTP gave the connection up: nobody else would notice that the client leaves
    const watched = watchSocket(this.#socket, this.#head, () => this.#socket.destroy());
    const of = { rawHeaders, body: NO_BODY, contentType: undefined, cameAt: this.#cameAt, describe };
    const settled = await lane.hold(held, holdTerms(this.#parts, entered, of, request.info, stop.signal));
    this.#hold = null;
    this.#head = watched();
    return settled;
  }

  /** Approved a moment after its session ended: nothing is sent. */
  #givenUp(admission: Admission, lane: SessionLane, status: StatusError): void {
    abandon(lane, admission, status.message);
    this.#direct(status);
    this.#leave();
  }

  /** Who may run other programs there is told which: rules that allow by the program look as if they allowed any. */
  #nearMiss(refusal: Refusal, { principal }: Entered, { described, info }: DescribedRequest): Refusal {
    if (refusal.code !== 'default-deny' || info.subresource !== 'exec') return refusal;
    const near = this.#parts.nearMiss(principal, described.operation, this.#req.socket.remoteAddress ?? '');
    return near === null ? refusal : { ...refusal, hint: refusal.hint === null ? near : `${refusal.hint} ${near}` };
  }

  #notServed({ info }: ReadRequest): DescribedRefusal | null {
    const kind = upgradeKind(info, this.#req.rawHeaders);
    if (kind === 'websocket' || kind === 'none') return null;
    return { code: 'unsupported', message: later[kind], hint: null, retry: 'never' };
  }

  #tunnelTo(
    entered: Entered,
    { info, target }: ReadRequest,
    admission: Admission,
    lane: SessionLane,
    refused: (answer: StatusAnswer) => void,
  ): void {
    const { protection } = this.#parts;
    const { cluster, access } = entered;
    const { plan, key, patterns, stream } = protection;
    const headers = upstreamHeaders(this.#req.rawHeaders, {
      authorization: access.authorization,
      auditId: admission.id,
      impersonate: impersonationFor(entered),
      accept: null,
      identity: false,
      contentLength: null,
    });
    const statusFacts = { ...info, watch: false, status: 400, mediaType: 'application/json' };
    const { ca, cert, key: tlsKey, servername, rejectUnauthorized } = access.tls;
    this.#tunnel = upgradeExec({
      req: this.#req,
      socket: this.#socket,
      head: this.#head,
      lane,
      admission,
      upstream: {
        protocol: cluster.protocol,
        host: cluster.host,
        port: cluster.port,
        path: cluster.prefix + target.path + target.search,
        headers,
        agent: false,
        ...(ca !== undefined && { ca: ca as string | Buffer }),
        ...(cert !== undefined && { cert: cert as string | Buffer }),
        ...(tlsKey !== undefined && { key: tlsKey as string | Buffer }),
        ...(servername !== undefined && { servername }),
        ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
      },
      subprotocols: servedSubprotocols(this.#req.rawHeaders),
      command: info.command,
      tty: info.tty,
      masker: stream === null ? null : (_channel, tty) => stream(tty),
      maskStatus: (json) => {
        const redactor = answerRedactor(plan, statusFacts, key, 0, patterns);
        return Buffer.concat([...redactor.push(json), ...redactor.finish()]);
      },
      statusOf: (code, reason, message) => asAnswer({ code, reason, message }),
      refusalOf: (refusal) => asAnswer(refusalStatus(refusal)),
      answerHeaders: { 'Audit-Id': admission.id },
      limits:
        keptItems(entered.target.record, admission) === 0 ? { ...defaultExecLimits, keepBytes: 0 } : defaultExecLimits,
      report: (error) =>
        this.#parts.logger.error('a running command failed', {
          operation: admission.id,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        }),
      refused,
      over: () => this.#leave(),
    });
  }

  #refuse(refusal: Refusal, receipt: Receipt, told: ToldAs | null): void {
    const status = this.#ending ?? refusalStatus(refusal, told);
    if (receipt < 0) {
      this.#direct(status);
      return this.#leave();
    }
    this.#answer({ code: status.code, body: statusBody(status).toString(), operation: refusal.operation }, receipt);
  }

  /** A complete answer once the record has it. */
  #answer({ code, body, operation }: RefusedUpgrade, receipt: Receipt): void {
    const lane = this.#lane!;
    lane.release(receipt, [wholeAnswer(code, 'application/json', Buffer.from(body), { 'Audit-Id': operation })]);
    lane.onceReleased(() => {
      if (this.#over) return;
      endSoon(this.#socket);
      this.#leave();
    });
  }

  #failed(error: unknown): void {
    if (error instanceof StatusFailure) this.#direct(error.status);
    else {
      const id = this.#parts.newId();
      this.#parts.logger.error('an upgrade failed', {
        id,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      const message = `Internal error of the gateway (${id}).`;
      if (this.#tunnel !== null) this.#tunnel.terminate(message);
      else this.#direct({ code: 500, reason: 'InternalError', message });
    }
    if (this.#tunnel === null) this.#leave();
  }

  #direct(status: StatusError): void {
    const { code, contentType, body } = asAnswer(status);
    if (!this.#socket.destroyed) endSoon(this.#socket, wholeAnswer(code, contentType, body, {}));
  }

  #leave(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#session !== null) this.#leaveSession(this.#session);
  }

  #leaveSession(session: KubeSession): void {
    session.exchanges.delete(this);
    if (this.#lane !== null) session.gate.leave(this.#lane);
    this.#parts.sessions.left(session);
  }
}

const LINGER_MS = 2_000;

/** Ends a socket that Node's HTTP gave up; a client that keeps its half open does not keep ours. */
function endSoon(socket: Duplex, last?: Uint8Array): void {
  const late = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(late));
  // what it still sends is nobody's, and an unread byte would keep the end of its half from us
  socket.resume();
  if (last === undefined) socket.end();
  else socket.end(last);
}

function asAnswer(status: StatusError): StatusAnswer {
  return { code: status.code, contentType: 'application/json', body: statusBody(status) };
}
