import { HEADER_LENGTH } from './frame-splitter.js';
import type { ReadyStatus, RowField } from './backend-messages.js';

/** Fields of an error or a notice of the gateway's own. */
export interface ErrorFields {
  readonly severity: 'ERROR' | 'FATAL' | 'PANIC' | 'WARNING' | 'NOTICE' | 'INFO' | 'LOG' | 'DEBUG';
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  /** 1-based character position in the client's text */
  readonly position?: number;
}

const frame = (letter: string, ...parts: readonly Buffer[]): Buffer => {
  let size = HEADER_LENGTH;
  for (const part of parts) size += part.length;
  const message = Buffer.allocUnsafe(size);
  message[0] = letter.charCodeAt(0);
  message.writeUInt32BE(size - 1, 1);
  let at = HEADER_LENGTH;
  for (const part of parts) at += part.copy(message, at);
  return message;
};

const int16 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16BE(value & 0xffff);
  return bytes;
};

const int32 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
};

/** A NUL inside would end the string early and shift all that follows. */
const cstring = (text: string): Buffer => Buffer.from(`${text.replaceAll('\0', '\uFFFD')}\0`, 'utf8');

const NUL = Buffer.from([0]);

const fieldMessage = (letter: 'E' | 'N', fields: Iterable<readonly [string, string]>): Buffer => {
  const parts: Buffer[] = [];
  for (const [field, value] of fields) parts.push(Buffer.from(field.slice(0, 1), 'latin1'), cstring(value));
  return frame(letter, ...parts, NUL);
};

const entriesOf = (fields: ErrorFields): [string, string][] => {
  const entries: [string, string][] = [
    ['S', fields.severity],
    ['V', fields.severity],
    ['C', fields.code],
    ['M', fields.message],
  ];
  if (fields.detail !== undefined) entries.push(['D', fields.detail]);
  if (fields.hint !== undefined) entries.push(['H', fields.hint]);
  if (fields.position !== undefined) entries.push(['P', String(fields.position)]);
  return entries;
};

const authentication = (method: number, data: Buffer = Buffer.alloc(0)): Buffer => frame('R', int32(method), data);

// Messages without a body never change: one buffer each, which nobody writes to.
const PARSE_COMPLETE = frame('1');
const BIND_COMPLETE = frame('2');
const CLOSE_COMPLETE = frame('3');
const NO_DATA = frame('n');
const EMPTY_QUERY = frame('I');
const PORTAL_SUSPENDED = frame('s');
const AUTHENTICATION_OK = authentication(0);
const AUTHENTICATION_CLEARTEXT = authentication(3);
const READY: Readonly<Record<ReadyStatus, Buffer>> = {
  I: frame('Z', Buffer.from('I')),
  T: frame('Z', Buffer.from('T')),
  E: frame('Z', Buffer.from('E')),
};

/**
 * One function per message towards the client; each returns one whole frame. Frames without a variable part are shared: send them, do
 * not write to them. A NUL inside a text becomes U+FFFD, since it would end the text early.
 * @see PostgreSQL 18 manual, "Message Formats"
 */
export const serialize = {
  authenticationOk: (): Buffer => AUTHENTICATION_OK,
  authenticationCleartextPassword: (): Buffer => AUTHENTICATION_CLEARTEXT,
  /** mechanisms in the order of preference */
  authenticationSasl: (mechanisms: readonly string[]): Buffer =>
    authentication(10, Buffer.concat([...mechanisms.map(cstring), NUL])),
  authenticationSaslContinue: (data: Buffer): Buffer => authentication(11, data),
  authenticationSaslFinal: (data: Buffer): Buffer => authentication(12, data),
  parameterStatus: (name: string, value: string): Buffer => frame('S', cstring(name), cstring(value)),
  backendKeyData: (pid: number, key: Buffer): Buffer => frame('K', int32(pid), key),
  readyForQuery: (status: ReadyStatus): Buffer => READY[status],
  errorResponse: (fields: ErrorFields): Buffer => fieldMessage('E', entriesOf(fields)),
  noticeResponse: (fields: ErrorFields): Buffer => fieldMessage('N', entriesOf(fields)),
  /** an ErrorResponse from fields as the target sent them, or as scrubbing left them */
  errorFromFields: (fields: ReadonlyMap<string, string>): Buffer => fieldMessage('E', fields),
  noticeFromFields: (fields: ReadonlyMap<string, string>): Buffer => fieldMessage('N', fields),
  notificationResponse: (pid: number, channel: string, payload: string): Buffer =>
    frame('A', int32(pid), cstring(channel), cstring(payload)),
  /** `version` is the full number (196610 is 3.2) */
  negotiateProtocolVersion: (version: number, unrecognised: readonly string[]): Buffer =>
    frame('v', int32(version), int32(unrecognised.length), ...unrecognised.map(cstring)),
  parseComplete: (): Buffer => PARSE_COMPLETE,
  bindComplete: (): Buffer => BIND_COMPLETE,
  closeComplete: (): Buffer => CLOSE_COMPLETE,
  noData: (): Buffer => NO_DATA,
  emptyQueryResponse: (): Buffer => EMPTY_QUERY,
  portalSuspended: (): Buffer => PORTAL_SUSPENDED,
  copyData: (bytes: Buffer): Buffer => frame('d', bytes),
  commandComplete: (tag: string): Buffer => frame('C', cstring(tag)),
  parameterDescription: (types: readonly number[]): Buffer => frame('t', int16(types.length), ...types.map(int32)),
  rowDescription: (fields: readonly RowField[]): Buffer => frame('T', int16(fields.length), ...fields.map(rowField)),
  dataRow: (values: readonly (Buffer | null)[]): Buffer =>
    frame('D', int16(values.length), ...values.flatMap(rowValue)),
} as const;

const rowField = (field: RowField): Buffer =>
  Buffer.concat([
    cstring(field.name),
    int32(field.tableOid),
    int16(field.attnum),
    int32(field.typeOid),
    int16(field.typeSize),
    int32(field.typmod),
    int16(field.format),
  ]);

const rowValue = (value: Buffer | null): Buffer[] => (value === null ? [int32(-1)] : [int32(value.length), value]);
