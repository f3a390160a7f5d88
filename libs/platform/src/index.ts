export { Secret } from './secret.js';
export { ConfigError, type ConfigProblem } from './config/config.error.js';
export type {
  AuditConfig,
  CredentialsConfig,
  IssuerConfig,
  LimitsConfig,
  ListenerTls,
  PartialConfig,
  DetectConfig,
  ProtectConfig,
  QueueConfig,
  RolesConfig,
  RuleConfig,
  SallyportConfig,
  TargetConfig,
  WebhookConfig,
} from './config/types.js';
export {
  loadConfig,
  loadPartialConfig,
  parseConfig,
  parsePartialConfig,
  type ConfigSources,
} from './config/load-config.js';
export type { ConfigReader } from './config/references.js';
export { createLogger, Logger, type LogFields, type LoggerOptions } from './logger.js';
export { Metrics, secondsBuckets } from './metrics.js';
export type { Counter, Gauge, Histogram, MetricDescription, MetricsSnapshot } from './metrics.js';
export {
  quickstartFileSchema,
  readQuickstartFile,
  writeQuickstartFile,
  type QuickstartFile,
} from './quickstart-file.js';
export { scrub } from './scrub.js';
export { installShutdown, type Shutdown, type ShutdownOptions } from './shutdown.js';
export { ulid, ulidSource, type UlidSource } from './ulid.js';
export { generatedDocuments, type GeneratedDocument } from './config/document.js';
export { exampleConfiguration } from './config/example.js';
export { forgetOldest } from './forget-oldest.js';
export { httpsGet, type HttpsGet } from './https-get.js';
export { httpsSend, type HttpsSend } from './https-send.js';
export { compileNetwork, isAddress, NetworkError, type Network } from './network.js';
