import type { Key, Keyboard } from './keys.js';
import { matches } from './search.js';
import type { TimelineFrame } from './timeline.js';

/** Frames that can be gone back to. */
const KEPT = 20_000;

/** How a timeline is played. */
export interface Playing {
  /** 2 is twice as fast; Infinity: no waiting */
  readonly speed: number;
  /** longest wait between two frames, ms, before `speed` */
  readonly maxWaitMs: number;
  /** null: nobody sits at a terminal */
  readonly keyboard: Keyboard | null;
  /** ends early when `woken` does */
  sleep(ms: number, woken: Promise<void>): Promise<void>;
  show(frame: TimelineFrame): void;
  /** something about the playing, for the person who watches */
  say(text: string): void;
}

/** Frames as they come, and the last ones that have been. */
class Tape {
  readonly #source: AsyncIterator<TimelineFrame>;
  readonly #kept: TimelineFrame[] = [];
  #first = 0;
  #coming: Promise<void> | null = null;
  #ended = false;

  constructor(frames: AsyncIterable<TimelineFrame>) {
    this.#source = frames[Symbol.asyncIterator]();
  }

  get first(): number {
    return this.#first;
  }

  /** null: the timeline ends before it */
  async at(index: number): Promise<TimelineFrame | null> {
    while (index >= this.#first + this.#kept.length && !this.#ended) await (this.#coming ??= this.#more());
    return this.#kept[index - this.#first] ?? null;
  }

  /** Waits for the source, whoever asks and however often. */
  async #more(): Promise<void> {
    const { value, done } = await this.#source.next();
    this.#coming = null;
    if (done === true) {
      this.#ended = true;
      return;
    }
    this.#kept.push(value);
    if (this.#kept.length > KEPT) {
      this.#kept.shift();
      this.#first += 1;
    }
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

const help = 'space: pause, arrows: step, + -: speed, /: search, n N: next and previous match, q: quit';
const never = new Promise<void>(() => undefined);

/** Plays a timeline frame by frame, and listens to the keyboard meanwhile. */
export class TimelinePlayer {
  readonly #tape: Tape;
  #next = 0;
  /** of the frame shown last, ms */
  #at: number | null = null;
  #speed: number;
  #paused = false;
  #sought = '';
  #waited = false;

  constructor(
    frames: AsyncIterable<TimelineFrame>,
    private readonly how: Playing,
  ) {
    this.#tape = new Tape(frames);
    this.#speed = how.speed;
  }

  /** Until the end, or until somebody quits. */
  async play(): Promise<void> {
    const { keyboard } = this.how;
    if (keyboard !== null && this.#speed !== Number.POSITIVE_INFINITY) this.how.say(help);
    try {
      while (await this.#step(keyboard));
    } finally {
      await this.#tape.close();
    }
  }

  async #step(keyboard: Keyboard | null): Promise<boolean> {
    const key = keyboard?.take() ?? null;
    if (key !== null) return this.#press(key);
    const pressed = keyboard?.arrival() ?? never;
    if (this.#paused) {
      await pressed;
      return true;
    }
    const frame = await Promise.race([this.#tape.at(this.#next), pressed.then(() => 'key' as const)]);
    if (frame === 'key') return true;
    if (frame === null) return this.#atEnd(keyboard);
    if (await this.#waitFor(frame, pressed)) this.#show(frame);
    return true;
  }

  /** @returns false: a key was pressed first */
  async #waitFor([ms]: TimelineFrame, pressed: Promise<void>): Promise<boolean> {
    const wait = Math.min(ms - (this.#at ?? ms), this.how.maxWaitMs) / this.#speed;
    if (wait < 1 || this.#waited) return true;
    let interrupted = false;
    await this.how.sleep(
      wait,
      pressed.then(() => void (interrupted = true)),
    );
    // what was waited for is not waited for again
    this.#waited = true;
    return !interrupted;
  }

  #atEnd(keyboard: Keyboard | null): boolean {
    if (keyboard === null || this.#speed === Number.POSITIVE_INFINITY) return false;
    this.#paused = true;
    this.how.say('the end; q quits, the arrows step, / searches');
    return true;
  }

  #show(frame: TimelineFrame): void {
    this.how.show(frame);
    [this.#at] = frame;
    this.#next += 1;
    this.#waited = false;
  }

  /** @returns false: it is over */
  async #press(key: Key | { readonly search: string }): Promise<boolean> {
    if (typeof key === 'object') {
      if (key.search !== '') this.#sought = key.search;
      if (this.#sought !== '') await this.#seek(1);
      return true;
    }
    switch (key) {
      case 'quit':
        return false;
      case 'pause':
        this.#paused = !this.#paused;
        this.how.say(this.#paused ? 'paused' : 'playing');
        return true;
      case 'forward':
        this.#paused = true;
        await this.#jump(this.#next);
        return true;
      case 'back':
        this.#paused = true;
        await this.#jump(this.#next - 2);
        return true;
      case 'faster':
      case 'slower':
        this.#speed = Math.min(1024, Math.max(1 / 16, this.#speed * (key === 'faster' ? 2 : 0.5)));
        this.how.say(`speed ${this.#speed}`);
        return true;
      case 'search':
        this.#paused = true;
        return true;
      case 'next-match':
      case 'previous-match':
        if (this.#sought === '') this.how.say('nothing was searched for yet: /TEXT');
        else await this.#seek(key === 'next-match' ? 1 : -1);
        return true;
      default:
        return key satisfies never;
    }
  }

  /** Shows the frame of that number and goes on behind it. */
  async #jump(index: number): Promise<void> {
    if (index < this.#tape.first) return this.how.say('there is nothing before this');
    const frame = await this.#tape.at(index);
    if (frame === null) return this.how.say('the end');
    this.#next = index;
    this.#show(frame);
  }

  async #seek(direction: 1 | -1): Promise<void> {
    this.#paused = true;
    let index = direction === 1 ? this.#next : this.#next - 2;
    while (index >= this.#tape.first) {
      const frame = await this.#tape.at(index);
      if (frame === null) break;
      if (matches(frame, this.#sought)) return this.#jump(index);
      index += direction;
    }
    this.how.say(`"${this.#sought}" is not found ${direction === 1 ? 'after' : 'before'} this`);
  }
}
