import type { ApprovalDemand, ApprovalState, Review } from '@app/approvals';
import type { Principal } from '@app/identity';
import type { Operation } from '@app/policy';

/** What is asked of the reviewers about one operation. */
export interface ApprovalAsk {
  /** id for the approval, if there is none yet (ULID) */
  readonly id: string;
  /** id of the operation that asks (ULID) */
  readonly operation: string;
  readonly session: string;
  readonly target: string;
  readonly protocol: string;
  /** `sha256:…`: identical operations of one principal have the same */
  readonly digest: string;
  readonly principal: Principal;
  readonly demand: ApprovalDemand;
  readonly review: Review;
  /** the rest of a result that began: what is approved is only good while it runs */
  readonly rows: boolean;
  readonly policy: string;
}

/** Where one approval stands, as a gateway needs it. */
export interface Standing {
  readonly id: string;
  readonly state: ApprovalState;
  /** who decided, as the user claim names them; null: nobody yet */
  readonly by: string | null;
  /** their words; null: none */
  readonly reason: string | null;
  /** ms since the epoch: pending ones are decided, approved ones used before it */
  readonly expires: number;
  /** it is older than this ask: another client waits for it, or an earlier attempt asked */
  readonly shared: boolean;
}

/** A grant that was consumed for one operation. */
export interface ConsumedGrant {
  readonly approval: string;
  /** classes that leave unmasked */
  readonly unmask: readonly string[];
}

/** A grant given ahead of time that covers an operation. */
export interface CoveringGrant {
  readonly approval: string;
  /** ms since the epoch: what runs by it ends then */
  readonly until: number;
  readonly unmask: readonly string[];
  /** everything is recorded, whatever the target says */
  readonly loud: boolean;
}

/** How waiting for an approval ended without one. */
export type WaitEnd = 'decided' | 'patience' | 'cancelled' | 'disconnected' | 'shutdown' | 'changed';

/** The approvals as the gate needs them; the audit database behind it. Every call may throw while that is down. */
export interface Approvals {
  /** Finds the pending approval or the unused grant of the digest, or makes a pending approval. */
  request(ask: ApprovalAsk): Promise<Standing>;
  /** Resolves once the approval is not pending any more, or with how it stands when `signal` aborts. */
  settled(id: string, signal: AbortSignal): Promise<Standing>;
  /** Uses a grant up by one, at most once per use in all processes; null: it is not (any more) good for this digest. */
  consume(id: string, digest: string, operation: string, session: string): Promise<ConsumedGrant | null>;
  /** The operation does not wait any more; the approval is withdrawn with the last one that cancelled or went away. */
  leave(id: string, operation: string, why: WaitEnd): Promise<void>;
  /** A grant given ahead of time that covers the operation now; from memory. */
  covering(principal: Principal, operation: Operation, now: number): CoveringGrant | null;
  /** keyed hash of exact bytes under the binding key, hex */
  hash(bytes: Uint8Array): string;
  readonly tenant: string;
}
