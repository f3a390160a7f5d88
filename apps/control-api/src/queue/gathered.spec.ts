import { Gathered } from './gathered.js';

const patient = { timeout: 20_000 };

describe('changes that come together', () => {
  it('are looked at in one more round, each once', async () => {
    const rounds: (readonly string[] | null)[] = [];
    let release = (): void => undefined;
    const gathered = new Gathered(async (ids) => {
      rounds.push(ids);
      await new Promise<void>((resolve) => (release = resolve));
    });
    gathered.add('a');
    gathered.add('b');
    gathered.add('a');
    await vi.waitFor(() => expect(rounds).toEqual([['a', 'b']]), patient);
    for (let at = 0; at < 1_000; at += 1) gathered.add(`c${at % 3}`);
    release();
    await vi.waitFor(
      () =>
        expect(rounds).toEqual([
          ['a', 'b'],
          ['c0', 'c1', 'c2'],
        ]),
      patient,
    );
    gathered.add('d');
    gathered.add(null);
    release();
    await vi.waitFor(() => expect(rounds[2]).toBeNull(), patient);
    const stopped = gathered.stop();
    gathered.add('too late');
    release();
    await stopped;
    expect(rounds).toHaveLength(3);
  });

  it('are looked at after a quiet time, too', async () => {
    const rounds: (readonly string[] | null)[] = [];
    const gathered = new Gathered(async (ids) => void rounds.push(ids));
    gathered.add('a');
    await vi.waitFor(() => expect(rounds).toHaveLength(1), patient);
    gathered.add('b');
    await vi.waitFor(() => expect(rounds).toEqual([['a'], ['b']]), patient);
    await gathered.stop();
  });
});
