import { readErrorFields, upstream as messages } from '@app/pg-wire';

/** Reserved name: an unnamed statement would destroy the client's (postgres.md §4). */
const STATEMENT = 'sallyport_question';

/** Reserved name: the statement whose rows are estimated. */
export const ESTIMATED = 'sallyport_estimate';

/**
 * Asks the session's own target connection; only while nothing else is under way on it. Several statements are one transaction where
 * no block is open, and their rows are one list. Rows of text.
 */
export type Ask = (...statements: readonly [string, ...string[]]) => Promise<(string | null)[][]>;

/** A text that the target only analyses: with `debug_print_rewritten` on, its tree is a row of the answer. Nothing of it runs. */
export interface Analysed {
  readonly analyse: string;
  /** as the client declared them */
  readonly types: readonly number[];
}

/** What may be asked: statements that run, and texts that do not. */
export type Inspect = (
  ...statements: readonly [string | Analysed, ...(string | Analysed)[]]
) => Promise<(string | null)[][]>;

/** How the server names the place that prints trees, in whatever language. */
const PRINTS_TREES = 'elog_node_display';

/**
 * Bytes of a question in the extended protocol; portal and statement are closed again. First what earlier questions left behind that
 * failed after their Parse.
 */
export function questionBytes(statements: readonly (string | Analysed)[]): Buffer[] {
  return [
    messages.close('S', STATEMENT),
    messages.close('S', ESTIMATED),
    ...statements.flatMap((asked) =>
      typeof asked === 'string'
        ? [
            messages.parse(STATEMENT, asked),
            messages.bind(STATEMENT, STATEMENT, []),
            messages.execute(STATEMENT),
            messages.close('P', STATEMENT),
            messages.close('S', STATEMENT),
          ]
        : [messages.parse(STATEMENT, asked.analyse, asked.types), messages.close('S', STATEMENT)],
    ),
    messages.sync(),
  ];
}

/** The target refused a question of the gateway's own. */
export class QuestionError extends Error {
  readonly sqlstate: string;

  constructor(fields: ReadonlyMap<string, string>) {
    super(`the target refused a question of the gateway (${fields.get('C') ?? ''}): ${fields.get('M') ?? ''}`);
    this.name = 'QuestionError';
    this.sqlstate = fields.get('C') ?? '';
  }
}

/** Reads the answer to one question; the client sees nothing of it. */
export class Question {
  readonly answer: Promise<(string | null)[][]>;
  readonly #rows: (string | null)[][] = [];
  #error: QuestionError | null = null;
  #resolve: (rows: (string | null)[][]) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor() {
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** `not-mine`: asynchronous messages that are none of the answer's (parameter reports, notices, notifications) */
  take(type: number, buffer: Buffer, start: number, end: number): 'swallowed' | 'done' | 'fatal' | 'not-mine' {
    switch (type) {
      case 0x44: // D
        this.#rows.push(readTextRow(buffer, start, end));
        return 'swallowed';
      case 0x45: {
        // E
        const fields = readErrorFields(buffer, start, end);
        this.#error = new QuestionError(fields);
        return fields.get('V') === 'FATAL' || fields.get('V') === 'PANIC' ? 'fatal' : 'swallowed';
      }
      case 0x5a: // Z
        if (this.#error) this.#reject(this.#error);
        else this.#resolve(this.#rows);
        return 'done';
      case 0x4e: {
        // N
        const fields = readErrorFields(buffer, start, end);
        if (fields.get('V') !== 'LOG') return 'not-mine';
        // what the server logs reaches the gateway only while it asks for trees
        if (fields.get('R') === PRINTS_TREES) this.#rows.push([fields.get('D') ?? null]);
        return 'swallowed';
      }
      case 0x53: // S
      case 0x41: // A
        return 'not-mine';
      default:
        return 'swallowed';
    }
  }

  /** The session ended before the answer came. */
  abandon(): void {
    this.#reject(new Error('the session ended before the target answered'));
  }
}

function readTextRow(buffer: Buffer, start: number, end: number): (string | null)[] {
  const row: (string | null)[] = [];
  const count = buffer.readUInt16BE(start + 5);
  let at = start + 7;
  for (let i = 0; i < count && at < end; i++) {
    const length = buffer.readInt32BE(at);
    at += 4;
    row.push(length < 0 ? null : buffer.toString('utf8', at, at + length));
    if (length > 0) at += length;
  }
  return row;
}
