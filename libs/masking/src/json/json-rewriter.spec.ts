import { decodeString, encodeString } from './json-bytes.js';
import { JsonRewriter } from './json-rewriter.js';
import { KEYS, LEAF, SCALAR, SPAN, type JsonLimits, type JsonPlace, type JsonVisitor } from './json-visitor.js';
import { JsonError } from './json.error.js';
import { randomJson, seededRandom } from './testing/random-json.js';

const PLAIN = 1;
const SECRET = 2;
const RENAMED = 3;

/** Masks strings below keys called `secret`, renames keys below `keys`, tells of spans below `span`. */
class TestVisitor implements JsonVisitor {
  readonly root = PLAIN;
  readonly told: string[] = [];

  flags(state: number): number {
    if (state === SECRET) return LEAF | SCALAR | SPAN;
    return state === RENAMED ? KEYS : 0;
  }
  key(state: number, bytes: Buffer, start: number, end: number, escaped: boolean): number {
    const name = decodeString(bytes, start, end, escaped);
    if (name === 'clean') return 0;
    if (name === 'secret') return SECRET;
    return name === 'keys' ? RENAMED : state;
  }
  element(state: number): number {
    return state;
  }
  rename(_: number, bytes: Buffer, start: number, end: number, escaped: boolean): Buffer | null {
    return encodeString(`<${decodeString(bytes, start, end, escaped)}>`);
  }
  leaf(_: number, bytes: Buffer, start: number, end: number, escaped: boolean, place: JsonPlace): Buffer | null {
    const text = decodeString(bytes, start, end, escaped);
    return text === 'keep' ? null : encodeString(`${place.path(0)}#${text.length}`);
  }
  scalar(): void {
    this.told.push('scalar');
  }
  open(_: number, array: boolean, offset: number): void {
    this.told.push(`${array ? '[' : '{'}${offset}`);
  }
  close(_: number, array: boolean, offset: number): void {
    this.told.push(`${offset}${array ? ']' : '}'}`);
  }
}

const rewritten = (chunks: readonly Uint8Array[], limits?: JsonLimits): { text: string; told: string[] } => {
  const visitor = new TestVisitor();
  const rewriter = new JsonRewriter(visitor, limits);
  const pieces = chunks.flatMap((chunk) => rewriter.push(chunk));
  pieces.push(...rewriter.finish());
  return { text: Buffer.concat(pieces).toString('latin1'), told: visitor.told };
};
const whole = (text: string, limits?: JsonLimits): string =>
  Buffer.from(rewritten([Buffer.from(text)], limits).text, 'latin1').toString('utf8');
const atEvery = (text: string): Buffer[][] => {
  const bytes = Buffer.from(text);
  return Array.from(bytes, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)]);
};
const refusal = (text: string | Buffer, limits?: JsonLimits): string => {
  try {
    rewritten([Buffer.from(text as string)], limits);
    return 'accepted';
  } catch (error) {
    return error instanceof JsonError ? error.code : 'something else';
  }
};

describe('JsonRewriter', () => {
  // prettier-ignore
  it.each([
    '{', '{"a"', '{"a":', '{"a":1', '[1,', '"a', 'tru', '-', '1.',
    '1e', '1e+', '{"a":1}}', '{} {}', '{}x', '[1 2]', '[,1]', '[1,]', '{"a":1,}',
    '{,}', '{"a" 1}', '{"a"::1}', '{1:2}', '01', '+1', '.5', '1.e1', '--1',
    'nul', 'nulll', 'True', "'a'", '"\\x"', '"\\u12g4"', '"\\u12', '"a\nb"', '"\u0000"',
    '{"a":1]', '[1}', ']', '}', ',', ':', 'NaN', '[1}]', '/**/1',
    '\ufeff1',
  ])('refuses %j', (text) => {
    expect(refusal(text)).toBe('syntax');
  });

  it.each([
    ['an overlong form', [0xc0, 0xaf]],
    ['another overlong form', [0xe0, 0x80, 0x80]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['what is above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a lone continuation', [0x80]],
    ['a sequence that stops', [0xe2, 0x82]],
    ['a byte that never occurs', [0xff]],
  ])('refuses UTF-8 with %s', (_, bytes) => {
    const text = Buffer.concat([Buffer.from('{"clean":"'), Buffer.from(bytes), Buffer.from('"}')]);
    expect(refusal(text)).toBe('syntax');
  });

  it('refuses more depth, and longer strings to decide about, than the limits allow', () => {
    expect(refusal('['.repeat(512) + ']'.repeat(512))).toBe('accepted');
    expect(refusal('['.repeat(513) + ']'.repeat(513))).toBe('depth');
    expect(refusal('{"secret":"1234"}', { stringBytes: 6 })).toBe('accepted');
    const rewriter = new JsonRewriter(new TestVisitor(), { stringBytes: 6 });
    rewriter.push(Buffer.from('{"secret":"1234'));
    expect(() => rewriter.push(Buffer.from('5678'))).toThrow(JsonError);
  });

  it('gives nothing out once something was wrong', () => {
    const rewriter = new JsonRewriter(new TestVisitor());
    expect(() => rewriter.push(Buffer.from('{"a":"b",}'))).toThrow(JsonError);
    expect(() => rewriter.push(Buffer.from(' '))).toThrow(JsonError);
    expect(() => rewriter.finish()).toThrow(JsonError);
  });

  it('never gives out a byte of a string before it is decided about', () => {
    for (const [head, tail] of atEvery('{"a":{"secret":"c4n4ry"}}')) {
      const rewriter = new JsonRewriter(new TestVisitor());
      const early = Buffer.concat(rewriter.push(head as Buffer)).toString();
      expect(early).not.toMatch(/c4|n4/);
      expect(early + Buffer.concat(rewriter.push(tail as Buffer)).toString()).toBe('{"a":{"secret":"a.secret#6"}}');
    }
  });

  it('copies what it does not replace byte for byte', () => {
    const text =
      ' { "n" : [ 9007199254740993 , 1.0 , 1e400,-0, 1E+2 ],"e":"\\u00e9\\/\\"\\ud800","u":"é€😀", "clean":{"secret":"s"} }\r\n\t';
    expect(whole(text)).toBe(text);
    for (const cut of atEvery(text)) expect(rewritten(cut).text).toBe(Buffer.from(text).toString('latin1'));
  });

  it('knows a key however it is escaped, and each time it is repeated', () => {
    expect(whole('{"s\\u0065cret":"abc","secret":"d","\\u0073ecret":["e"]}')).toBe(
      '{"s\\u0065cret":"secret#3","secret":"secret#1","\\u0073ecret":["secret[0]#1"]}',
    );
  });

  it('decodes what it asks about and keeps what the visitor keeps', () => {
    expect(whole('{"secret":["\\u00e9\\n", "keep", "k\\u0065ep", "\\ud83d\\ude00"]}')).toBe(
      '{"secret":["secret[0]#2", "keep", "k\\u0065ep", "secret[3]#2"]}',
    );
  });

  it('renames keys', () => {
    expect(whole('{"keys":{"a":{"\\u0062":1},"c":2},"d":3}')).toBe('{"keys":{"<a>":{"<b>":1},"<c>":2},"d":3}');
  });

  it('tells of scalars, and of spans in bytes given out', () => {
    const text = '{"secret":{"x":"longer","y":[1,true,null]}}';
    const seen = rewritten([Buffer.from(text)]);
    expect(seen.told.filter((told) => told === 'scalar')).toHaveLength(2);
    const edges = seen.told.filter((told) => told !== 'scalar').map((told) => Number(told.replace(/\D/g, '')));
    expect(edges.map((at) => seen.text.slice(at - 1, at + 1))).toEqual([':{', ':[', ']}', '}}']);
    for (const cut of atEvery(text)) expect(rewritten(cut).told).toEqual(seen.told);
  });

  it('takes several documents only where asked', () => {
    expect(refusal('{"a":1}\n{"a":2}')).toBe('syntax');
    expect(whole('{"secret":"a"}\n{"secret":"bc"}\n', { documents: true })).toBe(
      '{"secret":"secret#1"}\n{"secret":"secret#2"}\n',
    );
    expect(refusal('{"a":1}\n{"a"', { documents: true })).toBe('syntax');
    expect(whole('', { documents: true })).toBe('');
  });

  it('gives an untouched chunk out as it is', () => {
    const chunk = Buffer.from('{"a":[1,2,3]}');
    expect(new JsonRewriter(new TestVisitor()).push(chunk)[0]).toBe(chunk);
  });

  it('does the same as parsing and masking, cut anywhere', () => {
    const random = seededRandom(20_261);
    const mask = (value: unknown, secret: boolean, path: string): unknown => {
      if (typeof value === 'string') return secret && value !== 'keep' ? `${path}#${value.length}` : value;
      if (Array.isArray(value)) return value.map((item, index) => mask(item, secret, `${path}[${index}]`));
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => {
          const below = path === '' ? key : `${path}.${key}`;
          return [key, key === 'clean' ? item : mask(item, secret || key === 'secret', below)];
        }),
      );
    };
    for (let round = 0; round < 1500; round++) {
      const text = randomJson(random, ['secret', 'clean', 'other', 'a b', 'é']);
      const bytes = Buffer.from(text);
      const cuts = Array.from({ length: 4 }, () => Math.floor(random() * (bytes.length + 1))).sort((a, b) => a - b);
      const chunks = [0, ...cuts].map((from, at) => bytes.subarray(from, cuts[at] ?? bytes.length));
      const result = Buffer.from(rewritten(chunks).text, 'latin1').toString('utf8');
      expect(JSON.parse(result), text).toEqual(mask(JSON.parse(text), false, ''));
    }
  });
});
