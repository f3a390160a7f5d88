import { renderFrame } from './render-frame.js';
import type { TimelineFrame } from './timeline.js';

/** Frames before and after a match that are shown with it. */
const AROUND = 2;

/** Whether a frame says `text` anywhere, whatever its case, the JSON of it included. */
export function matches(frame: TimelineFrame, text: string): boolean {
  const wanted = text.toLowerCase();
  return (
    renderFrame(frame, { whole: true }).toLowerCase().includes(wanted) ||
    strings(frame[2]).some((value) => value.toLowerCase().includes(wanted))
  );
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(strings);
}

/** One frame of what a search shows. */
export interface Found {
  readonly frame: TimelineFrame;
  /** number in the timeline, from 1 */
  readonly number: number;
  readonly hit: boolean;
  /** frames between this and the one shown before were left out */
  readonly gap: boolean;
}

/** The frames that match, with those around them; keeps no more than a few at a time. */
export async function* search(frames: AsyncIterable<TimelineFrame>, text: string): AsyncGenerator<Found> {
  const before: { frame: TimelineFrame; number: number }[] = [];
  let number = 0;
  let shown = 0;
  let after = 0;
  for await (const frame of frames) {
    number += 1;
    const hit = matches(frame, text);
    if (!hit && after === 0) {
      before.push({ frame, number });
      if (before.length > AROUND) before.shift();
      continue;
    }
    if (hit) {
      for (const one of before) {
        yield { ...one, hit: false, gap: one.number > shown + 1 };
        shown = one.number;
      }
      before.length = 0;
    }
    yield { frame, number, hit, gap: number > shown + 1 };
    shown = number;
    after = hit ? AROUND : after - 1;
  }
}
