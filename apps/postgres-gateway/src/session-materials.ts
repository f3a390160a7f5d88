import type { Socket } from 'node:net';
import type { Gate } from '@app/gate';
import type { Principal } from '@app/identity';
import type { FrontendParser } from '@app/pg-wire';
import type { Logger } from '@app/platform';
import type { CancelKeys } from './cancel-keys.js';
import type { CatalogWatches } from './catalog-watches.js';
import type { KnowledgeRegistry } from './knowledge-registry.js';
import type { ParserPool } from './parser-pool.js';
import type { TargetProfile } from './session-parts.js';
import type { UpstreamConnection } from './upstream-connection.js';

/** Why a session ended, as the record says it. */
export type SessionEnd =
  | 'client'
  | 'expired'
  | 'revoked'
  | 'terminated'
  | 'upstream'
  | 'shutdown'
  | 'protocol'
  | 'idle'
  | 'error'
  | 'not-recordable';

/** Everything a session is made of once both ends are there. */
export interface SessionMaterials {
  readonly id: string;
  readonly client: Socket;
  readonly parser: FrontendParser;
  readonly upstream: UpstreamConnection;
  readonly principal: Principal;
  /** how they logged in, for the record */
  readonly method: string;
  readonly profile: TargetProfile;
  readonly gate: Gate;
  readonly pool: ParserPool;
  readonly knowledge: KnowledgeRegistry;
  readonly catalogs: CatalogWatches;
  readonly cancelKeys: CancelKeys;
  /** what the client speaks, as the full number: 196608 is 3.0, 196610 is 3.2 */
  readonly protocolVersion: number;
  readonly hmac: (text: string) => string;
  readonly logger: Logger;
  readonly applicationName: string | null;
  readonly limits: {
    readonly aheadBytes: number;
    readonly preparedStatements: number;
    readonly pipeline: number;
    readonly idleMs: number;
    readonly idleInTransactionMs: number;
  };
  readonly now: () => number;
  /** called once when the session is over */
  readonly ended: (session: { readonly id: string }) => void;
}
