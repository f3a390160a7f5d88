/** What a principal was proven by: a token, a minted credential, a client certificate. */
export type AuthenticationMethod = 'oidc' | 'minted' | 'certificate';

/**
 * Who acts: the person and the chain of agents acting for them (design, "Words"). A principal is (`iss`, `sub`): the same
 * e-mail from another issuer is someone else. Immutable; made only by a {@link TokenVerifier}, `MintedPrincipals`
 * and `ClientCertificates`.
 */
export interface Principal {
  readonly iss: string;
  readonly sub: string;
  /** value of the configured user claim, e.g. an e-mail address; compared byte for byte */
  readonly user: string;
  readonly groups: readonly string[];
  /** agents acting for the person, outermost first (RFC 8693 `act`, then `azp` where it names an agent); empty: no agent */
  readonly act: readonly string[];
  readonly azp: string | null;
  readonly purpose: string | null;
  readonly method: AuthenticationMethod;
  /** how strongly the person signed in, as the issuer calls it; null: it does not say */
  readonly acr: string | null;
  /** ms since the epoch: when the person signed in; null: the issuer does not say */
  readonly authTime: number | null;
  /** what else the configuration takes from the token (`claims.also`), by name; a claim the token lacks is absent */
  readonly claims: Readonly<Record<string, readonly string[]>>;
  readonly jti: string | null;
  readonly sid: string | null;
  /** ms since the epoch; the session ends within 30 s of it */
  readonly expiresAt: number;
}
