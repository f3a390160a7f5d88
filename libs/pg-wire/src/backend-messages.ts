import { FrameCursor } from './frame-cursor.js';
import { HEADER_LENGTH } from './frame-splitter.js';
import { ProtocolError } from './protocol.error.js';
import { SQLSTATE } from './sqlstate.js';

/** One column of a RowDescription. */
export interface RowField {
  readonly name: string;
  /** 0: not a plain column of a relation */
  readonly tableOid: number;
  /** 0: not a plain column */
  readonly attnum: number;
  readonly typeOid: number;
  /** bytes; negative: variable */
  readonly typeSize: number;
  /** -1: none */
  readonly typmod: number;
  /** 0 text, 1 binary; always 0 in the answer to Describe(statement) */
  readonly format: number;
}

/** How a COPY towards the client, or from it, is written. */
export interface CopyResponse {
  readonly binary: boolean;
  /** of each column, 0 text, 1 binary */
  readonly formats: readonly number[];
}

/** What the target asks for during authentication. */
export type AuthenticationRequest =
  | { readonly kind: 'ok' }
  | { readonly kind: 'cleartext' }
  | { readonly kind: 'md5'; readonly salt: Buffer }
  | { readonly kind: 'sasl'; readonly mechanisms: readonly string[] }
  | { readonly kind: 'sasl-continue'; readonly data: Buffer }
  | { readonly kind: 'sasl-final'; readonly data: Buffer }
  | { readonly kind: 'other'; readonly method: number };

/** Transaction status of ReadyForQuery: idle, in a block, in a failed block. */
export type ReadyStatus = 'I' | 'T' | 'E';

const bodyOf = (buffer: Buffer, start: number, end: number): FrameCursor =>
  new FrameCursor(buffer, start + HEADER_LENGTH, end);

/**
 * Decodes `T`, columns in order.
 * All `read…` functions take one whole frame (`buffer[start..end)`, header included, type not checked) and throw a fatal ProtocolError
 * 08P01 unless it is filled exactly; texts of the target are UTF-8, what is invalid becomes U+FFFD.
 */
export const readRowDescription = (buffer: Buffer, start: number, end: number): RowField[] => {
  const body = bodyOf(buffer, start, end);
  const count = body.uint16();
  const fields: RowField[] = [];
  for (let i = 0; i < count; i++) {
    fields.push({
      name: body.cstring(),
      tableOid: body.uint32(),
      attnum: body.int16(),
      typeOid: body.uint32(),
      typeSize: body.int16(),
      typmod: body.int32(),
      format: body.uint16(),
    });
  }
  body.finish();
  return fields;
};

/** Decodes `E` or `N`: field letter → value, in wire order; a repeated letter keeps its last value. */
export const readErrorFields = (buffer: Buffer, start: number, end: number): Map<string, string> => {
  const body = bodyOf(buffer, start, end);
  const fields = new Map<string, string>();
  for (let letter = body.byte(); letter !== 0; letter = body.byte()) {
    fields.set(String.fromCharCode(letter), body.cstring());
  }
  body.finish();
  return fields;
};

/** Decodes `S`: a setting and its new value. */
export const readParameterStatus = (buffer: Buffer, start: number, end: number): { name: string; value: string } => {
  const body = bodyOf(buffer, start, end);
  const name = body.cstring();
  const value = body.cstring();
  body.finish();
  return { name, value };
};

/** Decodes `K`: `key` is a view of 4 bytes (protocol 3.0) or up to 256 (3.2). */
export const readBackendKeyData = (buffer: Buffer, start: number, end: number): { pid: number; key: Buffer } => {
  const body = bodyOf(buffer, start, end);
  return { pid: body.int32(), key: body.rest() };
};

/** Decodes `Z`: the only truth about the transaction state. */
export const readReadyStatus = (buffer: Buffer, start: number, end: number): ReadyStatus => {
  const body = bodyOf(buffer, start, end);
  const status = String.fromCharCode(body.byte());
  body.finish();
  if (status === 'I' || status === 'T' || status === 'E') return status;
  throw body.violation('unknown transaction status in ReadyForQuery');
};

/** Decodes `C`: the command tag, e.g. `SELECT 5`. */
export const readCommandTag = (buffer: Buffer, start: number, end: number): string => {
  const body = bodyOf(buffer, start, end);
  const tag = body.cstring();
  body.finish();
  return tag;
};

/** Rows a command tag counts: `SELECT 5` → 5, `INSERT 0 7` → 7, `CREATE TABLE` → 0. */
export const rowCountOfTag = (tag: string): number => {
  const digits = /^[A-Z][A-Z ]* (?:\d+ )?(\d+)$/.exec(tag)?.[1];
  return digits === undefined ? 0 : Number(digits);
};

/** Decodes `R`; SASL data and the MD5 salt are views. */
export const readAuthentication = (buffer: Buffer, start: number, end: number): AuthenticationRequest => {
  const body = bodyOf(buffer, start, end);
  const method = body.int32();
  switch (method) {
    case 0:
      body.finish();
      return { kind: 'ok' };
    case 3:
      body.finish();
      return { kind: 'cleartext' };
    case 5: {
      const salt = body.bytes(4);
      body.finish();
      return { kind: 'md5', salt };
    }
    case 10:
      return { kind: 'sasl', mechanisms: readMechanisms(body) };
    case 11:
      return { kind: 'sasl-continue', data: body.rest() };
    case 12:
      return { kind: 'sasl-final', data: body.rest() };
    default:
      return { kind: 'other', method };
  }
};

const readMechanisms = (body: FrameCursor): string[] => {
  const mechanisms: string[] = [];
  for (let name = body.cstring(); name !== ''; name = body.cstring()) mechanisms.push(name);
  body.finish();
  return mechanisms;
};

/** Decodes `A`. */
export const readNotification = (
  buffer: Buffer,
  start: number,
  end: number,
): { pid: number; channel: string; payload: string } => {
  const body = bodyOf(buffer, start, end);
  const pid = body.int32();
  const channel = body.cstring();
  const payload = body.cstring();
  body.finish();
  return { pid, channel, payload };
};

/** Decodes `t`: type OIDs of the parameters in order. */
export const readParameterDescription = (buffer: Buffer, start: number, end: number): number[] => {
  const body = bodyOf(buffer, start, end);
  const count = body.uint16();
  if (body.left() !== count * 4) throw body.violation('ParameterDescription does not fill its message');
  const types: number[] = [];
  for (let i = 0; i < count; i++) types.push(body.uint32());
  return types;
};

/** Decodes `v`: full version number and the options the target does not know. */
export const readNegotiateProtocolVersion = (
  buffer: Buffer,
  start: number,
  end: number,
): { version: number; unrecognised: string[] } => {
  const body = bodyOf(buffer, start, end);
  const version = body.uint32();
  const count = body.uint32();
  if (count > body.left()) throw body.violation('more protocol options are announced than sent');
  const unrecognised: string[] = [];
  for (let i = 0; i < count; i++) unrecognised.push(body.cstring());
  body.finish();
  return { version, unrecognised };
};

/** Number of fields a DataRow says it has; ProtocolError 08P01 for a frame without room for the number. */
export const dataRowFieldCount = (buffer: Buffer, start: number, end: number): number => {
  if (end - start < HEADER_LENGTH + 2) throw shortRow();
  return buffer.readUInt16BE(start + HEADER_LENGTH);
};

/**
 * Walks a DataRow without allocating: writes offset and length of field i to `fields[2i]` and `fields[2i + 1]` (length -1: NULL).
 * Returns the number of fields; those beyond the room in `fields` are checked but not written.
 */
export const walkDataRow = (buffer: Buffer, start: number, end: number, fields: Int32Array): number => {
  const count = dataRowFieldCount(buffer, start, end);
  let at = start + HEADER_LENGTH + 2;
  for (let i = 0; i < count; i++) {
    if (end - at < 4) throw shortRow();
    const length = buffer.readInt32BE(at);
    at += 4;
    if (length < -1 || length > end - at) throw shortRow();
    fields[2 * i] = at;
    fields[2 * i + 1] = length;
    if (length > 0) at += length;
  }
  if (at !== end) throw shortRow();
  return count;
};

const shortRow = (): ProtocolError =>
  new ProtocolError(SQLSTATE.protocolViolation, 'a DataRow does not match its own length');

/** Decodes `H` and `G`. */
export const readCopyResponse = (buffer: Buffer, start: number, end: number): CopyResponse => {
  const body = bodyOf(buffer, start, end);
  const binary = body.byte() === 1;
  const formats = Array.from({ length: body.uint16() }, () => body.uint16());
  body.finish();
  return { binary, formats };
};
