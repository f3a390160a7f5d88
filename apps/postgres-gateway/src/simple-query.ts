import type { DescribedOperation, Refused } from '@app/gate';
import type { QueryMessage } from '@app/pg-wire';
import type { StatementDescription, TextDescription } from '@app/sql';
import type { ConversationFlow } from './conversation-flow.js';
import type { Describing } from './describing.js';
import {
  firstUnreadable,
  heldBatch,
  inAnySchema,
  limitedBatch,
  movesPath,
  unreadableBatch,
} from './describe-statement.js';
import type { HoldWay } from './hold-way.js';
import type { InPlaceRefusals } from './in-place-refusals.js';
import { type SentStatement, unbound } from './sent-statement.js';
import type { SessionParts } from './session-parts.js';
import type { StatementRun } from './statement-run.js';

/** The simple protocol: one message is one cycle, and all of its statements pass or none. */
export class SimpleQuery {
  readonly #parts: SessionParts;
  readonly #flow: ConversationFlow;
  readonly #describing: Describing;
  readonly #refusals: InPlaceRefusals;
  readonly #way: HoldWay;

  constructor(
    parts: SessionParts,
    flow: ConversationFlow,
    describing: Describing,
    refusals: InPlaceRefusals,
    way: HoldWay,
  ) {
    this.#parts = parts;
    this.#flow = flow;
    this.#describing = describing;
    this.#refusals = refusals;
    this.#way = way;
  }

  query(message: QueryMessage): Promise<void> | void {
    return this.#describing.text(message.text, (description) => this.#described(message, description));
  }

  #described(message: QueryMessage, { error, statements }: TextDescription): Promise<void> | void {
    const { names, replies, lane } = this.#parts;
    if (error !== null) return this.#refusals.query(this.#refusals.unreadable(message.text, error), error.position);
    if (statements.length === 0) {
      this.#flow.kept.send();
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
      return this.#way.held(verdict.held, sent, {
        go: (admission, now) => this.#send(message, [this.#flow.run(admission, now)]),
        refuse: (refused) => this.#refusals.query(refused),
      });
    if (verdict.refusal !== null) return this.#refusals.query(verdict);
    this.#send(message, [this.#flow.run(verdict.admission, sent)]);
  }

  /** Several statements in one message: all of them pass, or none. */
  #batch(message: QueryMessage, statements: readonly StatementDescription[]): void {
    const { lane, profile } = this.#parts;
    const { pending } = this.#flow.changes;
    const unreadable = profile.strict ? firstUnreadable(statements, pending) : -1;
    const runs: StatementRun[] = [];
    const refuse = (refused: Refused): void => {
      for (const { admission } of runs) this.#flow.unused(admission);
      this.#refusals.query(refused);
    };
    let limited: DescribedOperation | null = null;
    let moved = false;
    for (let i = 0; i < statements.length; i++) {
      const statement = statements[i]!;
      const bounded = this.#describing.bounded(this.#describing.operation(message.text, statement));
      let described = this.#describing.opined(bounded, statement);
      if (moved) described = inAnySchema(described, statement);
      moved ||= movesPath(statement, pending);
      if (i === unreadable) described = { ...described, refusal: unreadableBatch };
      const verdict = lane.admit(described, []);
      if (verdict.held !== null) return refuse(lane.refuse(described, [], heldBatch));
      if (verdict.refusal !== null) return refuse(verdict);
      const sent: SentStatement = { text: message.text, statement, described, parameters: [], values: unbound };
      const run = this.#flow.run(verdict.admission, sent);
      if (run.bounded) limited = described;
      runs.push(run);
    }
    if (limited !== null && runs.some(({ admission }) => admission.mode !== 'at-once'))
      return refuse(lane.refuse(limited, [], limitedBatch));
    this.#send(message, runs);
  }

  #send(message: QueryMessage, runs: readonly StatementRun[]): void {
    const { names, replies, lane, ledger } = this.#parts;
    const flow = this.#flow;
    const alone = runs.length === 1 && replies.empty && flow.status === 'I' && flow.freshness.freshCycle;
    flow.kept.send();
    for (const run of runs) {
      ledger.admitted(run.admission, replies.cycle);
      flow.forwarding(run.statement);
      names.stored.sending(run.statement, replies.cycle, replies.answered);
      run.mayWait = alone;
      flow.copyIn.sent(run);
    }
    flow.freshness.endCycle();
    replies.push({ kind: 'query', runs, at: 0, changes: names.simpleQuery(replies.cycle) });
    lane.forwardAll(
      runs.map(({ admission }) => admission),
      [message.raw],
    );
    const last = runs.findLast((run) => run.bounded);
    if (last) flow.limit(last.settled().then(() => flow.afterEarlierCycles(() => undefined)));
  }
}
