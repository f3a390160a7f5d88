import { FrameCursor } from './frame-cursor.js';
import { STARTUP_BYTES } from './limits.js';
import { ProtocolError } from './protocol.error.js';
import { SQLSTATE } from './sqlstate.js';

/** The first thing on a connection. */
export type StartupPacket =
  | { readonly kind: 'direct-tls' }
  | { readonly kind: 'ssl-request' }
  | { readonly kind: 'gss-request' }
  | { readonly kind: 'cancel'; readonly pid: number; readonly key: Buffer }
  | {
      readonly kind: 'startup';
      readonly major: number;
      readonly minor: number;
      /** without the `_pq_.` ones; of a repeated name the last value stands, as in the server; empty unless major is 3 */
      readonly parameters: ReadonlyMap<string, string>;
      /** names that begin with `_pq_.` */
      readonly protocolOptions: readonly string[];
    };

const TLS_HANDSHAKE = 0x16;
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;
const CANCEL_KEY_BYTES = 256;
const EMPTY = Buffer.alloc(0);

/** Reads packets without a type byte: the first bytes on a socket, before and after encryption was asked for. */
export class StartupReader {
  private kept: Buffer = EMPTY;
  private first = true;
  private readonly asked = new Set<number>();

  /** @param encrypted the bytes come out of a TLS connection: neither TLS nor GSS can be asked for again */
  constructor(private readonly encrypted = false) {}

  /**
   * Adds `chunk` and returns the next packet once it is whole, otherwise null; call with an empty chunk to read on in what is kept.
   * @throws ProtocolError `silent` for a length out of bounds (8 to 10 004 bytes), as the server closes without an answer; fatal
   * 08P01 for a layout that does not end in its terminator, 22021 for invalid UTF-8, 0A000 for a second request of the same kind
   * @see PostgreSQL 18 manual, "Start-up", "SSL Session Encryption", "Canceling Requests in Progress"
   */
  push(chunk: Buffer): StartupPacket | null {
    this.kept = this.kept.length === 0 ? chunk : Buffer.concat([this.kept, chunk]);
    if (this.kept.length === 0) return null;
    if (this.first && !this.encrypted && this.kept[0] === TLS_HANDSHAKE) return { kind: 'direct-tls' };
    this.first = false;
    if (this.kept.length < 4) return null;
    const length = this.kept.readUInt32BE(0);
    if (length < 8 || length > STARTUP_BYTES + 4) {
      throw new ProtocolError(SQLSTATE.protocolViolation, 'invalid length of startup packet', { silent: true });
    }
    if (this.kept.length < length) return null;
    const packet = this.read(this.kept.subarray(0, length));
    this.kept = this.kept.subarray(length);
    return packet;
  }

  /**
   * The bytes behind the last packet returned (all bytes for `direct-tls`). Behind an SSLRequest they must be none: whatever stands
   * there came before encryption and would be taken for encrypted (CVE-2021-23214 class).
   */
  rest(): Buffer {
    return this.kept;
  }

  private read(packet: Buffer): StartupPacket {
    const code = packet.readUInt32BE(4);
    switch (code) {
      case SSL_REQUEST:
        this.once(code, packet);
        return { kind: 'ssl-request' };
      case GSS_REQUEST:
        this.once(code, packet);
        return { kind: 'gss-request' };
      case CANCEL_REQUEST:
        return readCancel(packet);
      default:
        return readStartup(packet, code);
    }
  }

  private once(code: number, packet: Buffer): void {
    if (packet.length !== 8) {
      throw new ProtocolError(SQLSTATE.protocolViolation, 'invalid length of startup packet', { silent: true });
    }
    if (this.encrypted || this.asked.has(code)) {
      throw new ProtocolError(SQLSTATE.featureNotSupported, 'encryption was asked for twice');
    }
    this.asked.add(code);
  }
}

const readCancel = (packet: Buffer): StartupPacket => {
  const key = packet.subarray(12);
  if (packet.length < 13 || key.length > CANCEL_KEY_BYTES) {
    throw new ProtocolError(SQLSTATE.protocolViolation, 'invalid length of cancel request', { silent: true });
  }
  return { kind: 'cancel', pid: packet.readInt32BE(8), key };
};

const readStartup = (packet: Buffer, version: number): StartupPacket => {
  const major = version >>> 16;
  const minor = version & 0xffff;
  const parameters = new Map<string, string>();
  const protocolOptions: string[] = [];
  // The layout of another major version is unknown: `negotiate` refuses it.
  if (major !== 3) return { kind: 'startup', major, minor, parameters, protocolOptions };
  const body = new FrameCursor(packet, 8, packet.length);
  const text = (): string => body.text(body.cstringBytes());
  for (let name = text(); name !== ''; name = text()) {
    const value = text();
    if (name.startsWith('_pq_.')) protocolOptions.push(name);
    else parameters.set(name, value);
  }
  body.finish();
  return { kind: 'startup', major, minor, parameters, protocolOptions };
};
