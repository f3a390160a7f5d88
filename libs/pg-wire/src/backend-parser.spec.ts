import { BackendParser } from './backend-parser.js';
import { defaultWireLimits } from './limits.js';
import { ProtocolError } from './protocol.error.js';
import { bytes } from './testing/bytes.js';
import { backendSamples } from './testing/samples.js';

const frames = (chunks: readonly Buffer[]): Buffer[] => {
  const parser = new BackendParser(defaultWireLimits);
  const seen: Buffer[] = [];
  for (const chunk of chunks) {
    parser.push(chunk, (type, buffer, start, end) => {
      expect(buffer[start]).toBe(type);
      seen.push(Buffer.from(buffer.subarray(start, end)));
    });
  }
  expect(parser.pending()).toBe(0);
  return seen;
};

const ignore = (): void => undefined;
const samples = Object.values(backendSamples);
const whole = Buffer.concat(samples);

describe('a target that breaks the protocol', () => {
  it('is refused for every type byte that does not exist', () => {
    const known = new Set('RKSZ123TDCENAntsIGHWdcVv'.split('').map((letter) => letter.charCodeAt(0)));
    for (let type = 0; type < 256; type++) {
      const run = () => new BackendParser(defaultWireLimits).push(bytes().int8(type).int32(4).body(), ignore);
      if (known.has(type)) expect(run).not.toThrow();
      else expect(run).toThrow(expect.objectContaining({ code: '08P01', fatal: true }));
    }
  });

  it.each([0, 3, -1, 0x40000000])('is refused for a length of %i', (length) => {
    const parser = new BackendParser({ ...defaultWireLimits, backendMessageBytes: 2 ** 31 - 1 });
    expect(() => parser.push(bytes().ascii('D').int32(length).body(), ignore)).toThrow(ProtocolError);
  });

  it('is refused for a row above the configured bound before its body is read', () => {
    const parser = new BackendParser({ ...defaultWireLimits, backendMessageBytes: 1000 });
    expect(() => parser.push(bytes().ascii('D').int32(1001).body(), ignore)).toThrow(ProtocolError);
    expect(parser.pending()).toBe(0);
  });

  it('stays refused when the receiver of a frame threw', () => {
    const parser = new BackendParser(defaultWireLimits);
    const fail = () => {
      throw new RangeError('no');
    };
    expect(() => parser.push(whole, fail)).toThrow(RangeError);
    expect(() => parser.push(whole, ignore)).toThrow(/already broken/);
  });
});

describe('frames', () => {
  it('are the same at every cut of the stream', () => {
    for (let cut = 0; cut <= whole.length; cut++) {
      expect(frames([whole.subarray(0, cut), whole.subarray(cut)])).toEqual(samples);
    }
  });

  it('are the same byte by byte', () => {
    expect(frames([...whole].map((byte) => Buffer.from([byte])))).toEqual(samples);
  });

  it('inside one chunk are offsets into that very chunk, back to back', () => {
    const parser = new BackendParser(defaultWireLimits);
    let at = 0;
    parser.push(whole, (_, buffer, start, end) => {
      expect(buffer).toBe(whole);
      expect(start).toBe(at);
      at = end;
    });
    expect(at).toBe(whole.length);
  });

  it('that were split leave their neighbours in the chunk', () => {
    const row = backendSamples['dataRow'] as Buffer;
    const parser = new BackendParser(defaultWireLimits);
    parser.push(row.subarray(0, 8), ignore);
    expect(parser.pending()).toBe(8);
    const second = Buffer.concat([row.subarray(8), row, row]);
    const starts: number[] = [];
    parser.push(second, (_, buffer, start) => {
      if (buffer === second) starts.push(start);
    });
    expect(starts).toEqual([row.length - 8, 2 * row.length - 8]);
  });

  it('of many megabytes are assembled once', () => {
    const value = Buffer.alloc(20_000_000, 0x78);
    const row = Buffer.concat([
      bytes()
        .ascii('D')
        .int32(value.length + 10)
        .int16(1)
        .int32(value.length)
        .body(),
      value,
    ]);
    const chunks: Buffer[] = [];
    for (let at = 0; at < row.length; at += 65_536) chunks.push(row.subarray(at, at + 65_536));
    const [only] = frames(chunks);
    expect(only?.equals(row)).toBe(true);
  });
});
