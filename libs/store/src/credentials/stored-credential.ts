import type { MintedCredential, PrincipalRecord } from '@app/identity';
import type { StoredActor } from '../entities/deny-entry.entity.js';
import type { Visibility } from '../search-conditions.js';

/** A credential to be kept: all that a gateway needs to know of it, and what it is for. */
export interface NewCredential extends MintedCredential {
  /** in words of whoever minted it; rules go by the purpose of the token */
  readonly purpose: string | null;
}

/** A credential as people see it: never its verifier. */
export interface StoredCredential {
  readonly name: string;
  readonly target: string;
  readonly principal: PrincipalRecord;
  readonly networks: readonly string[];
  readonly purpose: string | null;
  readonly mintedAt: Date;
  readonly notAfter: Date;
  readonly revokedAt: Date | null;
  readonly revokedBy: StoredActor | null;
}

/** Which credentials to list. */
export interface CredentialFilter {
  readonly visibleTo: Visibility;
  /** only those that open something at this time; left out: all that are kept */
  readonly liveAt?: Date | undefined;
  readonly target?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Somebody has as many credentials as one person may have; the message says what to do. */
export class TooManyCredentials extends Error {
  constructor(most: number) {
    super(`one person may have ${most} credentials at a time; revoke one that is not needed any more`);
    this.name = 'TooManyCredentials';
  }
}
