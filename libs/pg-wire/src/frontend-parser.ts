import { FrameCursor } from './frame-cursor.js';
import { FrameSplitter, HEADER_LENGTH } from './frame-splitter.js';
import type { FallibleMessageName, FrontendMessage } from './frontend-messages.js';
import { authenticationLengths, frontendLengths, type WireLimits } from './limits.js';
import { ProtocolError } from './protocol.error.js';
import { SQLSTATE } from './sqlstate.js';

/**
 * Names of statements and portals are at most this long. The server compares only the first 63 bytes, so two longer names can be
 * one statement there and two here: the description of one would judge the execution of the other.
 */
const NAME_BYTES = 63;

const NOT_FATAL = { fatal: false } as const;

const fallibleNames: ReadonlyMap<string, FallibleMessageName> = new Map([
  ['Q', 'query'],
  ['P', 'parse'],
  ['B', 'bind'],
  ['D', 'describe'],
  ['E', 'execute'],
  ['C', 'close'],
  ['S', 'sync'],
  ['H', 'flush'],
  ['X', 'terminate'],
  ['c', 'copyDone'],
]);

/** Reads what a client sends after its startup packet. */
export class FrontendParser {
  private readonly splitter: FrameSplitter;
  private messages: FrontendMessage[] = [];

  /** @param phase `authentication` accepts password messages (up to 65 535 bytes) and Terminate only, until `enterSession` */
  constructor(
    private readonly limits: WireLimits,
    phase: 'authentication' | 'session' = 'session',
  ) {
    this.splitter = new FrameSplitter(
      phase === 'session' ? frontendLengths(limits) : authenticationLengths(),
      'frontend',
    );
  }

  /** From now on every message of the protocol is accepted. */
  enterSession(): void {
    this.splitter.useLengths(frontendLengths(this.limits));
  }

  /** Bytes kept of an unfinished frame. */
  pending(): number {
    return this.splitter.pending();
  }

  /**
   * Returns every message that `chunk` completes, in wire order; a partial frame is kept for the next call.
   * @param chunk any cut of the byte stream, possibly empty; the caller must not reuse its memory: `raw` and values are views of it
   * @returns zero or more messages; a sound frame with an unsound body is an `invalid` message in its place
   * @throws ProtocolError 08P01, fatal, for an unknown type or a length below 4 or above the limit of the type (bytes): there is no
   * next frame to be found, and every later call throws too
   * @see PostgreSQL 18 manual, Frontend/Backend Protocol, "Message Formats"
   */
  push(chunk: Buffer): FrontendMessage[] {
    this.messages = [];
    this.splitter.push(chunk, this.onFrame);
    return this.messages;
  }

  private readonly onFrame = (type: number, buffer: Buffer, start: number, end: number): void => {
    const raw = buffer.subarray(start, end);
    const letter = String.fromCharCode(type);
    try {
      this.messages.push(readMessage(letter, raw));
    } catch (error) {
      const of = fallibleNames.get(letter);
      if (!(error instanceof ProtocolError) || error.fatal || of === undefined) throw error;
      this.messages.push({ name: 'invalid', of, error, raw });
    }
  };
}

const readMessage = (letter: string, raw: Buffer): FrontendMessage => {
  const body = new FrameCursor(raw, HEADER_LENGTH, raw.length, NOT_FATAL);
  switch (letter) {
    case 'Q':
      return readQuery(body, raw);
    case 'P':
      return readParse(body, raw);
    case 'B':
      return readBind(body, raw);
    case 'D':
      return { name: 'describe', ...readTarget(body, 'DESCRIBE'), raw };
    case 'C':
      return { name: 'close', ...readTarget(body, 'CLOSE'), raw };
    case 'E':
      return readExecute(body, raw);
    case 'S':
      return readPlain('sync', body, raw);
    case 'H':
      return readPlain('flush', body, raw);
    case 'X':
      return readPlain('terminate', body, raw);
    case 'c':
      return readPlain('copyDone', body, raw);
    case 'p':
      return { name: 'password', bytes: body.rest(), raw };
    case 'd':
      return { name: 'copyData', bytes: body.rest(), raw };
    case 'f':
      return { name: 'copyFail', bytes: body.rest(), raw };
    case 'F':
      return { name: 'functionCall', raw };
    default:
      throw new ProtocolError(SQLSTATE.protocolViolation, 'invalid frontend message type');
  }
};

const readName = (body: FrameCursor): string => {
  const bytes = body.cstringBytes();
  if (bytes.length > NAME_BYTES) {
    throw new ProtocolError(
      SQLSTATE.nameTooLong,
      `names of prepared statements and portals are at most ${NAME_BYTES} bytes long`,
      NOT_FATAL,
    );
  }
  return body.text(bytes);
};

const readQuery = (body: FrameCursor, raw: Buffer): FrontendMessage => {
  const textBytes = body.cstringBytes();
  body.finish();
  return { name: 'query', text: body.text(textBytes), textBytes, raw };
};

const readParse = (body: FrameCursor, raw: Buffer): FrontendMessage => {
  const statement = readName(body);
  const textBytes = body.cstringBytes();
  const count = body.uint16();
  // Before the loop: a count may promise 65 535 entries that a short frame does not have.
  if (body.left() !== count * 4) throw body.violation('the parameter types of Parse do not fill its message');
  const parameterTypes: number[] = [];
  for (let i = 0; i < count; i++) parameterTypes.push(body.uint32());
  return { name: 'parse', statement, text: body.text(textBytes), textBytes, parameterTypes, raw };
};

const readFormats = (body: FrameCursor): number[] => {
  const count = body.uint16();
  if (body.left() < count * 2) throw body.violation('more format codes are announced than sent');
  const formats: number[] = [];
  for (let i = 0; i < count; i++) {
    const format = body.uint16();
    if (format > 1) throw body.violation(`unsupported format code: ${format}`);
    formats.push(format);
  }
  return formats;
};

const readBind = (body: FrameCursor, raw: Buffer): FrontendMessage => {
  const portal = readName(body);
  const statement = readName(body);
  const parameterFormats = readFormats(body);
  const count = body.uint16();
  if (parameterFormats.length > 1 && parameterFormats.length !== count) {
    throw body.violation(`bind message has ${parameterFormats.length} parameter formats but ${count} parameters`);
  }
  if (body.left() < count * 4) throw body.violation('more parameters are announced than sent');
  const values: (Buffer | null)[] = [];
  for (let i = 0; i < count; i++) {
    const length = body.int32();
    values.push(length === -1 ? null : body.bytes(length));
  }
  const resultFormats = readFormats(body);
  body.finish();
  return { name: 'bind', portal, statement, parameterFormats, values, resultFormats, raw };
};

const readTarget = (body: FrameCursor, message: 'DESCRIBE' | 'CLOSE'): { kind: 'S' | 'P'; of: string } => {
  const byte = body.byte();
  const kind = String.fromCharCode(byte);
  if (kind !== 'S' && kind !== 'P') throw body.violation(`invalid ${message} message subtype ${byte}`);
  const of = readName(body);
  body.finish();
  return { kind, of };
};

const readExecute = (body: FrameCursor, raw: Buffer): FrontendMessage => {
  const portal = readName(body);
  const maxRows = body.int32();
  body.finish();
  return { name: 'execute', portal, maxRows, raw };
};

const readPlain = (
  name: 'sync' | 'flush' | 'terminate' | 'copyDone',
  body: FrameCursor,
  raw: Buffer,
): FrontendMessage => {
  body.finish();
  return { name, raw };
};
