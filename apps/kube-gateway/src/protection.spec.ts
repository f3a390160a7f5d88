import { protectionOf } from './protection.js';

const secret = Buffer.alloc(32, 7);
const bytes = (text: string) => Buffer.from(text);

describe('what is protected', () => {
  it('names the entry that cannot be compiled', () => {
    const entry = { class: 'key', kubernetes: [], patterns: ['builtin:no-such-thing'] };
    expect(() => protectionOf([entry], secret)).toThrow('there is no built-in pattern "no-such-thing"');
    expect(() => protectionOf([{ ...entry, patterns: ['(a'] }], secret)).toThrow(/key|\(a/);
    expect(() => protectionOf([{ ...entry, patterns: [], kubernetes: ['..'] }], secret)).toThrow();
  });

  it('marks equal values alike in one place only, and otherwise with another key', () => {
    const { key } = protectionOf([], secret);
    const mark = key.mark('uid-1', 'data.password', bytes('hunter2'));
    expect(mark).toMatch(/^sallyport:v1:[0-9a-f]{16}$/);
    expect(key.mark('uid-1', 'data.password', bytes('hunter2'))).toBe(mark);
    const others = [
      key.mark('uid-2', 'data.password', bytes('hunter2')),
      key.mark('uid-1', 'data.passwor', bytes('dhunter2')),
      key.mark('uid-1d', 'ata.password', bytes('hunter2')),
      key.mark('uid-1', 'data.password', bytes('hunter3')),
      protectionOf([], Buffer.alloc(32, 8)).key.mark('uid-1', 'data.password', bytes('hunter2')),
    ];
    expect(new Set([mark, ...others]).size).toBe(6);
  });

  it('has no patterns where none are configured, so that texts pass as they are', () => {
    expect(protectionOf([], secret)).toMatchObject({ patterns: null, stream: null });
  });

  it('masks texts and streams by the same patterns', () => {
    const { patterns, stream } = protectionOf(
      [{ class: 'ticket', kubernetes: [], patterns: ['TKT-[0-9]{6}'] }],
      secret,
    );
    const { text } = patterns!('see TKT-123456.');
    expect(text).toMatch(/^see sallyport:v1:[0-9a-f]{16}\.$/);
    const masker = stream!(true);
    const out = [masker.push(bytes('see TKT-12')), masker.push(bytes('3456.')), masker.finish()];
    expect(Buffer.concat(out).toString('utf8')).toBe(text);
  });
});
