import { ChannelReader } from './channels.js';
import { WebSocketError } from './websocket.js';

function reader(): { read: ChannelReader; seen: string[] } {
  const seen: string[] = [];
  const told = (what: string) => (channel: number, bytes?: Uint8Array) =>
    seen.push(`${what} ${channel}${bytes ? ` ${Buffer.from(bytes).toString()}` : ''}`);
  const sink = { stream: told('stream'), message: told('message'), opener: told('opener') };
  return { read: new ChannelReader(new Set([1, 2]), new Map([[3, 5]]), sink), seen };
}

const bytes = (channel: number, text: string): Buffer => Buffer.concat([Uint8Array.of(channel), Buffer.from(text)]);
const none = new Uint8Array(0);

describe('messages by channel', () => {
  it('refuses a status that is too long, whole or in pieces', () => {
    expect(() => reader().read.piece(bytes(3, '123456'), true, true)).toThrow(WebSocketError);
    const { read } = reader();
    read.piece(bytes(3, '123'), true, false);
    expect(() => read.piece(Buffer.from('456'), false, false)).toThrow(WebSocketError);
  });

  it('drops channels that the direction does not have, and messages without a channel', () => {
    const { read, seen } = reader();
    for (const channel of [0, 4, 5, 255]) read.piece(bytes(channel, 'x'), true, true);
    read.piece(none, true, true);
    read.piece(bytes(0, 'x'), true, false);
    read.piece(bytes(1, 'still of channel 0'), false, true);
    expect(seen).toEqual([]);
  });

  it('passes streams on as they come, and a status when it is whole', () => {
    const { read, seen } = reader();
    read.piece(bytes(1, 'a'), true, false);
    read.piece(Buffer.from('b'), false, true);
    read.piece(none, true, false);
    read.piece(bytes(3, ''), false, false);
    read.piece(Buffer.from('st'), false, false);
    expect(seen).toEqual(['stream 1 a', 'stream 1 b']);
    read.piece(Buffer.from('at'), false, true);
    expect(seen.at(-1)).toBe('message 3 stat');
  });

  it('tells a message without bytes, and only that', () => {
    const { read, seen } = reader();
    read.piece(bytes(2, ''), true, true);
    read.piece(bytes(2, 'x'), true, false);
    read.piece(none, false, true);
    expect(seen).toEqual(['opener 2', 'stream 2 x']);
  });
});
