export { Secret } from './secret.js';
export { ConfigError, type ConfigProblem } from './config/config.error.js';
export type {
  AuditConfig,
  IssuerConfig,
  LimitsConfig,
  ListenerTls,
  PartialConfig,
  ProtectConfig,
  RolesConfig,
  RuleConfig,
  SallyportConfig,
  TargetConfig,
} from './config/types.js';
export {
  loadConfig,
  loadPartialConfig,
  parseConfig,
  parsePartialConfig,
  type ConfigSources,
} from './config/load-config.js';
export type { ConfigReader } from './config/references.js';
