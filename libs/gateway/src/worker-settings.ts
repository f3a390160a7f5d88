import type { Logger, SallyportConfig } from '@app/platform';

/** The processes that serve clients. */
export type GatewayName = 'postgres-gateway' | 'kube-gateway';

/** What a worker process is started with. */
export interface WorkerSettings {
  readonly name: GatewayName;
  readonly config: SallyportConfig;
  readonly logger: Logger;
  /** number of this worker, from 0: its journal's folder */
  readonly slot: number;
  /** reads the configuration file again. @throws ConfigError */
  readonly reread: () => SallyportConfig;
  /** tells the other workers of this gateway a word that only they understand */
  readonly tellOthers: (word: string) => void;
}
