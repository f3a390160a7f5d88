export { allowFunctions, type FoundFunction, type FunctionRule } from './allowed-functions.js';
export type {
  ActivePart,
  CatalogColumn,
  CatalogDefinitions,
  CatalogFunction,
  CatalogRelation,
  CatalogSchema,
  CatalogSnapshot,
  CatalogType,
  Knowledge,
  ProtectedColumn,
} from './catalog.js';
export type {
  CopyColumn,
  CopyDescription,
  CopyShape,
  DescribeContext,
  MaskingRefusal,
  ObjectReference,
  OracleKind,
  OracleUse,
  OutputColumn,
  StatementDescription,
  StatementEffect,
  StoredStatement,
  TextDescription,
  TransactionVerb,
  Unsupported,
  WrittenValue,
} from './description.js';
export { maskDefinition, maskDefinitionName } from './definition-text.js';
export { describeText, unparsableText } from './describe.js';
export { loadParser } from './parse.js';
export { closeProtection, type BoundColumn, type ProtectionRule } from './protection.js';
export { buildKnowledgeIndex, type KnowledgeIndex } from './knowledge-index.js';
export {
  DANGEROUS,
  judge,
  primaryKeys,
  traceServerTree,
  type Dependence,
  type Difference,
  type KeyOf,
  type ProtectedByOid,
  type TreeLineage,
  type TreeRelation,
  type TreeSilence,
  type TreeWrite,
  type Verdict,
} from './server-tree/index.js';
export { meansTheSame, storedBehind, throughName } from './stored.js';
export { SqlRoomError, type SqlErrorCode } from './sql.error.js';
export type { ParserAnswer, ParserRequest } from './worker-messages.js';
