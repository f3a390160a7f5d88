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
