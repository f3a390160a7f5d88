import type { Standing } from '@app/gate';
import { Awaited } from './awaited.js';

const standing = (over: Partial<Standing> = {}): Standing => ({
  id: 'A',
  state: 'pending',
  by: null,
  reason: null,
  expires: 1_000,
  shared: false,
  ...over,
});

describe('waiting for an approval', () => {
  it('that nobody could be asked about ends with an error, not with a guess', async () => {
    const stop = new AbortController();
    const settled = new Awaited().settled('A', null, stop.signal);
    stop.abort();
    await expect(settled).rejects.toThrow('nothing could be learnt of approval A');
  });

  it('ends with how it stood last when the client gives up', async () => {
    const awaited = new Awaited();
    const stop = new AbortController();
    const settled = awaited.settled('A', standing({ expires: 1 }), stop.signal);
    awaited.learn(standing({ expires: 2 }));
    stop.abort();
    expect(await settled).toEqual(standing({ expires: 2 }));
    expect(awaited.ids).toEqual([]);
  });

  it('goes on while it is pending, and while another approval is decided', async () => {
    const awaited = new Awaited();
    let over = false;
    void awaited.settled('A', null, new AbortController().signal).then(() => (over = true));
    awaited.learn(standing());
    awaited.learn(standing({ id: 'B', state: 'approved' }));
    await Promise.resolve();
    expect(over).toBe(false);
    expect(awaited.ids).toEqual(['A']);
  });

  it.each(['approved', 'denied', 'expired', 'revoked', 'withdrawn', 'used'] as const)(
    'ends for all who wait when it is %s, and nobody is asked about it again',
    async (state) => {
      const awaited = new Awaited();
      const { signal } = new AbortController();
      const all = Promise.all([1, 2, 3].map(() => awaited.settled('A', standing(), signal)));
      awaited.learn(standing({ state }));
      expect(await all).toEqual([1, 2, 3].map(() => standing({ state })));
      expect(awaited.ids).toEqual([]);
    },
  );

  it('one client that gives up does not end the wait of another', async () => {
    const awaited = new Awaited();
    const stop = new AbortController();
    const first = awaited.settled('A', standing(), stop.signal);
    const second = awaited.settled('A', standing(), new AbortController().signal);
    stop.abort();
    expect((await first).state).toBe('pending');
    expect(awaited.ids).toEqual(['A']);
    awaited.learn(standing({ state: 'approved' }));
    expect((await second).state).toBe('approved');
  });
});
