import { FrontendParser } from './frontend-parser.js';
import type { FrontendMessage } from './frontend-messages.js';
import { defaultWireLimits } from './limits.js';
import { ProtocolError } from './protocol.error.js';
import { bytes } from './testing/bytes.js';
import { frontendSamples } from './testing/samples.js';

const parse = (...chunks: Buffer[]): FrontendMessage[] => {
  const parser = new FrontendParser(defaultWireLimits);
  return chunks.flatMap((chunk) => parser.push(chunk));
};

const refusal = (run: () => unknown): ProtocolError => {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

const invalid = (frame: Buffer): { of: string; code: string; fatal: boolean } => {
  const [message] = parse(frame);
  if (message?.name !== 'invalid') throw new Error(`${message?.name} was accepted`);
  expect(message.raw).toEqual(frame);
  return { of: message.of, code: message.error.code, fatal: message.error.fatal };
};

const header = (letter: string, length: number): Buffer => bytes().ascii(letter).int32(length).body();

describe('framing that is refused, fatally', () => {
  it.each([0, 1, 3])('a length of %i, below its own size', (length) => {
    expect(refusal(() => parse(header('Q', length)))).toMatchObject({ code: '08P01', fatal: true, silent: false });
  });

  it.each([-1, -2147483648, 0x7fffffff])('a length of %i, negative or huge, read unsigned', (length) => {
    expect(refusal(() => parse(header('Q', length))).code).toBe('08P01');
  });

  it.each('DECSHXcf'.split(''))('a "%s" of more than 10 000 bytes, as soon as its header is there', (letter) => {
    expect(refusal(() => parse(header(letter, 10_001))).code).toBe('08P01');
    expect(parse(header(letter, 10_000))).toEqual([]);
  });

  it('a password message of more than 65 535 bytes', () => {
    expect(refusal(() => parse(header('p', 65_536))).code).toBe('08P01');
    expect(parse(header('p', 65_535))).toEqual([]);
  });

  it.each('QPBdF'.split(''))('a "%s" above the configured bound', (letter) => {
    const parser = new FrontendParser({ ...defaultWireLimits, messageBytes: 20_000 });
    expect(refusal(() => parser.push(header(letter, 20_001))).code).toBe('08P01');
  });

  it('every byte that is no message of a client', () => {
    const known = new Set('QPBDECSHXpdcfF'.split('').map((letter) => letter.charCodeAt(0)));
    for (let type = 0; type < 256; type++) {
      const run = () => parse(bytes().int8(type).int32(4).body());
      if (known.has(type)) expect(run).not.toThrow();
      else expect(refusal(run).code).toBe('08P01');
    }
  });

  it('anything at all after a violation', () => {
    const parser = new FrontendParser(defaultWireLimits);
    expect(() => parser.push(header('?', 4))).toThrow(ProtocolError);
    expect(() => parser.push(frontendSamples['sync'] as Buffer)).toThrow(/already broken/);
  });

  it('a header whose bytes come one by one', () => {
    const parser = new FrontendParser(defaultWireLimits);
    const bad = header('E', 10_001);
    for (let i = 0; i < 4; i++) expect(parser.push(bad.subarray(i, i + 1))).toEqual([]);
    expect(refusal(() => parser.push(bad.subarray(4))).code).toBe('08P01');
  });

  it('a statement before authentication, however short', () => {
    const parser = new FrontendParser(defaultWireLimits, 'authentication');
    expect(refusal(() => parser.push(bytes().cstring('SELECT 1').frame('Q'))).code).toBe('08P01');
  });
});

describe('bodies that are refused while the session lives on', () => {
  const notUtf8 = Buffer.from([0xc3, 0x28, 0]);

  it.each<[string, Buffer]>([
    ['query', bytes().raw(notUtf8).frame('Q')],
    ['parse', bytes().cstring('').raw(notUtf8).int16(0).frame('P')],
    ['parse', bytes().raw(notUtf8).cstring('SELECT 1').int16(0).frame('P')],
    ['bind', bytes().raw(notUtf8).cstring('').int16(0).int16(0).int16(0).frame('B')],
    ['execute', bytes().raw(notUtf8).int32(0).frame('E')],
    ['describe', bytes().ascii('S').raw(notUtf8).frame('D')],
    ['close', bytes().ascii('P').raw(notUtf8).frame('C')],
  ])('a %s with invalid UTF-8', (of, frame) => {
    expect(invalid(frame)).toEqual({ of, code: '22021', fatal: false });
  });

  it.each([
    ['overlong', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['cut short', [0xe2, 0x82]],
  ])('UTF-8 that is %s', (_, sequence) => {
    expect(invalid(bytes().raw(Buffer.from(sequence)).int8(0).frame('Q')).code).toBe('22021');
  });

  it.each<[string, string, Buffer]>([
    ['bytes after the terminator of a query', 'query', bytes().cstring('SELECT 1').cstring('DROP TABLE t').frame('Q')],
    ['a query without terminator', 'query', bytes().ascii('SELECT 1').frame('Q')],
    ['an empty query body', 'query', bytes().frame('Q')],
    ['bytes after the types of Parse', 'parse', bytes().cstring('').cstring('').int16(0).int8(0).frame('P')],
    ['more parameter types than sent', 'parse', bytes().cstring('').cstring('').int16(65_535).frame('P')],
    ['a Parse without its text', 'parse', bytes().cstring('s').frame('P')],
    ['more formats than sent', 'bind', bytes().cstring('').cstring('').int16(9).int16(0).int16(0).frame('B')],
    ['more values than sent', 'bind', bytes().cstring('').cstring('').int16(0).int16(65_535).int16(0).frame('B')],
    ['a format of 2', 'bind', bytes().cstring('').cstring('').int16(1).int16(2).int16(0).int16(0).frame('B')],
    ['a result format of 2', 'bind', bytes().cstring('').cstring('').int16(0).int16(0).int16(1).int16(2).frame('B')],
    [
      'two formats for three values',
      'bind',
      bytes().cstring('').cstring('').int16(2).int32(0).int16(3).int32(-1).int32(-1).int32(-1).int16(0).frame('B'),
    ],
    ['a value of length -2', 'bind', bytes().cstring('').cstring('').int16(0).int16(1).int32(-2).int16(0).frame('B')],
    ['a value past the frame', 'bind', bytes().cstring('').cstring('').int16(0).int16(1).int32(99).int16(0).frame('B')],
    ['bytes after Bind', 'bind', bytes().cstring('').cstring('').int16(0).int16(0).int16(0).int8(1).frame('B')],
    ['a describe of neither kind', 'describe', bytes().ascii('Q').cstring('').frame('D')],
    ['a close without name', 'close', bytes().ascii('S').frame('C')],
    ['an execute without limit', 'execute', bytes().cstring('').frame('E')],
    ['a sync with a body', 'sync', bytes().int8(0).frame('S')],
  ])('%s', (_, of, frame) => {
    expect(invalid(frame)).toEqual({ of, code: '08P01', fatal: false });
  });

  it('names above 63 bytes, which the server would shorten to the same statement', () => {
    const long = 'a'.repeat(64);
    expect(invalid(bytes().cstring(long).cstring('').int16(0).frame('P'))).toMatchObject({ code: '42622' });
    expect(invalid(bytes().ascii('S').cstring(long).frame('C'))).toMatchObject({ code: '42622' });
    expect(parse(bytes().cstring('a'.repeat(63)).int32(0).frame('E'))[0]).toMatchObject({ name: 'execute' });
  });

  it('without losing the messages before and behind', () => {
    const sync = frontendSamples['sync'] as Buffer;
    const names = parse(Buffer.concat([sync, bytes().raw(notUtf8).frame('Q'), sync])).map((message) => message.name);
    expect(names).toEqual(['sync', 'invalid', 'sync']);
  });
});

describe('messages', () => {
  it('are read into their parts', () => {
    const read = (name: string) => parse(frontendSamples[name] as Buffer)[0];
    expect(read('query')).toMatchObject({ name: 'query', text: 'SELECT id FROM customers — žluťoučký' });
    expect(read('parse')).toMatchObject({
      name: 'parse',
      statement: 's1',
      text: 'SELECT $1::text, $2',
      parameterTypes: [25, 0],
    });
    expect(read('bind')).toMatchObject({
      name: 'bind',
      portal: 'p1',
      statement: 's1',
      parameterFormats: [0, 1],
      values: [Buffer.from('abc'), null],
      resultFormats: [1],
    });
    expect(read('describe')).toMatchObject({ name: 'describe', kind: 'S', of: 's1' });
    expect(read('execute')).toMatchObject({ name: 'execute', portal: 'p1', maxRows: 50 });
    expect(read('close')).toMatchObject({ name: 'close', kind: 'P', of: 'p1' });
    expect(read('password')).toMatchObject({ name: 'password', bytes: Buffer.from('a.b.c\0') });
    expect(read('copyData')).toMatchObject({ name: 'copyData', bytes: Buffer.from('1\tx\n') });
  });

  it.each(Object.keys(frontendSamples))('of kind %s keep the exact frame', (name) => {
    const frame = frontendSamples[name] as Buffer;
    const [message] = parse(frame);
    expect(message?.name).toBe(name);
    expect(message?.raw).toEqual(frame);
  });

  it('take 65 535 parameters', () => {
    const values = bytes();
    for (let i = 0; i < 65_535; i++) values.int32(-1);
    const frame = bytes().cstring('').cstring('').int16(0).int16(65_535).raw(values.body()).int16(0).frame('B');
    const [message] = parse(frame);
    expect(message?.name === 'bind' && message.values.length).toBe(65_535);
  });

  it('take object identifiers above 2^31', () => {
    expect(parse(bytes().cstring('').cstring('').int16(1).int32(0xfffffffe).frame('P'))[0]).toMatchObject({
      parameterTypes: [4294967294],
    });
  });

  it('are all accepted once the session is entered', () => {
    const parser = new FrontendParser(defaultWireLimits, 'authentication');
    expect(parser.push(frontendSamples['password'] as Buffer)[0]?.name).toBe('password');
    parser.enterSession();
    expect(parser.push(frontendSamples['query'] as Buffer)[0]?.name).toBe('query');
  });
});

describe('a stream cut anywhere', () => {
  const all = Object.values(frontendSamples);
  const whole = Buffer.concat(all);
  const expected = parse(whole).map(({ name, raw }) => ({ name, raw }));

  it('gives the same messages at every cut', () => {
    expect(expected).toHaveLength(all.length);
    for (let cut = 0; cut <= whole.length; cut++) {
      const messages = parse(Buffer.from(whole.subarray(0, cut)), Buffer.from(whole.subarray(cut)));
      expect(messages.map(({ name, raw }) => ({ name, raw }))).toEqual(expected);
    }
  });

  it('gives the same messages byte by byte, and keeps none back', () => {
    const parser = new FrontendParser(defaultWireLimits);
    const messages = [...whole].flatMap((byte) => parser.push(Buffer.from([byte])));
    expect(messages.map(({ name, raw }) => ({ name, raw }))).toEqual(expected);
    expect(parser.pending()).toBe(0);
  });

  it('assembles a query of 5 MB without growing by more than it was sent', () => {
    const text = 'x'.repeat(5_000_000);
    const frame = Buffer.concat([header('Q', text.length + 5), Buffer.from(text), Buffer.from([0])]);
    const parser = new FrontendParser(defaultWireLimits);
    const messages: FrontendMessage[] = [];
    for (let at = 0; at < frame.length; at += 65_536) messages.push(...parser.push(frame.subarray(at, at + 65_536)));
    expect(messages).toHaveLength(1);
    expect(messages[0]?.name === 'query' && messages[0].text === text).toBe(true);
  });

  it('hands out messages that later chunks do not change', () => {
    const parser = new FrontendParser(defaultWireLimits);
    const query = frontendSamples['query'] as Buffer;
    parser.push(query.subarray(0, 9));
    const [first] = parser.push(query.subarray(9));
    parser.push(bytes().cstring('Z'.repeat(40)).frame('Q').subarray(0, 20));
    expect(first?.raw).toEqual(query);
  });
});
