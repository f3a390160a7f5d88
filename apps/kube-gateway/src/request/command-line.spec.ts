import { quoteCommand } from './command-line.js';

describe('quoteCommand', () => {
  it.each([
    [['ls', '-l', '/tmp'], 'ls -l /tmp'],
    [['sh', '-c', 'echo hi'], "sh -c 'echo hi'"],
    [['echo', ''], "echo ''"],
    [['echo', "it's"], String.raw`echo 'it'\''s'`],
    [['echo', 'a\nb'], String.raw`echo $'a\nb'`],
    [['echo', '\u001b[31m\u202e'], String.raw`echo $'\x1b[31m\u202e'`],
    [['a;b', '$x', '*'], "'a;b' '$x' '*'"],
    [['\u{e0041}\u0085'], String.raw`$'\U000e0041\u0085'`],
  ])('writes %j as %s', (words, text) => {
    expect(quoteCommand(words)).toBe(text);
  });
});
