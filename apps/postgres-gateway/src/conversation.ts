import type { Refusal } from '@app/gate';
import { type FrontendMessage, ProtocolError, type ReadyStatus } from '@app/pg-wire';
import { ConversationFlow } from './conversation-flow.js';
import type { DescribeFor } from './describe-statement.js';
import { Describing } from './describing.js';
import { ExtendedQuery } from './extended-query.js';
import { FunctionCalls } from './function-calls.js';
import { HoldDesk } from './hold-desk.js';
import { HoldWay } from './hold-way.js';
import { InPlaceRefusals } from './in-place-refusals.js';
import type { NameResolver } from './name-resolver.js';
import type { ParserPool } from './parser-pool.js';
import type { Inspect } from './question.js';
import type { SessionParts } from './session-parts.js';
import { SimpleQuery } from './simple-query.js';
import type { StatementRun } from './statement-run.js';

/** What the conversation asks of the session around it. */
export interface ConversationHost {
  /** the session ends: the refusal goes to the client as FATAL */
  end(refusal: Refusal): void;
  /** the client said goodbye */
  goodbye(): void;
  /** the client broke the protocol */
  violation(error: ProtocolError): void;
  /** asks the session's own connection to the target; only while nothing is under way */
  readonly ask: Inspect;
  /** bytes of the gateway's own for the client, in their place */
  say(bytes: Buffer): void;
  now(): number;
}

/**
 * What a client says after its login, message by message in order: each statement is described and admitted before a byte of it goes
 * to the target; a refused one is replaced by a statement that cannot succeed, so that target and client agree on what failed.
 */
export class Conversation {
  readonly holds: HoldDesk;
  readonly #parts: SessionParts;
  readonly #host: ConversationHost;
  readonly #flow: ConversationFlow;
  readonly #refusals: InPlaceRefusals;
  readonly #describing: Describing;
  readonly #simple: SimpleQuery;
  readonly #extended: ExtendedQuery;
  readonly #functions: FunctionCalls;

  constructor(
    parts: SessionParts,
    pool: ParserPool,
    resolver: NameResolver,
    about: DescribeFor,
    host: ConversationHost,
  ) {
    this.#parts = parts;
    this.#host = host;
    const flow = new ConversationFlow(parts, resolver, () => this.holds, {
      handle: (message) => this.handle(message),
      sync: (raw) => this.#sync(raw),
      violation: (error) => host.violation(error),
    });
    this.#flow = flow;
    const now = (): number => host.now();
    const describing = new Describing(parts, pool, resolver, about, this.#surroundings(), now);
    this.#describing = describing;
    this.holds = new HoldDesk(parts, resolver, {
      ask: (...statements) => host.ask(...statements),
      describe: (text) => describing.anew(text),
      say: (bytes) => host.say(bytes),
    });
    const refusals = new InPlaceRefusals(parts, flow, about, host);
    const way = new HoldWay(parts, flow, this.holds, (...statements) => host.ask(...statements));
    this.#refusals = refusals;
    this.#simple = new SimpleQuery(parts, flow, describing, refusals, way);
    this.#functions = new FunctionCalls(parts, flow, refusals, about);
    this.#extended = new ExtendedQuery({ parts, flow, describing, refusals, way, resolver, now });
  }

  /** The session as describing sees it, at each moment. */
  #surroundings(): ConstructorParameters<typeof Describing>[4] {
    const status = (): ReadyStatus => this.#flow.status;
    const dropped = (): boolean => this.#flow.dropped;
    const mayAsk = (): boolean => this.#flow.mayAsk;
    const maySettle = (): boolean => this.#flow.maySettle;
    const unopened = (): boolean => this.#flow.freshness.unopened;
    return {
      get status() {
        return status();
      },
      get dropped() {
        return dropped();
      },
      get mayAsk() {
        return mayAsk();
      },
      get maySettle() {
        return maySettle();
      },
      get unopened() {
        return unopened();
      },
      ask: (...statements) => this.#host.ask(...statements),
      afterEarlierCycles: (next) => this.#flow.afterEarlierCycles(next),
      afterOpenBlock: (next) => this.#flow.afterOpenBlock(next),
    };
  }

  get status(): ReadyStatus {
    return this.#flow.status;
  }

  /** ReadyForQuery passed. */
  ready(status: ReadyStatus): void {
    this.#flow.ready(status);
  }

  /** An error came while no Sync is on its way. */
  skipToSync(): void {
    this.#flow.skipToSync();
  }

  /** A result was refused after the target had finished it: the pipeline fails there too. */
  refuseLate(answer: Buffer): void {
    this.#refusals.extendedWith(answer);
  }

  /** The session is over. @param why what waits for people is told */
  stop(why: 'disconnected' | 'shutdown'): void {
    this.#flow.stop();
    this.holds.leave(why);
  }

  /** A statement ended well. @param tag as the target gave it */
  succeeded(run: StatementRun, tag: string): void {
    const { prepared, cursor } = run.statement;
    const { names } = this.#parts;
    if (prepared !== null && prepared.does !== 'execute') names.forgetStatement(prepared.name);
    if (cursor !== null && cursor.does !== 'fetch') names.forgetPortal(cursor.name);
    if (run.statement.verb === 'DISCARD ALL') {
      names.forgetStatement('*');
      names.forgetPortal('*');
    }
    names.stored.succeeded(run.statement, tag);
  }

  /** Takes the next message. @returns a promise when the next one has to wait for it */
  handle(message: FrontendMessage): Promise<void> | void {
    const copied = this.#flow.copyIn.take(message);
    if (copied !== 'not-mine') return copied;
    // after an error the server skips everything but these
    if (this.#flow.limited !== null && message.name !== 'terminate')
      return this.#flow.limited.then(() => this.handle(message));
    const skipped = this.#flow.skipping && message.name !== 'sync' && message.name !== 'terminate';
    if (skipped) return;
    if (!this.#mayKeep(message)) this.#flow.kept.send();
    switch (message.name) {
      case 'terminate':
        return this.#host.goodbye();
      case 'sync':
        return this.#sync(message.raw);
      case 'invalid':
        return this.#refusals.invalid(message.of, message.error);
      case 'query':
        return this.#simple.query(message);
      case 'parse':
        this.#flow.freshness.opening();
        return this.#extended.parse(message);
      case 'bind':
        this.#flow.freshness.opening();
        return this.#extended.bind(message);
      case 'execute':
        return this.#describing.current(() => {
          this.#flow.freshness.opening();
          return this.#extended.execute(message);
        });
      case 'describe':
        return this.#describing.current(() => {
          this.#flow.freshness.opening();
          return this.#extended.describe(message);
        });
      case 'close':
        return this.#extended.close(message);
      case 'flush':
        return this.#parts.lane.forwardProtocol([message.raw]);
      case 'functionCall':
        return this.#functions.call(message);
      case 'copyData':
      case 'copyDone':
      case 'copyFail':
        // outside COPY the server ignores them too
        return;
      case 'password':
        return this.#host.violation(
          new ProtocolError('08P01', 'a password message came after the login', { fatal: true }),
        );
      default:
        return message satisfies never;
    }
  }

  /** What is kept back may stay so until it is known what becomes of this message: what it means may have to be asked first. */
  #mayKeep({ name }: FrontendMessage): boolean {
    if (name === 'bind') return true;
    return this.#flow.kept.prepared === undefined && (name === 'close' || name === 'parse' || name === 'query');
  }

  #sync(raw: Buffer): void {
    this.#flow.synced();
    this.#parts.replies.push({ kind: 'sync', own: null });
    this.#parts.lane.forwardProtocol([raw]);
  }
}
