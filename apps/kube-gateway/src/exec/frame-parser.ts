import { isUtf8 } from 'node:buffer';
import { CloseCode, CONTROL_BYTES, mayBeSent, Opcode, WebSocketError } from './websocket.js';

/** What a parser found, in wire order. Payloads are the receiver's to keep. */
export interface FrameSink {
  /**
   * A piece of a data message, as soon as it is there: messages are not collected. `start` and `end` mark the first and the last
   * piece; pieces may be empty. Text and binary are the same: some clients send binary data as text.
   */
  data(piece: Uint8Array, start: boolean, end: boolean): void;
  ping(payload: Uint8Array): void;
  pong(payload: Uint8Array): void;
  /** Nothing follows. @param code null: the frame had none */
  close(code: number | null, reason: string): void;
}

/** Longest frame header: two bytes, a length of eight, a key of four. */
const HEADER_BYTES = 14;

/**
 * Cuts one direction of a WebSocket connection into messages and control frames (RFC 6455 §5). It holds no more than a header and a
 * control frame. Extensions are not spoken, so that a reserved bit is an error.
 */
export class FrameParser {
  readonly #masked: boolean;
  readonly #messageBytes: number;
  readonly #sink: FrameSink;
  readonly #header = new Uint8Array(HEADER_BYTES);
  readonly #control = new Uint8Array(CONTROL_BYTES);
  #have = 0;
  #need = 2;
  #inPayload = false;
  #opcode = 0;
  #final = false;
  #left = 0;
  #taken = 0;
  #key: readonly number[] = [0, 0, 0, 0];
  /** a message is under way, and how much of it came */
  #open = false;
  #message = 0;
  /** its first piece is not handed on yet */
  #fresh = false;
  #over = false;

  /** @param from who sends: clients mask their frames, servers must not @param messageBytes bound of one message, fragments together */
  constructor(from: 'client' | 'server', messageBytes: number, sink: FrameSink) {
    this.#masked = from === 'client';
    this.#messageBytes = messageBytes;
    this.#sink = sink;
  }

  /** @param chunk any cut of the stream; not changed, and pieces of unmasked frames are views of it @throws WebSocketError */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.#over) at = this.#inPayload ? this.#payload(chunk, at) : this.#head(chunk, at);
  }

  #head(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && this.#have < this.#need) this.#header[this.#have++] = chunk[at++]!;
    if (this.#have < this.#need) return at;
    if (this.#need === 2) {
      this.#need = this.#checkedNeed();
      if (this.#have < this.#need) return at;
    }
    this.#begin();
    return at;
  }

  /** Checks the first two bytes. @returns how long the header is */
  #checkedNeed(): number {
    const first = this.#header[0]!;
    const second = this.#header[1]!;
    if ((first & 0x70) !== 0) this.#fail(CloseCode.protocolError, 'a reserved bit is set, no extension was agreed on');
    const opcode = first & 0x0f;
    const final = (first & 0x80) !== 0;
    const short = second & 0x7f;
    if (opcode > Opcode.pong || (opcode > Opcode.binary && opcode < Opcode.close))
      this.#fail(CloseCode.protocolError, 'a reserved opcode');
    if (((second & 0x80) !== 0) !== this.#masked)
      this.#fail(CloseCode.protocolError, this.#masked ? 'a frame is not masked' : 'a frame of a server is masked');
    if (opcode >= Opcode.close) {
      if (!final) this.#fail(CloseCode.protocolError, 'a control frame is fragmented');
      if (short > CONTROL_BYTES) this.#fail(CloseCode.protocolError, 'a control frame is too long');
    } else if ((opcode === Opcode.continuation) !== this.#open)
      this.#fail(
        CloseCode.protocolError,
        this.#open ? 'a message begins inside another one' : 'a continuation without a message',
      );
    this.#opcode = opcode;
    this.#final = final;
    return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (this.#masked ? 4 : 0);
  }

  #begin(): void {
    const header = this.#header;
    const length = this.#length();
    if (this.#masked) {
      const key = this.#need - 4;
      this.#key = [header[key]!, header[key + 1]!, header[key + 2]!, header[key + 3]!];
    }
    if (this.#opcode < Opcode.close) {
      if (!this.#open) {
        this.#open = true;
        this.#message = 0;
        this.#fresh = true;
      }
      this.#message += length;
      if (this.#message > this.#messageBytes)
        this.#fail(CloseCode.tooBig, `a message is longer than ${this.#messageBytes} bytes`);
    }
    this.#left = length;
    this.#taken = 0;
    this.#have = 0;
    this.#need = 2;
    this.#inPayload = length > 0;
    if (length === 0) this.#ended(new Uint8Array(0));
  }

  #length(): number {
    const short = this.#header[1]! & 0x7f;
    if (short < 126) return short;
    let length = 0;
    const last = short === 126 ? 4 : 10;
    for (let at = 2; at < last; at++) length = length * 256 + this.#header[at]!;
    if (length < (short === 126 ? 126 : 65_536)) this.#fail(CloseCode.protocolError, 'a length is not minimal');
    if (length > this.#messageBytes)
      this.#fail(CloseCode.tooBig, `a message is longer than ${this.#messageBytes} bytes`);
    return length;
  }

  #payload(chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + this.#left);
    const piece = this.#masked ? this.#unmasked(chunk, at, end) : chunk.subarray(at, end);
    const control = this.#opcode >= Opcode.close;
    if (control) this.#control.set(piece, this.#taken);
    this.#taken += end - at;
    this.#left -= end - at;
    if (this.#left === 0) {
      this.#inPayload = false;
      this.#ended(control ? this.#control.slice(0, this.#taken) : piece);
    } else if (!control) this.#data(piece, false);
    return end;
  }

  #unmasked(chunk: Uint8Array, from: number, to: number): Uint8Array {
    const out = new Uint8Array(to - from);
    const phase = this.#taken;
    const key = this.#key;
    for (let i = 0; i < out.length; i++) out[i] = chunk[from + i]! ^ key[(phase + i) & 3]!;
    return out;
  }

  #ended(piece: Uint8Array): void {
    switch (this.#opcode) {
      case Opcode.ping:
        this.#sink.ping(piece);
        return;
      case Opcode.pong:
        this.#sink.pong(piece);
        return;
      case Opcode.close:
        this.#closed(piece);
        return;
      default:
        if (this.#final) this.#open = false;
        if (this.#final || piece.length > 0) this.#data(piece, this.#final);
    }
  }

  #data(piece: Uint8Array, end: boolean): void {
    const start = this.#fresh;
    this.#fresh = false;
    this.#sink.data(piece, start, end);
  }

  #closed(payload: Uint8Array): void {
    if (payload.length === 0) {
      this.#over = true;
      this.#sink.close(null, '');
      return;
    }
    if (payload.length === 1) this.#fail(CloseCode.protocolError, 'half a close code');
    const code = payload[0]! * 256 + payload[1]!;
    if (!mayBeSent(code)) this.#fail(CloseCode.protocolError, 'a close code that is not to be sent');
    const reason = payload.subarray(2);
    if (!isUtf8(reason)) this.#fail(CloseCode.invalidPayload, 'a close reason is not UTF-8');
    this.#over = true;
    this.#sink.close(code, Buffer.from(reason).toString('utf8'));
  }

  #fail(code: number, message: string): never {
    this.#over = true;
    throw new WebSocketError(code, message);
  }
}
