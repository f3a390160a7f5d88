import type { ProtocolBinding, ReviewedOperation } from '@app/approvals';
import type { DescribedOperation } from './described.js';
import type { WaitEnd } from './approvals.port.js';

/** An operation described for people and bound to the last byte. */
export interface HeldDescription {
  readonly described: DescribedOperation;
  /** bound values as rendered JSON, protected ones already replaced */
  readonly parameters: readonly string[];
  readonly binding: ProtocolBinding;
  readonly review: ReviewedOperation;
}

/** What a client that waits is told, at once and again every {@link NOTICE_MS}. */
export interface HoldNotice {
  readonly approval: string;
  /** whole sentences */
  readonly message: string;
  /** ms since the epoch */
  readonly waitsUntil: number;
  /** the first notice of this wait */
  readonly first: boolean;
}

/** Milliseconds between two notices. */
export const NOTICE_MS = 15_000;

/** How the protocol of a held operation waits. */
export interface HoldTerms {
  /** null: the client may wait here; otherwise why it may not, a whole sentence for the hint */
  readonly mayNotWait: string | null;
  /** ms the client waits at most, whatever the rule says; null: as long as the rule */
  readonly patience: number | null;
  told(notice: HoldNotice): void;
  /** aborted with a {@link WaitEnd} as its reason when the client cancels or leaves, or the gateway stops */
  readonly signal: AbortSignal;
  /**
   * Describes the operation as it stands now: once before it is asked about, once after it was approved, before the grant is used.
   * @throws whatever goes wrong: the operation is refused
   */
  describe(): Promise<HeldDescription>;
}

/** Reason of the abort of {@link HoldTerms.signal}. */
export type HoldAbort = Extract<WaitEnd, 'cancelled' | 'disconnected' | 'shutdown'>;
