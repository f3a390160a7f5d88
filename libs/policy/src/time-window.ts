import type { Between, Weekday } from './rule.js';

/** Whether a window is open, and until when (ms since the epoch) that answer holds at least. */
export interface WindowState {
  readonly open: boolean;
  readonly until: number;
}

const weekdays: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const minute = 60_000;
const day = 86_400_000;

/** A window of wall-clock time, ready to be asked. Its answers depend on the time asked about alone; the last one is kept. */
export class TimeWindow {
  readonly #from: number;
  readonly #to: number;
  readonly #days: ReadonlySet<Weekday>;
  readonly #clock: Intl.DateTimeFormat;
  #since = Number.POSITIVE_INFINITY;
  #state: WindowState = { open: false, until: Number.NEGATIVE_INFINITY };

  /** @throws RangeError saying what is wrong with the window */
  constructor(between: Between) {
    this.#from = clockTime(between.from, 'from');
    this.#to = clockTime(between.to, 'to');
    if (this.#from === 1_440) throw new RangeError('from must be a time of day such as 09:00');
    if (this.#from === this.#to)
      throw new RangeError('from and to are the same: write 00:00 and 24:00 for the whole day');
    const days = between.days ?? weekdays;
    for (const name of days)
      if (!weekdays.includes(name))
        throw new RangeError(`days knows ${weekdays.join(', ')}, not ${JSON.stringify(name)}`);
    if (days.length === 0) throw new RangeError('days names no day; leave it out to mean every day');
    this.#days = new Set(days);
    this.#clock = clockOf(between.timezone ?? 'UTC');
  }

  /** @param now ms since the epoch */
  at(now: number): WindowState {
    if (now >= this.#since && now < this.#state.until) return this.#state;
    const offset = this.#offset(now);
    this.#state = { open: this.#openAt(now + offset), until: this.#nextEdge(now, offset) };
    this.#since = now;
    return this.#state;
  }

  #openAt(local: number): boolean {
    const midnight = Math.floor(local / day) * day;
    const minutes = Math.floor((local - midnight) / minute);
    const today = this.#days.has(weekdayOf(midnight));
    if (this.#from < this.#to) return today && minutes >= this.#from && minutes < this.#to;
    // past midnight it is the window of the day before that may still be open
    return (today && minutes >= this.#from) || (this.#days.has(weekdayOf(midnight - day)) && minutes < this.#to);
  }

  /** The next time the local clock passes `from` or `to`, or is itself put forward or back, whichever is first. */
  #nextEdge(now: number, offset: number): number {
    const local = now + offset;
    const midnight = Math.floor(local / day) * day;
    let edge = Number.POSITIVE_INFINITY;
    for (const minutes of [this.#from, this.#to, this.#from + 1_440, this.#to + 1_440]) {
      const candidate = midnight + minutes * minute;
      if (candidate > local) edge = Math.min(edge, candidate - offset);
    }
    return this.#offset(edge) === offset ? edge : this.#clockChange(now, edge, offset);
  }

  /** The first ms at which the offset is no longer `offset`; it changes once between `low` and `high`, at most a day apart. */
  #clockChange(low: number, high: number, offset: number): number {
    let before = low;
    let after = high;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (this.#offset(middle) === offset) before = middle;
      else after = middle;
    }
    return after;
  }

  /** ms that the local clock is ahead of UTC */
  #offset(at: number): number {
    const second = Math.floor(at / 1_000) * 1_000;
    const part: Record<string, number> = {};
    for (const { type, value } of this.#clock.formatToParts(second)) if (type !== 'literal') part[type] = Number(value);
    const { year = 0, month = 1, day: date = 1, hour = 0, minute: minutes = 0, second: seconds = 0 } = part;
    return Date.UTC(year, month - 1, date, hour, minutes, seconds) - second;
  }
}

function weekdayOf(midnight: number): Weekday {
  // 1 January 1970 was a Thursday
  return weekdays[(((midnight / day + 4) % 7) + 7) % 7] ?? 'sun';
}

function clockTime(text: string, key: string): number {
  const [, hours, minutes] = /^([01]\d|2[0-4]):([0-5]\d)$/u.exec(text) ?? [];
  const total = Number(hours) * 60 + Number(minutes);
  if (hours === undefined || total > 1_440) throw new RangeError(`${key} must be a time of day such as 09:00`);
  return total;
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new RangeError(`timezone ${JSON.stringify(timeZone)} is none; write an IANA name such as Europe/Paris`);
  }
}
