import { Worker } from 'node:worker_threads';
import type { DescribeContext, ParserAnswer, ParserRequest, TextDescription } from '@app/sql';
import { ParserError } from './parser.error.js';

/** A text on its way through the pool. */
export interface ParserJob {
  readonly text: string;
  readonly context: DescribeContext;
  readonly since: number;
  readonly resolve: (description: TextDescription) => void;
  readonly reject: (error: ParserError) => void;
}

/** Texts longer than this (UTF-16 units) get a thread for themselves, so that no other waits behind them. */
const LONG_TEXT = 65_536;

/** Short texts a thread may have before it: enough to bridge the way back and forth. */
const DEPTH = 4;

export interface ThreadEvents {
  /** a job was answered: there is room */
  answered(thread: ParserThread): void;
  /** the thread is gone; `lost` were waiting behind the job that it was at, which is rejected already */
  ended(thread: ParserThread, end: ThreadEnd, lost: readonly ParserJob[]): void;
}

export type ThreadEnd = 'timeout' | 'died' | 'recycled' | 'closed';

/** One worker with its parser. It answers in order, so the oldest job is the one it is at. */
export class ParserThread {
  /** UTF-16 units described: the parser's memory grows with them and never shrinks */
  described = 0;
  ready = false;
  private readonly worker: Worker;
  private readonly jobs: ParserJob[] = [];
  private headSince = 0;
  private ended = false;
  private next = 0;

  constructor(
    url: URL,
    private readonly events: ThreadEvents,
  ) {
    this.worker = new Worker(url, { resourceLimits: { stackSizeMb: 16, maxOldGenerationSizeMb: 512 } });
    this.worker.unref();
    this.worker.on('message', (answer: ParserAnswer) => this.answer(answer));
    this.worker.on('error', () => this.end('died'));
    this.worker.on('exit', () => this.end('died'));
  }

  get idle(): boolean {
    return this.jobs.length === 0;
  }

  get load(): number {
    return this.jobs.length;
  }

  accepts(job: ParserJob): boolean {
    if (this.ended || !this.ready) return false;
    const head = this.jobs[0];
    if (!head) return true;
    return this.jobs.length < DEPTH && job.text.length <= LONG_TEXT && head.text.length <= LONG_TEXT;
  }

  tell(message: ParserRequest): void {
    if (!this.ended) this.worker.postMessage(message);
  }

  give(job: ParserJob): void {
    if (this.jobs.length === 0) this.headSince = performance.now();
    this.jobs.push(job);
    this.described += job.text.length;
    this.tell({ type: 'describe', request: this.next++, text: job.text, context: job.context });
  }

  /** Milliseconds that the thread has been at its oldest job; 0: none. */
  stuckFor(now: number): number {
    return this.idle ? 0 : now - this.headSince;
  }

  /** Ends the thread; the job that it is at fails with `code`, the others are handed back. */
  end(code: ThreadEnd): void {
    if (this.ended) return;
    this.ended = true;
    const [head, ...lost] = this.jobs.splice(0);
    head?.reject(failure(code));
    // `terminate` cannot fail in a way that matters: the thread is not used any more.
    void this.worker.terminate();
    this.events.ended(this, code, lost);
  }

  private answer(answer: ParserAnswer): void {
    if (this.ended) return;
    if (answer.type === 'fatal') return this.end('died');
    if (answer.type === 'ready') this.ready = true;
    else {
      const job = this.jobs.shift();
      this.headSince = performance.now();
      if (answer.type === 'described') job?.resolve(answer.description);
      else
        job?.reject(
          new ParserError('unknown-knowledge', 'the catalog changed while the statement was read; send it again'),
        );
    }
    this.events.answered(this);
  }
}

function failure(end: ThreadEnd): ParserError {
  switch (end) {
    case 'timeout':
      return new ParserError('timeout', 'reading the statement took too long');
    case 'died':
      return new ParserError('died', 'the statement could not be read: the parser did not survive it');
    case 'recycled':
    case 'closed':
      return new ParserError('closed', 'the gateway is shutting down');
  }
}
