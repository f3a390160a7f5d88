import type { DenyEntry, Principal } from '@app/identity';
import type { Decision, Operation } from '@app/policy';
import type { DescribedOperation } from '../described.js';
import type { GateServices } from '../session-lane.js';
import type { FaultyJournal } from './faulty-journal.js';
import type { Random } from './random.js';
import { sampleDecision, sampleDescribed, sampleOperation } from './samples.js';

const read = sampleDescribed();
const write = sampleDescribed({
  operation: sampleOperation({ effect: 'write', verb: 'UPDATE', kinds: ['update'], reads: [] }),
  harmless: false,
  finishes: false,
  doubt: null,
});
const dropped = sampleDescribed({
  operation: sampleOperation({ effect: 'schema', verb: 'DROP TABLE', kinds: ['drop'], reads: [] }),
  harmless: false,
  finishes: false,
  doubt: null,
});
const unmaskable = sampleDescribed({
  refusal: { code: 'masking', message: 'An output is not a plain column.', hint: null, retry: 'after-change' },
});

const channel = sampleDescribed({
  operation: sampleOperation({ effect: 'connect', verb: 'OPEN', kinds: ['open'], reads: [] }),
  harmless: false,
});

const allowed = sampleDecision();
const denied = sampleDecision({
  effect: 'deny',
  rules: ['no destructive statements'],
  message: 'Destructive statements go through the migration pipeline.',
});

/** `read`: one answer. `stream`: a read that goes on. `write`: a body that waits for its intent. `channel`: both sides talk. */
export type ExchangeKind = 'read' | 'stream' | 'write' | 'channel';

/** Everything around the gate in one schedule: the clock, ids, rules and the deny-list, all from the seed. */
export class OrderWorld implements GateServices {
  readonly journal: FaultyJournal;
  readonly random: Random;
  readonly revoked = new Set<Principal>();
  #now = 1_000;
  #ids = 0;

  constructor(journal: FaultyJournal, random: Random) {
    this.journal = journal;
    this.random = random;
  }

  readonly approvals = null;

  after(): () => void {
    return () => undefined;
  }

  now(): number {
    return this.#now;
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  newId(): string {
    this.#ids += 1;
    return `op-${this.#ids}`;
  }

  decide(_principal: Principal, operation: Operation): Decision {
    return operation.effect === 'schema' ? denied : allowed;
  }

  denied(principal: Principal): DenyEntry | null {
    if (!this.revoked.has(principal)) return null;
    return { iss: principal.iss, kind: 'sub', value: principal.sub, expires: null };
  }

  /** A statement as a client would send it. */
  statement(): DescribedOperation {
    const which = this.random.next();
    if (which < 0.5) return read;
    if (which < 0.9) return write;
    return which < 0.95 ? dropped : unmaskable;
  }

  /** A request for one of these, or one that is refused. */
  request(kind: ExchangeKind): DescribedOperation {
    const which = this.random.next();
    if (which < 0.1) return which < 0.05 ? dropped : unmaskable;
    if (kind === 'channel') return channel;
    return kind === 'write' ? write : read;
  }
}
