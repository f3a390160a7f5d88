import { Slab } from './slab.js';

const write = (slab: Slab, text: string): void => slab.append(Buffer.from(text), 0, Buffer.byteLength(text));

describe('what a slab has given out', () => {
  it('is never written again', () => {
    const slab = new Slab(64);
    write(slab, 'first');
    const [given] = slab.take();
    for (let i = 0; i < 100; i++) {
      write(slab, 'overwrite?');
      slab.take();
    }
    expect(String(given)).toBe('first');
  });

  it('is everything, in order, across pieces', () => {
    const slab = new Slab(16);
    let expected = '';
    for (let i = 0; i < 50; i++) {
      const text = String(i).repeat(i % 40);
      write(slab, text);
      expected += text;
    }
    expect(slab.size()).toBe(expected.length);
    expect(Buffer.concat(slab.take()).toString()).toBe(expected);
  });

  it('is nothing when nothing was written, and size starts anew', () => {
    const slab = new Slab();
    expect(slab.take()).toEqual([]);
    write(slab, 'abc');
    slab.take();
    expect(slab.size()).toBe(0);
    expect(slab.take()).toEqual([]);
  });

  it('comes as one view while it fits one piece', () => {
    const slab = new Slab();
    for (let i = 0; i < 100; i++) write(slab, 'row');
    expect(slab.take()).toHaveLength(1);
  });
});

describe('reserve', () => {
  it('makes room in one stretch, larger than a piece if need be', () => {
    const slab = new Slab(32);
    write(slab, 'head');
    slab.reserve(1000);
    expect(slab.buffer.length - slab.at).toBeGreaterThanOrEqual(1000);
    expect(slab.take().map(String)).toEqual(['head']);
  });
});
