import type { OpenedBody } from '../operations/body.js';
import { asObject, type RecordLine, textOf } from '../operations/record-line.js';
import { blockAfter, type BlockStatus } from './block-status.js';

/** What a frame of `pg-replay/1` tells (docs/recordings.md). */
export type ReplayCode = 'Q' | 'T' | 'D' | 'I' | 'C' | 'E' | 'N' | 'X' | 'H' | 'A' | 'Z';

/** `[ms since the session began, what, members]` */
export type ReplayFrame = readonly [ms: number, code: ReplayCode, data: Readonly<Record<string, unknown>>];

/** Rows of one result, or of one input, in the frames. */
const KEPT_ROWS = 50;

/** One operation that has begun and not ended. */
interface Running {
  readonly verb: string;
  readonly stripped: string;
  asked: boolean;
  described: boolean;
  /** rows in frames so far */
  shown: number;
  shownInput: number;
  rows: number;
  bytes: number;
  message: string | null;
}

type Members = Readonly<Record<string, unknown>>;

/**
 * Makes the timeline of one PostgreSQL session out of the lines of its record, line by line in the order of their writing. Pure; what it
 * keeps is as much as runs at the same time.
 */
export class SessionReplay {
  readonly #running = new Map<string, Running>();
  #last = 0;
  #block: BlockStatus = 'I';

  /** @param began ms since the epoch */
  constructor(private readonly began: number) {}

  /** @param body of the line, opened; absent: it has none, or is not at hand */
  frames(line: RecordLine, body: OpenedBody | undefined): ReplayFrame[] {
    const at = this.#offset(line, 0);
    const frames = this.#framesOf(line, body, at);
    for (const [ms] of frames) this.#last = Math.max(this.#last, ms);
    return frames;
  }

  #framesOf(line: RecordLine, body: OpenedBody | undefined, at: number): ReplayFrame[] {
    const id = line.text('o') ?? '';
    const open = body?.state === 'open' ? body.body : null;
    // a text: most kinds are not of a session's timeline
    const kind: string = line.kind;
    switch (kind) {
      case 'op': {
        const run = this.#begin(line, id);
        return [
          ...this.#asked(run, line, body, this.#offset(line, line.number('ms') ?? 0)),
          ...this.#result(run, id, line, open, at),
          ...this.#ended(run, id, line, at),
        ];
      }
      case 'op.intent':
        return this.#asked(this.#begin(line, id), line, body, at);
      case 'op.held':
        return [
          ...this.#asked(this.#begin(line, id), line, body, at),
          [at, 'H', { op: id, approval: line.text('appr') }],
        ];
      case 'op.blocked': {
        const run = this.#begin(line, id);
        this.#running.delete(id);
        return [
          ...this.#asked(run, line, body, at),
          [at, 'X', refusalOf(id, line, open)],
          ...this.#moved(run, 'error', at),
        ];
      }
      case 'op.input':
        return [[at, 'I', this.#input(this.#begin(line, id), id, line, open)]];
      case 'op.result':
        return this.#result(this.#begin(line, id), id, line, open, at);
      case 'op.end':
        return this.#ended(this.#begin(line, id), id, line, at);
      case 'op.recovered': {
        const old = textOf(line.object('old')?.['o']) ?? id;
        this.#running.delete(old);
        return [[at, 'C', { op: old, status: 'unknown', tag: null, recovered: true }]];
      }
      case 'op.resumed':
        return [[at, 'A', { op: id, approval: line.text('appr'), resumed: line.number('rows') }]];
      case 'approval.left':
        return [[at, 'A', { op: id, approval: line.text('appr'), why: line.text('why') }]];
      case 'approval.used':
        return [[at, 'A', { op: id, approval: line.text('appr'), used: true }]];
      case 'session.notified':
        return [[at, 'N', notified(line, open)]];
      default:
        return [];
    }
  }

  /** ms since the session began; time never runs backwards in a timeline */
  #offset(line: RecordLine, before: number): number {
    const at = line.event.ts.getTime() - before - this.began;
    return Math.max(this.#last, Math.round(at * 100) / 100);
  }

  #begin(line: RecordLine, id: string): Running {
    const known = this.#running.get(id);
    if (known) return known;
    const run: Running = {
      verb: line.text('verb') ?? '',
      stripped: line.text('fp') ?? '',
      asked: false,
      described: false,
      shown: 0,
      shownInput: 0,
      rows: 0,
      bytes: 0,
      message: null,
    };
    this.#running.set(id, run);
    return run;
  }

  /** An operation that waited was asked before: once is enough. */
  #asked(run: Running, line: RecordLine, body: OpenedBody | undefined, at: number): ReplayFrame[] {
    if (run.asked) return [];
    run.asked = true;
    const open = body?.state === 'open' ? body.body : null;
    const statement = textOf(open?.['statement']);
    return [
      [
        at,
        'Q',
        {
          op: line.text('o'),
          statement,
          // the body is gone or not readable: what the line keeps is all there is
          ...(statement === null ? { stripped: line.text('fp'), ...missing(body) } : {}),
          params: Array.isArray(open?.['parameters']) ? open['parameters'] : null,
          verb: line.text('verb'),
          effect: line.text('eff'),
          objects: line.texts('rel'),
          classes: line.texts('cls'),
          verdict: line.text('verdict'),
          rules: line.texts('rule'),
          approval: line.text('appr'),
        },
      ],
    ];
  }

  #result(run: Running, id: string, line: RecordLine, open: Members | null, at: number): ReplayFrame[] {
    const frames: ReplayFrame[] = [];
    run.rows += line.number('rows') ?? 0;
    run.bytes += line.number('bytes') ?? 0;
    const message = textOf(asObject(open?.['error'])?.['message']);
    if (message !== null) run.message = message;
    if (!run.described && (line.number('cols') ?? 0) > 0) {
      run.described = true;
      frames.push([at, 'T', { op: id, columns: columnsOf(line, open) }]);
    }
    const rows = rowsOf(open).slice(0, KEPT_ROWS - run.shown);
    run.shown += rows.length;
    if (rows.length > 0) frames.push([at, 'D', { op: id, rows }]);
    return frames;
  }

  #input(run: Running, id: string, line: RecordLine, open: Members | null): Members {
    const rows = rowsOf(open).slice(0, KEPT_ROWS - run.shownInput);
    run.shownInput += rows.length;
    return { op: id, count: line.number('rows'), bytes: line.number('bytes'), columns: columnsOf(line, open), rows };
  }

  #ended(run: Running, id: string, line: RecordLine, at: number): ReplayFrame[] {
    this.#running.delete(id);
    const status = line.text('status') ?? 'unknown';
    const counts = { ms: line.number('ms'), rows: run.rows, bytes: run.bytes, more: run.rows - run.shown };
    const settles = line.texts('settles');
    const ended: ReplayFrame =
      line.text('code') === null && status !== 'error'
        ? [at, 'C', { op: id, status, tag: line.text('tag'), ...counts, ...(settles.length > 0 ? { settles } : {}) }]
        : [at, 'E', { op: id, status, code: line.text('code'), message: run.message, ...counts }];
    return [ended, ...this.#moved(run, status, at)];
  }

  #moved({ verb, stripped }: Running, status: string, at: number): ReplayFrame[] {
    const after = blockAfter(this.#block, verb, stripped, status);
    if (after === this.#block) return [];
    this.#block = after;
    return [[at, 'Z', { status: after }]];
  }
}

function missing(body: OpenedBody | undefined): Members {
  if (body?.state === 'erased') return { erased: true };
  return { unreadable: body?.state === 'unreadable' ? body.reason : 'the record has no body of it' };
}

function refusalOf(id: string, line: RecordLine, open: Members | null): Members {
  const refusal = asObject(open?.['refusal']);
  return {
    op: id,
    code: line.text('why'),
    rule: textOf(refusal?.['rule']),
    message: textOf(refusal?.['message']),
    approval: line.text('appr'),
  };
}

/** As the body tells, in the order of the result; without one by name, as the line counts them. */
function columnsOf(line: RecordLine, open: Members | null): readonly Members[] {
  const columns = open?.['columns'];
  if (Array.isArray(columns))
    return columns.map((column) => {
      const { name, masked } = asObject(column) ?? {};
      return { name: textOf(name) ?? '', masked: masked === true };
    });
  const counted = (name: 'masked' | 'clear') =>
    [...line.counts(name).keys()].map((column) => ({ name: column, masked: name === 'masked' }));
  return [...counted('clear'), ...counted('masked')];
}

function rowsOf(open: Members | null): readonly unknown[][] {
  const rows = open?.['rows'];
  return Array.isArray(rows) ? rows.filter((row): row is unknown[] => Array.isArray(row)) : [];
}

function notified(line: RecordLine, open: Members | null): Members {
  return {
    rows: line.number('rows'),
    bytes: line.number('bytes'),
    withheld: line.number('withheld'),
    channels: Object.fromEntries(line.counts('channels')),
    notifications: rowsOf(open).slice(0, KEPT_ROWS),
  };
}
