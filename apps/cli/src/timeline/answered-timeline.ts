import type { IncomingMessage } from 'node:http';
import { CliError } from '../cli.error.js';
import { linesOf, readLine, type TimelineEnd, type TimelineFrame, type TimelineHeader } from './timeline.js';

/** An answer to the question for a timeline; `after`: go on behind this place. */
export type OpenTimeline = (after: string | null) => Promise<IncomingMessage>;

/** A timeline as the control API streams it. */
export class AnsweredTimeline {
  #end: TimelineEnd | null = null;

  private constructor(
    readonly header: TimelineHeader,
    private readonly lines: AsyncGenerator<string>,
    private readonly open: OpenTimeline,
    private readonly follow: boolean,
  ) {}

  /** @param first the answer, open and not read yet @param follow goes on while the session runs */
  static async begin(first: IncomingMessage, open: OpenTimeline, follow: boolean): Promise<AnsweredTimeline> {
    const lines = linesFrom(first);
    const header = await headerOf(lines);
    return new AnsweredTimeline(header, lines, open, follow);
  }

  /** how it ended; null: it goes on */
  get end(): TimelineEnd | null {
    return this.#end;
  }

  /** @throws CliError when the answer breaks off, or is none */
  async *frames(): AsyncGenerator<TimelineFrame> {
    let { lines } = this;
    try {
      for (;;) {
        const end = yield* framesOf(lines);
        if (!this.follow || !end.live || end.next === null) {
          this.#end = end;
          return;
        }
        lines = linesFrom(await this.open(end.next));
        await headerOf(lines);
      }
    } finally {
      await lines.return(undefined);
    }
  }
}

async function* linesFrom(response: IncomingMessage): AsyncGenerator<string> {
  try {
    yield* linesOf(response.setEncoding('utf8') as AsyncIterable<string>);
  } catch (error) {
    throw new CliError(`the answer broke off: ${(error as Error).message}`, 1, { cause: error });
  } finally {
    response.destroy();
  }
}

async function headerOf(lines: AsyncGenerator<string>): Promise<TimelineHeader> {
  for (;;) {
    const { value, done } = await lines.next();
    const line = done === true ? null : read(value);
    if (line?.kind === 'header' && line.header.format === 'pg-replay/1') return line.header;
    if (done === true || line !== null) throw new CliError('the control API answered something else than a timeline');
  }
}

async function* framesOf(lines: AsyncGenerator<string>): AsyncGenerator<TimelineFrame, TimelineEnd> {
  for (;;) {
    // not by `for await`, which would close the lines when nobody wants more frames just now
    const { value, done } = await lines.next();
    if (done === true) throw new CliError('the answer broke off: it has no end');
    const line = read(value);
    if (line?.kind === 'frame') yield line.frame;
    else if (line?.kind === 'end') return line.end;
  }
}

function read(text: string) {
  try {
    return readLine(text);
  } catch (error) {
    throw new CliError('the control API answered something else than a timeline', 1, { cause: error });
  }
}
