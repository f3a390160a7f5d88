import { compileGlob, type Glob } from './glob.js';
import type { Principal } from './principal.js';

/** What a person may be in the control API. */
export type Role = 'requester' | 'reviewer' | 'auditor' | 'administrator' | 'break-glass';

/** Who holds a role: one of the groups, or one of the users. Neither given: nobody. */
export interface RoleHolders {
  /** compared byte for byte */
  readonly groups?: readonly string[] | undefined;
  /** globs over the user claim */
  readonly users?: readonly string[] | undefined;
}

/** The configuration section `roles`. */
export interface RolesSection {
  readonly reviewer?: RoleHolders | undefined;
  readonly auditor?: RoleHolders | undefined;
  readonly administrator?: RoleHolders | undefined;
  /** may give themselves a scope for an hour at most, loudly recorded */
  readonly breakGlass?: RoleHolders | undefined;
}

const given = [
  ['reviewer', 'reviewer'],
  ['auditor', 'auditor'],
  ['administrator', 'administrator'],
  ['break-glass', 'breakGlass'],
] as const satisfies readonly (readonly [Role, keyof RolesSection])[];
const compiled = new WeakMap<RoleHolders, readonly Glob[]>();

/**
 * The roles of a principal. Everyone is a requester: everyone sees what is theirs.
 * @throws GlobError when a pattern of the section is none; {@link checkRoles} says so at start
 */
export function rolesOf(principal: Principal, roles: RolesSection): readonly Role[] {
  return ['requester', ...given.flatMap(([role, key]) => (holds(principal, roles[key]) ? [role] : []))];
}

/** @throws GlobError for a user pattern that is no glob */
export function checkRoles(roles: RolesSection): void {
  for (const [, key] of given) userGlobs(roles[key] ?? {});
}

function holds(principal: Principal, holders: RoleHolders | undefined): boolean {
  if (!holders) return false;
  if (holders.groups?.some((group) => principal.groups.includes(group))) return true;
  return userGlobs(holders).some((glob) => glob.matches(principal.user));
}

function userGlobs(holders: RoleHolders): readonly Glob[] {
  let globs = compiled.get(holders);
  if (!globs) compiled.set(holders, (globs = (holders.users ?? []).map(compileGlob)));
  return globs;
}
