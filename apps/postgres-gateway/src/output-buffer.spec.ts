import { OutputBuffer } from './output-buffer.js';

describe('output between two releases', () => {
  it('is one view per run of neighbouring frames', () => {
    const chunk = Buffer.from('aaabbbccc');
    const output = new OutputBuffer();
    output.pass(chunk, 0, 3);
    output.pass(chunk, 3, 6);
    expect(output.bytes).toBe(6);
    const taken = output.take();
    expect(taken.map(String)).toEqual(['aaabbb']);
    expect(taken[0]!.buffer).toBe(chunk.buffer);
  });

  it('keeps the order of passed and own bytes, and a gap splits a run', () => {
    const chunk = Buffer.from('aaabbbccc');
    const output = new OutputBuffer();
    output.pass(chunk, 0, 3);
    output.add(Buffer.from('own'));
    output.pass(chunk, 3, 6);
    output.pass(Buffer.from('zzz'), 0, 3);
    expect(output.take().map(String)).toEqual(['aaa', 'own', 'bbb', 'zzz']);
    expect(output.take()).toEqual([]);
    expect(output.bytes).toBe(0);
  });
});
