import { fuzzWire } from './fuzz.js';

describe('hostile streams', () => {
  it('end in messages or in a ProtocolError, never in another error', () => {
    const report = fuzzWire(20_260, 30_000);
    expect(report.streams).toBe(30_000);
    expect(report.refused).toBeGreaterThan(3_000);
    expect(report.messages).toBeGreaterThan(20_000);
  });

  it('are the same for the same seed', () => {
    expect(fuzzWire(7, 300)).toEqual(fuzzWire(7, 300));
  });
});
