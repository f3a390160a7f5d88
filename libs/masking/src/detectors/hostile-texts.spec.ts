import { describe, expect, it } from 'vitest';
import { DETECTORS, DetectorSet } from './detector-set.js';

const BYTES = 3000;
const ALL = new DetectorSet(DETECTORS.map(({ name }) => name));

/** counts how often a byte is read: time would measure the machine */
function readsOf(text: string): number {
  const bytes = Buffer.from(text);
  let reads = 0;
  const watched = new Proxy(bytes, {
    get(target, key) {
      if (typeof key === 'string' && key.charCodeAt(0) <= 0x39) reads += 1;
      const value: unknown = Reflect.get(target, key, target);
      return value;
    },
  });
  ALL.findAll(watched, 0, bytes.length);
  return reads;
}

const PIECES = [
  'a@',
  '@',
  'a.a@a.',
  '@@a.b',
  'a@a',
  '@a.',
  '-',
  '-----BEGIN ',
  '-----BEGIN RSA PRIVATE KEY',
  '1',
  '4',
  '4539 ',
  '4539-',
  '1 ',
  '12-',
  'DE89',
  'DE89 3704 ',
  'AB123456',
  'RSSMRA85',
  '+1',
  '+1 ',
  '(415) ',
  '0 0 ',
  '://',
  '://a:',
  '://a:b',
  'p://a:b/',
  'eyJ',
  '.eyJ',
  '\\neyJ',
  'eyJhbGciOiJIUzI1NiJ9.',
  'eyJhbGciOiJIUzI1NiJ9',
  ' eyJhbGciOiJIUzI1NiJ9.a',
  'xoxb-',
  'ghp_',
  'sk-',
  'sk-a1B2c3',
  'AKIA',
  'AKIAA',
  'SG.',
  'SG.a',
  'password=',
  'password=a',
  'host=',
  'secret_access_key',
  'secret_access_key=',
  '\\',
  '\\n',
  '\u00e9',
  '\u00e9@',
  '.',
  'a.',
  '9'.repeat(19) + ' ',
];

describe('texts made to be slow', () => {
  it.each(PIECES)('are read in a bounded number of steps: %j', (piece) => {
    const text = piece.repeat(Math.ceil(BYTES / piece.length));
    expect(readsOf(text) / text.length).toBeLessThan(400);
    // twice the text, not more than a little above twice the work
    expect(readsOf(text + text)).toBeLessThan(2.2 * readsOf(text) + 4000);
  });
});
