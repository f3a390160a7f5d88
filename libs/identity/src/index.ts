export type { AuthenticationMethod, Principal } from './principal.js';
export { IdentityError, type IdentityErrorCode } from './identity.error.js';
export { TokenVerifier } from './token-verifier.js';
export { DenyList, type DenyEntry, type DenyKind } from './deny-list.js';
export { checkRoles, rolesOf, type Role, type RoleHolders, type RolesSection } from './roles.js';
export { compileGlob, GlobError, patternsOverlap, type Glob } from './glob.js';
