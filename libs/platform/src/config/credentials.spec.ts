import { z } from 'zod';
import { credentialsSection } from './credentials.section.js';

const parse = (value: unknown) => credentialsSection().parse(value);

describe('the section credentials', () => {
  it('left out allows twelve hours and fifty of one person', () => {
    expect(parse(undefined)).toEqual({ maxTtl: 12 * 3_600_000, perPerson: 50 });
  });

  it.each([
    ['a life for ever', { maxTtl: '31d' }],
    ['a life of no time', { maxTtl: '0s' }],
    ['a bare number', { maxTtl: 3600 }],
    ['nobody', { perPerson: 0 }],
    ['a mistyped key', { maxTTL: '1h' }],
  ])('refuses %s', (_, value) => {
    expect(() => parse(value)).toThrow(z.ZodError);
  });

  it('takes thirty days', () => {
    expect(parse({ maxTtl: '30d', perPerson: 1 })).toEqual({ maxTtl: 30 * 86_400_000, perPerson: 1 });
  });
});
