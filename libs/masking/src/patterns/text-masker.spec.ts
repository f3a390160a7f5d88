import { compilePatterns, type PatternEntry, type PatternSet } from './pattern-set.js';
import { everyMaskedByte, randomPattern, randomText, type Words } from './testing/reference.js';
import { TextMasker, type TextLimits } from './text-masker.js';

const compile = (...patterns: (string | PatternEntry)[]): PatternSet =>
  compilePatterns(patterns.map((entry) => (typeof entry === 'string' ? { class: 'secret', pattern: entry } : entry)));

const bracket = (className: string, value: Uint8Array): Uint8Array =>
  Buffer.from(`<${className === 'secret' ? '' : `${className}:`}${Buffer.from(value).toString('latin1')}>`, 'latin1');

const run = (set: PatternSet, chunks: readonly Uint8Array[], limits?: TextLimits): string => {
  const masker = new TextMasker(set, bracket, limits);
  // copies: a chunk may be views of memory that the masker or the caller goes on with
  const out = chunks.map((chunk) => Buffer.from(masker.push(chunk)));
  return Buffer.concat([...out, masker.finish()]).toString('latin1');
};

const whole = (set: PatternSet, text: string, limits?: TextLimits): string =>
  run(set, [Buffer.from(text, 'latin1')], limits);

const bytewise = (set: PatternSet, text: string, limits?: TextLimits): string =>
  run(
    set,
    Array.from(Buffer.from(text, 'latin1'), (byte) => Uint8Array.of(byte)),
    limits,
  );

describe('TextMasker', () => {
  it.each([
    ['ab+c', 'xabbbcx', 'x<abbbc>x'],
    ['ab+', 'xabbbx', 'x<abbb>x'],
    ['a|ab|abc', 'abcd', '<abc>d'],
    ['\\d{3,5}', '12 123 1234567', '12 <123> <1234567>'],
    ['\\bkey\\b', 'key monkey keys key', '<key> monkey keys <key>'],
    ['k=(?<value>[^ &]+)', 'k=v1&k=v2 k=', 'k=<v1>&k=<v2> k='],
    [':(?<value>[^@ ]+)@', 'a:b@c d:e f', 'a:<b>@c d:e f'],
    ['(?i)token', 'Token TOKEN tokem', '<Token> <TOKEN> tokem'],
    ['(?i)[^a]+b', 'AaXb', 'Aa<Xb>'],
    ['.', 'a\nb', '<a>\n<b>'],
  ])('%s in %j is masked as %j', (pattern, text, masked) => {
    const set = compile(pattern);
    expect(whole(set, text)).toBe(masked);
    expect(bytewise(set, text)).toBe(masked);
  });

  it('hides no match behind another one: values that overlap are one mask, of the class of the first', () => {
    const set = compile({ class: 'late', pattern: 'bcdef' }, { class: 'early', pattern: 'abc' });
    expect(whole(set, 'xabcdefx')).toBe('x<early:abcdef>x');
  });

  it('of two values that begin together the longer one names the mask, then the one listed first', () => {
    expect(whole(compile({ class: 'short', pattern: 'ab' }, { class: 'long', pattern: 'abc' }), 'abc')).toBe(
      '<long:abc>',
    );
    expect(whole(compile({ class: 'one', pattern: 'ab' }, { class: 'two', pattern: '[a]b' }), 'ab')).toBe('<one:ab>');
  });

  it('keeps values that only touch apart', () => {
    expect(whole(compile('a(?<value>b)', 'b(?<value>c)'), 'abc')).toBe('a<b><c>');
  });

  it('gives out at once what cannot be masked, prompts too', () => {
    const masker = new TextMasker(compile('password: (?<value>\\S+)'), bracket);
    expect(Buffer.from(masker.push(Buffer.from('sudo password: '))).toString()).toBe('sudo password: ');
    expect(masker.held).toBe(0);
    expect(masker.push(Buffer.from('hun')).length).toBe(0);
    expect(masker.held).toBe(3);
    expect(masker.release().length).toBe(0);
    expect(Buffer.from(masker.push(Buffer.from('ter\nok'))).toString()).toBe('<hunter>\nok');
  });

  it('lets through a beginning without an end once the text is over', () => {
    const masker = new TextMasker(compile('abcd'), bracket);
    expect(Buffer.from(masker.push(Buffer.from('xabc'))).toString()).toBe('x');
    expect(Buffer.from(masker.finish()).toString()).toBe('abc');
  });

  it('masks a value longer than may be held in pieces, and not what follows it', () => {
    const set = compile('k=(?<value>[a-z]+)');
    const masked = whole(set, `k=${'v'.repeat(25)} k=w x`, { heldBytes: 10 });
    expect(masked).toBe('k=<vvvvvvvvvv><vvvvvvvvvv><vvvvv> k=<w> x');
    expect(bytewise(set, `k=${'v'.repeat(25)} k=w x`, { heldBytes: 10 })).toBe(masked);
  });

  it('masks what could not be decided in time, though its match never ends', () => {
    const set = compile('<[a-z]+>');
    expect(whole(set, `<${'v'.repeat(25)} rest`, { heldBytes: 10 })).toBe('<<vvvvvvvvv><vvvvvvvvvv><vvvvvv> rest');
    const trailing = compile(':(?<value>x+)y+@');
    expect(whole(trailing, ':xxyyyyyyyyyyyyyyyy rest', { heldBytes: 10 })).toBe(':<xxyyyyyyyy>yyyyyyyy rest');
  });

  it('never holds as much as its limit, whatever comes', () => {
    const set = compile('a.{0,6}', '[a-c]+d', 'x(?<value>.*)y');
    for (const seed of [1, 2, 3, 4]) {
      const words: Words = { seed };
      const masker = new TextMasker(set, bracket, { heldBytes: 12 });
      for (let i = 0; i < 400; i++) {
        masker.push(Buffer.from(randomText(words, 'aabcdxy\n', 9)));
        expect(masker.held).toBeLessThan(12);
      }
    }
  });

  it('does not change and does not keep the chunk it is given', () => {
    const masker = new TextMasker(compile('abcd'), bracket);
    const chunk = Buffer.from('xab');
    masker.push(chunk);
    expect(chunk.toString()).toBe('xab');
    chunk.fill(0);
    expect(Buffer.from(masker.push(Buffer.from('cd'))).toString() + Buffer.from(masker.finish()).toString()).toBe(
      '<abcd>',
    );
  });

  it('counts masks by class until they are taken', () => {
    const masker = new TextMasker(compile({ class: 'a', pattern: 'aa' }, { class: 'b', pattern: 'b' }), bracket);
    masker.push(Buffer.from('aa b aa '));
    expect(Object.fromEntries(masker.take())).toEqual({ a: 2, b: 1 });
    expect([...masker.take()]).toEqual([]);
  });

  it('masks the bytes that a backtracking matcher finds, over random patterns and texts, at any cuts', () => {
    const words: Words = { seed: 7 };
    for (let round = 0; round < 250; round++) {
      const patterns = Array.from({ length: 1 + (round % 3) }, () => randomPattern(words));
      const set = compile(...patterns);
      const text = randomText(words, 'aaabbc_ -\u00e4', 11);
      const expected = everyMaskedByte(patterns, text);
      const masker = new TextMasker(set, (_, value) => Buffer.alloc(value.length, 0x2a));
      const out: Buffer[] = [];
      for (let at = 0; at < text.length;) {
        const size = 1 + ((round + at) % 5);
        out.push(Buffer.from(masker.push(Buffer.from(text.slice(at, at + size), 'latin1'))));
        at += size;
      }
      out.push(Buffer.from(masker.finish()));
      expect({ patterns, text, masked: Buffer.concat(out).toString('latin1') }).toEqual({
        patterns,
        text,
        masked: expected,
      });
    }
  });

  it('gives the same bytes at every cut and in single bytes, with long values, over random patterns', () => {
    const words: Words = { seed: 11 };
    for (let round = 0; round < 400; round++) {
      const set = compile(...Array.from({ length: 1 + (round % 3) }, () => randomPattern(words)));
      const text = randomText(words, 'aaabbc_ -\u00e4', 40);
      const limits = { heldBytes: 1 + (round % 9) };
      const expected = whole(set, text, limits);
      expect(bytewise(set, text, limits)).toBe(expected);
      const bytes = Buffer.from(text, 'latin1');
      for (let cut = 0; cut <= bytes.length; cut++) {
        expect(run(set, [bytes.subarray(0, cut), bytes.subarray(cut)], limits)).toBe(expected);
      }
    }
  });

  it('masks the same when its table has to forget', () => {
    const set = compile('a.{16}b.{16}c', '[ab]{3}c.{3}(?<value>d)');
    const words: Words = { seed: 3 };
    const text = randomText(words, 'abc', 60_000);
    const cut = 31_007;
    const expected = bytewise(set, text.slice(0, 2000));
    expect(whole(set, text.slice(0, 2000))).toBe(expected);
    const bytes = Buffer.from(text, 'latin1');
    expect(run(set, [bytes.subarray(0, cut), bytes.subarray(cut)])).toBe(whole(set, text));
  });

  it('reads in time that grows with the text, not with its square', () => {
    const set = compile('a*a*a*b', '(a|aa)+c', '.*x.*y');
    const text = Buffer.alloc(400_000, 'a');
    const started = performance.now();
    run(set, [text]);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
