import { resizeMessage, ResizeReader } from './resize-reader.js';

const sizes = (...chunks: string[]) => {
  const reader = new ResizeReader();
  return chunks.flatMap((chunk) => reader.push(Buffer.from(chunk)));
};

describe('terminal sizes', () => {
  it.each([
    ['no JSON', 'garbage}'],
    ['a negative width', '{"Width":-1,"Height":2}'],
    ['a fraction', '{"Width":1.5,"Height":2}'],
    ['a text', '{"Width":"80","Height":24}'],
    ['half a size', '{"Width":80}'],
    ['more than the server takes', '{"Width":80,"Height":65536}'],
  ])('are not read from %s', (_, text) => {
    expect(sizes(text)).toEqual([]);
  });

  it('are found behind what is none', () => {
    expect(sizes('oops {"Width":1,"Height":2}')).toEqual([{ width: 1, height: 2 }]);
    expect(sizes('{'.repeat(5000), '{"Width":1,"Height":2}')).toEqual([{ width: 1, height: 2 }]);
  });

  it('are the same joined and cut anywhere', () => {
    const text = '{"Width":80,"Height":24}\n{"Height":25,"Width":81}';
    const expected = [
      { width: 80, height: 24 },
      { width: 81, height: 25 },
    ];
    for (let cut = 0; cut <= text.length; cut++) expect(sizes(text.slice(0, cut), text.slice(cut))).toEqual(expected);
  });

  it('are written as clients write them', () => {
    expect(Buffer.from(resizeMessage({ width: 80, height: 24 })).toString()).toBe('{"Width":80,"Height":24}');
  });
});
