import type { Admission, DescribedOperation, Refusal, Verdict } from '@app/gate';
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
import {
  describeCommit,
  describeStatement,
  firstUnreadable,
  foreignCursor,
  limitedBatch,
  syntaxRefusal,
  undescribed,
  unreadableBatch,
  type DescribeFor,
} from './describe-statement.js';
import { toErrorResponse } from './error-response.js';
import { NameChanges } from './name-changes.js';
import type { NameResolver } from './name-resolver.js';
import { renderParameters } from './parameters.js';
import { ParserError, type ParserPool } from './parser-pool.js';
import { Portal, type Prepared } from './prepared-names.js';
import { QuestionError } from './question.js';
import type { SessionParts } from './session-parts.js';
import { StatementRun } from './statement-run.js';

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
}

/**
 * What a client says after its login, message by message in order: each statement is described and admitted before a byte of it goes
 * to the target; a refused one is replaced by a statement that cannot succeed, so that target and client agree on what failed.
 */
export class Conversation {
  readonly #parts: SessionParts;
  readonly #pool: ParserPool;
  readonly #resolver: NameResolver;
  readonly #about: DescribeFor;
  readonly #host: ConversationHost;
  /** after an error in the extended protocol: everything is dropped until Sync */
  #skipping = false;
  readonly #changes: NameChanges;
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
    this.#pool = pool;
    this.#resolver = resolver;
    this.#changes = new NameChanges(resolver, parts.names);
    this.#about = about;
    this.#host = host;
  }

  get status(): ReadyStatus {
    return this.#status;
  }

  /** ReadyForQuery passed. */
  ready(status: ReadyStatus): void {
    this.#status = status;
    if (this.#parts.replies.empty) this.#changes.settled(status);
    this.#wake();
  }

  /** An error came while no Sync is on its way. */
  skipToSync(): void {
    this.#skipping = true;
    this.#wake();
  }

  /** A result was refused after the target had finished it: the pipeline fails there too. */
  refuseLate(answer: Buffer): void {
    this.#refuseWith(answer);
  }

  /** The session is over. */
  stop(): void {
    this.#stopped = true;
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
    return this.#described(message.text, (description) => this.#queryDescribed(message, description));
  }

  #queryDescribed(message: QueryMessage, description: TextDescription): void {
    const { names, replies, lane, profile } = this.#parts;
    const { statements } = description;
    if (description.error !== null)
      return this.#refuseQuery(
        lane.admit(undescribed(message.text, this.#about, syntaxRefusal(description.error)), []),
      );
    if (statements.length === 0) {
      replies.push({ kind: 'query', runs: [], at: 0, changes: names.simpleQuery(replies.cycle) });
      return lane.forwardProtocol([message.raw]);
    }
    const unreadable = profile.strict ? firstUnreadable(statements, this.#changes.pending) : -1;
    const admissions: Admission[] = [];
    const runs: StatementRun[] = [];
    const declared = new Set<string>();
    let limited: DescribedOperation | null = null;
    for (let i = 0; i < statements.length; i++) {
      const statement = statements[i]!;
      let described = this.#operation(message.text, statement, declared);
      if (i === unreadable) described = { ...described, refusal: unreadableBatch };
      const verdict = lane.admit(described, []);
      if (verdict.refusal) {
        for (const admission of admissions) this.#skipped(admission);
        return this.#refuseQuery(verdict);
      }
      this.#parts.ledger.admitted(verdict.admission, replies.cycle);
      admissions.push(verdict.admission);
      const run = this.#run(verdict.admission, statement);
      if (run.limit !== null) limited = described;
      runs.push(run);
      if (statement.cursor?.does === 'declare') declared.add(statement.cursor.name);
    }
    if (limited !== null && admissions.some(({ mode }) => mode !== 'at-once')) {
      for (const admission of admissions) this.#skipped(admission);
      return this.#refuseQuery(lane.refuse(limited, [], limitedBatch));
    }
    for (const statement of statements) this.#changes.forwarding(statement);
    replies.push({ kind: 'query', runs, at: 0, changes: names.simpleQuery(replies.cycle) });
    lane.forwardAll(admissions, [message.raw]);
    const last = runs.findLast((run) => run.limit !== null);
    if (last) this.#hold(last.settled().then(() => this.#afterEarlierCycles(() => undefined)));
  }

  #refuseQuery(verdict: Verdict): void {
    if (verdict.refusal === null) throw new Error('a refusal was expected');
    if (verdict.refusal.fatal) return this.#host.end(verdict.refusal);
    this.#refuseQueryWith(toErrorResponse(verdict.refusal));
  }

  /** Outside a block with nothing under way the target need not know; otherwise it has to fail there as well. */
  #refuseQueryWith(answer: Buffer): void {
    const { replies, lane, names } = this.#parts;
    const changes = names.simpleQuery(replies.cycle);
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
    return this.#described(message.text, (description) => this.#parseDescribed(message, description));
  }

  #parseDescribed(message: ParseMessage, description: TextDescription): void {
    const { lane, names, replies } = this.#parts;
    if (description.error !== null)
      return this.#refuse(lane.clear(undescribed(message.text, this.#about, syntaxRefusal(description.error))));
    if (description.statements.length > 1)
      return this.#fail('42601', 'cannot insert multiple commands into a prepared statement');
    if (names.full) return this.#fail('54000', 'this session has too many prepared statements', 'Close some of them.');
    const statement = description.statements[0] ?? null;
    const prepared: Prepared = {
      name: message.statement,
      text: message.text,
      statement,
      described: null,
      basis: this.#resolver.basis,
      parameterTypes: message.parameterTypes,
      fields: null,
    };
    if (statement === null) {
      replies.push({ kind: 'parse', change: names.addStatement(prepared, replies.cycle), prepared });
      return lane.forwardProtocol([message.raw]);
    }
    prepared.described = this.#operation(message.text, statement);
    const verdict = lane.clear(prepared.described);
    if (verdict.refusal) return this.#refuse(verdict);
    replies.push({ kind: 'parse', change: names.addStatement(prepared, replies.cycle), prepared });
    lane.forward(verdict.admission, [message.raw]);
  }

  #bind(message: BindMessage): Promise<void> | void {
    const { names, replies } = this.#parts;
    if (message.portal.startsWith(RESERVED)) return this.#reserved();
    const prepared = names.statement(message.statement, replies.cycle);
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
    return this.#described(prepared.text, (description) => this.#bindDescribed(message, prepared, description));
  }

  #bindDescribed(message: BindMessage, prepared: Prepared, description: TextDescription): void {
    const { lane, names, replies, ledger } = this.#parts;
    if (description.error !== null || description.statements.length > 1)
      return this.#fail('XX000', 'a prepared statement could not be read again');
    const statement = description.statements[0] ?? null;
    if (statement !== prepared.statement) {
      prepared.statement = statement;
      prepared.fields = null;
    }
    if (statement === null) {
      const portal = new Portal(message.portal, prepared, null, [], [], null, null);
      portal.fields = [];
      replies.push({ kind: 'bind', change: names.addPortal(portal, replies.cycle), portal });
      return lane.forwardProtocol([message.raw]);
    }
    const described = this.#operation(prepared.text, statement);
    prepared.described = described;
    const parameters = renderParameters(message, prepared.parameterTypes, statement.protectedParameters);
    const verdict = lane.admit(described, parameters);
    if (verdict.refusal) return this.#refuse(verdict);
    ledger.admitted(verdict.admission, replies.cycle);
    const { admission } = verdict;
    const portal = new Portal(
      message.portal,
      prepared,
      statement,
      message.resultFormats,
      parameters,
      described,
      admission,
    );
    this.#changes.forwarding(statement);
    replies.push({ kind: 'bind', change: names.addPortal(portal, replies.cycle), portal });
    lane.forward(verdict.admission, [message.raw]);
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
    // bound before the first write of the block, COMMIT is a write by now
    const closes = statement.transaction === 'commit' || statement.transaction === 'rollback';
    if (admission?.mode === 'at-once' && closes && ledger.wrote) admission = null;
    if (admission === null) {
      const now = closes ? this.#operation(portal.prepared.text, statement) : described;
      const verdict = lane.admit(now, portal.parameters);
      if (verdict.refusal) return this.#refuse(verdict);
      admission = verdict.admission;
      ledger.admitted(admission, replies.cycle);
    }
    // bound in an earlier cycle, it changes how names are resolved only now
    this.#changes.forwarding(statement);
    // on a protected target each execution is held against what the target announces for it, not for an earlier one
    const announced = portal.fields !== null || replies.describes(portal);
    const known = announced || (!this.#parts.profile.strict && portal.prepared.fields !== null);
    if (!known && statement.returnsRows) {
      // rows without a description could neither be checked nor masked: the gateway asks for it itself
      replies.push({ kind: 'describe', prepared: null, portal, own: true });
      lane.forward(admission, [messages.describe('P', message.portal)]);
    }
    const run = this.#run(admission, statement);
    replies.push({ kind: 'execute', run, portal });
    lane.forward(admission, [message.raw]);
    if (run.limit === null) return;
    // without a Flush the target may keep the rows until the Sync that waits for them
    lane.forwardProtocol([messages.flush()]);
    this.#hold(run.settled());
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
    this.#parts.replies.push({ kind: 'sync' });
    this.#parts.lane.forwardProtocol([raw]);
  }

  /** A name the gateway uses itself: its own questions would fail. */
  #reserved(): void {
    this.#fail('42939', `names that begin with ${RESERVED} are reserved for the gateway`, 'Choose another name.');
  }

  #refuse(verdict: Verdict): void {
    if (verdict.refusal === null) throw new Error('a refusal was expected');
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

  // ── describing ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Describes `text` against what names mean right now, then goes on; at once when the description is cached. */
  #described(text: string, next: (description: TextDescription) => void): Promise<void> | void {
    const { replies } = this.#parts;
    const resolver = this.#resolver;
    if (resolver.dirty ? this.#status !== 'E' : this.#status === 'I' && resolver.stale) {
      if (replies.empty) return this.#refreshed(text, next);
      if (resolver.dirty && replies.closed) return this.#afterEarlierCycles(() => this.#described(text, next));
    }
    // names changed earlier in this very pipeline: nobody knows yet what they mean
    const unknown = resolver.dirty && !replies.empty;
    const context = { knowledgeId: resolver.knowledge.id, searchPath: unknown ? null : resolver.searchPath };
    const known = this.#pool.cached(text, context);
    if (known !== undefined) return next(known);
    const described = (description: TextDescription): void => {
      if (!this.#dropped) next(description);
    };
    return this.#pool
      .describe(text, context)
      .then(described, (error: unknown) => this.#undescribable(error, described));
  }

  async #refreshed(text: string, next: (description: TextDescription) => void): Promise<void> {
    try {
      await this.#resolver.refresh(this.#status === 'I');
    } catch (error) {
      return this.#undescribable(error, (description) => {
        if (!this.#dropped) next(description);
      });
    }
    if (this.#dropped) return;
    await this.#described(text, next);
  }

  #undescribable(error: unknown, next: (description: TextDescription) => void): void {
    // a question of the gateway's own that the target did not answer (a time-out the client set): the statement fails, not the session
    const known = error instanceof ParserError || error instanceof QuestionError;
    if (!known) throw error;
    next({ statements: [], error: { message: error.message, position: 0 } });
  }

  #operation(text: string, statement: StatementDescription, declared?: ReadonlySet<string>): DescribedOperation {
    const described = describeStatement(text, statement, this.#about);
    const { ledger, names, profile } = this.#parts;
    const { cursor, transaction } = statement;
    if ((transaction === 'commit' || transaction === 'rollback') && ledger.wrote)
      return describeCommit(described, ledger.written);
    if (profile.strict && cursor?.does === 'fetch' && !names.mayFetch(cursor.name) && !declared?.has(cursor.name))
      return { ...described, refusal: foreignCursor(cursor.name) };
    return described;
  }

  #run(admission: Admission, statement: StatementDescription): StatementRun {
    const limits = admission.decision.obligations.rowLimits;
    let limit = limits[0] ?? null;
    for (const next of limits) if (limit === null || next.over < limit.over) limit = next;
    return new StatementRun(admission, statement, this.#parts.profile.keepRows, limit);
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
