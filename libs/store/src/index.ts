export { createDataSource, runMigrations, schemaState } from './data-source.js';
export type { DatabaseUrl, MigrationReport } from './data-source.js';
export { ensureLogins } from './logins.js';
export type { Login } from './logins.js';
export { PgAuditSink } from './pg-audit-sink.js';
export type { PgAuditSinkOptions } from './pg-audit-sink.js';
