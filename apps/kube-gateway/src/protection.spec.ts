import { protectionOf } from './protection.js';
import { redactObject } from './redaction/index.js';

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

  it('is without some classes for who may see them, and unchanged for all others', () => {
    const config = [
      { class: 'ticket', kubernetes: ['configmaps.data.ticket'], patterns: ['TKT-[0-9]{6}'] },
      { class: 'token', kubernetes: ['configmaps.data.token'], patterns: ['TOK-[0-9]{6}'] },
    ];
    const all = protectionOf(config, secret);
    const seen = all.without(['ticket', 'secret']);
    const shown = (of: typeof all, resource: string, data: object): unknown => {
      const facts = { group: '', resource, subresource: '' };
      const json = redactObject(of.plan, facts, of.key, bytes(JSON.stringify({ data })), of.patterns);
      return (JSON.parse(Buffer.from(json).toString()) as { data: unknown }).data;
    };
    const data = { ticket: 'a', token: 'b' };
    expect(shown(seen, 'configmaps', data)).toEqual({ ticket: 'a', token: expect.stringMatching(/^sallyport:v1:/) });
    expect(shown(all, 'configmaps', data)).toEqual({
      ticket: expect.stringMatching(/^sallyport:v1:/),
      token: expect.stringMatching(/^sallyport:v1:/),
    });
    expect(shown(seen, 'secrets', { password: 'YQ==' })).toEqual({ password: 'YQ==' });
    expect(seen.patterns!('TKT-123456 TOK-123456').text).toMatch(/^TKT-123456 sallyport:v1:/);
    // texts that are no objects stay as they are
    expect(seen.text).toBe(all.text);
    expect(seen.stream).toBe(all.stream);
  });

  it('is told apart by its hash', () => {
    const hash = (classes: readonly string[]): string =>
      protectionOf(
        classes.map((name) => ({ class: name, kubernetes: ['secrets.data'], patterns: [] })),
        secret,
      ).hash;
    expect(hash(['a'])).toBe(hash(['a']));
    expect(new Set([hash([]), hash(['a']), hash(['b']), hash(['a', 'b']), hash(['b', 'a'])]).size).toBe(5);
  });
});
