import { FrameParser } from './frame-parser.js';
import { frame } from './testing/wire.js';
import { WebSocketError } from './websocket.js';

const key = 'a1b2c3d4';
const bound = 100_000;

/** What a parser tells of `chunks`, pieces of one message joined; ends with the code of its error. */
function told(from: 'client' | 'server', chunks: readonly Uint8Array[]): string[] {
  const seen: string[] = [];
  let message: Buffer[] | null = null;
  const parser = new FrameParser(from, bound, {
    data(piece, start, end) {
      if (start !== (message === null)) throw new Error('start is told where the message does not start');
      message = [...(message ?? []), Buffer.from(piece)];
      if (!end) return;
      seen.push(`message ${Buffer.concat(message).toString('latin1')}`);
      message = null;
    },
    ping: (payload) => seen.push(`ping ${Buffer.from(payload).toString('latin1')}`),
    pong: (payload) => seen.push(`pong ${Buffer.from(payload).toString('latin1')}`),
    close: (code, reason) => seen.push(`close ${code ?? 'none'} ${reason}`),
  });
  try {
    for (const chunk of chunks) parser.push(chunk);
  } catch (error) {
    if (!(error instanceof WebSocketError)) throw error;
    seen.push(`error ${error.code}`);
  }
  return seen;
}

describe('a frame parser refuses', () => {
  it.each([
    ['a reserved bit', frame('x', { key, rsv: 4 }), 1002],
    ['the second reserved bit', frame('x', { key, rsv: 2 }), 1002],
    ['a reserved opcode', frame('x', { key, opcode: 3 }), 1002],
    ['a reserved control opcode', frame('x', { key, opcode: 11 }), 1002],
    ['an unmasked frame of a client', frame('x'), 1002],
    ['a fragmented ping', frame('x', { key, opcode: 9, fin: false }), 1002],
    ['a ping of 126 bytes', frame('x'.repeat(126), { key, opcode: 9 }), 1002],
    ['a continuation of nothing', frame('x', { key, opcode: 0 }), 1002],
    ['a message inside a message', Buffer.concat([frame('x', { key, fin: false }), frame('y', { key })]), 1002],
    ['a length that is not minimal', frame('x', { key, lengthBytes: 2 }), 1002],
    ['a 64-bit length that is not minimal', frame('x'.repeat(200), { key, lengthBytes: 8 }), 1002],
    ['half a close code', frame('x', { key, opcode: 8 }), 1002],
    ['close code 1005', frame(Buffer.from([0x03, 0xed]), { key, opcode: 8 }), 1002],
    ['a close reason that is no UTF-8', frame(Buffer.from([0x03, 0xe8, 0xff]), { key, opcode: 8 }), 1007],
    ['a message over the bound', frame('', { key, declared: bound + 1 }), 1009],
    ['a length of 2^63', frame('', { key, declared: Number.MAX_SAFE_INTEGER, lengthBytes: 8 }), 1009],
    [
      'fragments over the bound',
      Buffer.concat([frame('x'.repeat(bound), { key, fin: false }), frame('y', { key, opcode: 0 })]),
      1009,
    ],
  ])('%s', (_, bytes, code) => {
    expect(told('client', [bytes]).at(-1)).toBe(`error ${code}`);
  });

  it('a masked frame of a server', () => {
    expect(told('server', [frame('x', { key })])).toEqual(['error 1002']);
  });

  it('nothing behind a close frame: it is not read', () => {
    expect(told('server', [frame(Buffer.from([0x03, 0xe8]), { opcode: 8 }), frame('x', { rsv: 7 })])).toEqual([
      'close 1000 ',
    ]);
  });
});

describe('a frame parser reads', () => {
  const stream = Buffer.concat([
    frame('hello', { key, opcode: 1 }),
    frame('', { key }),
    frame('ab', { key, fin: false }),
    frame('now?', { key, opcode: 9 }),
    frame('', { key, opcode: 0, fin: false }),
    frame('cd', { key, opcode: 0, fin: false }),
    frame('yes', { key: '00000000', opcode: 10 }),
    frame('', { key, opcode: 0 }),
    frame('z'.repeat(300), { key }),
    frame('', { key, opcode: 9 }),
    frame(Buffer.from('\u0003\u00e8bye', 'latin1'), { key, opcode: 8 }),
  ]);
  const expected = [
    'message hello',
    'message ',
    'ping now?',
    'pong yes',
    'message abcd',
    `message ${'z'.repeat(300)}`,
    'ping ',
    'close 1000 bye',
  ];

  it('the same at every cut', () => {
    for (let cut = 0; cut <= stream.length; cut++)
      expect(told('client', [stream.subarray(0, cut), stream.subarray(cut)])).toEqual(expected);
  });

  it('the same byte by byte', () => {
    expect(
      told(
        'client',
        Array.from(stream, (byte) => Uint8Array.of(byte)),
      ),
    ).toEqual(expected);
  });

  it('lengths of 16 and 64 bits', () => {
    const [middle, long] = ['m'.repeat(65_535), 'l'.repeat(65_536)];
    expect(told('server', [frame(middle), frame(long)])).toEqual([`message ${middle}`, `message ${long}`]);
  });

  it('a close frame without a code', () => {
    expect(told('server', [frame('', { opcode: 8 })])).toEqual(['close none ']);
  });

  it('any bytes without another error than its own', () => {
    let seed = 42;
    const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648);
    for (let round = 0; round < 20_000; round++) {
      const bytes = Buffer.from(Array.from({ length: random() % 40 }, () => (random() >> 8) & 0xff));
      if (round % 2 === 0 && bytes.length > 1) {
        bytes[0]! &= 0x8f;
        bytes[1]! |= 0x80;
      }
      const whole = told('client', [bytes]);
      const cut = bytes.length === 0 ? 0 : random() % bytes.length;
      expect(told('client', [bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
    }
  });
});
