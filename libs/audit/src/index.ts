export { Journal } from './audit-event.js';
export type { EventKind, JournalEntry } from './audit-event.js';
export { AuditError, JournalError, KeyError, ReadError, SinkError } from './audit.error.js';
export type { JournalErrorCode, KeyErrorCode, ReadErrorCode, SinkErrorCode } from './audit.error.js';
export { AuditSink } from './audit-sink.js';
export type { ShippedBatch, ShippedEvent, ShippedKey, ShippedPrincipal } from './audit-sink.js';
