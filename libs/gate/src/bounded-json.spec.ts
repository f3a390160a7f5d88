import { boundedCounts, boundedText, boundedTexts, share } from './bounded-json.js';

const bytes = (text: string): number => Buffer.byteLength(text);

const hostile = {
  quotes: '"\\'.repeat(5_000),
  NUL: '\0'.repeat(10_000),
  'line ends': '\r\n'.repeat(5_000),
  'lone surrogates': '\ud83d'.repeat(10_000),
  'reversed surrogates': '\udc00\ud800'.repeat(5_000),
  emoji: '😀'.repeat(5_000),
  'three bytes each': '漢'.repeat(10_000),
};

describe('boundedText', () => {
  it.each(Object.entries(hostile))('cuts %s to a string that parses and fits', (_name, text) => {
    for (const limit of [64, 65, 66, 67, 512, 4_096]) {
      const rendered = boundedText(text, limit);
      const read = JSON.parse(rendered) as string;
      expect(bytes(rendered)).toBeLessThanOrEqual(limit);
      expect(bytes(rendered)).toBeGreaterThan(limit - 16);
      expect(read.endsWith('…')).toBe(true);
      expect(text.startsWith(read.slice(0, -1))).toBe(true);
    }
  });

  it('leaves a text that just fits as it is, and cuts one that is a byte longer', () => {
    expect(boundedText('x'.repeat(62), 64)).toBe(`"${'x'.repeat(62)}"`);
    expect(boundedText('x'.repeat(63), 64)).toBe(`"${'x'.repeat(59)}…"`);
    expect(boundedText('漢'.repeat(20) + 'ab', 64)).toBe(`"${'漢'.repeat(20)}ab"`);
  });

  it('never splits a character into halves', () => {
    for (let limit = 20; limit < 60; limit++) expect(boundedText('😀'.repeat(30), limit)).not.toContain('\\u');
  });

  it('renders an endless text without rendering all of it', () => {
    expect(bytes(boundedText('\0'.repeat(50_000_000), share.tag))).toBeLessThanOrEqual(share.tag);
  });
});

describe('boundedTexts', () => {
  it.each(Object.entries(hostile))('keeps a list of %s within its share', (_name, text) => {
    for (const list of [[text], [text, text], Array.from({ length: 1_000 }, (_, i) => text.slice(i))]) {
      const rendered = boundedTexts(list, 1_024);
      expect(bytes(rendered)).toBeLessThanOrEqual(1_024);
      expect((JSON.parse(rendered) as string[]).at(-1)).toMatch(/…$/);
    }
  });

  it('says that there were more, and only then', () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `public.table_${i}`);
    const read = JSON.parse(boundedTexts(names, share.relations)) as string[];
    expect(read.at(-1)).toBe('…');
    expect(read.slice(0, -1)).toEqual(names.slice(0, read.length - 1));
    expect(read.length).toBeGreaterThan(600);
    expect(boundedTexts(['a', 'b"c'], 64)).toBe('["a","b\\"c"]');
    expect(boundedTexts([], 64)).toBe('[]');
  });
});

describe('boundedCounts', () => {
  it('counts together what does not fit, so that the sum stays true', () => {
    const counts = new Map(Array.from({ length: 10_000 }, (_, i) => [`column "${i}"`, i] as const));
    const rendered = boundedCounts(counts, share.counts);
    const read = JSON.parse(rendered) as Record<string, number>;
    expect(bytes(rendered)).toBeLessThanOrEqual(share.counts);
    expect(Object.values(read).reduce((sum, count) => sum + count, 0)).toBe((9_999 * 10_000) / 2);
    expect(read['column "1"']).toBe(1);
    expect(read['…']).toBeGreaterThan(1_000_000);
  });

  it('does not lose a column that is called like the rest', () => {
    const counts = new Map([['…', 3], ...Array.from({ length: 1_000 }, (_, i) => [`c${i}`, 1] as const)]);
    const read = JSON.parse(boundedCounts(counts, 512)) as Record<string, number>;
    expect(Object.values(read).reduce((sum, count) => sum + count, 0)).toBe(1_003);
    expect(read['c0']).toBe(1);
  });

  it('leaves short ones as they are, hostile names included', () => {
    const counts = new Map([
      ['__proto__', 1],
      ['a"b\0', 2],
    ]);
    expect(boundedCounts(counts, 512)).toBe('{"__proto__":1,"a\\"b\\u0000":2}');
    expect(boundedCounts(new Map(), 512)).toBe('{}');
  });
});
