import type { Admission, DescribedOperation } from '@app/gate';
import {
  type BindMessage,
  type CloseMessage,
  type DescribeMessage,
  type ExecuteMessage,
  type ParseMessage,
  upstream as messages,
} from '@app/pg-wire';
import type { StatementDescription, TextDescription } from '@app/sql';
import { boundValues } from './bound-values.js';
import type { ConversationFlow } from './conversation-flow.js';
import { heldPortal, heldTooLong } from './describe-statement.js';
import type { Describing } from './describing.js';
import type { HoldWay } from './hold-way.js';
import { otherByNow } from './through-names.js';
import { type InPlaceRefusals, RESERVED } from './in-place-refusals.js';
import type { NameResolver } from './name-resolver.js';
import { renderParameters } from './parameters.js';
import { Portal, type Prepared } from './prepared-names.js';
import { type SentStatement, unbound } from './sent-statement.js';
import type { SessionParts } from './session-parts.js';

/** So long after its approval was used a portal may begin to run, ms. */
const APPROVED_MS = 5_000;

/** What of the session the extended protocol works with. */
export interface ExtendedQueryParts {
  readonly parts: SessionParts;
  readonly flow: ConversationFlow;
  readonly describing: Describing;
  readonly refusals: InPlaceRefusals;
  readonly way: HoldWay;
  readonly resolver: NameResolver;
  readonly now: () => number;
}

/** The extended protocol: statements are prepared, bound, described and executed by messages of their own, until Sync. */
export class ExtendedQuery {
  readonly #parts: SessionParts;
  readonly #flow: ConversationFlow;
  readonly #describing: Describing;
  readonly #refusals: InPlaceRefusals;
  readonly #way: HoldWay;
  readonly #resolver: NameResolver;
  readonly #now: () => number;

  constructor({ parts, flow, describing, refusals, way, resolver, now }: ExtendedQueryParts) {
    this.#parts = parts;
    this.#flow = flow;
    this.#describing = describing;
    this.#refusals = refusals;
    this.#way = way;
    this.#resolver = resolver;
    this.#now = now;
  }

  parse(message: ParseMessage): Promise<void> | void {
    if (message.statement.startsWith(RESERVED)) return this.#refusals.reserved();
    return this.#describing.text(message.text, (description) => this.#parseDescribed(message, description));
  }

  #parseDescribed(message: ParseMessage, { error, statements }: TextDescription): Promise<void> | void {
    const { lane, names, replies } = this.#parts;
    if (error !== null) return this.#refusals.extended(this.#refusals.unreadable(message.text, error), error.position);
    if (statements.length > 1)
      return this.#refusals.fail('42601', 'cannot insert multiple commands into a prepared statement');
    if (names.full)
      return this.#refusals.fail('54000', 'this session has too many prepared statements', 'Close some of them.');
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
      this.#flow.kept.send();
      replies.push({ kind: 'parse', change: names.addStatement(prepared, replies.cycle), prepared });
      return lane.forwardProtocol([message.raw]);
    }
    return this.#describing.estimated(
      message.text,
      statement,
      (described) => this.#sendParse(message, prepared, described),
      message.parameterTypes,
    );
  }

  #sendParse(message: ParseMessage, prepared: Prepared, described: DescribedOperation): void {
    const { lane, names, replies } = this.#parts;
    prepared.described = described;
    const verdict = lane.clear(described);
    if (verdict.refusal) return this.#refusals.extended(verdict);
    const send = (): void => {
      replies.push({ kind: 'parse', change: names.addStatement(prepared, replies.cycle), prepared });
      lane.forward(verdict.admission, [message.raw]);
    };
    if (lane.preview(described).effect === 'hold') return this.#flow.kept.keepParse(prepared, send);
    this.#flow.kept.send();
    send();
  }

  bind(message: BindMessage): Promise<void> | void {
    const { names, replies } = this.#parts;
    if (message.portal.startsWith(RESERVED)) return this.#refusals.reserved();
    const kept = this.#flow.kept.prepared;
    if (kept !== undefined && kept.name !== message.statement) this.#flow.kept.send();
    const prepared = kept?.name === message.statement ? kept : names.statement(message.statement, replies.cycle);
    if (prepared === 'unsettled') return this.#flow.afterEarlierCycles(() => this.bind(message));
    if (prepared === undefined)
      return this.#refusals.fail(
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
      this.#flow.kept.send();
      return this.#refusals.fail('XX000', 'a prepared statement could not be read again');
    }
    const statement = statements[0] ?? null;
    this.#meansNow(prepared, statement);
    if (statement === null) {
      this.#flow.kept.send();
      const portal = new Portal(message.portal, prepared, null, [], [], null, null, null);
      portal.fields = [];
      replies.push({ kind: 'bind', change: names.addPortal(portal, replies.cycle), portal });
      return lane.forwardProtocol([message.raw]);
    }
    return this.#describing.estimated(
      prepared.text,
      statement,
      (described) => this.#bindEstimated(message, prepared, statement, described),
      prepared.declaredTypes,
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
    const { protectedParameters, parameterClasses } = statement;
    const parameters = renderParameters(message, prepared.parameterTypes, protectedParameters, parameterClasses);
    const values = (): Buffer => boundValues(message, prepared.declaredTypes);
    const guarded = this.#describing.withValues(described, statement, message, prepared.parameterTypes);
    const sent: SentStatement = { text: prepared.text, statement, described: guarded, parameters, values };
    const verdict = this.#parts.lane.admit(guarded, parameters);
    if (verdict.held !== null)
      return this.#way.held(verdict.held, sent, {
        go: (admission, now) => {
          this.#meansNow(prepared, now.statement);
          this.#sendBind(message, prepared, admission, now);
        },
        refuse: (refused) => this.#refusals.extended(refused),
      });
    if (verdict.refusal !== null) return this.#refusals.extended(verdict);
    this.#sendBind(message, prepared, verdict.admission, sent);
  }

  #sendBind(message: BindMessage, prepared: Prepared, admission: Admission, sent: SentStatement): void {
    const { lane, names, replies, ledger } = this.#parts;
    this.#flow.kept.send();
    prepared.described = sent.described;
    ledger.admitted(admission, replies.cycle);
    const { statement, parameters, described } = sent;
    const { portal: name, resultFormats } = message;
    const portal = new Portal(name, prepared, statement, resultFormats, parameters, described, admission, sent.values);
    this.#flow.forwarding(statement);
    portal.sentBefore = this.#flow.sent;
    replies.push({ kind: 'bind', change: names.addPortal(portal, replies.cycle), portal });
    lane.forward(admission, [message.raw]);
  }

  execute(message: ExecuteMessage): Promise<void> | void {
    const { lane, names, replies, ledger } = this.#parts;
    const portal = names.portal(message.portal, replies.cycle);
    if (portal === 'unsettled') return this.#flow.afterEarlierCycles(() => this.execute(message));
    if (portal === undefined) return this.#refusals.fail('34000', `portal "${message.portal}" does not exist`);
    const { described, statement } = portal;
    if (described === null || statement === null) {
      replies.push({ kind: 'execute', run: null, portal });
      return lane.forwardProtocol([message.raw]);
    }
    const stands = this.#describing.stands(portal, this.#flow.sent);
    if (stands === 'unsettled') return this.#flow.afterEarlierCycles(() => this.execute(message));
    let admission = portal.admission;
    portal.admission = null;
    if (!stands) {
      if (admission !== null) this.#flow.unused(admission);
      return this.#refusals.extended(lane.refuse(described, portal.parameters, otherByNow));
    }
    if (admission !== null && this.#outlived(admission, portal)) {
      this.#flow.unused(admission);
      return this.#refusals.extended(lane.refuse(described, portal.parameters, heldTooLong));
    }
    // bound before the first write of the block, COMMIT is a write by now
    const closes = statement.transaction === 'commit' || statement.transaction === 'rollback';
    if (admission?.mode === 'at-once' && closes && ledger.wrote) admission = null;
    if (admission === null) {
      const now = closes ? this.#describing.operation(portal.prepared.text, statement) : described;
      const verdict = lane.admit(now, portal.parameters);
      if (verdict.held !== null) return this.#refusals.extended(lane.refuse(now, portal.parameters, heldPortal));
      if (verdict.refusal !== null) return this.#refusals.extended(verdict);
      admission = verdict.admission;
      ledger.admitted(admission, replies.cycle);
    }
    // bound in an earlier cycle, it changes how names are resolved only now
    const alone = this.#flow.status === 'I' && replies.only(portal);
    this.#flow.forwarding(statement);
    if (statement.transaction === 'begin') this.#flow.freshness.beginning();
    names.stored.sending(statement, replies.cycle, replies.answered);
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
    const run = this.#flow.run(admission, { text, statement, described, parameters: portal.parameters, values });
    run.mayWait = alone;
    this.#flow.copyIn.sent(run);
    replies.push({ kind: 'execute', run, portal });
    lane.forward(admission, [message.raw]);
    if (!run.bounded) return;
    // without a Flush the target may keep the rows until the Sync that waits for them
    lane.forwardProtocol([messages.flush()]);
    this.#flow.limit(run.settled());
  }

  /** People agreed to what it meant when it was bound: settings, and functions that no lock protects, may have changed since. */
  #outlived({ approval, startedAt }: Admission, { sentBefore }: Portal): boolean {
    return approval !== null && (sentBefore !== this.#flow.sent || this.#now() - startedAt > APPROVED_MS);
  }

  describe(message: DescribeMessage): Promise<void> | void {
    const { lane, names, replies } = this.#parts;
    const prepared = message.kind === 'S' ? (names.statement(message.of, replies.cycle) ?? null) : null;
    const portal = message.kind === 'P' ? (names.portal(message.of, replies.cycle) ?? null) : null;
    if (prepared === 'unsettled' || portal === 'unsettled')
      return this.#flow.afterEarlierCycles(() => this.describe(message));
    const none = prepared === null && portal === null && message.kind === 'P';
    const cursor = none ? names.behind('cursor', message.of, replies.cycle, replies.answered) : null;
    if (cursor === 'unsettled') return this.#flow.afterEarlierCycles(() => this.describe(message));
    if (prepared === null && portal === null && cursor === null) {
      if (message.kind === 'S')
        return this.#refusals.fail('26000', `prepared statement "${message.of}" does not exist`);
      return this.#refusals.fail('34000', `portal "${message.of}" does not exist`);
    }
    const query = cursor?.query?.statement ?? null;
    replies.push({ kind: 'describe', prepared, portal, cursor: query, own: false });
    lane.forwardProtocol([message.raw]);
  }

  close(message: CloseMessage): void {
    const { lane, names, replies } = this.#parts;
    const begins = replies.closed;
    const change = names.close(message.kind, message.of, replies.cycle);
    const send = (): void => {
      replies.push({ kind: 'close', change });
      lane.forwardProtocol([message.raw]);
    };
    if (begins) this.#flow.kept.keepClose(message.raw.length, send, () => names.drop(change));
    else send();
  }
}
