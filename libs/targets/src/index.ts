export type {
  ClusterIdentity,
  KubernetesAddress,
  KubernetesTarget,
  PasswordMethod,
  PostgresAddress,
  PostgresHost,
  PostgresTarget,
  RecordingLevel,
  Target,
  TargetCredential,
  TargetSession,
  TargetTls,
} from './target.js';
export { TargetError, type TargetErrorCode } from './target.error.js';
export { ConfiguredTargets, TargetRegistry } from './target-registry.js';
export { ConfiguredCredentials, CredentialVault } from './credential-vault.js';
export { clusterAddress, type ClusterAddress } from './cluster-address.js';
export { clientKubeconfig, type ClientContext, type ClientKubeconfig, type ClientUser } from './client-kubeconfig.js';
export { hostsOf } from './hosts.js';
export { warnings } from './warnings.js';
export { configurationFindings, notReached } from './check/configuration-findings.js';
export { type Finding, remedyOf, type Severity, sorted, type TargetReport } from './check/finding.js';
export { functionProblem } from './check/function-findings.js';
export { type NamesNothing, protectionFindings } from './check/protection-findings.js';
export {
  decodeRoleFacts,
  type GrantFact,
  PIN_STATEMENT,
  type RoleFact,
  type RoleFacts,
  roleFactsStatement,
  SEARCH_PATH_STATEMENT,
  type TableFact,
} from './check/role-facts.js';
export { roleFindings } from './check/role-findings.js';
export { accessFindings, type AccessRules } from './check/rule-findings.js';
