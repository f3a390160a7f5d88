import type { TextDescription } from '@app/sql';
import { DescriptionCache } from './description-cache.js';

const context = { knowledgeId: 1, searchPath: ['public'] };
const description = (): TextDescription => ({ statements: [], error: null });

describe('the cache of descriptions', () => {
  it('keeps no text longer than 64 Ki', () => {
    const cache = new DescriptionCache(10_000_000);
    cache.set('x'.repeat(65_537), context, description());
    expect(cache.get('x'.repeat(65_537), context)).toBeUndefined();
    cache.set('x'.repeat(65_536), context, description());
    expect(cache.get('x'.repeat(65_536), context)).toBeDefined();
  });

  it('stays within its bytes, and drops what was used longest ago', () => {
    const cache = new DescriptionCache(5_000);
    for (let i = 0; i < 10; i++) cache.set(`text ${i}`, context, description());
    expect(cache.get('text 0', context)).toBeDefined();
    for (let i = 10; i < 20; i++) {
      cache.set(`text ${i}`, context, description());
      expect(cache.get('text 0', context)).toBeDefined();
    }
    expect(cache.bytes).toBeLessThanOrEqual(5_000);
    expect(cache.get('text 5', context)).toBeUndefined();
    expect(cache.get('text 19', context)).toBeDefined();
  });

  it('tells search paths apart that look alike when joined', () => {
    const cache = new DescriptionCache(100_000);
    cache.set('t', { knowledgeId: 1, searchPath: ['a,b'] }, description());
    expect(cache.get('t', { knowledgeId: 1, searchPath: ['a', 'b'] })).toBeUndefined();
    expect(cache.get('t', { knowledgeId: 1, searchPath: [] })).toBeUndefined();
    expect(cache.get('t', { knowledgeId: 1, searchPath: null })).toBeUndefined();
    expect(cache.get('t', { knowledgeId: 1, searchPath: ['a,b'] })).toBeDefined();
  });

  it('forgets a catalog with all that was described against it', () => {
    const cache = new DescriptionCache(100_000);
    cache.set('a', context, description());
    cache.set('a', { ...context, knowledgeId: 2 }, description());
    const both = cache.bytes;
    cache.forget(1);
    expect(cache.get('a', context)).toBeUndefined();
    expect(cache.get('a', { ...context, knowledgeId: 2 })).toBeDefined();
    expect(cache.bytes).toBe(both / 2);
    cache.forget(2);
    expect(cache.bytes).toBe(0);
  });

  it('replaces a description of the same text', () => {
    const cache = new DescriptionCache(100_000);
    const [first, second] = [description(), description()];
    cache.set('a', context, first);
    const bytes = cache.bytes;
    cache.set('a', context, second);
    expect(cache.get('a', context)).toBe(second);
    expect(cache.bytes).toBe(bytes);
  });
});
