import { serialize } from 'pg-protocol';

const CANCEL_REQUEST = 80_877_102;
const VERSION = { '3.0': 0x3_0000, '3.2': 0x3_0002 } as const;
const EMPTY = Buffer.alloc(0);

/** Versions of the protocol that the gateway asks targets for: with 3.2 cancel keys have up to 256 bytes instead of 4. */
export type UpstreamProtocol = keyof typeof VERSION;

/**
 * One function per message towards the target, for the gateway's own conversation with it (what clients send is forwarded as it came).
 * Buffers are not reused by later calls. RangeError for a NUL inside a text: what follows it would be read as something else.
 */
export const upstream = {
  /** client_encoding=UTF8 is always added; `version` is what is asked for, and a server may answer that it speaks less */
  startup: (parameters: Readonly<Record<string, string>>, version: UpstreamProtocol = '3.0'): Buffer => {
    // A NUL would end the value early: what follows it would be read as further parameters.
    for (const [name, value] of Object.entries(parameters)) refuseNul(name, value);
    const packet = serialize.startup({ ...parameters });
    packet.writeUInt32BE(VERSION[version], 4);
    return packet;
  },
  sslRequest: (): Buffer => serialize.requestSsl(),
  password: (password: string): Buffer => {
    refuseNul(password);
    return serialize.password(password);
  },
  saslInitialResponse: (mechanism: string, response: string): Buffer =>
    serialize.sendSASLInitialResponseMessage(mechanism, response),
  saslResponse: (data: string): Buffer => serialize.sendSCRAMClientFinalMessage(data),
  query: (text: string): Buffer => {
    refuseNul(text);
    return serialize.query(text);
  },
  parse: (statement: string, text: string, parameterTypes: readonly number[] = []): Buffer => {
    refuseNul(statement, text);
    return serialize.parse({ name: statement, text, types: [...parameterTypes] });
  },
  /** string values go as text, buffers as binary; results come as text, or as binary when `binary` */
  bind: (portal: string, statement: string, values: readonly (string | Buffer | null)[], binary = false): Buffer => {
    refuseNul(portal, statement);
    return serialize.bind({ portal, statement, values: [...values], binary });
  },
  describe: (kind: 'S' | 'P', of: string): Buffer => {
    refuseNul(of);
    return serialize.describe({ type: kind, name: of });
  },
  execute: (portal: string, maxRows = 0): Buffer => {
    refuseNul(portal);
    return serialize.execute({ portal, rows: maxRows });
  },
  close: (kind: 'S' | 'P', of: string): Buffer => {
    refuseNul(of);
    return serialize.close({ type: kind, name: of });
  },
  /** the server answers with the reason in an error of its own */
  copyFail: (reason: string): Buffer => {
    refuseNul(reason);
    return serialize.copyFail(reason);
  },
  sync: (): Buffer => serialize.sync(),
  flush: (): Buffer => serialize.flush(),
  terminate: (): Buffer => serialize.end(),
  /** keys are 4 bytes in protocol 3.0, up to 256 in 3.2, which pg-protocol does not know */
  cancel: (pid: number, key: Buffer = EMPTY): Buffer => {
    const request = Buffer.allocUnsafe(12 + key.length);
    request.writeUInt32BE(request.length, 0);
    request.writeUInt32BE(CANCEL_REQUEST, 4);
    request.writeInt32BE(pid, 8);
    key.copy(request, 12);
    return request;
  },
} as const;

const refuseNul = (...texts: readonly string[]): void => {
  if (texts.some((text) => text.includes('\0'))) throw new RangeError('a NUL cannot be sent inside a string');
};
