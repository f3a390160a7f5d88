import { clientFrames, serverFrames } from './frame-writer.js';
import { MessageBuffer } from './message-buffer.js';
import { readFrames } from './testing/wire.js';

const parts = [Uint8Array.of(1), Buffer.from('hello '), Buffer.from('world')];

describe('frames of a server', () => {
  it.each([0, 125, 126, 65_535, 65_536, 200_000])('carry %d bytes unmasked', (length) => {
    const payload = Buffer.alloc(length, 7);
    const { frames, rest } = readFrames(
      Buffer.concat(serverFrames.binary([payload.subarray(0, 3), payload.subarray(3)])),
    );
    expect(rest).toHaveLength(0);
    expect(frames).toMatchObject([{ fin: true, opcode: 2, masked: false }]);
    expect(frames[0]?.payload.equals(payload)).toBe(true);
  });

  it('cut a close reason to what fits, between characters', () => {
    const [close] = readFrames(Buffer.concat(serverFrames.close(1011, 'é'.repeat(100)))).frames;
    expect(close?.payload.readUInt16BE(0)).toBe(1011);
    expect(close?.payload.subarray(2).toString('utf8')).toBe('é'.repeat(61));
  });
});

describe('frames of a client', () => {
  it.each([0, 125, 126, 70_000])('carry %d bytes masked', (length) => {
    const payload = Buffer.alloc(length, 7);
    const { frames } = readFrames(Buffer.concat(clientFrames.binary([payload])));
    expect(frames).toMatchObject([{ fin: true, opcode: 2, masked: true }]);
    expect(frames[0]?.payload.equals(payload)).toBe(true);
  });

  it('have a key of their own each, and leave the payload as it was', () => {
    const keys = new Set<string>();
    for (let i = 0; i < 2000; i++) keys.add(Buffer.concat(clientFrames.binary(parts)).subarray(2, 6).toString('hex'));
    expect(keys.size).toBeGreaterThan(1990);
    expect(Buffer.concat(parts).toString('latin1')).toBe('\u0001hello world');
  });
});

describe('collected messages', () => {
  it('join neighbours of one stream, and nothing else', () => {
    const buffer = new MessageBuffer(serverFrames, 1000);
    buffer.message(1, null);
    buffer.stream(1, Buffer.from('a'));
    buffer.stream(1, Buffer.from('b'));
    buffer.stream(2, Buffer.from('c'));
    buffer.message(3, Buffer.from('{}'));
    buffer.message(3, Buffer.from('{}'));
    const { frames } = readFrames(Buffer.concat(buffer.take()));
    expect(frames.map(({ payload }) => payload.toString('latin1'))).toEqual([
      '\u0001',
      '\u0001ab',
      '\u0002c',
      '\u0003{}',
      '\u0003{}',
    ]);
    expect(buffer.empty).toBe(true);
  });

  it('are never longer than the bound, and are cut between characters', () => {
    const text = 'aé€😀'.repeat(50);
    for (let bound = 6; bound < 30; bound++) {
      const buffer = new MessageBuffer(serverFrames, bound);
      buffer.stream(1, Buffer.from(text));
      const { frames } = readFrames(Buffer.concat(buffer.take()));
      for (const { payload } of frames) expect(payload.length).toBeLessThanOrEqual(bound);
      expect(frames.map(({ payload }) => payload.subarray(1).toString('utf8')).join('')).toBe(text);
    }
  });
});
