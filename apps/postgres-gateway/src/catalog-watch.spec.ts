import { CatalogWatch } from './catalog-watch.js';
import type { CurrentKnowledge } from './knowledge-registry.js';
import type { OwnConnection } from './own-connection.js';

/** A comparison that ends when it is told to. */
interface Comparison {
  end(): void;
  fail(): void;
}

let opened: { gone: boolean; ended: boolean; onGone: () => void }[];
let comparisons: Comparison[];
let released: number;
let done: number;
let refuse: boolean;
let watch: CatalogWatch;

const found = (n: number): CurrentKnowledge => ({ fingerprint: `f${n}` }) as CurrentKnowledge;
const turns = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

beforeEach(() => {
  vi.useFakeTimers();
  opened = [];
  comparisons = [];
  released = 0;
  done = 0;
  refuse = false;
  watch = new CatalogWatch({
    open: (onGone) => {
      if (refuse) return Promise.reject(new Error('full'));
      const connection = { gone: false, ended: false, onGone, end: () => (connection.ended = true) };
      opened.push(connection);
      return Promise.resolve(connection as unknown as OwnConnection);
    },
    compare: () =>
      new Promise((resolve, reject) => {
        const n = comparisons.length;
        comparisons.push({ end: () => resolve(found(n)), fail: () => reject(new Error('gone')) });
      }),
    release: () => (released += 1),
    done: () => (done += 1),
  });
});
afterEach(() => {
  watch.close();
  vi.useRealTimers();
});

/** Two sessions, and the connection they are worth. */
async function connected(): Promise<(() => void)[]> {
  const leaves = [watch.join(), watch.join()];
  await turns();
  return leaves;
}

describe('the watch over a catalog', () => {
  it('connects for nobody alone, and leaves the comparing to the session', async () => {
    watch.join();
    await turns();
    expect(opened).toHaveLength(0);
    expect(await watch.compared()).toBeNull();
  });

  it('gives nobody the answer to a question older than theirs, and one answer to all who wait', async () => {
    await connected();
    const first = watch.compared();
    const later = [watch.compared(), watch.compared()];
    expect(comparisons).toHaveLength(1);
    comparisons[0]!.end();
    expect(await first).toEqual(found(0));
    await turns();
    expect(comparisons).toHaveLength(2);
    comparisons[1]!.end();
    expect(await Promise.all(later)).toEqual([found(1), found(1)]);
    // what came before is given back
    expect(released).toBe(1);
  });

  it('compares before sessions would have to, every 4 s', async () => {
    await connected();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(comparisons).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(comparisons).toHaveLength(1);
    comparisons[0]!.end();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(comparisons).toHaveLength(2);
  });

  it('is gone a while after the last session, and gives everything back', async () => {
    const leaves = await connected();
    const compared = watch.compared();
    comparisons[0]!.end();
    await compared;
    for (const leave of leaves) leave();
    await vi.advanceTimersByTimeAsync(4_900);
    expect(done).toBe(0);
    await vi.advanceTimersByTimeAsync(200);
    expect([done, released, opened[0]?.ended]).toEqual([1, 1, true]);
    expect(await watch.compared()).toBeNull();
  });

  it('connects again after the target ended it, later each time it fails', async () => {
    await connected();
    const waiting = watch.compared();
    opened[0]!.onGone();
    comparisons[0]!.fail();
    expect(await waiting).toBeNull();
    refuse = true;
    expect(await watch.compared()).toBeNull();
    await vi.advanceTimersByTimeAsync(2_100);
    refuse = false;
    watch.join();
    await turns();
    expect(opened).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(opened).toHaveLength(2);
    comparisons.at(-1)!.end();
    await turns();
    const compared = watch.compared();
    comparisons.at(-1)!.end();
    expect(await compared).toEqual(found(comparisons.length - 1));
  });

  it('lets nobody wait long for a target that does not answer, and connects anew', async () => {
    await connected();
    const compared = watch.compared();
    await vi.advanceTimersByTimeAsync(3_100);
    expect(await compared).toBeNull();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(opened[0]?.ended).toBe(true);
    expect(opened).toHaveLength(2);
  });
});
