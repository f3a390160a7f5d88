import type { IncomingMessage } from 'node:http';
import { CliError } from '../cli.error.js';
import type { Command, Surroundings } from '../command.js';
import { readArguments } from '../command.js';
import { AnsweredProblem, connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';
import { pathFrom } from '../home.js';
import { writePrivate } from '../private-file.js';
import { itemsOf, textAt } from '../records.js';
import { playRecording, type Recording, toCast } from '../replay/index.js';
import { AnsweredTimeline, readDuration, showTimeline, timelineCast } from '../timeline/index.js';

const names = {
  texts: [...connectionNames.texts, 'speed', 'max-wait', 'search', 'from', 'to', 'cast', 'cast-version'] as const,
  flags: [...connectionNames.flags, 'no-wait', 'follow'] as const,
};

/** A followed session says something every 10 s: an answer that is silent for longer is dead. */
const silenceMs = 60_000;

export const replayCommand: Command = {
  name: 'replay',
  summary: 'play a session in PostgreSQL, or what somebody saw and typed in a cluster, or export it',
  help: `Plays what the record has, masked as it was: of a session in PostgreSQL every statement with its decision, rows, errors, waits
and answers; of a session in a cluster, or one of its operations, the recordings of exec and attach. Looking is recorded.

  sallyport replay SESSION|OPERATION [options]

  --speed N        2 is twice as fast; max: all at once   (default 1)
  --no-wait        all at once
  --max-wait TIME  no wait is longer: 500ms, 2s           (default 2s in PostgreSQL, none in a cluster)
  --cast FILE      write an asciicast for asciinema and its like instead, readable by its owner only
  --cast-version N 2 or 3                                 (default 2)

Of a session in PostgreSQL:
  --search TEXT    print the frames that say TEXT, with those around them; exit code 1: none does
  --from, --to T   only this part: time since the session began (90s, 1h30m), or ISO 8601
  --follow         go on with what a running session does
Keys while it plays in a terminal: space pauses, arrows step, + and - change the speed, / searches, n and N go to the next and
previous match, q quits.

${connectionHelp.replace('the answer as JSON', 'recordings as JSON, a timeline as lines of it')}

Sequences that would set the clipboard or title of a terminal, or make it answer, are left out.
`,
  run: async (args, surroundings) => {
    const { values, words } = readArguments('replay', args, names, {
      min: 1,
      max: 1,
      what: 'the id of an operation or session',
    });
    const speed = values['no-wait'] ? Number.POSITIVE_INFINITY : readSpeed(values.speed ?? '1');
    const maxWaitMs = values['max-wait'] === undefined ? null : readWait(values['max-wait']);
    const version = readVersion(values['cast-version'] ?? '2');
    const [id = ''] = words;
    const client = ControlApiClient.connect(values, surroundings);
    const found = await find(client, id, values.follow === true);
    const write = (cast: string): number => {
      const file = pathFrom(values.cast ?? '', surroundings);
      writePrivate(file, cast);
      surroundings.out(`${file}\n`);
      return 0;
    };
    if (found instanceof AnsweredTimeline) {
      const { search, from, to, json = false } = values;
      if (values.cast !== undefined) return write(await timelineCast(found, { from, to }, version));
      return showTimeline(found, { speed, maxWaitMs: maxWaitMs ?? 2000, search, from, to, json }, surroundings);
    }
    const only = (['search', 'from', 'to', 'follow'] as const).find((name) => values[name] !== undefined);
    if (only !== undefined) throw new CliError(`--${only} is for sessions in PostgreSQL; ${id} is none`, 2);
    if (values.cast !== undefined) {
      const [recording, ...others] = found;
      if (recording === undefined || others.length > 0)
        throw new CliError(
          `session ${id} has ${found.length} recordings; give the id of one (sallyport replay --json)`,
        );
      return write(toCast(await recording(), { version }));
    }
    return show(found, values.json === true, speed, maxWaitMs ?? Number.POSITIVE_INFINITY, surroundings);
  },
};

type Recordings = readonly (() => Promise<Recording>)[];

async function show(
  found: Recordings,
  json: boolean,
  speed: number,
  maxWaitMs: number,
  surroundings: Surroundings,
): Promise<number> {
  const answers: Recording[] = [];
  for (const recording of found) {
    if (json) answers.push(await recording());
    else await playRecording(await recording(), speed, maxWaitMs, surroundings);
  }
  if (json) surroundings.out(`${JSON.stringify(answers)}\n`);
  return 0;
}

/** The recording of the operation of that id; or of the session of that id its timeline, or its recordings, oldest first, each fetched when its turn comes. */
async function find(client: ControlApiClient, id: string, follow: boolean): Promise<Recordings | AnsweredTimeline> {
  try {
    const recording = await recordingOf(client, id);
    return [() => Promise.resolve(recording)];
  } catch (error) {
    if (!(error instanceof AnsweredProblem && error.code === 'not-found')) throw error;
    const session = await sessionOf(client, id, follow);
    if (session === null) {
      const its = await sessionOfStatement(client, id);
      if (its !== null)
        throw new CliError(`operation ${id} is a statement; "sallyport replay ${its}" plays the session it ran in`);
      // an operation that has none, or no session either: the first answer says it best
      throw error;
    }
    if (session instanceof AnsweredTimeline) return session;
    if (session.length === 0)
      throw new CliError(`session ${id} has no recording; of a cluster only exec and attach have one`);
    return session.map((operation) => () => recordingOf(client, operation));
  }
}

/** The session of an operation in PostgreSQL; null for another operation, or none. */
async function sessionOfStatement(client: ControlApiClient, id: string): Promise<string | null> {
  try {
    const operation = await client.get(`/v1/operations/${encodeURIComponent(id)}`);
    return textAt(operation, 'protocol') === 'postgres' ? textAt(operation, 'session') || null : null;
  } catch (error) {
    if (error instanceof AnsweredProblem) return null;
    throw error;
  }
}

async function sessionOf(
  client: ControlApiClient,
  session: string,
  follow: boolean,
): Promise<readonly string[] | AnsweredTimeline | null> {
  const path = `/v1/sessions/${encodeURIComponent(session)}/recording`;
  const open = (after: string | null): Promise<IncomingMessage> => {
    const query = new URLSearchParams({ ...(after === null ? {} : { after }), ...(follow ? { follow: 'true' } : {}) });
    const accept = { accept: 'application/x-ndjson, application/json' };
    return client.open(query.size === 0 ? path : `${path}?${query.toString()}`, accept, silenceMs);
  };
  try {
    const answer = await open(null);
    if (answer.headers['content-type']?.startsWith('application/x-ndjson') === true)
      return await AnsweredTimeline.begin(answer, open, follow);
    return await operationsOf(client, path, await jsonOf(answer));
  } catch (error) {
    if (error instanceof AnsweredProblem && error.code === 'not-found') return null;
    throw error;
  }
}

async function operationsOf(client: ControlApiClient, path: string, first: unknown): Promise<readonly string[]> {
  const found: string[] = [];
  for (let page = itemsOf(first); ; page = itemsOf(await client.get(path, { cursor: page.next ?? undefined }))) {
    found.push(...page.items.map((item) => textAt(item, 'operation')));
    if (page.next === null) return found.reverse();
  }
}

async function jsonOf(answer: IncomingMessage): Promise<unknown> {
  let text = '';
  try {
    for await (const piece of answer.setEncoding('utf8') as AsyncIterable<string>) text += piece;
    return JSON.parse(text);
  } catch (error) {
    throw new CliError('the control API answered something else than recordings', 1, { cause: error });
  }
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

function readSpeed(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const speed = Number(text);
  if (Number.isFinite(speed) && speed > 0) return speed;
  throw new CliError(`--speed is a number above 0, or max, not "${text}"`, 2);
}

function readWait(text: string): number {
  const ms = readDuration(text);
  if (ms !== null) return ms;
  throw new CliError(`--max-wait is a duration such as 500ms or 2s, not "${text}"`, 2);
}

function readVersion(text: string): 2 | 3 {
  if (text === '2' || text === '3') return text === '2' ? 2 : 3;
  throw new CliError(`--cast-version is 2 or 3, not "${text}"`, 2);
}
