import { Backlog } from './backlog.js';

describe('the backlog of shipping', () => {
  const limits = { bytes: 1_000, forMs: 60_000 };

  it('refuses when too many bytes wait, and takes work again at half of them', () => {
    const backlog = new Backlog(limits);
    backlog.wrote(4, 400, 0);
    backlog.wrote(9, 601, 100);
    expect(backlog.refusal(200, false)).toMatch(/1001 bytes \(limit 1000\)/);
    backlog.shipped(4);
    expect(backlog.bytes).toBe(601);
    expect(backlog.refusal(200, true)).not.toBeNull();
    expect(backlog.refusal(200, false)).toBeNull();
    backlog.shipped(9);
    expect(backlog.refusal(200, true)).toBeNull();
  });

  it('refuses when the oldest waits too long, however little it is', () => {
    const backlog = new Backlog(limits);
    backlog.wrote(0, 10, 0);
    expect(backlog.refusal(60_000, false)).toBeNull();
    expect(backlog.refusal(60_001, false)).toMatch(/behind by 60 s/);
    backlog.shipped(0);
    expect(backlog.oldestAt).toBeNull();
    expect(backlog.refusal(90_000, true)).toBeNull();
  });

  it('counts what dead writers left behind', () => {
    const backlog = new Backlog(limits);
    backlog.older = 1_001;
    expect(backlog.refusal(0, false)).not.toBeNull();
  });

  it('does not take a report twice, nor one that goes back', () => {
    const backlog = new Backlog(limits);
    backlog.wrote(5, 100, 0);
    backlog.wrote(6, 100, 100);
    backlog.shipped(5);
    backlog.shipped(5);
    backlog.shipped(2);
    expect(backlog.bytes).toBe(100);
  });
});
