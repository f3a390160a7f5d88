import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Admission, Receipt, ResultChunk, ResultEnd, SessionLane } from '@app/gate';
import { statusBody, type StatusError, type WrittenError, writtenError } from './kube-status.js';

/** Masks an answer as it passes; pure, see `redaction/` and `text/`. */
export interface AnswerRedactor {
  push(chunk: Uint8Array): readonly Uint8Array[];
  finish(): readonly Uint8Array[];
  /** what passed since the last call: items, masks by place, masked texts kept for the record */
  take(): {
    readonly items: number;
    readonly masked: ReadonlyMap<string, number>;
    readonly documents: readonly string[];
  };
  /** time is up: lets go of what is held back only because it may begin a protected value; absent: holds nothing */
  release?(): Uint8Array;
}

/** What a relay works with. */
export interface RelayParts {
  readonly lane: SessionLane;
  readonly admission: Admission;
  readonly res: ServerResponse;
  readonly chunkBytes: number;
  readonly chunkMs: number;
  /** an answer of many documents: what ends it early is told as one more */
  readonly watch: boolean;
  /** request target as on the request line: errors of ours are written for who asked */
  readonly url: string;
  /** called once when the answer is recorded to its end and the client has what it may have */
  readonly over: () => void;
}

/** Head of an answer. */
export interface AnswerHead {
  readonly code: number;
  readonly headers: readonly string[];
}

/** Longest recorded text of one item, and of all items of one chunk, bytes (docs/record.md). */
const ITEM_BYTES = 16 * 1024;
const CHUNK_ITEM_BYTES = 256 * 1024;
/** How long text may be held back because it may begin a protected value, ms. */
const HOLD_MS = 200;
const EMPTY = Buffer.alloc(0);
const NEWLINE = 0x0a;

/**
 * Brings one answer to the client: masked, recorded, then released, piece by piece. Head and first piece leave together; what comes
 * of the target waits when the client or the record is slow.
 */
export class AnswerRelay {
  readonly #p: RelayParts;
  #head: AnswerHead | null = null;
  #upstream: IncomingMessage | null = null;
  #redactor: AnswerRedactor | null = null;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** of all that was kept: a quiet watch stands behind a whole event */
  #lastByte = NEWLINE;
  #since = Date.now();
  #heldSince = 0;
  /** something of the answer is on its way, though its record may not be durable yet: no other answer can take its place */
  #begun = false;
  /** the head has left */
  #released = false;
  /** of all that has left: what came of a watch ends behind a whole event */
  #leftByte = NEWLINE;
  /** nothing more is taken of the target */
  #ended = false;
  /** the client has what it may have */
  #over = false;

  constructor(parts: RelayParts) {
    this.#p = parts;
    parts.res.on('drain', () => this.flow());
    parts.res.on('close', () => this.#clientGone());
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Begins with the target's answer. */
  begin(upstream: IncomingMessage, head: AnswerHead, redactor: AnswerRedactor): void {
    if (this.#ended) return void upstream.destroy();
    this.#head = head;
    this.#upstream = upstream;
    this.#redactor = redactor;
    this.#since = Date.now();
    upstream.on('data', (chunk: Buffer) => this.#data(chunk));
    upstream.on('end', () => this.#complete());
    upstream.on('error', () => this.#broken());
    upstream.on('close', () => {
      if (!upstream.complete) this.#broken();
    });
  }

  /** Answers with a Status of ours instead; nothing of the target's answer leaves. */
  fail(status: StatusError, end: Partial<ResultEnd> = {}): void {
    if (this.#ended) return;
    const ending: ResultEnd = {
      status: 'error',
      code: String(status.code),
      message: status.message,
      tag: null,
      ...end,
    };
    if (this.#begun) return this.#finish(ending, true);
    const written = writtenError(status, this.#p.url);
    const { body } = written;
    this.#head = statusHead(status.code, written, this.#p.admission.id);
    this.#pending = [body];
    this.#pendingBytes = body.length;
    this.#redactor = null;
    this.#finish(ending);
  }

  /** Answers with a text of ours, recorded as the answer. */
  answer(code: number, headers: readonly string[], body: Uint8Array): void {
    if (this.#ended) return;
    this.#head = { code, headers: [...headers, 'Content-Length', String(body.length)] };
    this.#pending = [body];
    this.#pendingBytes = body.length;
    this.#redactor = oneDocument(body);
    this.#finish({ status: 'ok', code: null, message: null, tag: String(code) });
  }

  /** Ends it at once with a reason the client is told where its protocol has a place for it. */
  terminate(message: string, status: StatusError): void {
    if (this.#ended) return;
    if (!this.#begun) return this.fail(status, { status: 'cancelled', tag: 'terminated' });
    const whole = this.#p.watch && this.#lastByte === NEWLINE;
    if (whole) {
      this.#keep(errorEvent({ code: 410, reason: 'Expired', message }));
    }
    // a body that was cut short in the middle is no answer: only a watch ends in order, behind a whole event
    this.#finish({ status: 'cancelled', code: null, message, tag: 'terminated' }, !whole);
  }

  /** The lane may let more through, or the client takes more. */
  flow(): void {
    const upstream = this.#upstream;
    if (upstream === null || this.#ended) return;
    const { lane, res } = this.#p;
    if (lane.congested || res.writableNeedDrain) upstream.pause();
    else upstream.resume();
  }

  /** Clock of long answers. @param now ms */
  tick(now: number): void {
    if (this.#ended) return;
    const { lane, admission, chunkMs } = this.#p;
    if (now - Math.max(this.#since, admission.startedAt) < chunkMs) return;
    lane.recordIntent(admission);
    const redactor = this.#redactor;
    if (redactor?.release !== undefined && this.#heldSince > 0 && now - this.#heldSince >= HOLD_MS) {
      this.#heldSince = 0;
      this.#keep(redactor.release());
    }
    if (this.#pendingBytes > 0) this.#record(null);
    // the head of a quiet watch or log opens it for the client
    else if (!this.#begun && this.#head !== null) {
      this.#begun = true;
      lane.release(lane.receipt(), [EMPTY]);
    }
    this.#since = now;
  }

  /** What the record let go: the sink of the lane. */
  toClient(chunks: readonly Uint8Array[]): void {
    const { res } = this.#p;
    if (res.destroyed || res.writableEnded) return;
    if (!this.#released) {
      this.#released = true;
      const head = this.#head!;
      res.writeHead(head.code, head.headers as string[]);
    }
    let bytes = 0;
    for (const chunk of chunks) bytes += chunk.length;
    if (bytes === 0) res.flushHeaders();
    else {
      res.cork();
      for (const chunk of chunks)
        if (chunk.length > 0) {
          res.write(chunk);
          this.#leftByte = chunk[chunk.length - 1]!;
        }
      res.uncork();
    }
    this.flow();
  }

  /** What let it through is gone: nothing that waits may leave, its end is in the record, and a watch is told why. */
  cutOff(status: StatusError): void {
    if (this.#over) return;
    if (!this.#ended) {
      this.#ended = true;
      const { lane, admission } = this.#p;
      const end: ResultEnd = {
        status: 'cancelled',
        code: String(status.code),
        message: status.message,
        tag: 'terminated',
      };
      try {
        lane.result(admission, NOTHING, end);
        if (admission.mode === 'after-intent') lane.settle(admission, end, []);
      } catch {
        // the record failed: it ends all the same
      }
    }
    const { res } = this.#p;
    if (this.#released && this.#endsAnywhere && this.#leftByte === NEWLINE && !res.destroyed) {
      this.#over = true;
      this.#upstream?.destroy();
      res.end(errorEvent(status));
      this.#p.over();
    } else this.abort(status);
  }

  /** The record failed or the lane was ended: nothing that waits may leave. */
  abort(status: StatusError): void {
    if (this.#over) return;
    this.#over = true;
    this.#ended = true;
    this.#upstream?.destroy();
    const { res, over } = this.#p;
    if (!this.#released && !res.headersSent && !res.destroyed) {
      const written = writtenError(status, this.#p.url);
      const head = statusHead(status.code, written, this.#p.admission.id);
      res.writeHead(head.code, head.headers as string[]);
      res.end(written.body);
    } else res.destroy();
    over();
  }

  #data(chunk: Buffer): void {
    if (this.#ended) return;
    const redactor = this.#redactor!;
    let masked: readonly Uint8Array[];
    try {
      masked = redactor.push(chunk);
    } catch {
      return this.#unreadable();
    }
    if (masked.length === 0 && this.#heldSince === 0) this.#heldSince = Date.now();
    for (const piece of masked) this.#keep(piece);
    if (this.#pendingBytes >= this.#p.chunkBytes) this.#record(null);
    this.flow();
  }

  #complete(): void {
    if (this.#ended || this.#upstream?.complete === false) return;
    try {
      for (const piece of this.#redactor!.finish()) this.#keep(piece);
    } catch {
      return this.#unreadable();
    }
    this.#sayLength();
    const code = this.#head!.code;
    this.#finish(
      code < 400
        ? { status: 'ok', code: null, message: null, tag: String(code) }
        : { status: 'error', code: String(code), message: this.#messageOf(), tag: null },
    );
  }

  /** A short answer has come whole before its head leaves: with its length it is one write, not three chunks. */
  #sayLength(): void {
    const head = this.#head!;
    if (this.#begun || this.#pendingBytes === 0 || head.code < 200 || head.code === 204 || head.code === 304) return;
    if (head.headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length')) return;
    this.#head = { ...head, headers: [...head.headers, 'Content-Length', String(this.#pendingBytes)] };
  }

  /** A watch is a row of documents: it may end behind any of them. */
  get #endsAnywhere(): boolean {
    return this.#p.watch && this.#head !== null && this.#head.code < 300;
  }

  /** What cannot be read cannot be masked: nothing more of it leaves. */
  #unreadable(): void {
    this.#upstream?.destroy();
    this.#pending = [];
    this.#pendingBytes = 0;
    const message = 'The answer of the cluster could not be read, so it could not be masked, and is withheld.';
    this.fail({ code: 502, reason: 'InternalError', message });
  }

  #broken(): void {
    if (this.#ended) return;
    const message = 'The connection to the cluster ended in the middle of its answer.';
    if (!this.#begun && this.#pendingBytes === 0)
      return this.fail({ code: 502, reason: 'ServiceUnavailable', message });
    this.#finish({ status: 'error', code: '502', message, tag: null }, true);
  }

  #clientGone(): void {
    if (this.#ended) return;
    this.#upstream?.destroy();
    this.#pending = [];
    this.#finish({ status: 'cancelled', code: null, message: null, tag: null }, true);
  }

  #keep(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pending.push(piece);
    this.#pendingBytes += piece.length;
    this.#lastByte = piece[piece.length - 1]!;
  }

  #record(end: ResultEnd | null): Receipt {
    const { lane, admission } = this.#p;
    let receipt = lane.result(admission, this.#chunk(), end);
    if (end !== null && admission.mode === 'after-intent') receipt = lane.settle(admission, end, []);
    const chunks = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#since = Date.now();
    this.#begun = true;
    lane.release(receipt, chunks.length > 0 ? chunks : [EMPTY]);
    return receipt;
  }

  /** @param cut the client must not take what it has for a whole answer */
  #finish(end: ResultEnd, cut = false): void {
    this.#ended = true;
    if (this.#upstream?.complete === false) this.#upstream.destroy();
    const { lane, res, over } = this.#p;
    try {
      this.#record(end);
    } catch {
      this.#over = true;
      res.destroy();
      over();
      return;
    }
    lane.onceReleased(() => {
      // the record failed in between: the answer never left whole
      if (this.#over) return;
      this.#over = true;
      if (cut && !this.#endsAnywhere) res.destroy();
      else if (!res.destroyed) res.end();
      over();
    });
  }

  #chunk(): ResultChunk {
    const { items, masked, documents } = this.#redactor?.take() ?? { items: 0, masked: NO_MASKS, documents: [] };
    const columns = [{ name: 'object', masked: false }];
    const values = [items];
    for (const [name, count] of masked) {
      columns.push({ name, masked: true });
      values.push(count);
    }
    return { rows: items, bytes: this.#pendingBytes, columns, values, recorded: recordedRows(documents) };
  }

  /** The message of a Status on its way out, already masked. */
  #messageOf(): string | null {
    if (this.#pendingBytes > 64 * 1024) return null;
    try {
      const parsed: unknown = JSON.parse(Buffer.concat(this.#pending).toString('utf8'));
      return typeof parsed === 'object' && parsed !== null && 'message' in parsed && typeof parsed.message === 'string'
        ? parsed.message
        : null;
    } catch {
      return null;
    }
  }
}

const NO_MASKS: ReadonlyMap<string, number> = new Map();
const NOTHING: ResultChunk = { rows: 0, bytes: 0, columns: [], values: null, recorded: '' };

/** The last event of a watch that is ended early. */
function errorEvent(status: StatusError): Buffer {
  return Buffer.concat([Buffer.from('{"type":"ERROR","object":'), statusBody(status), Buffer.from('}\n')]);
}

function recordedRows(documents: readonly string[]): string {
  let rows = '';
  for (const document of documents) {
    const bytes = Buffer.byteLength(document);
    const row = bytes > ITEM_BYTES ? `[{"bytes":${bytes}}]` : `[${document}]`;
    if (rows.length + row.length > CHUNK_ITEM_BYTES) break;
    rows += rows === '' ? row : `,${row}`;
  }
  return rows;
}

function statusHead(code: number, { contentType, body }: WrittenError, auditId: string): AnswerHead {
  return {
    code,
    headers: [
      'Content-Type',
      contentType,
      'Content-Length',
      String(body.length),
      'Cache-Control',
      'no-cache, private',
      'Audit-Id',
      auditId,
    ],
  };
}

function oneDocument(body: Uint8Array): AnswerRedactor {
  const documents = [Buffer.from(body).toString('utf8')];
  return {
    push: () => [],
    finish: () => [],
    take: () => ({ items: 1, masked: NO_MASKS, documents: documents.splice(0) }),
  };
}
