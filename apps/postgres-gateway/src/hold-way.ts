import type { Admission, DescribedRefusal, Held, Refused } from '@app/gate';
import type { ConversationFlow } from './conversation-flow.js';
import { heldByName, heldPipeline, heldSnapshot } from './describe-statement.js';
import type { HoldDesk } from './hold-desk.js';
import type { Ask } from './question.js';
import type { SentStatement } from './sent-statement.js';
import type { SessionParts } from './session-parts.js';

/** Kinds of statements whose text does not say what they run. */
const RUN_BY_NAME = new Set(['execute', 'fetch', 'move']);

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

/** The way of a held statement: from its place in the conversation to people and back. */
export class HoldWay {
  readonly #parts: SessionParts;
  readonly #flow: ConversationFlow;
  readonly #holds: HoldDesk;
  readonly #ask: Ask;

  constructor(parts: SessionParts, flow: ConversationFlow, holds: HoldDesk, ask: Ask) {
    this.#parts = parts;
    this.#flow = flow;
    this.#holds = holds;
    this.#ask = ask;
  }

  /** A statement that a rule holds: what came before it is answered first, then it waits, then it goes on as any other. */
  async held(
    held: Held,
    sent: SentStatement,
    then: {
      readonly go: (admission: Admission, now: SentStatement) => void;
      readonly refuse: (refused: Refused) => void;
    },
  ): Promise<void> {
    const way = await this.#clear(held);
    if (way === null) return;
    if (way.never !== null) return then.refuse(this.#parts.lane.refuse(sent.described, sent.parameters, way.never));
    const { verdict, now } = await this.#holds.statement(held, sent, way.mayNotWait);
    if (this.#flow.stopped) return;
    if (verdict.refusal !== null) then.refuse(verdict);
    else then.go(verdict.admission, now);
  }

  /**
   * Makes sure that nothing is under way at the target and no lock is held that others would wait for.
   * @returns null: the target skips it, or nobody is there any more
   */
  async #clear(held: Held): Promise<Way | null> {
    const { replies } = this.#parts;
    const flow = this.#flow;
    await flow.afterEarlierCycles(() => undefined);
    if (flow.dropped) return null;
    if (held.described.operation.kinds.some((kind) => RUN_BY_NAME.has(kind))) return never(heldByName);
    const inBlock = (): boolean => flow.status !== 'I';
    if (!flow.freshness.freshCycle && !(inBlock() && !flow.freshness.endsBlock)) return never(heldPipeline);
    if (!replies.empty) await flow.ownSync();
    if (flow.dropped) return null;
    if (flow.status === 'E') return mayNot('Its transaction has failed: end it with ROLLBACK first.');
    if (!inBlock()) return MAY_WAIT;
    const isolation = (await this.#ask('SHOW transaction_isolation'))[0]?.[0] ?? '';
    if (flow.dropped) return null;
    if (isolation !== 'read committed' && isolation !== 'read uncommitted') return never(heldSnapshot);
    if (flow.freshness.freshBlock || held.decision.approval?.inTransaction === true) return MAY_WAIT;
    return mayNot('It came inside a transaction that did more than begin, and others would wait for its locks.');
  }
}
