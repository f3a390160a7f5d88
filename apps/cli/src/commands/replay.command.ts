import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../cli.error.js';
import type { Command, Surroundings } from '../command.js';
import { readArguments } from '../command.js';
import { AnsweredProblem, connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';
import { pathFrom } from '../home.js';
import { writePrivate } from '../private-file.js';
import { itemsOf, textAt } from '../records.js';
import { type Recording, toCast } from '../replay/index.js';
import { printable } from '../table.js';

const names = {
  texts: [...connectionNames.texts, 'speed', 'cast', 'cast-version'] as const,
  flags: [...connectionNames.flags, 'no-wait'] as const,
};

export const replayCommand: Command = {
  name: 'replay',
  summary: 'play what somebody saw and typed in a cluster, or export it',
  help: `Plays the recording of an exec or attach, or all of a session, as the record has it: masked. Looking is recorded.

  sallyport replay OPERATION|SESSION [options]

  --speed N        2 is twice as fast                     (default 1)
  --no-wait        all at once
  --cast FILE      write an asciicast for asciinema and its like instead, readable by its owner only
  --cast-version N 2 or 3                                 (default 2)
${connectionHelp.replace('the answer as JSON', 'the recordings as JSON')}

Sequences that would set the clipboard or title of a terminal, or make it answer, are left out.
`,
  run: async (args, surroundings) => {
    const { values, words } = readArguments('replay', args, names, {
      min: 1,
      max: 1,
      what: 'the id of an operation or session',
    });
    const speed = values['no-wait'] ? Number.POSITIVE_INFINITY : readSpeed(values.speed ?? '1');
    const version = readVersion(values['cast-version'] ?? '2');
    const [id = ''] = words;
    const client = ControlApiClient.connect(values, surroundings);
    const found = await find(client, id);
    if (values.json) {
      const answers = [];
      for (const recording of found) answers.push(await recording());
      surroundings.out(`${JSON.stringify(answers)}\n`);
      return 0;
    }
    if (values.cast === undefined) {
      for (const recording of found) await play(await recording(), speed, surroundings);
      return 0;
    }
    const [recording, ...others] = found;
    if (recording === undefined || others.length > 0)
      throw new CliError(`session ${id} has ${found.length} recordings; give the id of one (sallyport replay --json)`);
    const file = pathFrom(values.cast, surroundings);
    writePrivate(file, toCast(await recording(), { version }));
    surroundings.out(`${file}\n`);
    return 0;
  },
};

/** The recording of the operation of that id, or those of the session of that id, oldest first; each fetched when its turn comes. */
async function find(client: ControlApiClient, id: string): Promise<readonly (() => Promise<Recording>)[]> {
  try {
    const recording = await recordingOf(client, id);
    return [() => Promise.resolve(recording)];
  } catch (error) {
    if (!(error instanceof AnsweredProblem && error.code === 'not-found')) throw error;
    const operations = await operationsOf(client, id);
    // an operation that has none, or no session either: the first answer says it best
    if (operations === null) throw error;
    if (operations.length === 0) throw new CliError(`session ${id} has no recording; only exec and attach have one`);
    return operations.map((operation) => () => recordingOf(client, operation));
  }
}

async function operationsOf(client: ControlApiClient, session: string): Promise<readonly string[] | null> {
  const found: string[] = [];
  let cursor: string | undefined;
  try {
    do {
      const page = itemsOf(await client.get(`/v1/sessions/${encodeURIComponent(session)}/recording`, { cursor }));
      found.push(...page.items.map((item) => textAt(item, 'operation')));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  } catch (error) {
    if (error instanceof AnsweredProblem && error.code === 'not-found') return null;
    throw error;
  }
  return found.reverse();
}

async function recordingOf(client: ControlApiClient, operation: string): Promise<Recording> {
  const answer = (await client.get(`/v1/operations/${encodeURIComponent(operation)}/recording`)) as Partial<Recording>;
  if (!Array.isArray(answer.frames)) throw new CliError('the control API answered something else than a recording');
  return {
    operation,
    command: answer.command ?? '',
    tty: answer.tty ?? false,
    frames: answer.frames,
    ...(answer.startedAt === undefined ? {} : { startedAt: answer.startedAt }),
  };
}

/** Output goes where output goes, all that is said about it to stderr. */
async function play(recording: Recording, speed: number, surroundings: Surroundings): Promise<void> {
  surroundings.err(`${textAt(recording, 'startedAt')} ${recording.operation} ${printable(recording.command)}\n`);
  const [, ...lines] = toCast(recording, { version: 2, input: false }).trimEnd().split('\n');
  let played = 0;
  for (const line of lines) {
    const [seconds, code, text] = JSON.parse(line) as [number, string, string];
    const wait = ((seconds - played) * 1000) / speed;
    if (wait >= 1) await sleep(wait);
    played = seconds;
    // what was no terminal's is shown as it was, so that it can be piped on
    if (code === 'o') surroundings.out(recording.tty ? text : text.replaceAll('\r\n', '\n'));
    else if (code === 'm') surroundings.err(`[${printable(text)}]\n`);
  }
  // colours off, cursor on: the recording may end in the middle of a picture
  if (recording.tty) surroundings.out('\u001b[0m\u001b[?25h\n');
}

function readSpeed(text: string): number {
  const speed = Number(text);
  if (Number.isFinite(speed) && speed > 0) return speed;
  throw new CliError(`--speed is a number above 0, not "${text}"`, 2);
}

function readVersion(text: string): 2 | 3 {
  if (text === '2' || text === '3') return text === '2' ? 2 : 3;
  throw new CliError(`--cast-version is 2 or 3, not "${text}"`, 2);
}
