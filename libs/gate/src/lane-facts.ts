import type { Principal } from '@app/identity';

/** What is fixed for a session. */
export interface LaneFacts {
  readonly session: string;
  /** pseudonym of the principal in this epoch */
  readonly pid: string;
  readonly principal: Principal;
  readonly target: string;
  /** name of the protocol, for the record */
  readonly protocol: string;
  readonly release: 'durable' | 'written';
  /** IP address of the client */
  readonly address: string;
  /** bytes that may wait for their record before the target is paused */
  readonly aheadBytes: number;
}
