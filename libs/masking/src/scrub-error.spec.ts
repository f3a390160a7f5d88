import { scrubError } from './scrub-error.js';
import { isStandardSqlstate } from './standard-sqlstates.js';

const CANARY = 'canary-4f1d';

/** Every field of the protocol, each carrying the canary. */
const poisoned = (overrides: Readonly<Record<string, string>> = {}): Map<string, string> =>
  new Map([
    ...'SVCMDHPpqWstcdnFLRzZ'.split('').map((letter): [string, string] => [letter, CANARY]),
    ...Object.entries(overrides),
  ]);

describe('what an error could carry out', () => {
  it('is dropped from every field', () => {
    const scrubbed = scrubError(poisoned(), false);
    expect(JSON.stringify([...scrubbed])).not.toContain(CANARY);
    expect([...scrubbed.keys()]).toEqual(['S', 'V', 'C', 'M']);
  });

  it.each(['CANRY', '4F1D0', 'abcde', '', '22P020', '2201', 'SP001'])(
    'is dropped from a code that the server never raises: %j',
    (code) => {
      expect(scrubError(poisoned({ C: code }), false).get('C')).toBe('XX000');
    },
  );

  it.each(['0', '12', '4711'])('is not a position: %s stays', (position) => {
    expect(scrubError(poisoned({ P: position }), false).get('P')).toBe(position);
  });

  it.each(['-1', '1e5', '12345678901', ' 1', '٣'])('may be a position of another shape: %j goes', (position) => {
    expect(scrubError(poisoned({ P: position }), false).has('P')).toBe(false);
  });

  it('is dropped from a severity that is none', () => {
    const scrubbed = scrubError(poisoned({ S: 'ERROR' }), false);
    expect([scrubbed.get('S'), scrubbed.get('V')]).toEqual(['ERROR', 'ERROR']);
  });
});

describe('a scrubbed error', () => {
  it('adds nothing to a text that is fixed in the server', () => {
    const scrubbed = scrubError(
      new Map([
        ['S', 'ERROR'],
        ['C', '25P02'],
        ['M', 'anything'],
      ]),
      false,
    );
    expect(scrubbed.get('M')).toBe('current transaction is aborted, commands ignored until end of transaction block');
  });

  it('keeps code and severity, and says what failed and that details are withheld', () => {
    const scrubbed = scrubError(poisoned({ V: 'FATAL', S: 'FATAL', C: '22P02' }), false);
    expect([...scrubbed]).toEqual([
      ['S', 'FATAL'],
      ['V', 'FATAL'],
      ['C', '22P02'],
      ['M', 'invalid text representation of a value (details withheld: the statement touches protected data)'],
    ]);
  });

  it('takes the severity that is never translated', () => {
    expect(
      scrubError(
        new Map([
          ['S', 'VAROVÁNÍ'],
          ['V', 'WARNING'],
          ['C', '01000'],
          ['M', CANARY],
        ]),
        false,
      ).get('S'),
    ).toBe('WARNING');
  });

  it('speaks for the class where a code has no sentence of its own', () => {
    expect(scrubError(poisoned({ C: '22018' }), false).get('M')).toMatch(/^a value is not valid for its use \(/);
    expect(scrubError(poisoned({ C: '09000' }), false).get('M')).toMatch(/^an error of the database \(/);
  });

  it('keeps names that the caller has proven, and only names', () => {
    const fields = poisoned({ s: 'public', t: 'customers', c: 'email', n: 'customers_email_key', C: '23505' });
    const scrubbed = scrubError(fields, true);
    expect(['s', 't', 'c', 'n'].map((letter) => scrubbed.get(letter))).toEqual([
      'public',
      'customers',
      'email',
      'customers_email_key',
    ]);
    expect(JSON.stringify([...scrubbed])).not.toContain(CANARY);
  });

  it('has a code even where the server sent none', () => {
    expect(scrubError(new Map(), false).get('C')).toBe('XX000');
  });
});

describe('standard codes', () => {
  it('are those of the manual', () => {
    for (const code of ['00000', '22P02', '23505', '40001', '42501', '57014', 'P0001', 'XX002', 'HV00R']) {
      expect(isStandardSqlstate(code), code).toBe(true);
    }
  });
});
