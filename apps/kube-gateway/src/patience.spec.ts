import { LONGEST_PATIENCE_MS, patienceOf } from './patience.js';
import { parseTarget, requestInfo } from './request/index.js';

const of = (rest: string): number => patienceOf(requestInfo('GET', parseTarget(rest)));
const pods = '/api/v1/namespaces/a/pods';

describe('the patience of a client', () => {
  it.each([
    ['timeout=32s', 30_000],
    ['timeout=1m0s', 58_000],
    ['timeout=1h1m1.5s', LONGEST_PATIENCE_MS],
    ['timeout=1500ms', 0],
    ['timeoutSeconds=10', 8_000],
    ['timeoutSeconds=10&timeout=5s', 3_000],
    ['watch=1&timeoutSeconds=10', LONGEST_PATIENCE_MS],
    ['watch=1&timeoutSeconds=10&timeout=10s', LONGEST_PATIENCE_MS],
    ['watch=1&timeout=30s', 28_000],
    ['', LONGEST_PATIENCE_MS],
  ])('that says %s', (query, ms) => {
    expect(of(`${pods}?${query}`)).toBe(ms);
  });

  it.each(['timeout=0', 'timeout=0s', 'timeout=-3s', 'timeout=soon', 'timeout=', 'timeoutSeconds=0'])(
    'that says nothing of use (%s) is as long as anybody’s',
    (query) => {
      expect(of(`${pods}?${query}`)).toBe(LONGEST_PATIENCE_MS);
    },
  );

  it('is not what it tells whoever is proxied', () => {
    expect(of(`${pods}/web/proxy/?timeout=3s`)).toBe(LONGEST_PATIENCE_MS);
  });
});
