import type { StatementEffect } from '../description.js';
import { isFields, text, type Fields } from './nodes.js';

/** Statements whose tree says nothing more about their effect than their type does: `verb` and effect. */
const byType: Readonly<Record<string, readonly [verb: string, effect: StatementEffect]>> = {
  // Objects of one database
  AlterCollationStmt: ['ALTER COLLATION', 'schema'],
  AlterDomainStmt: ['ALTER DOMAIN', 'schema'],
  AlterEnumStmt: ['ALTER TYPE', 'schema'],
  AlterEventTrigStmt: ['ALTER EVENT TRIGGER', 'schema'],
  AlterExtensionContentsStmt: ['ALTER EXTENSION', 'schema'],
  AlterExtensionStmt: ['ALTER EXTENSION', 'schema'],
  AlterFdwStmt: ['ALTER FOREIGN DATA WRAPPER', 'schema'],
  AlterForeignServerStmt: ['ALTER SERVER', 'schema'],
  AlterFunctionStmt: ['ALTER FUNCTION', 'schema'],
  AlterOpFamilyStmt: ['ALTER OPERATOR FAMILY', 'schema'],
  AlterOperatorStmt: ['ALTER OPERATOR', 'schema'],
  AlterPolicyStmt: ['ALTER POLICY', 'schema'],
  AlterPublicationStmt: ['ALTER PUBLICATION', 'schema'],
  AlterSeqStmt: ['ALTER SEQUENCE', 'schema'],
  AlterStatsStmt: ['ALTER STATISTICS', 'schema'],
  AlterTableMoveAllStmt: ['ALTER TABLE', 'schema'],
  AlterTSConfigurationStmt: ['ALTER TEXT SEARCH CONFIGURATION', 'schema'],
  AlterTSDictionaryStmt: ['ALTER TEXT SEARCH DICTIONARY', 'schema'],
  AlterTypeStmt: ['ALTER TYPE', 'schema'],
  AlterUserMappingStmt: ['ALTER USER MAPPING', 'schema'],
  CompositeTypeStmt: ['CREATE TYPE', 'schema'],
  CreateAmStmt: ['CREATE ACCESS METHOD', 'schema'],
  CreateCastStmt: ['CREATE CAST', 'schema'],
  CreateConversionStmt: ['CREATE CONVERSION', 'schema'],
  CreateDomainStmt: ['CREATE DOMAIN', 'schema'],
  CreateEnumStmt: ['CREATE TYPE', 'schema'],
  CreateEventTrigStmt: ['CREATE EVENT TRIGGER', 'schema'],
  CreateExtensionStmt: ['CREATE EXTENSION', 'schema'],
  CreateFdwStmt: ['CREATE FOREIGN DATA WRAPPER', 'schema'],
  CreateForeignServerStmt: ['CREATE SERVER', 'schema'],
  CreateForeignTableStmt: ['CREATE FOREIGN TABLE', 'schema'],
  CreateOpClassStmt: ['CREATE OPERATOR CLASS', 'schema'],
  CreateOpFamilyStmt: ['CREATE OPERATOR FAMILY', 'schema'],
  CreatePLangStmt: ['CREATE LANGUAGE', 'schema'],
  CreatePolicyStmt: ['CREATE POLICY', 'schema'],
  CreatePublicationStmt: ['CREATE PUBLICATION', 'schema'],
  CreateRangeStmt: ['CREATE TYPE', 'schema'],
  CreateSchemaStmt: ['CREATE SCHEMA', 'schema'],
  CreateStatsStmt: ['CREATE STATISTICS', 'schema'],
  CreateTransformStmt: ['CREATE TRANSFORM', 'schema'],
  CreateTrigStmt: ['CREATE TRIGGER', 'schema'],
  CreateUserMappingStmt: ['CREATE USER MAPPING', 'schema'],
  DropUserMappingStmt: ['DROP USER MAPPING', 'schema'],
  ImportForeignSchemaStmt: ['IMPORT FOREIGN SCHEMA', 'schema'],
  RefreshMatViewStmt: ['REFRESH MATERIALIZED VIEW', 'schema'],
  RuleStmt: ['CREATE RULE', 'schema'],
  // The cluster, its roles, its upkeep
  AlterDatabaseRefreshCollStmt: ['ALTER DATABASE', 'admin'],
  AlterDatabaseSetStmt: ['ALTER DATABASE', 'admin'],
  AlterDatabaseStmt: ['ALTER DATABASE', 'admin'],
  AlterDefaultPrivilegesStmt: ['ALTER DEFAULT PRIVILEGES', 'admin'],
  AlterRoleSetStmt: ['ALTER ROLE', 'admin'],
  AlterRoleStmt: ['ALTER ROLE', 'admin'],
  AlterSubscriptionStmt: ['ALTER SUBSCRIPTION', 'admin'],
  AlterSystemStmt: ['ALTER SYSTEM', 'admin'],
  AlterTableSpaceOptionsStmt: ['ALTER TABLESPACE', 'admin'],
  CheckPointStmt: ['CHECKPOINT', 'admin'],
  ClusterStmt: ['CLUSTER', 'admin'],
  CreatedbStmt: ['CREATE DATABASE', 'admin'],
  CreateRoleStmt: ['CREATE ROLE', 'admin'],
  CreateSubscriptionStmt: ['CREATE SUBSCRIPTION', 'admin'],
  CreateTableSpaceStmt: ['CREATE TABLESPACE', 'admin'],
  DropdbStmt: ['DROP DATABASE', 'admin'],
  DropOwnedStmt: ['DROP OWNED', 'admin'],
  DropRoleStmt: ['DROP ROLE', 'admin'],
  DropSubscriptionStmt: ['DROP SUBSCRIPTION', 'admin'],
  DropTableSpaceStmt: ['DROP TABLESPACE', 'admin'],
  LoadStmt: ['LOAD', 'admin'],
  ReassignOwnedStmt: ['REASSIGN OWNED', 'admin'],
  ReindexStmt: ['REINDEX', 'admin'],
  SecLabelStmt: ['SECURITY LABEL', 'admin'],
  // What runs code that this room does not read
  CallStmt: ['CALL', 'unknown'],
  DoStmt: ['DO', 'unknown'],
  // What writes no rows, but stops others or tells them
  LockStmt: ['LOCK TABLE', 'write'],
  NotifyStmt: ['NOTIFY', 'write'],
};

/** Statements that name the kind of object: first word, effect, and the field that holds the object type (`OBJECT_TABLE`). */
const byObject: Readonly<Record<string, readonly [word: string, effect: StatementEffect, field: string]>> = {
  AlterObjectDependsStmt: ['ALTER', 'schema', 'objectType'],
  AlterObjectSchemaStmt: ['ALTER', 'schema', 'objectType'],
  AlterOwnerStmt: ['ALTER', 'schema', 'objectType'],
  AlterTableStmt: ['ALTER', 'schema', 'objtype'],
  CommentStmt: ['COMMENT', 'schema', ''],
  DefineStmt: ['CREATE', 'schema', 'kind'],
  DropStmt: ['DROP', 'schema', 'removeType'],
  RenameStmt: ['ALTER', 'schema', 'renameType'],
};

const objectNames: Readonly<Record<string, string>> = {
  OBJECT_ATTRIBUTE: 'TYPE',
  OBJECT_COLUMN: 'TABLE',
  OBJECT_DOMCONSTRAINT: 'DOMAIN',
  OBJECT_FDW: 'FOREIGN DATA WRAPPER',
  OBJECT_FOREIGN_SERVER: 'SERVER',
  OBJECT_MATVIEW: 'MATERIALIZED VIEW',
  OBJECT_OPCLASS: 'OPERATOR CLASS',
  OBJECT_OPFAMILY: 'OPERATOR FAMILY',
  OBJECT_STATISTIC_EXT: 'STATISTICS',
  OBJECT_TABCONSTRAINT: 'TABLE',
  OBJECT_TSCONFIGURATION: 'TEXT SEARCH CONFIGURATION',
  OBJECT_TSDICTIONARY: 'TEXT SEARCH DICTIONARY',
  OBJECT_TSPARSER: 'TEXT SEARCH PARSER',
  OBJECT_TSTEMPLATE: 'TEXT SEARCH TEMPLATE',
};

function objectName(objectType: string | null): string {
  if (objectType === null) return '';
  return objectNames[objectType] ?? objectType.replace(/^OBJECT_/, '').replaceAll('_', ' ');
}

/** Command and effect of a statement that is neither query nor session control; null: no such statement is known. */
export function utilityVerb(
  type: string,
  fields: Fields,
): { readonly verb: string; readonly effect: StatementEffect } | null {
  switch (type) {
    case 'CreateStmt':
      return { verb: 'CREATE TABLE', effect: 'schema' };
    case 'CreateSeqStmt':
      return { verb: 'CREATE SEQUENCE', effect: 'schema' };
    case 'CreateTableAsStmt':
      return { verb: `CREATE ${objectName(text(fields, 'objtype'))}`, effect: 'schema' };
    case 'ViewStmt':
      return { verb: 'CREATE VIEW', effect: 'schema' };
    case 'IndexStmt':
      return { verb: 'CREATE INDEX', effect: 'schema' };
    case 'TruncateStmt':
      return { verb: 'TRUNCATE TABLE', effect: 'schema' };
    case 'CreateFunctionStmt':
      return { verb: fields['is_procedure'] ? 'CREATE PROCEDURE' : 'CREATE FUNCTION', effect: 'schema' };
    case 'GrantStmt':
      return { verb: fields['is_grant'] ? 'GRANT' : 'REVOKE', effect: 'admin' };
    case 'GrantRoleStmt':
      return { verb: fields['is_grant'] ? 'GRANT ROLE' : 'REVOKE ROLE', effect: 'admin' };
    case 'VacuumStmt':
      return { verb: fields['is_vacuumcmd'] ? 'VACUUM' : 'ANALYZE', effect: 'admin' };
    default:
      return listed(type, fields);
  }
}

function listed(type: string, fields: Fields): { readonly verb: string; readonly effect: StatementEffect } | null {
  const known = Object.hasOwn(byType, type) ? byType[type] : undefined;
  if (known) return { verb: known[0], effect: known[1] };
  const object = Object.hasOwn(byObject, type) ? byObject[type] : undefined;
  if (!object) return null;
  const [word, effect, field] = object;
  const relation = field === 'renameType' && fields[field] === 'OBJECT_COLUMN' ? text(fields, 'relationType') : null;
  const name = objectName(relation ?? (field === '' ? null : text(fields, field)));
  return { verb: name === '' ? word : `${word} ${name}`, effect };
}

/** The wrapped node's type and fields; type `?` where it is none. */
export function unwrap(node: unknown): { readonly type: string; readonly fields: Fields } {
  if (isFields(node)) {
    const type = Object.keys(node)[0];
    const fields = type === undefined ? undefined : node[type];
    if (type !== undefined && isFields(fields)) return { type, fields };
  }
  return { type: '?', fields: {} };
}
