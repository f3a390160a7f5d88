/** Types of events in the record (evidence §3.4); names are past facts or states, never renamed. */
export type EventKind =
  | 'epoch.open'
  | 'epoch.close'
  | 'heartbeat'
  | 'session.open'
  | 'session.close'
  | 'session.notified'
  | 'auth.ok'
  | 'auth.fail'
  | 'op'
  | 'op.intent'
  | 'op.input'
  | 'op.result'
  | 'op.end'
  | 'op.blocked'
  | 'op.recovered'
  | 'policy.changed'
  | 'key.created'
  | 'key.destroyed'
  | 'partition.dropped'
  | 'search.ran'
  | 'recording.viewed'
  | 'session.terminated'
  | 'target.asked'
  | 'deny.changed'
  | 'credential.minted'
  | 'credential.revoked'
  | 'approval.requested'
  | 'approval.left'
  | 'approval.used'
  | 'approval.decided'
  | 'approval.revoked'
  | 'approval.expired'
  | 'access.requested'
  | 'glass.broken'
  | 'glass.reviewed'
  | 'op.held'
  | 'op.resumed'
  | 'detector.hit'
  | 'opinion.differs';

/**
 * What a writer hands to the journal. The journal adds `v`, `e`, `n`, `p`, `t`, `k` in front and `bh`, `dk` behind, hashes and frames the line.
 */
export interface JournalEntry {
  readonly kind: EventKind;
  /** ms since the epoch */
  readonly at: number;
  /** JSON members without braces and without a leading or trailing comma, already rendered: `"s":"…","verb":"SELECT"`; may be empty */
  readonly members: string;
  /** clear body (UTF-8 JSON), protected values already masked; null: none. Not changed by the caller afterwards */
  readonly body: Uint8Array | null;
  /** session whose data key encrypts the body in the database; required with a body */
  readonly session: string | null;
}

/**
 * The one append port of the record. Everything that must be remembered goes through it; a number comes back at once and the
 * watermarks tell when it is safe: no promise per event.
 */
export abstract class Journal {
  /** 32 lower-case hex digits, new with each process */
  abstract readonly epoch: string;
  /** highest n such that all events 0..n survive a power loss; -1: none */
  abstract readonly durable: number;
  /** highest n handed to the kernel: survives kill -9, not a power loss; >= durable */
  abstract readonly written: number;
  /** `refusing`: no new sessions and no new operations, what runs may finish on the reserve (disk, database too far behind); `poisoned`: a write or sync failed, nothing is accepted any more */
  abstract readonly state: 'open' | 'refusing' | 'poisoned' | 'closed';
  /** why it is not open, for people */
  abstract readonly stateReason: string | null;
  /** @returns n of the event, dense from 0. @throws JournalError `poisoned` or `closed` */
  abstract append(entry: JournalEntry): number;
  /** Calls back after either watermark advanced or the state changed; once per flush, not per event. @returns unsubscribe */
  abstract onAdvance(listener: () => void): () => void;
}
