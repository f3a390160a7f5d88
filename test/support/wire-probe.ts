import { connect, type Socket } from 'node:net';

/** One value as a server answered it, or the SQLSTATE of its refusal. */
export interface ProbeAnswer {
  readonly typeOid: number;
  readonly value: Buffer | null;
  readonly error: string | null;
}

const frame = (letter: string, ...parts: readonly (string | Buffer | number)[]): Buffer => {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'number' ? int16(part) : Buffer.from(part as string))),
  );
  const header = Buffer.alloc(5);
  header.write(letter, 'latin1');
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
};

const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

/** A bare connection to a server that trusts loopback: one statement, at most one parameter, one value back. */
export class WireProbe {
  private constructor(
    private readonly socket: Socket,
    private readonly frames: AsyncGenerator<Buffer>,
  ) {}

  static async open(
    port: number,
    user: string,
    database: string,
    settings: readonly string[] = [],
  ): Promise<WireProbe> {
    const socket = connect(port, '127.0.0.1');
    const probe = new WireProbe(socket, framesOf(socket));
    const words = ['user', user, 'database', database, ...settings, ''];
    const body = Buffer.concat([int32(196_608), ...words.map((word) => Buffer.from(`${word}\0`))]);
    socket.write(Buffer.concat([int32(body.length + 4), body]));
    await probe.untilReady();
    return probe;
  }

  /** Runs `sql` with `parameter` in `format` as $1 and asks for the result in the same format, or in `answer`. */
  async ask(sql: string, format: 0 | 1, parameter?: Buffer, answer: 0 | 1 = format): Promise<ProbeAnswer> {
    const values = parameter === undefined ? [int16(0)] : [int16(1), int32(parameter.length), parameter];
    this.socket.write(
      Buffer.concat([
        frame('P', '\0', `${sql}\0`, 0),
        frame('B', '\0', '\0', 1, format, ...values, 1, answer),
        frame('D', 'P\0'),
        frame('E', '\0', int32(0)),
        frame('S'),
      ]),
    );
    return this.untilReady();
  }

  close(): void {
    this.socket.destroy();
  }

  private async untilReady(): Promise<ProbeAnswer> {
    let typeOid = 0;
    let value: Buffer | null = null;
    let error: string | null = null;
    for (;;) {
      const next = await this.frames.next();
      if (next.done) throw new Error('the server went away');
      const message = next.value;
      switch (String.fromCharCode(message[0] ?? 0)) {
        case 'T':
          typeOid = message.readUInt32BE(message.indexOf(0, 7) + 7);
          break;
        case 'D':
          value = message.readInt32BE(7) < 0 ? null : message.subarray(11);
          break;
        case 'E':
          error = message.toString('utf8', 5).replaceAll('\0', ' ');
          break;
        case 'Z':
          return { typeOid, value, error };
        default:
          break;
      }
    }
  }
}

async function* framesOf(socket: Socket): AsyncGenerator<Buffer> {
  let kept = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    kept = Buffer.concat([kept, chunk]);
    while (kept.length >= 5 && kept.length > kept.readUInt32BE(1)) {
      const size = kept.readUInt32BE(1) + 1;
      yield kept.subarray(0, size);
      kept = kept.subarray(size);
    }
  }
}
