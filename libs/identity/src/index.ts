export type { AuthenticationMethod, Principal } from './principal.js';
export type { MintedCredential, MintedCredentials, PrincipalRecord } from './minted-credential.js';
export { MintedPrincipals } from './minted-principals.js';
export {
  formatScramVerifier,
  mockScramVerifier,
  parseScramVerifier,
  SCRAM_SALT_BYTES,
  scramVerifier,
  type ScramVerifier,
} from './scram-verifier.js';
export { ScramError, ScramServer, type ScramMechanism, type ScramSubject } from './scram-server.js';
export { endPointHash } from './end-point-hash.js';
export { ClientCertificates, type CertificateSettings } from './client-certificates.js';
export { IdentityError, type IdentityErrorCode } from './identity.error.js';
export { TokenVerifier } from './token-verifier.js';
export { OidcTokenVerifier, type IssuerHealth, type OidcOptions } from './oidc-token-verifier.js';
export type { IssuerSettings } from './issuer-settings.js';
export { FetchIssuerHttp, IssuerHttp, type IssuerRequest, type IssuerResponse } from './issuer-http.js';
export type { KeyTimes } from './issuer-keys.js';
export { DenyList, type DenyEntry, type DenyKind } from './deny-list.js';
export { checkRoles, rolesOf, type Role, type RoleHolders, type RolesSection } from './roles.js';
export { compileGlob, GlobError, patternsOverlap, type Glob } from './glob.js';
export { compileNetwork, isAddress, NetworkError, type Network } from '@app/platform';
export { SignIn, type DevicePrompt, type SignedIn, type SignInSettings } from './sign-in.js';
