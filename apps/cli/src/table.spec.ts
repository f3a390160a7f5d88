import { printable, table } from './table.js';

describe('a table', () => {
  it('does not let recorded text drive the terminal', () => {
    expect(printable('a\u001b[2Jb')).toBe('a\\u{1b}[2Jb');
    expect(printable('left\u202eright')).toBe('left\\u{202e}right');
  });

  it('keeps one row on one line', () => {
    expect(printable('SELECT 1\n  FROM t\r\n')).toBe('SELECT 1 FROM t ');
  });

  it('cuts a long cell by characters, not in the middle of one', () => {
    expect(printable('🙂'.repeat(100))).toBe(`${'🙂'.repeat(79)}…`);
  });

  it('aligns its columns', () => {
    expect(
      table(
        ['id', 'who'],
        [
          ['1', 'alice'],
          ['1000', 'b'],
        ],
      ),
    ).toBe('id    who\n1     alice\n1000  b');
  });
});
