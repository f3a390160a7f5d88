import { type Departure, Departures } from './departures.js';

const departure = (operation: string): Departure => ({ approval: 'A', operation, why: 'cancelled' });

describe('who waits no more', () => {
  it('is told later when it cannot be told now, each one once', async () => {
    let down = true;
    const told: string[] = [];
    const departures = new Departures(({ operation }) => {
      if (down) return Promise.reject(new Error('connection refused'));
      told.push(operation);
      return Promise.resolve();
    });
    for (const operation of ['1', '2', '3']) departures.add(departure(operation));
    await departures.flush();
    expect({ told, left: departures.size }).toEqual({ told: [], left: 3 });
    down = false;
    await departures.flush();
    expect({ told: told.sort(), left: departures.size }).toEqual({ told: ['1', '2', '3'], left: 0 });
  });

  it('is told although another one is never taken', async () => {
    const told: string[] = [];
    const departures = new Departures(({ operation }) => {
      if (operation === 'bad') return Promise.reject(new Error('no such operation'));
      told.push(operation);
      return Promise.resolve();
    });
    for (const operation of ['bad', '1', '2']) departures.add(departure(operation));
    await departures.flush();
    await departures.flush();
    expect(told).toEqual(['1', '2']);
  });
});
