import type { Between } from './rule.js';
import { TimeWindow } from './time-window.js';

const ms = (text: string) => Date.parse(text);
const state = (between: Between, at: string) => {
  const { open, until } = new TimeWindow(between).at(ms(at));
  return [open, new Date(until).toISOString()];
};

describe('TimeWindow', () => {
  it('opens at from, closes at to, to the millisecond', () => {
    const between = { from: '09:00', to: '17:30' };
    expect(state(between, '2026-03-10T08:59:59.999Z')).toEqual([false, '2026-03-10T09:00:00.000Z']);
    expect(state(between, '2026-03-10T09:00:00.000Z')).toEqual([true, '2026-03-10T17:30:00.000Z']);
    expect(state(between, '2026-03-10T17:29:59.999Z')).toEqual([true, '2026-03-10T17:30:00.000Z']);
    expect(state(between, '2026-03-10T17:30:00.000Z')).toEqual([false, '2026-03-11T09:00:00.000Z']);
  });

  it('reaches over midnight and belongs to the day it began on', () => {
    const between: Between = { from: '22:00', to: '06:00', days: ['fri'] };
    expect(state(between, '2026-03-13T21:59:00Z')[0]).toBe(false);
    expect(state(between, '2026-03-13T22:00:00Z')).toEqual([true, '2026-03-14T06:00:00.000Z']);
    expect(state(between, '2026-03-14T05:59:59Z')[0]).toBe(true);
    expect(state(between, '2026-03-14T06:00:00Z')[0]).toBe(false);
    // Saturday evening is not Friday's window, early Friday is Thursday's
    expect(state(between, '2026-03-14T23:00:00Z')[0]).toBe(false);
    expect(state(between, '2026-03-13T05:00:00Z')[0]).toBe(false);
  });

  it('lasts to the end of the day with 24:00', () => {
    const between: Between = { from: '00:00', to: '24:00', days: ['sat', 'sun'] };
    expect(state(between, '2026-03-13T23:59:59.999Z')[0]).toBe(false);
    expect(state(between, '2026-03-14T00:00:00Z')[0]).toBe(true);
    expect(state(between, '2026-03-15T23:59:59.999Z')).toEqual([true, '2026-03-16T00:00:00.000Z']);
    expect(state(between, '2026-03-16T00:00:00Z')[0]).toBe(false);
  });

  it('asks the clock of its own time zone, weekday included', () => {
    const between: Between = { from: '09:00', to: '17:00', timezone: 'Asia/Tokyo', days: ['mon'] };
    expect(state(between, '2026-03-15T23:59:59Z')).toEqual([false, '2026-03-16T00:00:00.000Z']);
    expect(state(between, '2026-03-16T00:00:00Z')).toEqual([true, '2026-03-16T08:00:00.000Z']);
    expect(state({ ...between, timezone: 'Asia/Kathmandu' }, '2026-03-16T03:15:00Z')).toEqual([
      true,
      '2026-03-16T11:15:00.000Z',
    ]);
  });

  it('moves with the clock when it is put forward', () => {
    // Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00 UTC
    const between = { from: '09:00', to: '17:00', timezone: 'Europe/Berlin' };
    expect(state(between, '2026-03-28T20:00:00Z')).toEqual([false, '2026-03-29T01:00:00.000Z']);
    expect(state(between, '2026-03-29T01:00:00Z')).toEqual([false, '2026-03-29T07:00:00.000Z']);
    expect(state(between, '2026-03-29T07:00:00Z')[0]).toBe(true);
  });

  it('opens at the jump when its begin falls into the hour that does not exist', () => {
    const between = { from: '02:30', to: '04:00', timezone: 'Europe/Berlin' };
    expect(state(between, '2026-03-29T00:59:59.999Z')).toEqual([false, '2026-03-29T01:00:00.000Z']);
    expect(state(between, '2026-03-29T01:00:00Z')).toEqual([true, '2026-03-29T02:00:00.000Z']);
  });

  it('is open in both passes of the hour that comes twice', () => {
    // Berlin, 25 October 2026: 03:00 becomes 02:00 at 01:00 UTC
    const between = { from: '02:30', to: '03:00', timezone: 'Europe/Berlin' };
    expect(state(between, '2026-10-25T00:30:00Z')).toEqual([true, '2026-10-25T01:00:00.000Z']);
    expect(state(between, '2026-10-25T01:00:00Z')).toEqual([false, '2026-10-25T01:30:00.000Z']);
    expect(state(between, '2026-10-25T01:30:00Z')).toEqual([true, '2026-10-25T02:00:00.000Z']);
    expect(state(between, '2026-10-25T02:00:00Z')[0]).toBe(false);
  });

  it('answers the past as well after it answered the present', () => {
    const window = new TimeWindow({ from: '09:00', to: '17:00' });
    expect(window.at(ms('2026-03-10T12:00:00Z')).open).toBe(true);
    expect(window.at(ms('2026-03-10T08:00:00Z')).open).toBe(false);
    expect(window.at(ms('2026-03-10T12:00:00Z')).open).toBe(true);
  });

  it.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/St_Johns'])(
    'never changes its answer before the time it named (%s, three days around every change of the clock)',
    (timezone) => {
      const windows: Between[] = [
        { from: '01:45', to: '02:15', timezone },
        { from: '22:00', to: '02:30', timezone, days: ['sat', 'sun'] },
      ];
      const changes = ['2026-03-07', '2026-03-28', '2026-04-04', '2026-10-03', '2026-10-24', '2026-10-31'];
      const times = changes.flatMap((day) =>
        Array.from({ length: 332 }, (_, n) => ms(`${day}T00:00:00Z`) + n * 780_000),
      );
      for (const between of windows) {
        const fresh = new TimeWindow(between);
        // asked backwards, a window has nothing kept and works out each answer
        const truth = times.toReversed().map((at) => fresh.at(at).open);
        const kept = new TimeWindow(between);
        for (const at of times) {
          const { open, until } = kept.at(at);
          expect([at, open]).toEqual([at, truth.pop()]);
          expect(until).toBeGreaterThan(at);
        }
      }
    },
  );
});
