import type { SessionLane } from '@app/gate';
import type { MaskRule } from '@app/masking';
import type { PostgresTarget } from '@app/targets';
import type { OracleSettings } from './oracle-demands.js';
import type { Detection } from './detection.js';
import type { OutputBuffer } from './output-buffer.js';
import type { PreparedNames } from './prepared-names.js';
import type { ReplyQueue } from './reply-queue.js';
import type { TransactionLedger } from './transaction-ledger.js';
import type { UpstreamConnection } from './upstream-connection.js';
import type { WriteBackRules } from './write-back-guard.js';

/** What a target asks of every session: masks by class, bounds of one recorded chunk. */
export interface TargetProfile {
  readonly target: PostgresTarget;
  /** rules of the configuration name protected columns here: nothing unproven passes */
  readonly strict: boolean;
  /** what is looked for in values that no protected column explains; null: nothing */
  readonly detection: Detection | null;
  readonly maskOf: (protectedClass: string) => MaskRule;
  /** what becomes of uses of protected classes that show no value */
  readonly oracles: OracleSettings;
  /** which masks may not be written back */
  readonly writeBack: WriteBackRules;
  /** hash of what is protected here and how it is masked */
  readonly masks: string;
  /** rows of each result kept in the record */
  readonly keepRows: number;
  readonly chunkBytes: number;
  readonly chunkMs: number;
}

/** The parts of one session that both of its directions work on. */
export interface SessionParts {
  readonly profile: TargetProfile;
  readonly lane: SessionLane;
  readonly upstream: UpstreamConnection;
  readonly replies: ReplyQueue;
  readonly names: PreparedNames;
  readonly ledger: TransactionLedger;
  readonly output: OutputBuffer;
}
