import { createHmac } from 'node:crypto';
import { CancelKeys, secretBytes } from './cancel-keys.js';

const quiet = (): Promise<void> => Promise.resolve();
const mac =
  (key: string) =>
  (text: string): Buffer =>
    createHmac('sha256', key).update(text).digest();
const worker = (key = 'shared'): CancelKeys => new CancelKeys(mac(key));

describe('a cancel request', () => {
  it('does nothing with a wrong secret, a secret of another length, another pid, or of another installation', () => {
    const keys = worker();
    const key = keys.issue(quiet, 4);
    const wrong = Buffer.from(key.secret);
    wrong[3] = wrong[3]! ^ 1;
    expect(keys.take(keys.word({ ...key, secret: wrong }))).toBeNull();
    expect(keys.take(keys.word({ ...key, secret: key.secret.subarray(0, 3) }))).toBeNull();
    expect(keys.take(keys.word({ ...key, secret: Buffer.concat([key.secret, Buffer.of(0)]) }))).toBeNull();
    expect(keys.take(keys.word({ ...key, pid: key.pid === 1 ? 2 : key.pid - 1 }))).toBeNull();
    expect(keys.take(worker('other').word(key))).toBeNull();
  });

  it('does nothing once its session is over', () => {
    const keys = worker();
    const key = keys.issue(quiet, 4);
    const word = keys.word(key);
    keys.drop(key);
    expect(keys.take(word)).toBeNull();
  });

  it('cancels once, on however many ways its word comes, and the next request again', () => {
    const keys = worker();
    const key = keys.issue(quiet, 32);
    const word = keys.word(key);
    expect(keys.take(word)).toBe(quiet);
    expect(keys.take(word)).toBeNull();
    expect(keys.take(keys.word(key))).toBe(quiet);
  });

  it('finds its session at another worker, whose word never holds the secret', () => {
    const keys = worker();
    const mine = (): Promise<void> => Promise.resolve();
    const key = keys.issue(mine, 32);
    keys.issue(quiet, 32);
    const word = worker().word(key);
    expect(word).not.toContain(key.secret.toString('hex'));
    expect(keys.take(word)).toBe(mine);
  });

  it('is not read from anything else', () => {
    const keys = worker();
    const word = keys.word(keys.issue(quiet, 4));
    for (const wrong of [
      '',
      '1',
      `${word} `,
      ` ${word}`,
      word.toUpperCase().replace(/\d+ /, '1 '),
      word.slice(0, -1),
      `1${'0'.repeat(9_999)}`,
    ])
      expect(keys.take(wrong)).toBeNull();
    expect(keys.take(word)).toBe(quiet);
  });
});

it('a secret has four bytes in protocol 3.0 and 32 in 3.2', () => {
  const keys = worker();
  expect(keys.issue(quiet, secretBytes(0x3_0000)).secret).toHaveLength(4);
  expect(keys.issue(quiet, secretBytes(0x3_0001)).secret).toHaveLength(4);
  expect(keys.issue(quiet, secretBytes(0x3_0002)).secret).toHaveLength(32);
});
