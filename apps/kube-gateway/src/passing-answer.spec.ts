import { passingAnswer } from './passing-answer.js';

const text = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).toString('utf8');

describe('an answer that passes as it is', () => {
  it.each<[string, boolean, boolean, string]>([
    ['the record wants no texts', false, true, '{"a":1}'],
    ['it is no JSON by its type', true, false, '{"a":1}'],
    ['it is no JSON in truth', true, true, '{"a":'],
    ['it is empty', true, true, ''],
    ['it is longer than 16 KiB', true, true, JSON.stringify('x'.repeat(16 * 1024))],
  ])('is not kept for the record when %s', (_, keep, json, body) => {
    const answer = passingAnswer(keep, json);
    expect(text(answer.push(Buffer.from(body)))).toBe(body);
    expect(text(answer.finish())).toBe('');
    expect(answer.take()).toMatchObject({ items: 1, documents: [] });
  });

  it('is kept once, whole, when it is over, however it was cut', () => {
    const answer = passingAnswer(true, true);
    const body = Buffer.from('{"name":"Zoë"}');
    for (const byte of body) expect(answer.push(Buffer.from([byte]))).toEqual([Buffer.from([byte])]);
    expect(answer.take()).toMatchObject({ items: 0, documents: [] });
    answer.finish();
    expect(answer.take()).toMatchObject({ items: 1, documents: ['{"name":"Zoë"}'] });
    expect(answer.take().documents).toEqual([]);
  });
});
