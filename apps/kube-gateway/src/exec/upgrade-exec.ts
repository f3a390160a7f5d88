import type { Refusal, ResultChunk, ResultEnd } from '@app/gate';
import type { ExecTunnel, ExecUpgrade, StatusAnswer } from './exec-ports.js';
import { ExecStreams } from './exec-streams.js';
import { exitStatus } from './exit-status.js';
import { clientKey, HandshakeError, switchingProtocols, wholeAnswer } from './handshake.js';
import { SocketSide } from './socket-side.js';
import { requestUpgrade, type UpgradeAnswer } from './upstream-upgrade.js';

const nothing: ResultChunk = { rows: 0, bytes: 0, columns: [], values: null, recorded: '' };

/**
 * Carries out an admitted exec or attach over WebSocket: once its intent is durable the target is asked to switch, and when it did
 * the client's connection switches too. Until then every end is a complete HTTP answer; from then on both directions go through
 * the lane message by message.
 * @returns the tunnel; the sinks of the lane have to lead to it from now on
 */
export function upgradeExec(upgrade: ExecUpgrade): ExecTunnel {
  const tunnel = new UpgradeTunnel(upgrade);
  tunnel.begin();
  return tunnel;
}

class UpgradeTunnel implements ExecTunnel {
  readonly #upgrade: ExecUpgrade;
  readonly #client: SocketSide;
  /** what the client sent before it was answered */
  #early: Uint8Array[] = [];
  #earlyBytes = 0;
  #abort: (() => void) | null = null;
  #target: SocketSide | null = null;
  #streams: ExecStreams | null = null;
  /** how it ended before the streams began */
  #ended: ResultEnd | null = null;
  /** the client has its answer */
  #told = false;
  #over = false;

  constructor(upgrade: ExecUpgrade) {
    this.#upgrade = {
      ...upgrade,
      over: (end) => {
        this.#over = true;
        upgrade.over(end);
      },
    };
    const { socket, limits, head } = upgrade;
    this.#client = new SocketSide(socket, limits.socketBytes, limits.keepAliveMs, {
      data: (chunk) => this.#keepEarly(chunk),
      drained: () => undefined,
      gone: () => this.#leave({ ...cancelled, message: 'the client left before its command began' }),
      closed: () => this.#closed(),
    });
    if (head.length > 0) this.#keepEarly(head);
  }

  get closed(): boolean {
    return this.#over;
  }

  begin(): void {
    const { lane, admission } = this.#upgrade;
    lane.begin(admission, () => this.#connect());
  }

  toTarget(chunks: readonly Uint8Array[]): void {
    this.#streams?.toTarget(chunks);
  }

  toClient(chunks: readonly Uint8Array[]): void {
    if (this.#streams) this.#streams.toClient(chunks);
    else if (!this.#told) {
      this.#told = true;
      this.#client.write(chunks);
    }
  }

  resumed(): void {
    this.#streams?.resumed();
  }

  end(refusal: Refusal): void {
    if (this.#streams) this.#streams.terminate(refusal.message);
    else this.#cut(this.#upgrade.refusalOf(refusal), refusal.message);
  }

  terminate(message: string): void {
    if (this.#streams) this.#streams.terminate(message);
    else this.#cut(this.#upgrade.statusOf(403, 'Forbidden', message), message);
  }

  #keepEarly(chunk: Uint8Array): void {
    if (this.#ended !== null) return;
    this.#early.push(chunk);
    this.#earlyBytes += chunk.length;
    if (this.#earlyBytes > this.#upgrade.limits.earlyBytes) this.#client.reading(false);
  }

  #connect(): void {
    if (this.#ended !== null) return;
    const { req, upstream, subprotocols, limits } = this.#upgrade;
    let key: string;
    try {
      key = clientKey(req.headers);
    } catch (error) {
      if (!(error instanceof HandshakeError)) throw error;
      this.#refuse(this.#upgrade.statusOf(error.code, 'BadRequest', error.message), error.message);
      return;
    }
    this.#abort = requestUpgrade(upstream, subprotocols, limits.refusalBytes, limits.handshakeMs, (answer) => {
      this.#abort = null;
      this.#answered(answer, key);
    });
  }

  #answered(answer: UpgradeAnswer, key: string): void {
    switch (answer.kind) {
      case 'switched':
        this.#switch(answer, key);
        return;
      case 'refused':
        this.#passRefusal(answer);
        return;
      case 'failed': {
        const reason = answer.code === 504 ? 'Timeout' : 'ServiceUnavailable';
        this.#refuse(this.#upgrade.statusOf(answer.code, reason, answer.message), answer.message);
        return;
      }
      default:
        throw new TypeError(`no such answer: ${JSON.stringify(answer satisfies never)}`);
    }
  }

  #switch(answer: Extract<UpgradeAnswer, { kind: 'switched' }>, key: string): void {
    const { lane, limits, answerHeaders } = this.#upgrade;
    const waiting: Uint8Array[] = answer.head.length > 0 ? [answer.head] : [];
    const target = new SocketSide(answer.socket, limits.socketBytes, limits.keepAliveMs, {
      data: (chunk) => {
        waiting.push(chunk);
        target.reading(false);
      },
      drained: () => undefined,
      gone: () => undefined,
      closed: () => this.#closed(),
    });
    target.reading(false);
    this.#target = target;
    const begin = (): void => {
      if (this.#ended !== null) return;
      this.#streams = new ExecStreams(this.#upgrade, answer.protocol, this.#client, target);
      const early = this.#early;
      this.#early = [];
      this.#streams.start(early, waiting);
    };
    lane.release(lane.receipt(), [switchingProtocols(key, answer.protocol, answerHeaders)]);
    lane.onceReleased(begin);
  }

  /** A Status of the target stays one, masked; of anything else only the code is told. */
  #passRefusal(answer: Extract<UpgradeAnswer, { kind: 'refused' }>): void {
    const { statusOf, maskStatus } = this.#upgrade;
    const { code } = answer;
    const status = answer.body === null ? null : statusBody(answer.body, maskStatus);
    if (code >= 400 && code !== 401 && status !== null) {
      const { message } = exitStatus(status).end;
      const told: StatusAnswer = { code, contentType: 'application/json', body: status };
      this.#upgrade.refused?.(told);
      this.#refuse(told, message ?? `HTTP ${code}`);
      return;
    }
    // the credential of the gateway is nothing that the client could renew
    const message =
      code === 401
        ? 'the cluster does not accept the credential of the gateway'
        : `the cluster answered ${code} instead of switching to WebSocket`;
    const told = code >= 400 && code !== 401 ? code : 502;
    this.#refuse(statusOf(told, told === 502 ? 'ServiceUnavailable' : 'InternalError', message), message);
  }

  /** An answer instead of the switch, once it is recorded. */
  #refuse(answer: StatusAnswer, message: string): void {
    if (this.#ended !== null) return;
    const { lane, answerHeaders, limits } = this.#upgrade;
    const { code, contentType, body } = answer;
    if (this.#record({ status: 'error', code: String(code), message, tag: null })) {
      lane.release(lane.receipt(), [wholeAnswer(code, contentType, body, answerHeaders)]);
      lane.onceReleased(() => this.#client.finish(limits.closeMs));
    } else {
      const lost = 'the record of this command cannot be kept';
      this.#cut(this.#upgrade.statusOf(503, 'ServiceUnavailable', lost), lost);
    }
  }

  /** An answer of ours at once: the lane has ended, or somebody ended the command. */
  #cut(answer: StatusAnswer, message: string): void {
    if (this.#told) return;
    this.#told = true;
    this.#leave({ ...cancelled, message, tag: 'terminated' });
    const { code, contentType, body } = answer;
    this.#client.write([wholeAnswer(code, contentType, body, this.#upgrade.answerHeaders)]);
    this.#client.finish(this.#upgrade.limits.closeMs);
  }

  #leave(end: ResultEnd): void {
    if (this.#ended !== null) return;
    this.#record(end);
    this.#abort?.();
    this.#target?.destroy();
    if (this.#client.gone) this.#client.destroy();
  }

  #record(end: ResultEnd): boolean {
    this.#ended = end;
    const { lane, admission } = this.#upgrade;
    try {
      lane.result(admission, nothing, end);
      lane.settle(admission, end, []);
      return true;
    } catch {
      return false;
    }
  }

  #closed(): void {
    if (this.#over || this.#streams || !this.#ended || !this.#client.closed || this.#target?.closed === false) return;
    this.#upgrade.over(this.#ended);
  }
}

const cancelled: ResultEnd = { status: 'cancelled', code: null, message: null, tag: null };

/** The body as a masked metav1.Status; null when it is none. */
function statusBody(body: Uint8Array, maskStatus: (json: Uint8Array) => Uint8Array): Uint8Array | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (typeof value !== 'object' || value === null || !('kind' in value) || value.kind !== 'Status') return null;
    return maskStatus(body);
  } catch {
    return null;
  }
}
