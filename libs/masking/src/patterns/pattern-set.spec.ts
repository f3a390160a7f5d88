import { compilePatterns } from './pattern-set.js';

const compile = (pattern: string): unknown => compilePatterns([{ class: 'key', pattern }]);

describe('compilePatterns', () => {
  it.each([
    ['a*', 0, 'it matches the empty text'],
    ['', 0, 'it matches the empty text'],
    ['(|b)?c*', 0, 'it matches the empty text'],
    ['^a', 0, '"^" is no part of patterns over streams'],
    ['a$', 1, '"$" is no part of patterns over streams'],
    ['a(b', 1, 'a "(" without its ")"'],
    ['ab)', 2, 'a ")" without its "("'],
    ['[a', 0, 'a "[" without its "]"'],
    ['[]a', 0, 'an empty class'],
    ['[z-a]', 4, 'not a range of characters'],
    ['[\\d-z]', 5, 'not a range of characters'],
    ['[ä]', 1, 'only ASCII characters may stand in a class'],
    ['[[:alpha:]]', 1, 'escape "[" inside a class'],
    ['*a', 0, 'nothing stands before the repetition'],
    ['a**', 2, 'a repetition of a repetition'],
    ['a+?', 2, 'a repetition of a repetition'],
    ['a{', 1, '"{" begins a repetition'],
    ['a{3,2}', 1, 'the repetition ends below its beginning'],
    ['a{1001}', 1, 'more than 1000 repetitions'],
    ['(((a{1000}){1000}){1000}){1000}', 0, 'too large once its repetitions are written out'],
    ['a\\1', 1, 'no escape of the patterns: \\1'],
    ['a\\', 1, 'no escape of the patterns: \\'],
    ['\\b+a', 0, '\\b cannot be repeated'],
    ['(?=a)b', 0, 'of groups there are'],
    ['(?<name>a)', 0, 'of groups there are'],
    ['((?<value>a))+', 1, 'may not stand inside a repetition or an alternative'],
    ['(?<value>a)|b', 0, 'may not stand inside a repetition or an alternative'],
    ['(?<value>a)(?<value>b)', 11, 'a second (?<value>'],
    ['a(?i)b', 1, 'of groups there are'],
    ['a]', 1, 'escape "]"'],
    ['\ud800', 0, 'half of a surrogate pair'],
    [`${'('.repeat(51)}a${')'.repeat(51)}`, 50, 'groups nested deeper than 50'],
    ['a'.repeat(5000), 4096, 'longer than 4096 characters'],
  ])('refuses %j and says where', (pattern, position, reason) => {
    expect(() => compile(pattern)).toThrow(
      expect.objectContaining({
        name: 'PatternError',
        position,
        message: expect.stringContaining(reason) as string,
      }) as Error,
    );
    expect(() => compile(pattern)).toThrow(/^class key: pattern /);
  });

  it('names the entry that is wrong among others', () => {
    expect(() =>
      compilePatterns([
        { class: 'one', pattern: 'a' },
        { class: 'two', pattern: 'b(' },
      ]),
    ).toThrow('class two: pattern "b(", at 1: a "(" without its ")"');
  });

  it('takes no pattern at all', () => {
    expect(compilePatterns([]).classes).toEqual([]);
  });
});
