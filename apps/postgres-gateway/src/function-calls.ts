import type { DescribedOperation, DescribedRefusal } from '@app/gate';
import { type FunctionCallMessage, readFunctionCall, serialize } from '@app/pg-wire';
import type { StatementDescription } from '@app/sql';
import type { ConversationFlow } from './conversation-flow.js';
import { describeStatement, type DescribeFor } from './describe-statement.js';
import type { InPlaceRefusals } from './in-place-refusals.js';
import { type SentStatement, unbound } from './sent-statement.js';
import type { SessionParts } from './session-parts.js';

/** A function for large objects: how drivers call it, and with how many arguments. */
interface LargeObjectFunction {
  readonly name: string;
  readonly effect: 'read' | 'write';
  readonly arguments: number;
}

const reads = (name: string, count: number): LargeObjectFunction => ({ name, effect: 'read', arguments: count });
const writes = (name: string, count: number): LargeObjectFunction => ({ name, effect: 'write', arguments: count });

/** The server's functions for large objects by OID (pg_proc.dat; they never change between versions). */
const LARGE_OBJECT_FUNCTIONS: ReadonlyMap<number, LargeObjectFunction> = new Map([
  [715, writes('lo_create', 1)],
  [952, reads('lo_open', 2)],
  [953, reads('lo_close', 1)],
  [954, reads('loread', 2)],
  [955, writes('lowrite', 2)],
  [956, reads('lo_lseek', 3)],
  [957, writes('lo_creat', 1)],
  [958, reads('lo_tell', 1)],
  [964, writes('lo_unlink', 1)],
  [1004, writes('lo_truncate', 2)],
  [3170, reads('lo_lseek64', 3)],
  [3171, reads('lo_tell64', 1)],
  [3172, writes('lo_truncate64', 2)],
]);

const heldCall: DescribedRefusal = {
  code: 'unsupported',
  message: 'A rule holds this function call for approval, and a call of the protocol cannot wait.',
  hint: 'Call the function in a SELECT statement; it then waits for its approval.',
  retry: 'after-change',
};

const statements = new Map<number, StatementDescription>();

/** The call as if it were a statement: of its arguments nothing is recorded. */
function asStatement(oid: number, { name, effect }: LargeObjectFunction): StatementDescription {
  let statement = statements.get(oid);
  if (statement === undefined) {
    const text = `FUNCTION ${name}`;
    statement = {
      verb: text,
      kinds: ['function'],
      effect,
      harmless: effect === 'read',
      transaction: null,
      changes: { searchPath: false, catalog: false },
      objects: [],
      unresolved: [],
      returnsRows: false,
      lineage: 'unchecked',
      outputs: null,
      refusal: null,
      reads: [],
      writes: [],
      filters: null,
      missing: null,
      calls: [],
      protectedParameters: [],
      parameterClasses: [],
      oracles: [],
      withholds: 'nothing',
      cursor: null,
      prepared: null,
      settings: [],
      copy: null,
      unsupported: null,
      recordText: text,
      strippedText: text,
    };
    statements.set(oid, statement);
  }
  return statement;
}

/**
 * FunctionCall of the protocol: it runs any function by its OID, so that only those for large objects pass, where the target's
 * configuration says so and nothing is protected. Each call is an operation of its own with its intent.
 */
export class FunctionCalls {
  readonly #parts: SessionParts;
  readonly #flow: ConversationFlow;
  readonly #refusals: InPlaceRefusals;
  readonly #about: DescribeFor;

  constructor(parts: SessionParts, flow: ConversationFlow, refusals: InPlaceRefusals, about: DescribeFor) {
    this.#parts = parts;
    this.#flow = flow;
    this.#refusals = refusals;
    this.#about = about;
  }

  call(message: FunctionCallMessage): void {
    const { profile, lane, ledger, replies } = this.#parts;
    const call = readFunctionCall(message.raw);
    const called = call === null ? undefined : LARGE_OBJECT_FUNCTIONS.get(call.function);
    const open = profile.target.postgres.largeObjects === true && !profile.strict;
    if (call === null || called === undefined || !open || call.arguments !== called.arguments) return this.#unknown();
    const statement = asStatement(call.function, called);
    const described: DescribedOperation = describeStatement(statement.recordText, statement, this.#about);
    const verdict = lane.admit(described, []);
    if (verdict.held !== null) return this.#refusals.query(lane.refuse(described, [], heldCall));
    if (verdict.refusal !== null) return this.#refusals.query(verdict);
    const sent: SentStatement = { text: statement.recordText, statement, described, parameters: [], values: unbound };
    const run = this.#flow.run(verdict.admission, sent);
    lane.recordIntent(verdict.admission);
    ledger.admitted(verdict.admission, replies.cycle);
    this.#flow.forwarding(statement);
    this.#flow.freshness.endCycle();
    replies.push({ kind: 'function', run });
    lane.forward(verdict.admission, [message.raw]);
    if (run.bounded) this.#flow.limit(run.settled().then(() => this.#flow.afterEarlierCycles(() => undefined)));
  }

  #unknown(): void {
    this.#refusals.queryWith(
      serialize.errorResponse({
        severity: 'ERROR',
        code: '0A000',
        message: 'function calls of the protocol are not supported by this version of the gateway',
        hint: 'Call the function in a SELECT statement.',
      }),
    );
  }
}
