import { format, inspect } from 'node:util';
import { Secret } from './secret.js';

const secret = new Secret('hunter2');

describe('a secret', () => {
  it.each([
    ['a template', () => `${String(secret)}`],
    ['concatenation', () => '' + (secret as unknown as string)],
    ['JSON', () => JSON.stringify({ secret })],
    ['inspection', () => inspect({ secret }, { showHidden: true, depth: 9 })],
    ['console formatting', () => format('%s %o %j', secret, secret, secret)],
    ['copying its members', () => JSON.stringify(Object.assign({}, secret))],
    ['an error', () => new Error(`bad ${String(secret)}`).message],
  ])('is not shown by %s', (_what, show) => {
    expect(show()).not.toContain('hunter2');
  });

  it('that was not given to this process throws instead of being empty', () => {
    expect(() => Secret.missing('env:X is not set').reveal()).toThrow('env:X is not set');
  });

  it('is revealed to who asks', () => {
    expect(secret.reveal()).toBe('hunter2');
  });
});
