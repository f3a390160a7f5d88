import type { Principal } from './principal.js';

/** Who minted a credential, as their verified token said at that moment: the part of a {@link Principal} that outlives the token. Plain JSON. */
export type PrincipalRecord = Pick<
  Principal,
  'iss' | 'sub' | 'user' | 'groups' | 'act' | 'azp' | 'purpose' | 'claims' | 'acr' | 'authTime'
>;

/** What a gateway needs to know of a minted credential. Never the secret. */
export interface MintedCredential {
  /** `sp_` and 22 base62 characters: random, says nothing; the user name of a connection */
  readonly name: string;
  /** name of the one target it opens */
  readonly target: string;
  /** `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`, base64: the form that PostgreSQL itself keeps */
  readonly verifier: string;
  readonly principal: PrincipalRecord;
  /** ms since the epoch from which it opens nothing more, and sessions it opened end */
  readonly notAfter: number;
  /** CIDRs it may be used from; empty: from anywhere */
  readonly networks: readonly string[];
}

/** Where minted credentials are looked up. */
export interface MintedCredentials {
  /**
   * @param name as the client gives it; any text
   * @returns null for a name that was never minted, or was revoked
   * @throws when it cannot be known: nobody is let in
   */
  find(name: string): Promise<MintedCredential | null>;
}
