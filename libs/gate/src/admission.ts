import type { Decision, Operation } from '@app/policy';

/** Whether the target may get the bytes before the intent is durable: only what is proven to change nothing. */
export type ForwardMode = 'at-once' | 'after-intent';

const minting = Symbol('only the gate admits');

/**
 * Proof that the gate let one operation through. A transport needs it to forward bytes; only the gate makes it, once per operation.
 * For a write it carries the number of its intent, and its bytes wait until that is durable.
 */
export class Admission {
  /** id of the operation in the record (ULID) */
  readonly id: string;
  readonly operation: Operation;
  readonly decision: Decision;
  readonly mode: ForwardMode;
  /** number of the op.intent; -1: none written (yet) */
  intent: number;
  /** ms since the epoch */
  readonly startedAt: number;
  /** result chunks recorded so far */
  chunks = 0;
  /** chunks of input recorded so far */
  inputs = 0;
  /** the last result or end is recorded */
  ended = false;
  /** head members of this operation's lines, rendered once per statement and decision */
  readonly head: string;
  /** members that open its body: statement and parameters, rendered, protected values already replaced */
  readonly bodyHead: string;

  constructor(
    key: typeof minting,
    id: string,
    operation: Operation,
    decision: Decision,
    mode: ForwardMode,
    startedAt: number,
    head: string,
    bodyHead: string,
  ) {
    if (key !== minting) throw new TypeError('only the gate admits');
    this.id = id;
    this.operation = operation;
    this.decision = decision;
    this.mode = mode;
    this.intent = -1;
    this.startedAt = startedAt;
    this.head = head;
    this.bodyHead = bodyHead;
  }
}

/** Makes an admission; not exported by the room. */
export function mintAdmission(
  id: string,
  operation: Operation,
  decision: Decision,
  mode: ForwardMode,
  startedAt: number,
  head: string,
  bodyHead: string,
): Admission {
  return new Admission(minting, id, operation, decision, mode, startedAt, head, bodyHead);
}
