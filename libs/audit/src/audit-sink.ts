import type { EventKind } from './audit-event.js';

/** One event on its way to the audit database: the exact line and what is derived from it for search. */
export interface ShippedEvent {
  /** 32 lower-case hex digits */
  readonly epoch: string;
  /** dense from 0 within the epoch */
  readonly n: number;
  /** the event's own time, ms since 1970; never the time of shipping, else repeated batches would not be recognised */
  readonly ts: number;
  /** exact bytes of the JSON line, without a line end */
  readonly line: Buffer;
  /** SHA-256(0x00 ‖ line), 32 bytes */
  readonly leaf: Buffer;
  readonly type: EventKind;
  readonly session: string | null;
  readonly op: string | null;
  readonly pid: string | null;
  readonly target: string | null;
  readonly fp: string | null;
  readonly verb: string | null;
  /** objects without the target; empty: none */
  readonly rel: string[];
  /** `ct` = nonce (12) ‖ ciphertext ‖ tag (16) over salt (32) ‖ body, AES-256-GCM under data key `dk`, additional data `<epoch>:<n>` */
  readonly body: { readonly ct: Buffer; readonly dk: string } | null;
}

/** A data key, wrapped: opened by `KeyStore.unwrap(kek, wrapped, dk)`. */
export interface ShippedKey {
  /** `d/<YYYY-MM-DD>/<session>` */
  readonly dk: string;
  /** id of the tenant-day key it is wrapped by */
  readonly kek: string;
  readonly wrapped: Buffer;
}

/** Whose a pseudonym is; lives in a table of its own that may be deleted. */
export interface ShippedPrincipal {
  readonly pid: string;
  readonly principal: Readonly<Record<string, unknown>>;
}

/**
 * What one `ship` hands over. Events are in order of n, of one epoch, without gaps. `keys` and `principals` are those first
 * seen in this batch; after a restart ones already shipped may come again, always with the same value.
 */
export interface ShippedBatch {
  readonly events: readonly ShippedEvent[];
  readonly keys: readonly ShippedKey[];
  readonly principals: readonly ShippedPrincipal[];
}

/** Where shipped events go: the audit database, seen from this room. */
export abstract class AuditSink {
  /**
   * Stores the whole batch in one transaction, or nothing of it. Idempotent: a batch sent again changes nothing.
   * @throws SinkError `unavailable` (send again later) or `conflict` (a different row under one (epoch, n): an alarm)
   */
  abstract ship(batch: ShippedBatch): Promise<void>;
}
