import type { Decision, Operation } from '@app/policy';
import type { DescribedOperation } from './described.js';

/** Whether the target may get the bytes before the intent is durable: only what is proven to change nothing. */
export type ForwardMode = 'at-once' | 'after-intent';

/** What an operation that needed a grant runs by. */
export interface RunsBy {
  readonly approval: string;
  /** ms since the epoch: it is cut off then; Infinity: it may end by itself */
  readonly until: number;
  /** protected classes that leave unmasked; the record stays masked */
  readonly unmask: readonly string[];
  /** everything is recorded, whatever the target says */
  readonly loud: boolean;
}

const minting = Symbol('only the gate admits');

/**
 * Proof that the gate let one operation through. A transport needs it to forward bytes; only the gate makes it, once per operation.
 * For a write it carries the number of its intent, and its bytes wait until that is durable.
 */
export class Admission {
  /** id of the operation in the record (ULID) */
  readonly id: string;
  readonly described: DescribedOperation;
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
  /** the grant it runs by; null: it needed none */
  readonly runsBy: RunsBy | null;
  /** head members of this operation's lines, rendered once per statement and decision */
  readonly head: string;
  /** members that open its body: statement and parameters, rendered, protected values already replaced */
  readonly bodyHead: string;

  constructor(
    key: typeof minting,
    id: string,
    described: DescribedOperation,
    decision: Decision,
    mode: ForwardMode,
    startedAt: number,
    head: string,
    bodyHead: string,
    runsBy: RunsBy | null,
  ) {
    if (key !== minting) throw new TypeError('only the gate admits');
    this.id = id;
    this.described = described;
    this.operation = described.operation;
    this.decision = decision;
    this.mode = mode;
    this.intent = -1;
    this.startedAt = startedAt;
    this.head = head;
    this.bodyHead = bodyHead;
    this.runsBy = runsBy;
  }

  /** id of the approval it runs by; null: it needed none */
  get approval(): string | null {
    return this.runsBy?.approval ?? null;
  }

  /** protected classes that leave unmasked; the record stays masked */
  get unmask(): readonly string[] {
    return this.runsBy?.unmask ?? NOTHING;
  }

  /** everything is recorded, whatever the target says */
  get loud(): boolean {
    return this.runsBy?.loud ?? false;
  }
}

const NOTHING: readonly string[] = [];

/** Makes an admission; not exported by the room. */
export function mintAdmission(
  id: string,
  described: DescribedOperation,
  decision: Decision,
  mode: ForwardMode,
  startedAt: number,
  head: string,
  bodyHead: string,
  runsBy: RunsBy | null = null,
): Admission {
  return new Admission(minting, id, described, decision, mode, startedAt, head, bodyHead, runsBy);
}
