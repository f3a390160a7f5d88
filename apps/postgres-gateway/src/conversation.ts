import type { Admission, DescribedOperation, DescribedRefusal, Held, Refusal, Refused } from '@app/gate';
import {
  type BindMessage,
  type CloseMessage,
  type DescribeMessage,
  type ExecuteMessage,
  type FrontendMessage,
  type ParseMessage,
  ProtocolError,
  type QueryMessage,
  type ReadyStatus,
  serialize,
  upstream as messages,
} from '@app/pg-wire';
import type { StatementDescription, TextDescription } from '@app/sql';
import { boundValues } from './bound-values.js';
import { Describing } from './describing.js';
import {
  firstUnreadable,
  heldBatch,
  heldPipeline,
  heldPortal,
  heldByName,
  heldSnapshot,
  inAnySchema,
  movesPath,
  heldTooLong,
  limitedBatch,
  syntaxRefusal,
  undescribed,
  unreadableBatch,
  type DescribeFor,
} from './describe-statement.js';
import { toErrorResponse } from './error-response.js';
import { Freshness } from './freshness.js';
import { HoldDesk } from './hold-desk.js';
import { NameChanges } from './name-changes.js';
import type { NameResolver } from './name-resolver.js';
import { renderParameters } from './parameters.js';
import type { ParserPool } from './parser-pool.js';
import { Portal, type Prepared } from './prepared-names.js';
import type { Ask } from './question.js';
import type { OwnSync } from './reply-queue.js';
import type { SentStatement } from './sent-statement.js';
import type { SessionParts } from './session-parts.js';
import { newRun, type StatementRun } from './statement-run.js';

/** Names that begin so are the gateway's own. */
const RESERVED = 'sallyport_';
/** Name of the statement that stands in place of a refused one; it never exists at the target. */
const REFUSED = 'sallyport_refused';

/** What the conversation asks of the session around it. */
export interface ConversationHost {
  /** the session ends: the refusal goes to the client as FATAL */
  end(refusal: Refusal): void;
  /** the client said goodbye */
  goodbye(): void;
  /** the client broke the protocol */
  violation(error: ProtocolError): void;
  /** asks the session's own connection to the target; only while nothing is under way */
  readonly ask: Ask;
  /** bytes of the gateway's own for the client, in their place */
  say(bytes: Buffer): void;
  now(): number;
}

const NO_VALUES = Buffer.alloc(0);
/** Kinds of statements whose text does not say what they run. */
const RUN_BY_NAME = new Set(['execute', 'fetch', 'move']);
/** So long after its approval was used a portal may begin to run, ms. */
const APPROVED_MS = 5_000;

/** Whether a held statement may wait where it came. */
interface Way {
  /** why its client may not wait, though people are asked; null: it may */
  readonly mayNotWait: string | null;
  /** why people are not even asked; null: they are */
  readonly never: DescribedRefusal | null;
}

const MAY_WAIT: Way = { mayNotWait: null, never: null };
const mayNot = (why: string): Way => ({ mayNotWait: why, never: null });
const never = (why: DescribedRefusal): Way => ({ mayNotWait: null, never: why });

/** A statement of a message of its own: no values. */
const unbound = (): Buffer => NO_VALUES;

/**
 * What a client says after its login, message by message in order: each statement is described and admitted before a byte of it goes
 * to the target; a refused one is replaced by a statement that cannot succeed, so that target and client agree on what failed.
 */
export class Conversation {
  readonly holds: HoldDesk;
  readonly #parts: SessionParts;
  readonly #resolver: NameResolver;
  readonly #about: DescribeFor;
  readonly #host: ConversationHost;
  readonly #describing: Describing;
  readonly #freshness = new Freshness();
  /** a Parse of a statement that will be held: kept back until its Bind, so that the target takes no locks for it meanwhile */
  #keptParse: { readonly prepared: Prepared; readonly send: () => void } | null = null;
  /** after an error in the extended protocol: everything is dropped until Sync */
  #skipping = false;
  readonly #changes: NameChanges;
  /** statements sent to be bound or executed */
  #sent = 0;
  #status: ReadyStatus = 'I';
  /** a result that a rule may cut short: what follows waits for its end, so that neither cancel nor refusal hits something else */
  #limited: Promise<void> | null = null;
  /** the session is over: nothing that was being described goes on */
  #stopped = false;
  /** woken when cycles were answered, or when the target skips to the next Sync */
  #waiters: { readonly cycle: number; readonly wake: () => void }[] = [];

  constructor(
    parts: SessionParts,
    pool: ParserPool,
    resolver: NameResolver,
    about: DescribeFor,
    host: ConversationHost,
  ) {
    this.#parts = parts;
    this.#resolver = resolver;
    this.#changes = new NameChanges(resolver, parts.names);
    this.#about = about;
    this.#host = host;
    const surroundings = this.#surroundings();
    this.#describing = new Describing(parts, pool, resolver, about, surroundings, () => host.now());
    this.holds = new HoldDesk(parts, resolver, {
      ask: (...statements) => host.ask(...statements),
      describe: (text) => this.#describing.anew(text),
      say: (bytes) => host.say(bytes),
    });
  }

  /** The session as describing sees it, at each moment. */
  #surroundings(): ConstructorParameters<typeof Describing>[4] {
    const status = (): ReadyStatus => this.#status;
    const dropped = (): boolean => this.#dropped;
    const mayAsk = (): boolean => this.#mayAsk;
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
      ask: (...statements) => this.#host.ask(...statements),
      afterEarlierCycles: (next) => this.#afterEarlierCycles(next),
    };
  }

  /** Nothing is under way, and a question's own Sync ends nothing but what began. */
  get #mayAsk(): boolean {
    return this.#parts.replies.empty && (this.#freshness.freshCycle || this.#status === 'T');
  }

  get status(): ReadyStatus {
    return this.#status;
  }

  /** ReadyForQuery passed. */
  ready(status: ReadyStatus): void {
    this.#status = status;
    if (this.#parts.replies.empty) {
      this.#changes.settled(status);
      this.#freshness.settled(status);
    }
    this.#wake();
  }

  /** An error came while no Sync is on its way. */
  skipToSync(): void {
    this.#skipping = true;
    this.#keptParse = null;
    this.#wake();
  }

  /** A result was refused after the target had finished it: the pipeline fails there too. */
  refuseLate(answer: Buffer): void {
    this.#refuseWith(answer);
  }

  /** The session is over. @param why what waits for people is told */
  stop(why: 'disconnected' | 'shutdown'): void {
    this.#stopped = true;
    this.holds.leave(why);
    this.#waiters = [];
  }

  #wake(): void {
    if (this.#waiters.length === 0) return;
    const { answered } = this.#parts.replies;
    const waiters = this.#waiters;
    this.#waiters = waiters.filter(({ cycle }) => !this.#skipping && cycle > answered);
    for (const { cycle, wake } of waiters) if (this.#skipping || cycle <= answered) wake();
  }

  /** Goes on with a message once all cycles before the open one are answered, unless the target skips it by then. */
  async #afterEarlierCycles(next: () => Promise<void> | void): Promise<void> {
    const { cycle, answered } = this.#parts.replies;
    if (answered < cycle) await new Promise<void>((wake) => this.#waiters.push({ cycle, wake }));
    if (!this.#dropped) await next();
  }

  /** what was waiting or being described has become pointless: the target skips it, or nobody is there any more */
  get #dropped(): boolean {
    return this.#stopped || this.#skipping;
  }

  /** A statement ended well. */
  succeeded(run: StatementRun): void {
    const { prepared, cursor } = run.statement;
    const { names } = this.#parts;
    if (prepared !== null && prepared.does !== 'execute') names.forgetStatement(prepared.name);
    if (cursor?.does === 'close') names.closeCursor(cursor.name);
    if (run.statement.verb === 'DISCARD ALL') {
      names.forgetStatement('*');
      names.closeCursor('*');
    }
  }

  /** Takes the next message. @returns a promise when the next one has to wait for it */
  handle(message: FrontendMessage): Promise<void> | void {
    // after an error the server skips everything but these
    if (this.#limited !== null && message.name !== 'terminate') return this.#limited.then(() => this.handle(message));
    const skipped = this.#skipping && message.name !== 'sync' && message.name !== 'terminate';
    if (skipped) return;
    if (this.#keptParse !== null && message.name !== 'bind') this.#sendKeptParse();
    switch (message.name) {
      case 'terminate':
        return this.#host.goodbye();
      case 'sync':
        return this.#sync(message.raw);
      case 'invalid':
        return this.#invalid(message.of, message.error);
      case 'query':
        return this.#query(message);
      case 'parse':
        return this.#parse(message);
      case 'bind':
        return this.#bind(message);
      case 'execute':
        return this.#execute(message);
      case 'describe':
        return this.#describeName(message);
      case 'close':
        return this.#close(message);
      case 'flush':
        return this.#parts.lane.forwardProtocol([message.raw]);
      case 'functionCall':
        return this.#refuseQueryWith(
          serialize.errorResponse({
            severity: 'ERROR',
            code: '0A000',
            message: 'function calls of the protocol are not supported by this version of the gateway',
            hint: 'Call the function in a SELECT statement.',
          }),
        );
      case 'copyData':
      case 'copyDone':
      case 'copyFail':
        // outside COPY the server ignores them too; COPY itself is refused
        return;
      case 'password':
        return this.#host.violation(
          new ProtocolError('08P01', 'a password message came after the login', { fatal: true }),
        );
      default:
        return message satisfies never;
    }
  }

  // ── simple protocol ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #query(message: QueryMessage): Promise<void> | void {
    return this.#describing.text(message.text, (description) => this.#queryDescribed(message, description));
  }

  #queryDescribed(message: QueryMessage, { error, statements }: TextDescription): Promise<void> | void {
    const { names, replies, lane } = this.#parts;
    if (error !== null) return this.#refuseQuery(this.#unreadable(message.text, error));
    if (statements.length === 0) {
      replies.push({ kind: 'query', runs: [], at: 0, changes: names.simpleQuery(replies.cycle) });
      return lane.forwardProtocol([message.raw]);
    }
    const [statement] = statements;
    if (statements.length > 1 || statement === undefined) return this.#batch(message, statements);
    return this.#describing.estimated(message.text, statement, (described) =>
      this.#single(message, statement, described),
    );
  }

  /** The only statement of its message: it may wait for people. */
  #single(message: QueryMessage, statement: StatementDescription, described: DescribedOperation): Promise<void> | void {
    const sent: SentStatement = { text: message.text, statement, described, parameters: [], values: unbound };
    const verdict = this.#parts.lane.admit(described, []);
    if (verdict.held !== null)
      return this.#held(verdict.held, sent, {
        go: (admission, now) => this.#sendQuery(message, [this.#run(admission, now)]),
        refuse: (refused) => this.#refuseQuery(refused),
      });
    if (verdict.refusal !== null) return this.#refuseQuery(verdict);
    this.#sendQuery(message, [this.#run(verdict.admission, sent)]);
  }

  /** Several statements in one message: all of them pass, or none. */
  #batch(message: QueryMessage, statements: readonly StatementDescription[]): void {
    const { lane, profile } = this.#parts;
    const unreadable = profile.strict ? firstUnreadable(statements, this.#changes.pending) : -1;
    const runs: StatementRun[] = [];
    const declared = new Set<string>();
    const refuse = (refused: Refused): void => {
      for (const { admission } of runs) this.#skipped(admission);
      this.#refuseQuery(refused);
    };
    let limited: DescribedOperation | null = null;
    let moved = false;
    for (let i = 0; i < statements.length; i++) {
      const statement = statements[i]!;
      let described = this.#describing.bounded(this.#describing.operation(message.text, statement, declared));
      if (moved) described = inAnySchema(described, statement);
      moved ||= movesPath(statement, this.#changes.pending);
      if (i === unreadable) described = { ...described, refusal: unreadableBatch };
      const verdict = lane.admit(described, []);
      if (verdict.held !== null) return refuse(lane.refuse(described, [], heldBatch));
      if (verdict.refusal !== null) return refuse(verdict);
      const sent: SentStatement = { text: message.text, statement, described, parameters: [], values: unbound };
      const run = this.#run(verdict.admission, sent);
      if (run.bounded) limited = described;
      runs.push(run);
      if (statement.cursor?.does === 'declare') declared.add(statement.cursor.name);
    }
    if (limited !== null && runs.some(({ admission }) => admission.mode !== 'at-once'))
      return refuse(lane.refuse(limited, [], limitedBatch));
    this.#sendQuery(message, runs);
  }

  #sendQuery(message: QueryMessage, runs: readonly StatementRun[]): void {
    const { names, replies, lane, ledger } = this.#parts;
    const alone = runs.length === 1 && replies.empty && this.#status === 'I' && this.#freshness.freshCycle;
    for (const run of runs) {
      ledger.admitted(run.admission, replies.cycle);
      this.#forwarding(run.statement);
      run.mayWait = alone;
    }
    this.#freshness.endCycle();
    replies.push({ kind: 'query', runs, at: 0, changes: names.simpleQuery(replies.cycle) });
    lane.forwardAll(
      runs.map(({ admission }) => admission),
      [message.raw],
    );
    const last = runs.findLast((run) => run.bounded);
    if (last) this.#hold(last.settled().then(() => this.#afterEarlierCycles(() => undefined)));
  }

  #forwarding(statement: StatementDescription): void {
    this.#sent += 1;
    this.#changes.forwarding(statement);
    this.#freshness.forwarding(statement);
    this.holds.forwarding(statement);
  }

  #refuseQuery(verdict: Refused): void {
    if (verdict.refusal.fatal) return this.#host.end(verdict.refusal);
    this.#refuseQueryWith(toErrorResponse(verdict.refusal));
  }

  /** Outside a block with nothing under way the target need not know; otherwise it has to fail there as well. */
  #refuseQueryWith(answer: Buffer): void {
    const { replies, lane, names } = this.#parts;
    const changes = names.simpleQuery(replies.cycle);
    this.#freshness.endCycle();
    if (replies.empty && this.#status === 'I') {
      for (const change of changes) names.commit(change);
      return lane.release(lane.receipt(), [answer, serialize.readyForQuery('I')]);
    }
    replies.push({ kind: 'refusal-query', answer, changes });
    lane.forwardProtocol([messages.query('REFUSED BY SALLYPORT')]);
  }

  // ── extended protocol ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #parse(message: ParseMessage): Promise<void> | void {
    if (message.statement.startsWith(RESERVED)) return this.#reserved();
    return this.#describing.text(message.text, (description) => this.#parseDescribed(message, description));
  }

  #parseDescribed(message: ParseMessage, { error, statements }: TextDescription): Promise<void> | void {
    const { lane, names, replies } = this.#parts;
    if (error !== null) return this.#refuse(this.#unreadable(message.text, error));
    if (statements.length > 1) return this.#fail('42601', 'cannot insert multiple commands into a prepared statement');
    if (names.full) return this.#fail('54000', 'this session has too many prepared statements', 'Close some of them.');
    const statement = statements[0] ?? null;
    const prepared: Prepared = {
      name: message.statement,
      text: message.text,
      statement,
      described: null,
      basis: this.#resolver.basis,
      declaredTypes: message.parameterTypes,
      parameterTypes: message.parameterTypes,
      fields: null,
    };
    if (statement === null) {
      replies.push({ kind: 'parse', change: names.addStatement(prepared, replies.cycle), prepared });
      return lane.forwardProtocol([message.raw]);
    }
    return this.#describing.estimated(message.text, statement, (described) =>
      this.#sendParse(message, prepared, described),
    );
  }

  #sendParse(message: ParseMessage, prepared: Prepared, described: DescribedOperation): void {
    const { lane, names, replies } = this.#parts;
    prepared.described = described;
    const verdict = lane.clear(described);
    if (verdict.refusal) return this.#refuse(verdict);
    const send = (): void => {
      replies.push({ kind: 'parse', change: names.addStatement(prepared, replies.cycle), prepared });
      lane.forward(verdict.admission, [message.raw]);
    };
    if (lane.preview(described).effect === 'hold') this.#keptParse = { prepared, send };
    else send();
  }

  #sendKeptParse(): void {
    const kept = this.#keptParse;
    this.#keptParse = null;
    kept?.send();
  }

  #bind(message: BindMessage): Promise<void> | void {
    const { names, replies } = this.#parts;
    if (message.portal.startsWith(RESERVED)) return this.#reserved();
    const kept = this.#keptParse?.prepared;
    if (kept !== undefined && kept.name !== message.statement) this.#sendKeptParse();
    const prepared = kept?.name === message.statement ? kept : names.statement(message.statement, replies.cycle);
    if (prepared === 'unsettled') return this.#afterEarlierCycles(() => this.#bind(message));
    if (prepared === undefined)
      return this.#fail(
        '26000',
        message.statement === ''
          ? 'unnamed prepared statement does not exist'
          : `prepared statement "${message.statement}" does not exist`,
        message.statement === ''
          ? undefined
          : 'Only statements prepared through the protocol of this session can be bound.',
      );
    // what the statement means may have changed since it was described
    return this.#describing.text(prepared.text, (description) => this.#bindDescribed(message, prepared, description));
  }

  #bindDescribed(
    message: BindMessage,
    prepared: Prepared,
    { error, statements }: TextDescription,
  ): Promise<void> | void {
    const { lane, names, replies } = this.#parts;
    if (error !== null || statements.length > 1) {
      this.#sendKeptParse();
      return this.#fail('XX000', 'a prepared statement could not be read again');
    }
    const statement = statements[0] ?? null;
    this.#meansNow(prepared, statement);
    if (statement === null) {
      const portal = new Portal(message.portal, prepared, null, [], [], null, null, null);
      portal.fields = [];
      replies.push({ kind: 'bind', change: names.addPortal(portal, replies.cycle), portal });
      return lane.forwardProtocol([message.raw]);
    }
    return this.#describing.estimated(prepared.text, statement, (described) =>
      this.#bindEstimated(message, prepared, statement, described),
    );
  }

  #meansNow(prepared: Prepared, statement: StatementDescription | null): void {
    if (statement === prepared.statement) return;
    prepared.statement = statement;
    prepared.fields = null;
  }

  #bindEstimated(
    message: BindMessage,
    prepared: Prepared,
    statement: StatementDescription,
    described: DescribedOperation,
  ): Promise<void> | void {
    prepared.described = described;
    const parameters = renderParameters(message, prepared.parameterTypes, statement.protectedParameters);
    const values = (): Buffer => boundValues(message, prepared.declaredTypes);
    const sent: SentStatement = { text: prepared.text, statement, described, parameters, values };
    const verdict = this.#parts.lane.admit(described, parameters);
    if (verdict.held !== null)
      return this.#held(verdict.held, sent, {
        go: (admission, now) => {
          this.#meansNow(prepared, now.statement);
          this.#sendBind(message, prepared, admission, now);
        },
        refuse: (refused) => this.#refuse(refused),
      });
    if (verdict.refusal !== null) return this.#refuse(verdict);
    this.#sendBind(message, prepared, verdict.admission, sent);
  }

  #sendBind(message: BindMessage, prepared: Prepared, admission: Admission, sent: SentStatement): void {
    const { lane, names, replies, ledger } = this.#parts;
    this.#sendKeptParse();
    prepared.described = sent.described;
    ledger.admitted(admission, replies.cycle);
    const { statement, parameters, described } = sent;
    const { portal: name, resultFormats } = message;
    const portal = new Portal(name, prepared, statement, resultFormats, parameters, described, admission, sent.values);
    this.#forwarding(statement);
    portal.sentBefore = this.#sent;
    replies.push({ kind: 'bind', change: names.addPortal(portal, replies.cycle), portal });
    lane.forward(admission, [message.raw]);
  }

  #execute(message: ExecuteMessage): Promise<void> | void {
    const { lane, names, replies, ledger } = this.#parts;
    const portal = names.portal(message.portal, replies.cycle);
    if (portal === 'unsettled') return this.#afterEarlierCycles(() => this.#execute(message));
    if (portal === undefined) return this.#fail('34000', `portal "${message.portal}" does not exist`);
    const { described, statement } = portal;
    if (described === null || statement === null) {
      replies.push({ kind: 'execute', run: null, portal });
      return lane.forwardProtocol([message.raw]);
    }
    let admission = portal.admission;
    portal.admission = null;
    if (admission !== null && this.#outlived(admission, portal)) {
      this.#skipped(admission);
      return this.#refuse(lane.refuse(described, portal.parameters, heldTooLong));
    }
    // bound before the first write of the block, COMMIT is a write by now
    const closes = statement.transaction === 'commit' || statement.transaction === 'rollback';
    if (admission?.mode === 'at-once' && closes && ledger.wrote) admission = null;
    if (admission === null) {
      const now = closes ? this.#describing.operation(portal.prepared.text, statement) : described;
      const verdict = lane.admit(now, portal.parameters);
      if (verdict.held !== null) return this.#refuse(lane.refuse(now, portal.parameters, heldPortal));
      if (verdict.refusal !== null) return this.#refuse(verdict);
      admission = verdict.admission;
      ledger.admitted(admission, replies.cycle);
    }
    // bound in an earlier cycle, it changes how names are resolved only now
    const alone = this.#status === 'I' && replies.only(portal);
    this.#forwarding(statement);
    // on a protected target each execution is held against what the target announces for it, not for an earlier one
    const announced = portal.fields !== null || replies.describes(portal);
    const known = announced || (!this.#parts.profile.strict && portal.prepared.fields !== null);
    if (!known && statement.returnsRows) {
      // rows without a description could neither be checked nor masked: the gateway asks for it itself
      replies.push({ kind: 'describe', prepared: null, portal, own: true });
      lane.forward(admission, [messages.describe('P', message.portal)]);
    }
    const { text } = portal.prepared;
    const values = portal.values ?? unbound;
    const run = this.#run(admission, { text, statement, described, parameters: portal.parameters, values });
    run.mayWait = alone;
    replies.push({ kind: 'execute', run, portal });
    lane.forward(admission, [message.raw]);
    if (!run.bounded) return;
    // without a Flush the target may keep the rows until the Sync that waits for them
    lane.forwardProtocol([messages.flush()]);
    this.#hold(run.settled());
  }

  /** People agreed to what it meant when it was bound: settings, and functions that no lock protects, may have changed since. */
  #outlived({ approval, startedAt }: Admission, { sentBefore }: Portal): boolean {
    return approval !== null && (sentBefore !== this.#sent || this.#host.now() - startedAt > APPROVED_MS);
  }

  #describeName(message: DescribeMessage): Promise<void> | void {
    const { lane, names, replies } = this.#parts;
    const prepared = message.kind === 'S' ? (names.statement(message.of, replies.cycle) ?? null) : null;
    const portal = message.kind === 'P' ? (names.portal(message.of, replies.cycle) ?? null) : null;
    if (prepared === 'unsettled' || portal === 'unsettled')
      return this.#afterEarlierCycles(() => this.#describeName(message));
    if (prepared === null && portal === null && !(message.kind === 'P' && names.mayFetch(message.of))) {
      if (message.kind === 'S') return this.#fail('26000', `prepared statement "${message.of}" does not exist`);
      return this.#fail('34000', `portal "${message.of}" does not exist`);
    }
    replies.push({ kind: 'describe', prepared, portal, own: false });
    lane.forwardProtocol([message.raw]);
  }

  #close(message: CloseMessage): void {
    const { lane, names, replies } = this.#parts;
    replies.push({ kind: 'close', change: names.close(message.kind, message.of, replies.cycle) });
    lane.forwardProtocol([message.raw]);
  }

  #sync(raw: Buffer): void {
    this.#skipping = false;
    this.#freshness.endCycle();
    this.#parts.replies.push({ kind: 'sync', own: null });
    this.#parts.lane.forwardProtocol([raw]);
  }

  /** No rule can judge a text that nobody can read. */
  #unreadable(text: string, error: NonNullable<TextDescription['error']>): Refused {
    const verdict = this.#parts.lane.admit(undescribed(text, this.#about, syntaxRefusal(error)), []);
    if (verdict.refusal === null) throw new Error('a text that cannot be read was let through');
    return verdict;
  }

  /** A name the gateway uses itself: its own questions would fail. */
  #reserved(): void {
    this.#fail('42939', `names that begin with ${RESERVED} are reserved for the gateway`, 'Choose another name.');
  }

  #refuse(verdict: Refused): void {
    if (verdict.refusal.fatal) return this.#host.end(verdict.refusal);
    this.#refuseWith(toErrorResponse(verdict.refusal));
  }

  #fail(code: string, message: string, hint?: string): void {
    this.#refuseWith(
      serialize.errorResponse({ severity: 'ERROR', code, message, ...(hint === undefined ? {} : { hint }) }),
    );
  }

  /** A statement that cannot succeed takes the refused message's place: what ran earlier in the pipeline is rolled back there too. */
  #refuseWith(answer: Buffer): void {
    this.#sendKeptParse();
    this.#parts.replies.push({ kind: 'refusal', answer });
    this.#skipping = true;
    this.#parts.lane.forwardProtocol([messages.parse(REFUSED, 'REFUSED BY SALLYPORT')]);
  }

  #invalid(of: FrontendMessage['name'], error: ProtocolError): void {
    const answer = serialize.errorResponse({ severity: 'ERROR', code: error.code, message: error.message });
    if (of === 'query') return this.#refuseQueryWith(answer);
    if (of === 'sync') return this.#host.violation(error);
    this.#refuseWith(answer);
  }

  // ── holds ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A statement that a rule holds: what came before it is answered first, then it waits, then it goes on as any other. */
  async #held(
    held: Held,
    sent: SentStatement,
    then: {
      readonly go: (admission: Admission, now: SentStatement) => void;
      readonly refuse: (refused: Refused) => void;
    },
  ): Promise<void> {
    const way = await this.#clearWay(held);
    if (way === null) return;
    if (way.never !== null) return then.refuse(this.#parts.lane.refuse(sent.described, sent.parameters, way.never));
    const { verdict, now } = await this.holds.statement(held, sent, way.mayNotWait);
    if (this.#stopped) return;
    if (verdict.refusal !== null) then.refuse(verdict);
    else then.go(verdict.admission, now);
  }

  /**
   * Makes sure that nothing is under way at the target and no lock is held that others would wait for.
   * @returns null: the target skips it, or nobody is there any more
   */
  async #clearWay(held: Held): Promise<Way | null> {
    const { replies } = this.#parts;
    await this.#afterEarlierCycles(() => undefined);
    if (this.#dropped) return null;
    if (held.described.operation.kinds.some((kind) => RUN_BY_NAME.has(kind))) return never(heldByName);
    const inBlock = (): boolean => this.#status !== 'I';
    if (!this.#freshness.freshCycle && !(inBlock() && !this.#freshness.endsBlock)) return never(heldPipeline);
    if (!replies.empty && (await this.#ownSync()) === 'failed') {
      // the target skipped what came before: so would it this one
      this.#skipping = true;
      this.#keptParse = null;
    }
    if (this.#dropped) return null;
    if (this.#status === 'E') return mayNot('Its transaction has failed: end it with ROLLBACK first.');
    if (!inBlock()) return MAY_WAIT;
    const isolation = (await this.#host.ask('SHOW transaction_isolation'))[0]?.[0] ?? '';
    if (this.#dropped) return null;
    if (isolation !== 'read committed' && isolation !== 'read uncommitted') return never(heldSnapshot);
    if (this.#freshness.freshBlock || held.decision.approval?.inTransaction === true) return MAY_WAIT;
    return mayNot('It came inside a transaction that did more than begin, and others would wait for its locks.');
  }

  /** Ends what the client sent so far without telling it, so that the target has answered and let go. */
  async #ownSync(): Promise<'failed' | 'ok'> {
    const own: OwnSync = { failed: false };
    this.#parts.replies.push({ kind: 'sync', own });
    this.#freshness.endCycle();
    this.#parts.lane.forwardProtocol([messages.sync()]);
    await this.#afterEarlierCycles(() => undefined);
    return own.failed ? 'failed' : 'ok';
  }

  #run(admission: Admission, sent: SentStatement): StatementRun {
    return newRun(admission, sent, this.#parts.profile.keepRows);
  }

  #hold(until: Promise<void>): void {
    const held: Promise<void> = until.then(() => {
      if (this.#limited === held) this.#limited = null;
    });
    this.#limited = held;
  }

  #skipped(admission: Admission): void {
    if (admission.intent < 0) return;
    this.#parts.lane.settle(admission, { status: 'skipped', code: null, message: null, tag: null }, []);
  }
}
