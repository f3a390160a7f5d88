import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../cli.error.js';
import { AnsweredProblem, type ControlApiClient } from '../control-api.client.js';
import { EventParser, type StreamEvent } from './event-parser.js';

/** How a stream is followed. */
export interface Following {
  readonly path: string;
  /** asked anew for each connection: tokens are renewed */
  connect(): ControlApiClient;
  /** @returns false when enough was seen */
  seen(event: StreamEvent): boolean;
  /** said when the stream broke, and is connected to again after `ms` */
  broke(why: string, ms: number): void;
}

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
/** The control API says something every 15 s: one that is silent for longer is gone. */
const silenceMs = 60_000;

/**
 * Follows a stream of events until enough was seen, connecting again whenever it ends.
 * @throws CliError when the control API refuses: who is asking may not, or is not known any more
 */
export async function followEvents(following: Following): Promise<void> {
  let lastEventId: string | null = null;
  let pauseMs = firstPauseMs;
  for (;;) {
    const parser = new EventParser();
    let why = 'the control API ended the stream';
    try {
      const headers = {
        accept: 'text/event-stream',
        ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }),
      };
      const response = await following.connect().open(following.path, headers, silenceMs);
      for await (const text of response.setEncoding('utf8') as AsyncIterable<string>) {
        const events = parser.push(text);
        lastEventId = parser.lastEventId ?? lastEventId;
        pauseMs = parser.retryMs ?? firstPauseMs;
        for (const event of events)
          if (!following.seen(event)) {
            response.destroy();
            return;
          }
      }
    } catch (error) {
      if (error instanceof AnsweredProblem && error.status < 500 && error.status !== 429) throw error;
      if (error instanceof CliError && error.exitCode === 2) throw error;
      why = (error as Error).message;
    }
    following.broke(why, pauseMs);
    await sleep(pauseMs);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}
