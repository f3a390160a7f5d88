import { fuzzCopy } from './fuzz-copy.js';

it('COPY streams are read alike however they are cut, masked where they are sound, and refused by a MaskingError alone', () => {
  const report = fuzzCopy(20_260, 2_000);
  expect(report.streams).toBe(2_000);
  expect(report.pieces).toBeGreaterThan(2_000);
  expect(report.refused).toBeGreaterThan(100);
});
