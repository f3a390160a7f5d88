import type { DescribeContext, Knowledge, TextDescription } from '@app/sql';
import { DescriptionCache } from './description-cache.js';
import { ParserThread, type ParserJob, type ThreadEnd } from './parser-thread.js';
import { ParserError } from './parser.error.js';

export { ParserError } from './parser.error.js';

export interface ParserPoolOptions {
  /** threads, at least 1 */
  readonly workers: number;
  /** longest time at one text, ms; default 5 000 */
  readonly timeoutMs?: number;
  /** longest text, UTF-8 bytes; default 16 MiB */
  readonly maxTextBytes?: number;
  /** memory for descriptions, bytes; default 64 MiB */
  readonly cacheBytes?: number;
  /** text after which a thread is replaced in peace, UTF-16 units; default 32 Mi */
  readonly recycleAfter?: number;
  /** texts that may wait; default 10 000 */
  readonly maxWaiting?: number;
  /** the built worker; default: where the build puts it */
  readonly workerUrl?: URL;
  /** told when a thread is replaced, for metrics and the log */
  readonly onReplaced?: (reason: 'timeout' | 'died' | 'recycled') => void;
}

const MIB = 1024 * 1024;
const builtWorker = new URL('../../../libs/sql/src/parser.worker.js', import.meta.url);

/**
 * Describes texts in worker threads that may die: a text that kills or occupies its thread loses only itself, and is never tried
 * again by the pool. Descriptions are cached by exact text, knowledge and search path.
 */
export class ParserPool {
  private readonly options: Required<Omit<ParserPoolOptions, 'onReplaced'>> & Pick<ParserPoolOptions, 'onReplaced'>;
  private readonly threads = new Set<ParserThread>();
  private readonly known = new Map<number, Knowledge>();
  private readonly cache: DescriptionCache;
  private readonly restarts = new Set<NodeJS.Timeout>();
  private readonly watch: NodeJS.Timeout;
  private waiting: ParserJob[] = [];
  private warmUpRounds = 0;
  private failedStarts = 0;
  private closed = false;

  constructor(options: ParserPoolOptions) {
    this.options = {
      timeoutMs: 5000,
      maxTextBytes: 16 * MIB,
      cacheBytes: 64 * MIB,
      recycleAfter: 32 * MIB,
      maxWaiting: 10_000,
      workerUrl: builtWorker,
      ...options,
    };
    this.cache = new DescriptionCache(this.options.cacheBytes);
    for (let i = 0; i < Math.max(1, this.options.workers); i++) this.start();
    this.watch = setInterval(() => this.checkTime(), Math.max(10, Math.min(250, this.options.timeoutMs / 4)));
    this.watch.unref();
  }

  /** Makes a catalog known to every thread, present and future; before anything is described against it. */
  learn(knowledge: Knowledge): void {
    this.known.set(knowledge.id, knowledge);
    for (const thread of this.threads) thread.tell({ type: 'knowledge', knowledge });
  }

  /** Drops a catalog and all descriptions made against it. */
  forget(knowledgeId: number): void {
    this.known.delete(knowledgeId);
    this.cache.forget(knowledgeId);
    for (const thread of this.threads) thread.tell({ type: 'forget', knowledgeId });
  }

  /** The description of exactly this text, if it is at hand; asks no thread. */
  cached(text: string, context: DescribeContext): TextDescription | undefined {
    return this.cache.get(text, context);
  }

  /**
   * Describes a text, from the cache or in a thread.
   * @throws ParserError; a text that does not parse is not an error but a description that says so
   */
  async describe(text: string, context: DescribeContext): Promise<TextDescription> {
    const cached = this.cache.get(text, context);
    if (cached) return cached;
    this.refuse(text, context);
    const description = await new Promise<TextDescription>((resolve, reject) => {
      const job = { text, context, since: performance.now(), resolve, reject };
      if (!this.dispatch(job)) this.waiting.push(job);
    });
    if (this.known.has(context.knowledgeId)) this.cache.set(text, context, description);
    return description;
  }

  /** Brings every thread, present and future, to its speed in the background. */
  warmUp(rounds = 200): void {
    this.warmUpRounds = rounds;
    for (const thread of this.threads) thread.tell({ type: 'warm-up', rounds });
  }

  /** Threads that can take a text now. */
  get ready(): number {
    return [...this.threads].filter((thread) => thread.ready).length;
  }

  /** Ends all threads; what waits is rejected with `closed`. */
  close(): void {
    this.closed = true;
    clearInterval(this.watch);
    for (const timer of this.restarts) clearTimeout(timer);
    const waiting = this.waiting.splice(0);
    for (const thread of this.threads) thread.end('closed');
    for (const job of [...waiting, ...this.waiting.splice(0)]) {
      job.reject(new ParserError('closed', 'the gateway is shutting down'));
    }
  }

  private refuse(text: string, { knowledgeId }: DescribeContext): void {
    if (this.closed) throw new ParserError('closed', 'the gateway is shutting down');
    if (text.length > this.options.maxTextBytes || Buffer.byteLength(text) > this.options.maxTextBytes) {
      throw new ParserError('too-large', `the statement is longer than ${this.options.maxTextBytes} bytes`);
    }
    if (!this.known.has(knowledgeId)) {
      throw new ParserError('unknown-knowledge', 'the catalog changed while the statement was read; send it again');
    }
    if (this.waiting.length >= this.options.maxWaiting) {
      throw new ParserError('busy', 'too many statements are waiting to be read; try again later');
    }
  }

  private dispatch(job: ParserJob): boolean {
    let best: ParserThread | null = null;
    for (const thread of this.threads) {
      if (thread.accepts(job) && (!best || thread.load < best.load)) best = thread;
    }
    best?.give(job);
    return best !== null;
  }

  private drain(): void {
    let given = 0;
    for (const job of this.waiting) {
      if (!this.dispatch(job)) break;
      given++;
    }
    if (given > 0) this.waiting.splice(0, given);
  }

  private start(): void {
    if (this.closed) return;
    const thread = new ParserThread(this.options.workerUrl, {
      answered: (from) => this.answered(from),
      ended: (from, end, lost) => this.ended(from, end, lost),
    });
    this.threads.add(thread);
    for (const knowledge of this.known.values()) thread.tell({ type: 'knowledge', knowledge });
    if (this.warmUpRounds > 0) thread.tell({ type: 'warm-up', rounds: this.warmUpRounds });
  }

  private answered(thread: ParserThread): void {
    this.failedStarts = 0;
    // Its memory does not shrink: a thread that has read much makes room for a fresh one once it is idle.
    if (thread.idle && thread.described > this.options.recycleAfter) {
      thread.end('recycled');
    } else this.drain();
  }

  private ended(thread: ParserThread, end: ThreadEnd, lost: readonly ParserJob[]): void {
    this.threads.delete(thread);
    this.waiting.unshift(...lost);
    if (this.closed) return;
    if (end !== 'closed') this.options.onReplaced?.(end);
    // A thread that never came up will not do better at once.
    const delay = thread.ready ? 0 : Math.min(5000, 100 * 2 ** this.failedStarts++);
    const timer = setTimeout(() => {
      this.restarts.delete(timer);
      this.start();
    }, delay);
    this.restarts.add(timer);
    this.drain();
  }

  private checkTime(): void {
    const now = performance.now();
    for (const thread of this.threads) {
      if (thread.stuckFor(now) > this.options.timeoutMs) thread.end('timeout');
    }
    // What waits for a thread waits no longer than a text may take twice: nobody hangs while none comes up.
    while (this.waiting[0] && now - this.waiting[0].since > 2 * this.options.timeoutMs) {
      this.waiting.shift()?.reject(new ParserError('timeout', 'no parser was free to read the statement in time'));
    }
  }
}
