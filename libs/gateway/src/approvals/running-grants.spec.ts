import { RunningGrants } from './running-grants.js';

describe('grants that something runs by', () => {
  it('are asked about a little longer when they were revoked, then no more', () => {
    const running = new RunningGrants();
    running.add('A');
    running.revoked('A');
    running.revoked('A');
    expect(running.ids).toEqual(['A']);
    running.revoked('A');
    expect(running.ids).toEqual([]);
    running.revoked('A');
    expect(running.ids).toEqual([]);
  });

  it('are bounded; the newest stay', () => {
    const running = new RunningGrants();
    for (let i = 0; i < 1_500; i++) running.add(`${i}`);
    running.add('600');
    running.add('1500');
    expect(running.ids).toHaveLength(1_000);
    expect(running.ids.slice(-2)).toEqual(['600', '1500']);
    expect(running.ids).not.toContain('500');
  });
});
