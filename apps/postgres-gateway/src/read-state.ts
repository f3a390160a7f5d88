import type { StatementRun } from './statement-run.js';
import type { SessionParts } from './session-parts.js';

/** One message of the target: its type, and where its bytes are. */
export type Frame = readonly [type: number, buffer: Buffer, start: number, end: number];

/** Where the reader stands in what the target answers. */
export class ReadState {
  readonly #parts: SessionParts;
  /** the statement whose result is coming; null between results */
  run: StatementRun | null = null;
  /** ms when the current result began, for the chunk clock */
  since = 0;
  /** a row limit was reached too late to stop the target: the block has to be aborted */
  limitPassed = false;
  /** the client was told of the limit: what the target still answers to the same message nobody expects after an error */
  dropping = false;
  /** frames that came after a result began to wait for people, in order; null: none waits */
  back: Frame[] | null = null;
  startingUp = true;
  abandoned = false;
  /** something in this transaction touched protected columns: its late errors (deferred constraints) are scrubbed */
  touched = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** The run that the target works on, though nothing of its result came yet. */
  waiting(): StatementRun | null {
    const head = this.#parts.replies.head();
    if (head?.kind === 'execute' || (head?.kind === 'function' && !head.run.over)) return head.run;
    if (head?.kind === 'query') return head.runs[head.at] ?? null;
    return null;
  }

  touch(statement: StatementRun['statement'] | null): void {
    if (statement !== null && statement.lineage !== 'clean') this.touched = true;
  }
}
