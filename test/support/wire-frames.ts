// Frames of a PostgreSQL client built byte by byte, independent of the code under test (PostgreSQL 18 manual, "Message Formats").

const nul = Buffer.from([0]);
const text = (value: string): Buffer => Buffer.concat([Buffer.from(value), nul]);

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A message with a type byte and a length that is right. */
export function frame(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

/** A packet without a type byte, as the first ones are. */
function packet(code: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([int32(body.length + 8), int32(code), body]);
}

/** What a Bind carries besides its names; values are text unless they are bytes, which are sent as binary. */
export interface BindValues {
  readonly portal?: string;
  readonly values?: readonly (string | Buffer | null)[];
  /** 1 asks for every result column in binary */
  readonly results?: 0 | 1;
}

export const client = {
  sslRequest: () => packet(80_877_103),
  gssRequest: () => packet(80_877_104),
  cancelRequest: (pid: number, key: Buffer) => packet(80_877_102, int32(pid), key),
  startup: (parameters: Readonly<Record<string, string>>, version = 196_608) =>
    packet(version, ...Object.entries(parameters).flatMap(([name, value]) => [text(name), text(value)]), nul),
  password: (secret: string) => frame('p', text(secret)),
  query: (sql: string | Buffer) => frame('Q', typeof sql === 'string' ? text(sql) : Buffer.concat([sql, nul])),
  parse: (name: string, sql: string, types: readonly number[] = []) =>
    frame('P', text(name), text(sql), int16(types.length), Buffer.concat(types.map(int32))),
  bind: (statement: string, { portal = '', values = [], results = 0 }: BindValues = {}) =>
    frame(
      'B',
      text(portal),
      text(statement),
      int16(values.length),
      Buffer.concat(values.map((value) => int16(Buffer.isBuffer(value) ? 1 : 0))),
      int16(values.length),
      Buffer.concat(
        values.map((value) => {
          if (value === null) return int32(-1);
          const bytes = Buffer.from(value);
          return Buffer.concat([int32(bytes.length), bytes]);
        }),
      ),
      int16(1),
      int16(results),
    ),
  describeStatement: (name: string) => frame('D', Buffer.from('S'), text(name)),
  describePortal: (name = '') => frame('D', Buffer.from('P'), text(name)),
  execute: (portal = '', rows = 0) => frame('E', text(portal), int32(rows)),
  closeStatement: (name: string) => frame('C', Buffer.from('S'), text(name)),
  sync: () => frame('S'),
  flush: () => frame('H'),
  functionCall: (oid: number) => frame('F', int32(oid), int16(0), int16(0), int16(0)),
  terminate: () => frame('X'),
} as const;
