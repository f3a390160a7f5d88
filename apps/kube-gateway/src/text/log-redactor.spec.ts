import { compilePatterns } from '@app/masking';
import { logRedactor } from './log-redactor.js';

const set = compilePatterns([
  { class: 'token', pattern: 'token=(?<value>\\S+)' },
  { class: 'block', pattern: '<<[a-z\\n]+>>' },
]);
const redactor = (keep = 10): ReturnType<typeof logRedactor> =>
  logRedactor(set, (name) => Buffer.from(`[${name}]`), keep);
const text = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString('utf8');

describe('logRedactor', () => {
  it('never records a value that it masks, nor gives it out, wherever the log is cut', () => {
    const log = Buffer.from('a token=hunter2 b\n<<se\ncret>> ü\nlast token=x');
    for (let cut = 0; cut <= log.length; cut++) {
      const log1 = redactor();
      const out = [...log1.push(log.subarray(0, cut)), ...log1.push(log.subarray(cut)), ...log1.finish()];
      expect(text(out)).toBe('a token=[token] b\n[block] ü\nlast token=[token]');
      expect(log1.take()).toEqual({
        items: 3,
        masked: new Map([
          ['token', 2],
          ['block', 1],
        ]),
        documents: ['"a token=[token] b"', '"[block] ü"', '"last token=[token]"'],
      });
    }
  });

  it('gives out what has no value in it at once, without a line end', () => {
    const log = redactor();
    expect(text(log.push(Buffer.from('waiting for token=')))).toBe('waiting for token=');
    expect(log.take()).toEqual({ items: 0, masked: new Map(), documents: [] });
    expect(log.push(Buffer.from('hun'))).toEqual([]);
    expect(text(log.push(Buffer.from('ter\n')))).toBe('[token]\n');
    expect(log.take().documents).toEqual(['"waiting for token=[token]"']);
  });

  it('keeps no more lines than asked for, and counts all of them', () => {
    const log = redactor(2);
    expect(text(log.push(Buffer.from('1\n\n3\n4\n')))).toBe('1\n\n3\n4\n');
    expect(log.take()).toEqual({ items: 4, masked: new Map(), documents: ['"1"', '""'] });
  });

  it('keeps no more than 16 KiB of a line, and gives all of it out', () => {
    const log = redactor();
    const line = Buffer.alloc(40_000, 'x');
    expect(text(log.push(line.subarray(0, 10_000))) + text(log.push(line.subarray(10_000)))).toBe(line.toString());
    log.push(Buffer.from('\nnext\n'));
    expect(log.take().documents.map((document) => document.length)).toEqual([16_386, 6]);
  });

  it('records bytes that are no text as replaced ones, and gives them out as they are', () => {
    const log = redactor();
    expect(log.push(Uint8Array.of(0x61, 0xff, 0x00, 0x0a))).toEqual([Buffer.of(0x61, 0xff, 0x00, 0x0a)]);
    expect(log.take().documents).toEqual(['"a\ufffd\\u0000"']);
  });
});
