import { forgetOldest } from './forget-oldest.js';

describe('a bounded map', () => {
  it('loses what was set first, and nothing within its bound', () => {
    const map = new Map([1, 2, 3, 4].map((key) => [key, true]));
    forgetOldest(map, 4);
    expect([...map.keys()]).toEqual([1, 2, 3, 4]);
    map.delete(1);
    map.set(1, true);
    forgetOldest(map, 2);
    expect([...map.keys()]).toEqual([4, 1]);
  });
});
