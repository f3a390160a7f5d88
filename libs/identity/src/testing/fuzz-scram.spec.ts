import { fuzzScram } from './fuzz-scram.js';

it('hostile SCRAM exchanges end in a ScramError, and only whole ones of who knows the secret are accepted', () => {
  const report = fuzzScram(20_260, 2_000);
  expect(report.exchanges).toBe(2_000);
  expect(report.refused).toBeGreaterThan(1_000);
  expect(report.accepted).toBeGreaterThan(300);
});
