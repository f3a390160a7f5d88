import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Admission, Admitted, Held, LaneSinks, Refusal, Refused, SessionLane } from '@app/gate';
import { answerOf } from './answer-of.js';
import { AnswerRelay } from './answer-relay.js';
import {
  type DescribedRequest,
  describeRequest,
  readRequest,
  type ReadRequest,
  type ToldAs,
  unreadable,
} from './described-request.js';
import { type Entered, enter, type ExchangeParts, impersonationFor, keptItems } from './enter.js';
import { abandon, HoldStop, holdTerms } from './held-request.js';
import type { KubeSession } from './kube-sessions.js';
import { refusalStatus, type StatusError, StatusFailure, type WrittenError, writtenError } from './kube-status.js';
import { labelsFor } from './object-labels.js';
import { discardRest, readBodyBytes } from './read-body-bytes.js';
import { mayMask } from './redaction/index.js';
import { acceptFor, BadRequest, checkHead, upgradeKind, upstreamHeaders } from './request/index.js';

/** One plain request, from its head to the last byte of its answer. */
export class Exchange implements LaneSinks {
  readonly #parts: ExchangeParts;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  #lane: SessionLane | null = null;
  #session: KubeSession | null = null;
  #relay: AnswerRelay | null = null;
  /** the head of a refusal, which leaves with its body */
  #refusal: { readonly code: number; readonly operation: string; readonly written: WrittenError } | null = null;
  /** as sent: the target is written anew on its way to the cluster */
  readonly #url: string;
  #over = false;
  /** it waits for an approval */
  #hold: HoldStop | null = null;
  /** what ended the session meanwhile, where that is told instead of how the wait ended */
  #ending: StatusError | null = null;
  readonly #cameAt = Date.now();

  constructor(parts: ExchangeParts, req: IncomingMessage, res: ServerResponse) {
    this.#parts = parts;
    this.#req = req;
    this.#url = req.url ?? '';
    this.#res = res;
    req.on('error', () => undefined);
    res.on('error', () => undefined);
    res.once('close', () => {
      if (this.#relay === null) this.#leave();
    });
  }

  /** The whole way. Never throws: what goes wrong is a Status. */
  async run(): Promise<void> {
    try {
      const entered = await enter(this.#parts, this.#req, this);
      this.#session = entered.session;
      if (this.#res.destroyed || this.#over) return this.#leaveSession(entered.session);
      const lane = this.#join(entered);
      const request = await this.#described(entered, lane);
      if (request === null || this.#over) return;
      const verdict = lane.admit(request.described, request.parameters);
      const settled = verdict.held === null ? verdict : await this.#held(entered, request, verdict.held, lane);
      if (settled.refusal !== null) return this.#refuse(settled.refusal, settled.receipt, request.told);
      if (this.#ending !== null) return this.#givenUp(settled.admission, lane, this.#ending);
      this.#forward(entered, request, settled.admission, lane);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** 10 ms clock. @param now ms */
  tick(now: number): void {
    this.#relay?.tick(now);
  }

  terminate(message: string, why: string): void {
    const status: StatusError = { code: 401, reason: 'Unauthorized', message };
    if (this.#hold !== null) {
      this.#ending = why === 'shutdown' ? null : status;
      this.#hold.ended(why);
    } else if (this.#relay !== null) this.#relay.terminate(message, status);
    else {
      this.#direct(status);
      this.#leave();
    }
  }

  toTarget(): void {
    // a plain request is one step (`begin`), not bytes
  }

  toClient(chunks: readonly Uint8Array[]): void {
    if (this.#relay !== null) return this.#relay.toClient(chunks);
    const res = this.#res;
    if (res.destroyed || res.writableEnded || this.#refusal === null) return;
    const { code, operation, written } = this.#refusal;
    if (!res.headersSent) writeStatusHead(res, code, written, operation, this.#req);
    for (const chunk of chunks) res.write(chunk);
  }

  resumed(): void {
    this.#relay?.flow();
  }

  end(refusal: Refusal): void {
    const status = refusalStatus(refusal);
    if (this.#relay === null) this.#direct(status);
    // a grant is over, the record is not
    else if (refusal.code === 'approval-revoked' || refusal.code === 'approval-expired') this.#relay.cutOff(status);
    else this.#relay.abort(status);
    this.#leave();
  }

  #join(entered: Entered): SessionLane {
    this.#lane = entered.session.gate.lane(this);
    return this.#lane;
  }

  async #described(
    entered: Entered,
    lane: SessionLane,
  ): Promise<(DescribedRequest & { readonly body: Uint8Array }) | null> {
    const { protection, hmac, limits, reads } = this.#parts;
    const { method = '', rawHeaders, headers } = this.#req;
    const { target, rest } = entered;
    const known = method === 'GET' ? reads.get(target.name, rest, Date.now()) : undefined;
    let read: ReadRequest;
    try {
      if (known !== undefined) checkHead(method, rawHeaders, false);
      read = known ?? readRequest(method, rest, rawHeaders, false);
      upgradeKind(read.info, rawHeaders);
      // names that no cluster may be shown are refused before anything is described
      impersonationFor(entered);
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      const described = unreadable(method, entered.target.name, error.message, hmac, entered.rest);
      const verdict = lane.refuse(described, [], described.refusal!);
      if (verdict.refusal !== null) this.#refuse(verdict.refusal, verdict.receipt, error);
      return null;
    }
    const body = await readBodyBytes(this.#req, this.#res, limits.requestBytes);
    if (body === null) {
      const message = `The body of the request is longer than ${limits.requestBytes} bytes.`;
      const described = unreadable(method, entered.target.name, message, hmac, entered.rest);
      const verdict = lane.refuse(described, [], described.refusal!);
      if (verdict.refusal !== null)
        this.#refuse(verdict.refusal, verdict.receipt, { code: 413, reason: 'RequestEntityTooLarge' });
      return null;
    }
    const labels = await labelsFor(this.#parts, entered, read);
    const contentType = headers['content-type'];
    const bare = method === 'GET' && body.length === 0 && contentType === undefined && labels === null;
    if (bare && known !== undefined) return { ...known, body };
    const request = describeRequest(read, target, protection, body, contentType, labels, hmac);
    if (bare) reads.keep(target.name, rest, request, Date.now());
    return { ...request, body };
  }

  /** Waits for people, with nothing sent to the cluster but the gateway's own questions. */
  async #held(
    entered: Entered,
    request: DescribedRequest & { readonly body: Uint8Array },
    held: Held,
    lane: SessionLane,
  ): Promise<Admitted | Refused> {
    const { protection, hmac } = this.#parts;
    const { body } = request;
    const { rawHeaders } = this.#req;
    const contentType = this.#req.headers['content-type'];
    const describe = async (): Promise<DescribedRequest> => {
      const labels = await labelsFor(this.#parts, entered, request);
      return describeRequest(request, entered.target, protection, body, contentType, labels, hmac);
    };
    const stop = new HoldStop();
    this.#hold = stop;
    const of = { rawHeaders, body, contentType, cameAt: this.#cameAt, describe };
    const settled = await lane.hold(held, holdTerms(this.#parts, entered, of, request.info, stop.signal));
    this.#hold = null;
    return settled;
  }

  /** Approved a moment after its session ended: nothing is sent. */
  #givenUp(admission: Admission, lane: SessionLane, status: StatusError): void {
    abandon(lane, admission, status.message);
    this.#direct(status);
    this.#leave();
  }

  #forward(
    entered: Entered,
    request: DescribedRequest & { readonly body: Uint8Array },
    admission: Admission,
    lane: SessionLane,
  ): void {
    const { proxy, protection, limits, logger } = this.#parts;
    const { info, target, body } = request;
    const { cluster, access } = entered;
    const masked = mayMask(protection.plan, { ...info, verb: info.verb });
    const text = protection.stream !== null && (info.subresource === 'log' || info.subresource === 'proxy');
    const review = info.resource.startsWith('selfsubject');
    const keep = keptItems(entered.target.record, admission) > 0;
    const relay = new AnswerRelay({
      lane,
      admission,
      res: this.#res,
      chunkBytes: limits.chunkBytes,
      chunkMs: limits.chunkMs,
      watch: info.watch,
      url: this.#url,
      over: () => this.#leave(),
    });
    this.#relay = relay;
    const headers = upstreamHeaders(this.#req.rawHeaders, {
      authorization: access.authorization,
      auditId: admission.id,
      impersonate: impersonationFor(entered),
      accept: acceptFor(this.#req.headers.accept, masked || review),
      identity: masked || text || review || keep,
      contentLength: body.length > 0 || ['POST', 'PUT', 'PATCH'].includes(info.method) ? body.length : null,
    });
    const send = (): void =>
      proxy.send({
        req: this.#req,
        res: this.#res,
        cluster,
        access,
        path: target.path + target.search,
        headers,
        body,
        answered: (answer) => {
          const contentType = this.#req.headers['content-type'];
          try {
            answerOf({ answer, relay, entered, info, body, contentType, admission, parts: this.#parts });
          } catch (error) {
            answer.destroy();
            this.#failed(error);
          }
        },
        failed: (error) => {
          logger.warn('a cluster could not be reached', {
            target: entered.target.name,
            error: error.code ?? error.message,
          });
          relay.fail({
            code: 502,
            reason: 'ServiceUnavailable',
            message: `The cluster ${entered.target.name} cannot be reached (${error.code ?? 'connection failed'}).`,
          });
        },
      });
    lane.begin(admission, () => {
      if (relay.ended) return;
      // a step of the lane must not throw: what waits behind it belongs to others
      try {
        send();
      } catch (error) {
        this.#failed(error);
      }
    });
  }

  /** A refusal is complete: nothing of the body that may still come is read, and the connection goes on. */
  #refuse(refusal: Refusal, receipt: Parameters<SessionLane['release']>[0], told: ToldAs | null): void {
    const lane = this.#lane!;
    const status = this.#ending ?? refusalStatus(refusal, told);
    const written = writtenError(status, this.#url);
    if (receipt < 0) {
      this.#direct(status);
      return this.#leave();
    }
    this.#refusal = { code: status.code, operation: refusal.operation, written };
    lane.release(receipt, [written.body]);
    lane.onceReleased(() => {
      // ended otherwise meanwhile: that was told
      if (this.#over) return;
      void discardRest(this.#req).then(() => {
        this.#res.end();
        this.#leave();
      });
    });
  }

  #failed(error: unknown): void {
    if (error instanceof StatusFailure) this.#direct(error.status);
    // who left in the middle of a request is told nothing, and nothing failed
    else if (this.#res.destroyed && this.#relay === null) this.#leave();
    else {
      const id = this.#parts.newId();
      this.#parts.logger.error('a request failed', {
        id,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      const status: StatusError = {
        code: 500,
        reason: 'InternalError',
        message: `Internal error of the gateway (${id}).`,
      };
      if (this.#relay !== null) this.#relay.fail(status);
      else this.#direct(status);
    }
    if (this.#relay === null) this.#leave();
  }

  /** An answer that needs no record: nothing of a target is in it. */
  #direct(status: StatusError): void {
    const res = this.#res;
    if (res.destroyed || res.headersSent) {
      res.destroy();
      return;
    }
    const written = writtenError(status, this.#url);
    writeStatusHead(res, status.code, written, null, this.#req);
    res.end(written.body);
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

function writeStatusHead(
  res: ServerResponse,
  code: number,
  { contentType, body }: WrittenError,
  auditId: string | null,
  req: IncomingMessage,
): void {
  res.writeHead(code, {
    'Content-Type': contentType,
    'Content-Length': body.length,
    'Cache-Control': 'no-cache, private',
    ...(auditId !== null && auditId !== '' && { 'Audit-Id': auditId }),
    ...(code === 401 && { 'WWW-Authenticate': 'Bearer' }),
    // a body that was not read would be taken for the next request
    ...(!req.complete && { Connection: 'close' }),
  });
}
