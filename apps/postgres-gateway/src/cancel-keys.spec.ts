import { CancelKeys, cancelWord, readCancelWord } from './cancel-keys.js';

const quiet = (): Promise<void> => Promise.resolve();

describe('cancel keys of a worker', () => {
  it('open nothing with a wrong secret, a secret of another length or another pid', () => {
    const keys = new CancelKeys();
    const { pid, secret } = keys.issue(quiet);
    const wrong = Buffer.from(secret);
    wrong[3] = wrong[3]! ^ 1;
    expect(keys.find({ pid, secret: wrong })).toBeNull();
    expect(keys.find({ pid, secret: secret.subarray(0, 3) })).toBeNull();
    expect(keys.find({ pid, secret: Buffer.concat([secret, Buffer.of(0)]) })).toBeNull();
    expect(keys.find({ pid: pid === 1 ? 2 : pid - 1, secret })).toBeNull();
  });

  it('open nothing once their session is over', () => {
    const keys = new CancelKeys();
    const key = keys.issue(quiet);
    keys.drop(key);
    expect(keys.find(key)).toBeNull();
  });

  it('find the session they were issued to', () => {
    const keys = new CancelKeys();
    const mine = (): Promise<void> => Promise.resolve();
    const key = keys.issue(mine);
    keys.issue(quiet);
    expect(keys.find(key)).toBe(mine);
  });
});

describe('a cancel request that is handed round', () => {
  it('is not read from anything else', () => {
    for (const word of ['', '1', '1 abc', '-1 00000000', '1 00000000 ', '1 0000000000', 'crm'])
      expect(readCancelWord(word)).toBeNull();
  });

  it('is the same on the other side', () => {
    const key = { pid: 2_147_483_647, secret: Buffer.from([0, 255, 16, 1]) };
    expect(readCancelWord(cancelWord(key))).toEqual(key);
  });
});
