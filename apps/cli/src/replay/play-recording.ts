import { setTimeout as sleep } from 'node:timers/promises';
import type { Surroundings } from '../command.js';
import { textAt } from '../records.js';
import { printable } from '../table.js';
import type { Recording } from './recording.js';
import { toCast } from './to-cast.js';

/** Plays what one command gave: output goes where output goes, all that is said about it to stderr. */
export async function playRecording(
  recording: Recording,
  speed: number,
  maxWaitMs: number,
  surroundings: Surroundings,
): Promise<void> {
  surroundings.err(`${textAt(recording, 'startedAt')} ${recording.operation} ${printable(recording.command)}\n`);
  const [, ...lines] = toCast(recording, { version: 2, input: false }).trimEnd().split('\n');
  let played = 0;
  for (const line of lines) {
    const [seconds, code, text] = JSON.parse(line) as [number, string, string];
    const wait = Math.min((seconds - played) * 1000, maxWaitMs) / speed;
    if (wait >= 1) await sleep(wait);
    played = seconds;
    // what was no terminal's is shown as it was, so that it can be piped on
    if (code === 'o') surroundings.out(recording.tty ? text : text.replaceAll('\r\n', '\n'));
    else if (code === 'm') surroundings.err(`[${printable(text)}]\n`);
  }
  // colours off, cursor on: the recording may end in the middle of a picture
  if (recording.tty) surroundings.out('\u001b[0m\u001b[?25h\n');
}
