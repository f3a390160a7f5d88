import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AuditReader, type StoredEvent } from '@app/store';
import { BodyOpener } from '../operations/body-opener.js';
import { RecordLine } from '../operations/record-line.js';
import type { SessionJson } from '../sessions/session.schema.js';
import { type ReplayPlace, writePlace } from './replay-place.js';
import { SessionReplay } from './session-replay.js';

/** How a timeline is read. */
export interface ReplayOptions {
  /** go on behind this line; null: from the first */
  readonly after: ReplayPlace | null;
  /** wait for what a running session does next */
  readonly follow: boolean;
}

const LINES_AT_ONCE = 256;
/** Bodies opened at a time, and the largest one of them, bytes: together they bound what one answer holds. */
const BODIES_AT_ONCE = 16;
const BODY_BYTES = 4 * 1024 * 1024;

const FOLLOW_MS = 1_000;
/** Something is said at least this often, so that nobody on the way takes the answer for dead. */
const SILENCE_MS = 10_000;
/** A token may have expired by then: who goes on asks again. */
const FOLLOWED_MS = 10 * 60_000;

/** Streams the timelines of PostgreSQL sessions as `pg-replay/1` (docs/recordings.md), in memory that does not grow with them. */
@Injectable()
export class SessionReplaysService {
  constructor(
    private readonly reader: AuditReader,
    private readonly bodies: BodyOpener,
  ) {}

  /** @returns lines of JSON: a header, frames, an end; an answer without its end was cut off */
  open(session: SessionJson, options: ReplayOptions): Readable {
    const gone = new AbortController();
    const stream = Readable.from(this.lines(session, options, gone.signal), {
      objectMode: false,
      highWaterMark: 65_536,
    });
    return stream.once('close', () => gone.abort());
  }

  private async *lines(session: SessionJson, options: ReplayOptions, gone: AbortSignal): AsyncGenerator<string> {
    yield `${JSON.stringify(headerOf(session))}\n`;
    const replay = new SessionReplay(Date.parse(session.openedAt));
    const until = performance.now() + FOLLOWED_MS;
    let place = options.after;
    let frames = 0;
    let ended: RecordLine | null = null;
    let silentSince = performance.now();
    while (!gone.aborted) {
      const events = await this.reader.sessionLines(session.id, place, LINES_AT_ONCE);
      for (const some of chunks(events, BODIES_AT_ONCE)) {
        const lines = some.map((event) => new RecordLine(event));
        const opened = await this.bodies.open(lines, BODY_BYTES);
        let text = '';
        for (const line of lines) {
          for (const frame of replay.frames(line, opened.get(line))) {
            text += `${JSON.stringify(frame)}\n`;
            frames += 1;
          }
          if (line.kind === 'session.close') ended = line;
          place = line.event;
        }
        if (text !== '') {
          yield text;
          silentSince = performance.now();
        }
      }
      if (events.length === LINES_AT_ONCE) continue;
      if (!options.follow || ended !== null || performance.now() > until) break;
      if (performance.now() - silentSince > SILENCE_MS) {
        yield '\n';
        silentSince = performance.now();
      }
      await sleep(FOLLOW_MS, null, { signal: gone }).catch(() => undefined);
    }
    yield `${JSON.stringify({ end: { frames, live: session.live && ended === null, why: ended?.text('why') ?? session.why, next: place === null ? null : writePlace(place) } })}\n`;
  }
}

function headerOf(session: SessionJson): object {
  const { id, target, protocol, principal, client, openedAt, closedAt, why, live, erased } = session;
  return {
    format: 'pg-replay/1',
    session: id,
    target,
    protocol,
    principal,
    client,
    openedAt,
    closedAt,
    why,
    live,
    erased,
  };
}

function* chunks(events: readonly StoredEvent[], size: number): Generator<readonly StoredEvent[]> {
  for (let from = 0; from < events.length; from += size) yield events.slice(from, from + size);
}
