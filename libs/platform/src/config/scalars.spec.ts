import { parseDuration, parseSize } from './scalars.js';
import { splitColumn } from './targets.section.js';
import { didYouMean } from './did-you-mean.js';

describe('scalars', () => {
  it.each(['', '60', '60 s', '-1s', '1.5h', '1e3s', '1y', 's', '9999999999999s'])('refuse the duration %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    ['250ms', 250],
    ['60s', 60_000],
    ['15m', 900_000],
    ['12h', 43_200_000],
    ['400d', 34_560_000_000],
  ])('read the duration %s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', '1', '1 MiB', '1mib', '1TiB', '-1B'])('refuse the size %j', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });

  it.each([
    ['512B', 512],
    ['1kB', 1_000],
    ['64KiB', 65_536],
    ['256MiB', 268_435_456],
    ['1GiB', 1_073_741_824],
  ])('read the size %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it('split a column at its dots, but not inside braces or quotes', () => {
    expect(splitColumn('crm.public.{a.b,c}."odd.name"')).toEqual(['crm', 'public', '{a.b,c}', '"odd.name"']);
  });

  it('suggest what is near and nothing that is far', () => {
    expect(didYouMean('taregts', ['targets', 'rules'])).toBe('targets');
    expect(didYouMean('Rules', ['targets', 'rules'])).toBe('rules');
    expect(didYouMean('zebra', ['targets', 'rules'])).toBeUndefined();
  });
});
