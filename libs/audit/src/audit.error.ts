/**
 * Base of the errors of this room. `code` is stable and may be matched on; `cause` keeps what led to it.
 */
export abstract class AuditError<Code extends string> extends Error {
  constructor(
    readonly code: Code,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * - `poisoned` a write or sync failed; nothing is accepted any more
 * - `closed` the journal was closed in order
 * - `refusing` no new session begins now: the disk is full or the audit database too far behind
 * - `line-too-long` the line would exceed 65 535 bytes (bundle lengths are uint16)
 * - `line-malformed` the members would not leave one JSON line
 * - `body-too-long` the body exceeds the limit of the journal
 * - `open-failed` the journal's folder, reserve or first segment could not be made
 * - `locked` another live process writes in this folder
 */
export type JournalErrorCode =
  'poisoned' | 'closed' | 'refusing' | 'line-too-long' | 'line-malformed' | 'body-too-long' | 'open-failed' | 'locked';

/** What a writer of the record gets when its event is not taken. Nothing was appended. */
export class JournalError extends AuditError<JournalErrorCode> {}

/**
 * - `unavailable` the audit database cannot be reached or refused for a passing reason; the same batch may be sent again
 * - `conflict` a different row already stands under one (epoch, n): an alarm, never retried
 */
export type SinkErrorCode = 'unavailable' | 'conflict';

/** What `AuditSink.ship` throws. */
export class SinkError extends AuditError<SinkErrorCode> {}

/**
 * - `missing` the file of the key does not exist
 * - `corrupt` the file exists but does not hold a key that the master key opens
 * - `destroyed` the key was destroyed on purpose; what it protected is erased
 * - `unreadable` the folder or file cannot be read or written
 */
export type KeyErrorCode = 'missing' | 'corrupt' | 'destroyed' | 'unreadable';

/** What the key store throws; the message names the file, never the key. */
export class KeyError extends AuditError<KeyErrorCode> {}

/**
 * - `corrupt` bytes before the end of the record are not what was written: an alarm
 * - `unreadable` the folder or a file of it cannot be read
 */
export type ReadErrorCode = 'corrupt' | 'unreadable';

/** What reading a journal back throws; the message names file, offset and the expected number. */
export class ReadError extends AuditError<ReadErrorCode> {}
