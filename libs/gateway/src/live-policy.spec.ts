import { createLogger } from '@app/platform';
import { LivePolicy } from './live-policy.js';

const logger = createLogger('spec', { level: 'silent' });

describe('a policy in force', () => {
  it('stays when the file cannot be read again', () => {
    const changes: string[] = [];
    const policy = new LivePolicy(
      { hash: 'one' },
      () => {
        throw new Error('line 3: unknown key');
      },
      logger,
      (before, after) => changes.push(`${before.hash}>${after.hash}`),
    );
    policy.reload();
    expect(policy.current.hash).toBe('one');
    expect(changes).toEqual([]);
  });

  it('stays the same object when nothing changed, so that cached decisions live on', () => {
    const first = { hash: 'one' };
    const policy = new LivePolicy(
      first,
      () => ({ hash: 'one' }),
      logger,
      () => expect.unreachable(),
    );
    policy.reload();
    expect(policy.current).toBe(first);
  });

  it('is replaced as a whole, and the change is told with both hashes', () => {
    const changes: string[] = [];
    const policy = new LivePolicy(
      { hash: 'one' },
      () => ({ hash: 'two' }),
      logger,
      (before, after) => changes.push(`${before.hash}>${after.hash}`),
    );
    policy.reload();
    expect(policy.current.hash).toBe('two');
    expect(changes).toEqual(['one>two']);
  });
});
