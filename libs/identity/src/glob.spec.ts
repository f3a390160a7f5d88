import { compileGlob, GlobError, patternsOverlap } from './glob.js';

const matches = (pattern: string, text: string) => compileGlob(pattern).matches(text);

describe('compileGlob', () => {
  it.each(['', '{', '}', 'a{b', 'a}b', '{a,{b}}', '}{', '{a,b}'.repeat(11)])('refuses %j and names it', (pattern) => {
    expect(() => compileGlob(pattern)).toThrow(GlobError);
    expect(() => compileGlob(pattern)).toThrow(JSON.stringify(pattern));
  });

  it.each([
    ['*@example.com', 'alice@example.com.evil.org'],
    ['*@example.com', 'alice@exampleXcom'],
    ['*@example.com', 'alice@EXAMPLE.com'],
    ['*@example.com', 'alice@example.com\n'],
    ['a*a', 'a'],
    ['ab*ba', 'aba'],
    ['*aa*aa*', 'aaa'],
    ['a{b,c}', 'a'],
    ['a.c', 'abc'],
    ['alice', 'alice2'],
    ['{a,b}', '{a,b}'],
    ['a?', 'ab'],
  ])('%j does not match %j', (pattern, text) => {
    expect(matches(pattern, text)).toBe(false);
  });

  it.each([
    ['*', ''],
    ['*', 'anything.at.all'],
    ['**', ''],
    ['*@example.com', '@example.com'],
    ['crm.public.*', 'crm.public.odd.name'],
    ['crm.{public,sales}.*', 'crm.sales.x'],
    ['a{,b}c', 'ac'],
    ['{a,b}{c,d}', 'bd'],
    ['{a*,*b}', 'xb'],
    ['*aa*aa*', 'aaaa'],
    ['a.c', 'a.c'],
    ['[x]+', '[x]+'],
  ])('%j matches %j', (pattern, text) => {
    expect(matches(pattern, text)).toBe(true);
  });

  it('answers a pattern of a thousand stars in milliseconds', () => {
    const glob = compileGlob('a*'.repeat(1_000) + 'b');
    const started = performance.now();
    expect(glob.matches('a'.repeat(50_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('what could be anything', () => {
  const meets = (pattern: string, open: string) => compileGlob(pattern).meets(open);

  it.each([
    ['kube-*', 'prod-*'],
    ['*.yaml', '*.json'],
    ['prod', 'prod-*'],
    ['{a,b}', 'c*'],
  ])('is not met by %j as %j', (pattern, open) => {
    expect(meets(pattern, open)).toBe(false);
  });

  it.each([
    ['kube-*', '*'],
    ['kube-system', 'kube-*'],
    ['*-system', 'kube-*'],
    ['{prod,test}', 't*'],
    ['prod', 'prod'],
    ['*rm*', 'ls *'],
  ])('is met by %j as %j', (pattern, open) => {
    expect(meets(pattern, open)).toBe(true);
  });

  it('is answered in milliseconds for a command of a mebibyte with stars in it', () => {
    const patterns = [`*${'x'.repeat(900)}*`, '*rm -rf*', `${'x*'.repeat(450)}y`, 'ls *'].map(compileGlob);
    const command = `ls *.txt ${'x'.repeat(1 << 20)}* *`;
    const started = performance.now();
    expect(patterns.map((pattern) => pattern.meets(command))).toEqual([true, true, false, true]);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('patternsOverlap', () => {
  it.each([
    ['*@a.com', '*@b.com'],
    ['alice@*', 'bob@*'],
    ['{alice,bob}@a.com', '{carol,dave}@a.com'],
    ['a', 'A'],
    ['a*b', 'b*a'],
    ['x*', 'y'],
  ])('%j and %j share nothing', (one, other) => {
    expect(patternsOverlap(one, other)).toBe(false);
    expect(patternsOverlap(other, one)).toBe(false);
  });

  it.each([
    ['*', 'bob'],
    ['*', '*'],
    ['*@a.com', 'alice@*'],
    ['*@a.com', '*@*.com'],
    ['{x,bob}@a.com', 'bob@{a,b}.com'],
    ['a*c', 'ab*'],
    ['a*', '*a'],
    ['same', 'same'],
    ['a{,b}', 'a'],
  ])('%j and %j share a text', (one, other) => {
    expect(patternsOverlap(one, other)).toBe(true);
    expect(patternsOverlap(other, one)).toBe(true);
  });

  it('agrees with trying every short text', () => {
    const letters = ['a', 'b', '*'];
    const patterns = letters.flatMap((x) => [x, ...letters.flatMap((y) => [x + y, ...letters.map((z) => x + y + z)])]);
    const texts = words(['a', 'b'], 6);
    for (const one of patterns)
      for (const other of patterns) {
        const [left, right] = [compileGlob(one), compileGlob(other)];
        const shared = texts.some((text) => left.matches(text) && right.matches(text));
        expect([one, other, patternsOverlap(one, other)]).toEqual([one, other, shared]);
      }
  });
});

function words(alphabet: readonly string[], longest: number): string[] {
  const all = [''];
  for (let at = 0; at < all.length; at += 1) {
    const word = all[at] ?? '';
    if (word.length < longest) all.push(...alphabet.map((letter) => word + letter));
  }
  return all;
}
