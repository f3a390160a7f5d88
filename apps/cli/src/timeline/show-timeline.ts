import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../cli.error.js';
import type { Surroundings } from '../command.js';
import { toCast } from '../replay/index.js';
import { printable, printableLines } from '../table.js';
import type { AnsweredTimeline } from './answered-timeline.js';
import { Keyboard } from './keys.js';
import { readMoment } from './offsets.js';
import { TimelinePlayer } from './player.js';
import { renderFrame, renderHeader } from './render-frame.js';
import { search } from './search.js';
import type { TimelineFrame } from './timeline.js';

/** What is wanted of a timeline. */
export interface ShowOptions {
  readonly speed: number;
  readonly maxWaitMs: number;
  /** only what says this, and what is around it */
  readonly search: string | undefined;
  /** durations since the session began, or times */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly json: boolean;
}

/** Plays, searches or prints a timeline. @returns the exit code: 1 when a search finds nothing */
export async function showTimeline(
  timeline: AnsweredTimeline,
  options: ShowOptions,
  surroundings: Surroundings,
): Promise<number> {
  const { header } = timeline;
  const frames = within(timeline, options);
  if (options.search !== undefined) return found(timeline, frames, options.search, options.json, surroundings);
  if (options.json) {
    surroundings.out(`${JSON.stringify(header)}\n`);
    for await (const frame of frames) surroundings.out(`${JSON.stringify(frame)}\n`);
    if (timeline.end !== null) surroundings.out(`${JSON.stringify({ end: timeline.end })}\n`);
    return 0;
  }
  surroundings.err(`${renderHeader(header)}\n`);
  let shown = 0;
  const show = (frame: TimelineFrame): void => {
    shown += 1;
    surroundings.out(`${renderFrame(frame)}\n`);
  };
  await play(frames, options, surroundings, show);
  if (timeline.end === null) return 0;
  if (shown === 0) surroundings.err('nothing was asked in it\n');
  if (timeline.end.live) surroundings.err('the session goes on; --follow waits for what it does next\n');
  return 0;
}

async function play(
  frames: AsyncIterable<TimelineFrame>,
  { speed, maxWaitMs }: ShowOptions,
  surroundings: Surroundings,
  show: (frame: TimelineFrame) => void,
): Promise<void> {
  const say = (text: string): void => surroundings.err(`[${printableLines(text)}]\n`);
  const { keys } = surroundings;
  const keyboard = keys === undefined ? null : new Keyboard((text) => surroundings.err(text));
  const silence = keyboard === null ? null : (keys?.listen((text) => keyboard.push(text)) ?? null);
  try {
    await new TimelinePlayer(frames, { speed, maxWaitMs, keyboard, sleep: pause, show, say }).play();
  } finally {
    silence?.();
  }
}

async function pause(ms: number, woken: Promise<void>): Promise<void> {
  const over = new AbortController();
  await Promise.race([sleep(ms, null, { signal: over.signal }).catch(() => undefined), woken]);
  over.abort();
}

async function found(
  { header }: AnsweredTimeline,
  frames: AsyncIterable<TimelineFrame>,
  text: string,
  json: boolean,
  surroundings: Surroundings,
): Promise<number> {
  let hits = 0;
  if (!json) surroundings.err(`${renderHeader(header)}\n`);
  for await (const { frame, number, hit, gap } of search(frames, text)) {
    if (hit) hits += 1;
    if (json) {
      if (hit) surroundings.out(`${JSON.stringify(frame)}\n`);
      continue;
    }
    if (gap) surroundings.out('  …\n');
    surroundings.out(`${hit ? '>' : ' '}${String(number).padStart(6)} ${renderFrame(frame, { whole: hit })}\n`);
  }
  if (hits === 0) surroundings.err(`nothing in it says "${printable(text)}"\n`);
  return hits === 0 ? 1 : 0;
}

/** The timeline as an asciicast: each frame as the text that is played. @returns its lines */
export async function timelineCast(
  timeline: AnsweredTimeline,
  options: Pick<ShowOptions, 'from' | 'to'>,
  version: 2 | 3,
): Promise<string> {
  const frames: [number, 'o', string][] = [];
  for await (const frame of within(timeline, options)) frames.push([frame[0], 'o', `${renderFrame(frame)}\n`]);
  const { session, target, openedAt } = timeline.header;
  const recording = { operation: session, command: `postgres ${target ?? ''}`.trim(), tty: false, startedAt: openedAt };
  return toCast({ ...recording, frames }, { version });
}

/** The frames between two moments. @throws CliError for what is no moment */
async function* within(
  timeline: AnsweredTimeline,
  { from, to }: Pick<ShowOptions, 'from' | 'to'>,
): AsyncGenerator<TimelineFrame> {
  const { openedAt } = timeline.header;
  const begin = from === undefined ? Number.NEGATIVE_INFINITY : moment('from', from, openedAt);
  const end = to === undefined ? Number.POSITIVE_INFINITY : moment('to', to, openedAt);
  for await (const frame of timeline.frames()) {
    if (frame[0] > end) return;
    if (frame[0] >= begin) yield frame;
  }
}

function moment(name: string, text: string, openedAt: string): number {
  const ms = readMoment(text, openedAt);
  if (ms === null)
    throw new CliError(
      `--${name} is a duration since the session began (90s, 1h30m) or a time (ISO 8601), not "${text}"`,
      2,
    );
  return ms;
}
