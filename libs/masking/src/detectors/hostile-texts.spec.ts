import { describe, expect, it } from 'vitest';
import { DETECTORS, DetectorSet } from './detector-set.js';

const BYTES = 3000;
/** reads of a byte on average: a step of the automaton, and the looks around places where something may stand */
const READS = 12;
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
  '9'.repeat(100) + '-',
  '4539148803436468,',
  '1 85 05 78 006 084 92 ',
  '86 095 742 718 ',
  '512-73-9046-',
  '900-12-3456 ',
  '4 5-3 9-1',
  '415-555-013 ',
  'DE89 ',
  'MT84 ',
  'BE68 ',
  'RSSMRA85T10A562T ',
  ' eyJaaaaaaaaaa.a.',
  ` eyJ${'a'.repeat(2000)}.a`,
  'a'.repeat(64) + '@' + 'b.cc'.repeat(60),
  'a@' + 'bb.'.repeat(80),
  'secretaccesskey=',
  'password=password=a',
  'host=password=',
  'glpat-',
  ' SG.' + 'a'.repeat(22) + '.' + 'a'.repeat(42) + '.',
  'alice@example.com ',
  '4539148803436467 ',
];

/** a piece here and a piece there, always the same ones */
function mixture(seed: number): string {
  let text = '';
  for (let at = seed; text.length < BYTES; at = (at * 1103515245 + 12345) % 2147483648)
    text += PIECES[(at >> 8) % PIECES.length];
  return text;
}

describe('texts made to be slow', () => {
  it.each(PIECES)('are read in a bounded number of steps: %j', (piece) => {
    const text = piece.repeat(Math.ceil(BYTES / piece.length));
    expect(readsOf(text) / text.length).toBeLessThan(READS);
    // twice the text, not more than a little above twice the work
    expect(readsOf(text + text)).toBeLessThan(2.2 * readsOf(text) + 4000);
  });

  it.each([1, 2, 3, 4, 5])('are read so when they are mixed: %d', (seed) => {
    const text = mixture(seed);
    expect(readsOf(text) / text.length).toBeLessThan(READS);
  });

  it('are read twice at most where nothing can begin', () => {
    const text = 'The lamp arrived broken; please send another one soon. '.repeat(50);
    expect(readsOf(text) / text.length).toBeLessThan(2);
    expect(readsOf('9'.repeat(BYTES)) / BYTES).toBeLessThan(3);
  });
});
