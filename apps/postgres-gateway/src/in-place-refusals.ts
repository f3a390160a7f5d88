import type { Refusal, Refused } from '@app/gate';
import { type FrontendMessage, type ProtocolError, serialize, upstream as messages } from '@app/pg-wire';
import type { TextDescription } from '@app/sql';
import type { ConversationFlow } from './conversation-flow.js';
import { syntaxRefusal, undescribed, type DescribeFor } from './describe-statement.js';
import { toErrorResponse } from './error-response.js';
import type { SessionParts } from './session-parts.js';

/** Names that begin so are the gateway's own. */
export const RESERVED = 'sallyport_';
/** Name of the statement that stands in place of a refused one; it never exists at the target. */
const REFUSED = 'sallyport_refused';

/** What refusing needs of the session around it. */
export interface RefusalsHost {
  /** the session ends: the refusal goes to the client as FATAL */
  end(refusal: Refusal): void;
  /** the client broke the protocol */
  violation(error: ProtocolError): void;
}

/** Refuses messages in their place, so that target and client agree on what failed. */
export class InPlaceRefusals {
  readonly #parts: SessionParts;
  readonly #flow: ConversationFlow;
  readonly #about: DescribeFor;
  readonly #host: RefusalsHost;

  constructor(parts: SessionParts, flow: ConversationFlow, about: DescribeFor, host: RefusalsHost) {
    this.#parts = parts;
    this.#flow = flow;
    this.#about = about;
    this.#host = host;
  }

  /** A message of the simple protocol that the gate refused. @param position 1-based character of its text, 0: none */
  query(verdict: Refused, position = 0): void {
    if (verdict.refusal.fatal) return this.#host.end(verdict.refusal);
    this.queryWith(toErrorResponse(verdict.refusal, position));
  }

  /** Outside a block with nothing under way the target need not know; otherwise it has to fail there as well. */
  queryWith(answer: Buffer): void {
    this.#flow.kept.send();
    const { replies, lane, names } = this.#parts;
    const changes = names.simpleQuery(replies.cycle);
    this.#flow.freshness.endCycle();
    if (replies.empty && this.#flow.status === 'I') {
      for (const change of changes) names.commit(change);
      return lane.release(lane.receipt(), [answer, serialize.readyForQuery('I')]);
    }
    replies.push({ kind: 'refusal-query', answer, changes });
    lane.forwardProtocol([messages.query('REFUSED BY SALLYPORT')]);
  }

  /** The same of the extended protocol. */
  extended(verdict: Refused, position = 0): void {
    if (verdict.refusal.fatal) return this.#host.end(verdict.refusal);
    this.extendedWith(toErrorResponse(verdict.refusal, position));
  }

  /** A message of the extended protocol that the target would refuse as well. */
  fail(code: string, message: string, hint?: string): void {
    this.extendedWith(
      serialize.errorResponse({ severity: 'ERROR', code, message, ...(hint === undefined ? {} : { hint }) }),
    );
  }

  /** A statement that cannot succeed takes the refused message's place: what ran earlier in the pipeline is rolled back there too. */
  extendedWith(answer: Buffer): void {
    this.#flow.kept.send();
    this.#parts.replies.push({ kind: 'refusal', answer });
    this.#flow.skip();
    this.#parts.lane.forwardProtocol([messages.parse(REFUSED, 'REFUSED BY SALLYPORT')]);
  }

  /** A message whose body cannot be read. */
  invalid(of: FrontendMessage['name'], error: ProtocolError): void {
    const answer = serialize.errorResponse({ severity: 'ERROR', code: error.code, message: error.message });
    if (of === 'query') return this.queryWith(answer);
    if (of === 'sync') return this.#host.violation(error);
    this.extendedWith(answer);
  }

  /** A name the gateway uses itself: its own questions would fail. */
  reserved(): void {
    this.fail('42939', `names that begin with ${RESERVED} are reserved for the gateway`, 'Choose another name.');
  }

  /** No rule can judge a text that nobody can read. */
  unreadable(text: string, error: NonNullable<TextDescription['error']>): Refused {
    const verdict = this.#parts.lane.admit(undescribed(text, this.#about, syntaxRefusal(error)), []);
    if (verdict.refusal === null) throw new Error('a text that cannot be read was let through');
    return verdict;
  }
}
