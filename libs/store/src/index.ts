export { createDataSource, runMigrations, schemaState } from './data-source.js';
export type { DatabaseUrl, MigrationReport } from './data-source.js';
export { ensureLogins } from './logins.js';
export type { Login } from './logins.js';
export { PgAuditSink } from './pg-audit-sink.js';
export type { PgAuditSinkOptions } from './pg-audit-sink.js';
export { AuditDatabase } from './audit-database.js';
export { DenyListStore } from './deny-list.store.js';
export type { StoredDenyEntry } from './deny-list.store.js';
export { SessionTerminationStore } from './session-termination.store.js';
export type { SessionTermination } from './session-termination.store.js';
export type { StoredActor } from './entities/deny-entry.entity.js';
export { OperationSearchStore } from './operation-search.store.js';
export type { OperationFilter, Page } from './operation-search.store.js';
export { SessionStore } from './session.store.js';
export type { SessionFilter } from './session.store.js';
export type { CommonFilter, Visibility } from './search-conditions.js';
export { CursorError } from './cursor.js';
export { AuditReader } from './audit-reader.js';
export type { StoredBody, StoredPrincipal } from './audit-reader.js';
export type { StoredEvent } from './stored-event.js';
export { ApprovalStore, type Judge } from './approvals/approval.store.js';
export { accessOf, shownText } from './approvals/approval-rows.js';
export { ApprovalFeed } from './approvals/approval-feed.js';
export { type PolicyVersion, PolicyVersionStore } from './approvals/policy-version.store.js';
export {
  ApprovalError,
  type ApprovalErrorCode,
  type ApprovalFilter,
  type ApprovalKind,
  type ApprovalPage,
  type GrantUse,
  type NewAccess,
  type NewApproval,
  type NewBreakGlass,
  type NewDecision,
  type NewGlassReview,
  type StoredApproval,
  type StoredDecision,
  type StoredGrant,
  type StoredStanding,
  type StoredUse,
  type StoredWait,
} from './approvals/stored-approval.js';
export { CredentialStore } from './credentials/credential.store.js';
export {
  type CredentialFilter,
  type NewCredential,
  type StoredCredential,
  TooManyCredentials,
} from './credentials/stored-credential.js';
export { type StoredTargetCheck, TargetCheckStore } from './target-check.store.js';
